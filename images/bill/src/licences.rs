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
        let _ = writeln!(
            table,
            "{name}: {license}{}",
            c.repository.iter().map(|r| format!(", {r}")).collect::<String>()
        );
        for text in of(c)? {
            by_text.entry(text).or_default().push(name.clone());
        }
    }
    let mut out = format!(
        "cni-bootstrap {} for {} is linked from these crates, from the Rust standard library ({}; MIT OR Apache-2.0)\n\
         and from the target's C library. Of licences that a crate offers as a choice MIT is taken, if it is among them.\n\n\
         {table}",
        graph.root.version, build.target, build.rustc
    );
    for (text, names) in by_text {
        let _ = write!(
            out,
            "\n{}\n{}\n{}\n\n{}\n",
            "=".repeat(80),
            names.join("\n"),
            "-".repeat(80),
            text.trim_end()
        );
    }
    Ok(out)
}

/// True if the licence is a choice, and MIT is one of its alternatives. Old crates write a slash for OR.
fn takes_mit(license: &str) -> bool {
    let choice = license.replace('/', " OR ");
    let choice: Vec<&str> = choice.split(" OR ").map(str::trim).collect();
    choice.len() > 1 && choice.contains(&"MIT") && !license.contains(" AND ")
}

/// True if the file's name has this word.
fn is_of(path: &std::path::Path, word: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().to_uppercase().contains(word))
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
    if takes_mit(c.license.as_deref().unwrap_or_default()) && paths.iter().any(|path| is_of(path, "MIT")) {
        // The other texts of the choice say nothing about what was taken.
        paths.retain(|path| {
            is_of(path, "MIT") || !BEGINNINGS[..2].iter().any(|beginning| is_of(path, beginning))
        });
    }
    paths
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
            Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mit_is_taken_only_where_it_is_a_choice() {
        for choice in ["MIT OR Apache-2.0", "Apache-2.0/MIT", "Unlicense OR MIT"] {
            assert!(takes_mit(choice), "{choice}");
        }
        for other in ["MIT", "MIT AND Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "BSD-3-Clause OR Apache-2.0"] {
            assert!(!takes_mit(other), "{other}");
        }
    }
}
