//! The effective config of a real containerd.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use cni_bootstrap::node::Release;

use crate::binaries::Containerd;

/// Effective values by path. Empty values are left out: for containerd they equal missing ones.
pub(crate) type Values = BTreeMap<Vec<String>, String>;

/// The effective values, or containerd's error. Its working directory is `/`, as under systemd.
pub(crate) fn of(containerd: &Containerd, config: &Path) -> Result<Values, String> {
    let output = Command::new(&containerd.binary)
        .current_dir("/")
        .args([Path::new("--config"), config, Path::new("config"), Path::new("dump")])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
    let document: DocumentMut = text.parse().map_err(|error| format!("the dump is not TOML: {error}"))?;
    let mut values = Values::new();
    collect(document.as_table(), &mut Vec::new(), &mut values);
    let mut values = folded(values, containerd.release);
    values.retain(|path, value| {
        !matches!(path[0].as_str(), "imports" | "version") && !matches!(value.as_str(), "" | "0" | "false")
    });
    Ok(values)
}

/// A dump has a runtime's options as written in the file. They are decoded when a pod starts, by go-toml 1.9 on 1.x
/// (`marshal.go`, four spellings, the first that exists) and by go-toml 2 on 2.x (any case, the last in byte order).
fn folded(values: Values, release: Release) -> Values {
    let is_ours = |path: &[String]| {
        path.iter().rev().nth(1).is_some_and(|table| table == "options")
            && path.last().is_some_and(|key| key.eq_ignore_ascii_case("SystemdCgroup"))
    };
    let mut folded = Values::new();
    let mut of_options: BTreeMap<Vec<String>, Vec<(String, String)>> = BTreeMap::new();
    for (path, value) in values {
        match path.split_last() {
            Some((key, table)) if is_ours(&path) => {
                of_options.entry(table.to_vec()).or_default().push((key.clone(), value));
            }
            _ => {
                folded.insert(path, value);
            }
        }
    }
    for (mut path, keys) in of_options {
        let counts = if release.major < 2 {
            ["SystemdCgroup", "systemdcgroup", "SYSTEMDCGROUP", "systemdCgroup"]
                .iter()
                .find_map(|spelling| keys.iter().find(|(key, _)| key == spelling))
        } else {
            keys.iter().max_by_key(|(key, _)| key)
        };
        path.push("SystemdCgroup".to_owned());
        folded.extend(counts.map(|(_, value)| (path, value.clone())));
    }
    folded
}

fn collect(table: &dyn TableLike, path: &mut Vec<String>, values: &mut Values) {
    for (key, item) in table.iter() {
        path.push(key.to_owned());
        match item {
            Item::ArrayOfTables(tables) => {
                for (index, table) in tables.iter().enumerate() {
                    path.push(index.to_string());
                    collect(table, path, values);
                    path.pop();
                }
            }
            Item::Value(Value::Array(array)) => {
                for (index, value) in array.iter().enumerate() {
                    path.push(index.to_string());
                    values.insert(path.clone(), spelled(value));
                    path.pop();
                }
            }
            item => match (item.as_table_like(), item.as_value()) {
                (Some(table), _) => collect(table, path, values),
                (None, Some(value)) => {
                    values.insert(path.clone(), spelled(value));
                }
                (None, None) => {}
            },
        }
        path.pop();
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        value => value.to_string().trim().to_owned(),
    }
}
