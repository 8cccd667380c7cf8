//! The licence texts of what is in the binary, each text once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::graph::{Crate, Graph};
use crate::sbom::Build;

/// Names, in capitals, that licence texts begin with.
const BEGINNINGS: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// One text with a table of the crates in front. A crate that ships no text is an error only if it names no licence.
pub(crate) fn texts(graph: &Graph, build: &Build<'_>) -> Result<String, String> {
    let linked: Vec<&Crate> = graph.crates.values().filter(|c| c.linked).collect();
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for c in &linked {
        let name = format!("{} {}", c.name, c.version);
        let license = c.license.as_deref().ok_or(format!("{name} names no licence"))?;
        let _ = writeln!(table, "{name}: {license}{}", c.repository.iter().map(|r| format!(", {r}")).collect::<String>());
        for text in of(c)? {
            by_text.entry(text).or_default().push(name.clone());
        }
    }
    let mut out = format!(
        "cni-bootstrap {} for {} is linked from these crates, from the Rust standard library ({}; MIT OR Apache-2.0)\n\
         and from the target's C library.\n\n{table}",
        graph.root.version, build.target, build.rustc
    );
    for (text, names) in by_text {
        let _ = write!(out, "\n{}\n{}\n{}\n\n{}\n", "=".repeat(80), names.join("\n"), "-".repeat(80), text.trim_end());
    }
    Ok(out)
}

fn of(c: &Crate) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(&c.directory).map_err(|e| format!("{}: {e}", c.directory.display()))?;
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            path.is_file() && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
        })
        .collect()
}
