//! Which crates are in the binary, and which only helped to build it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One crate.
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// SPDX expression, as its manifest says.
    pub(crate) license: Option<String>,
    pub(crate) repository: Option<String>,
    /// Where its sources lie.
    pub(crate) directory: PathBuf,
    /// Whether its code is in the binary; else it is a proc macro, a build script's need, or a need of theirs.
    pub(crate) linked: bool,
    /// The ids of what it needs.
    pub(crate) needs: Vec<String>,
}

/// The crates by cargo's id, without the program itself.
pub(crate) struct Graph {
    pub(crate) root: Crate,
    pub(crate) crates: BTreeMap<String, Crate>,
}

impl Graph {
    /// Reads `cargo metadata`.
    pub(crate) fn of(metadata: &Value) -> Result<Self, String> {
        let text = |v: &Value| v.as_str().map(str::to_owned);
        let root_id = text(&metadata["resolve"]["root"]).ok_or("the metadata name no root crate")?;
        let packages: BTreeMap<&str, &Value> =
            list(&metadata["packages"]).iter().filter_map(|p| Some((p["id"].as_str()?, p))).collect();
        let nodes: BTreeMap<&str, &Value> =
            list(&metadata["resolve"]["nodes"]).iter().filter_map(|n| Some((n["id"].as_str()?, n))).collect();

        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        let mut open = vec![(root_id.clone(), true)];
        while let Some((id, linked)) = open.pop() {
            // Being linked is the stronger of the two: what was met as a helper first is walked once more.
            if seen.get(&id).is_some_and(|before| *before || !linked) {
                continue;
            }
            seen.insert(id.clone(), linked);
            for need in list(&nodes[id.as_str()]["deps"]) {
                let kinds: BTreeSet<&str> =
                    list(&need["dep_kinds"]).iter().map(|k| k["kind"].as_str().unwrap_or("normal")).collect();
                let Some(of) = need["pkg"].as_str() else { continue };
                if kinds.contains("normal") {
                    open.push((of.to_owned(), linked && !is_proc_macro(packages[of])));
                } else if kinds.contains("build") {
                    open.push((of.to_owned(), false));
                }
            }
        }

        let mut crates = BTreeMap::new();
        for (id, linked) in &seen {
            let package = packages[id.as_str()];
            let needs = list(&nodes[id.as_str()]["deps"]).iter().filter_map(|d| text(&d["pkg"]));
            crates.insert(
                id.clone(),
                Crate {
                    name: text(&package["name"]).unwrap_or_default(),
                    version: text(&package["version"]).unwrap_or_default(),
                    license: text(&package["license"]),
                    repository: text(&package["repository"]),
                    directory: PathBuf::from(text(&package["manifest_path"]).unwrap_or_default())
                        .parent()
                        .map(PathBuf::from)
                        .unwrap_or_default(),
                    linked: *linked,
                    needs: needs.filter(|need| seen.contains_key(need)).collect(),
                },
            );
        }
        let root = crates.remove(&root_id).ok_or("the root crate is not among the packages")?;
        Ok(Self { root, crates })
    }
}

/// The SHA-256 of each crate's archive, by name and version, out of `Cargo.lock`.
pub(crate) fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find(|line| line.starts_with(&format!("{key} = ")))?;
            Some(line.split('"').nth(1)?.to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (value("name"), value("version"), value("checksum")) {
            found.insert((name, version), sum);
        }
    }
    found
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn is_proc_macro(package: &Value) -> bool {
    list(&package["targets"]).iter().any(|t| list(&t["kind"]).iter().any(|k| k == "proc-macro"))
}
