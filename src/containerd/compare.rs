//! Compares the config files with the live values of containerd. A difference is an edit that was not loaded yet.
//!
//! CRI Status has the CRI plugin's config as JSON (`info["config"]`), `config dump` prints it as TOML. Both come from
//! one Go struct, whose `json` and `toml` tags differ in case and in underscores (`criconfig.PluginConfig`,
//! `RuntimeConfig`), so keys are compared without them; one pair of tags differs in a word ([`folded`]). A value that
//! only one side has is not compared, nor is one that the files leave empty and the start fills in (`sandboxer`,
//! `bin_dirs`).

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::Dialect;
use super::files::Files;
use super::imports::ConfigFiles;
use super::loader::Loader;
use super::source::Source;
use super::tree::{Scalar, Tree};
use crate::node::{HostPath, LiveConfig, Release};

/// A value that changes at the next start, because the config files have another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The keys below the CRI plugin, as the files spell them (`containerd.runtimes.runc.runtime_type`).
    pub key: String,
    /// The value in the files.
    pub on_disk: String,
    /// The live value.
    pub live: String,
}

impl LiveConfig {
    /// Parses `info["config"]`; `None` if it is not a JSON object (CRI-O sends TOML).
    pub(crate) fn read(config: &str) -> Option<Self> {
        let config = serde_json::from_str(config).ok().filter(serde_json::Value::is_object)?;
        let mut values = BTreeMap::new();
        collect_json(&config, &mut Vec::new(), &mut values);
        Some(Self(values))
    }

    fn runtimes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|keys| match &keys[..] {
            [first, second, name, ..] if first == "containerd" && second == "runtimes" => Some(name.as_str()),
            _ => None,
        })
    }
}

/// The values that `files` would change. `dumped` is the output of the release's own `config dump` for these files,
/// if it is available. Keys whose last part is in `ignored` (`max_conf_num`) are not compared.
pub fn differences(
    files: &ConfigFiles,
    dumped: Option<&str>,
    release: Release,
    live: &LiveConfig,
    ignored: &[&str],
) -> Vec<Difference> {
    let read = dumped.and_then(|text| of_dump(&files.main, text, release));
    // A value that the files leave out may be a default of this build.
    let is_dump = read.is_some();
    let Some(on_disk) = read.or_else(|| of_files(files, release)) else { return Vec::new() };
    [compared(&on_disk, live, ignored), runtimes(&on_disk, live, is_dump)].concat()
}

/// The CRI plugin's table in a dump, which also has every default.
fn of_dump(main: &HostPath, text: &str, release: Release) -> Option<Tree> {
    let source = Source::read(main, Some(text.as_bytes())).ok()?;
    plugin(&Tree::of(&source), Loader::of(Some(release)).first()?.dialect())
}

/// The CRI plugin's table as the files set it, without defaults.
fn of_files(files: &ConfigFiles, release: Release) -> Option<Tree> {
    let loader = Loader::of(Some(release)).into_iter().next_back()?;
    plugin(&Files::read(files).ok()?.load(loader).ok()?.tree, loader.dialect())
}

fn plugin(tree: &Tree, dialect: Dialect) -> Option<Tree> {
    tree.get(&["plugins", dialect.runtime()]).cloned()
}

fn compared(on_disk: &Tree, live: &LiveConfig, ignored: &[&str]) -> Vec<Difference> {
    let mut values = BTreeMap::new();
    collect_toml(on_disk, &mut Vec::new(), &mut values);
    let is_ignored = |keys: &[String]| {
        let last = keys.last().map(|key| folded(key)).unwrap_or_default();
        ignored.iter().any(|key| folded(key) == last)
    };
    let differ = values.into_iter().filter_map(|(keys, value)| {
        let now = live.0.get(&keys.iter().map(|key| folded(key)).collect::<Vec<_>>())?;
        let says = !value.is_empty() && value != "[]" && !moved(&keys, now) && !is_ignored(&keys);
        let is_none = now == NULL && matches!(value.as_str(), "0" | "false");
        (says && *now != value && !is_none).then(|| Difference {
            key: keys.join("."),
            on_disk: value,
            live: if now == NULL { String::new() } else { now.clone() },
        })
    });
    differ.collect()
}

