//! The rows: configs with the expected results of a start, in text files that a person can extend.

use std::collections::BTreeMap;
use std::path::Path;

use crate::start::Version;

/// One config with the files that it names.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// The file of rows, and the row's name.
    pub(crate) name: String,
    /// The section of the row, which names the rule.
    pub(crate) section: String,
    /// Files by absolute path; a path that ends with `/` is a directory.
    pub(crate) files: BTreeMap<String, String>,
    /// The result of a start, by release.
    pub(crate) comes_up: BTreeMap<Version, bool>,
}

const CONFIG: &str = "/etc/containerd/config.toml";

/// Every row of every file in `rows/`, in the order of names and lines.
pub(crate) fn all() -> Vec<Row> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/defects/rows");
    let mut paths: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vec<Row> {
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let mut rows: Vec<Row> = Vec::new();
    let mut section = String::new();
    let mut file = CONFIG.to_owned();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(title) = line.strip_prefix("#### ") {
            title.clone_into(&mut section);
        } else if let Some(title) = line.strip_prefix("== ") {
            let (name, outcome) = title.rsplit_once(": ").unwrap();
            CONFIG.clone_into(&mut file);
            rows.push(Row {
                name: format!("{stem}/{name}"),
                section: format!("{stem}/{section}"),
                files: BTreeMap::from([(file.clone(), String::new())]),
                comes_up: outcomes(outcome),
            });
        } else if let Some(row) = rows.last_mut() {
            if let Some(next) = line.strip_prefix("> ") {
                next.clone_into(&mut file);
                row.files.insert(file.clone(), String::new());
            } else {
                let text = row.files.get_mut(&file).unwrap();
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    rows
}

/// `fails 1.6 1.7, up 2.1`.
fn outcomes(text: &str) -> BTreeMap<Version, bool> {
    let mut outcomes = BTreeMap::new();
    for part in text.split(", ") {
        let mut words = part.split(' ');
        let comes_up = match words.next().unwrap() {
            "up" => true,
            "fails" => false,
            other => panic!("{other:?} is not an outcome"),
        };
        outcomes.extend(words.map(|word| (Version::named(word), comes_up)));
    }
    outcomes
}

impl Row {
    /// True if a start fails on some release.
    pub(crate) fn is_defect(&self) -> bool {
        self.comes_up.values().any(|up| !up)
    }

    /// containerd's socket in this config.
    pub(crate) fn socket(&self) -> &str {
        let config = &self.files[CONFIG];
        let grpc = config.split("[grpc]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap_or("");
        let address = grpc.lines().find_map(|line| line.strip_prefix("address = \"")?.strip_suffix('"'));
        address.unwrap_or("/run/containerd/containerd.sock")
    }

    /// Writes the files below a directory.
    pub(crate) fn write_below(&self, dir: &Path) {
        for (path, text) in &self.files {
            let path = dir.join(path.trim_start_matches('/'));
            if path.to_str().unwrap().ends_with('/') {
                std::fs::create_dir_all(path).unwrap();
            } else {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
    }
}