/// Runtimes that only one side has, so that their values cannot be compared. With `all` the files' list of runtimes
/// is complete: a runtime that is only live was removed from the files. Two names are excepted: a start creates these
/// runtimes from keys of 1.x.
fn runtimes(on_disk: &Tree, live: &LiveConfig, all: bool) -> Vec<Difference> {
    let table = on_disk.get(&["containerd", "runtimes"]).and_then(Tree::table);
    let names: BTreeSet<&str> = table.into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
    let run: BTreeSet<&str> = live.runtimes().collect();
    let told = |name: &str, on_disk: &str, live: &str| Difference {
        key: format!("containerd.runtimes.{name}"),
        on_disk: on_disk.to_owned(),
        live: live.to_owned(),
    };
    let is_new = |name: &&&str| !run.is_empty() && !run.contains(&*folded(name));
    let new = names.iter().filter(is_new).map(|name| told(name, "a runtime", "no such runtime"));
    let is_gone = |name: &&&str| {
        all && !["default", "untrusted"].contains(*name) && !names.iter().any(|known| folded(known) == **name)
    };
    let gone = run.iter().filter(is_gone).map(|name| told(name, "no such runtime", "a runtime"));
    new.chain(gone).collect()
}

/// From 2.1 on a start moves `bin_dir` into `bin_dirs` and empties it (`ValidateRuntimeConfig`).
fn moved(keys: &[String], live: &str) -> bool {
    live.is_empty() && keys.last().is_some_and(|key| key == "bin_dir")
}

/// A key without case and underscores. On 1.x the JSON tag of `max_container_log_line_size` lacks "line"
/// (`pkg/cri/config/config.go`).
fn folded(key: &str) -> String {
    let key: String = key.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    if key == "maxcontainerlogsize" { "maxcontainerloglinesize".to_owned() } else { key }
}

const NULL: &str = "null";

fn collect_toml(tree: &Tree, keys: &mut Vec<String>, values: &mut BTreeMap<Vec<String>, String>) {
    match tree {
        Tree::Table(table) => {
            for (key, tree) in table {
                keys.push(key.clone());
                collect_toml(tree, keys, values);
                keys.pop();
            }
        }
        Tree::Leaf(scalar, _) => drop(values.insert(keys.clone(), plain(scalar))),
        Tree::List(list) => {
            let elements: Option<Vec<String>> = list
                .iter()
                .map(|tree| if let Tree::Leaf(scalar, _) = tree { Some(quoted(scalar)) } else { None })
                .collect();
            if let Some(elements) = elements {
                values.insert(keys.clone(), format!("[{}]", elements.join(", ")));
            }
        }
    }
}

fn plain(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Text(text) | Scalar::Other(text) => text.clone(),
        Scalar::Int(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
    }
}

fn quoted(scalar: &Scalar) -> String {
    if let Scalar::Text(text) = scalar { format!("{text:?}") } else { plain(scalar) }
}

fn collect_json(
    value: &serde_json::Value,
    keys: &mut Vec<String>,
    values: &mut BTreeMap<Vec<String>, String>,
) {
    use serde_json::Value;
    let secret = |key: &str| keys.first().is_some_and(|first| first == "registry") && key != "configPath";
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| !secret(key)).collect::<Vec<_>>() {
                keys.push(folded(key));
                collect_json(value, keys, values);
                keys.pop();
            }
        }
        Value::Array(list) => {
            let elements: Vec<String> = list
                .iter()
                .map(|value| value.as_str().map_or_else(|| value.to_string(), |text| format!("{text:?}")))
                .collect();
            values.insert(keys.clone(), format!("[{}]", elements.join(", ")));
        }
        Value::String(text) => drop(values.insert(keys.clone(), text.clone())),
        Value::Null => drop(values.insert(keys.clone(), NULL.to_owned())),
        Value::Bool(_) | Value::Number(_) => drop(values.insert(keys.clone(), value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_log_line_is_compared_by_either_of_its_names() {
        let main = HostPath::known("/etc/containerd/config.toml");
        let files = ConfigFiles { main: main.clone(), files: BTreeMap::new(), listings: BTreeMap::new() };
        for (name, table, release) in [
            ("maxContainerLogSize", "io.containerd.grpc.v1.cri", Release::new(1, 7, 24)),
            ("maxContainerLogLineSize", "io.containerd.cri.v1.runtime", Release::new(2, 1, 9)),
        ] {
            let live = LiveConfig::read(&format!("{{\"{name}\": 16384}}")).unwrap();
            let differ = |value: u32| {
                let dump = format!("[plugins.\"{table}\"]\nmax_container_log_line_size = {value}\n");
                differences(&files, Some(&dump), release, &live, &[]).len()
            };
            assert_eq!((differ(16384), differ(5)), (0, 1), "{name}");
        }
    }
}
