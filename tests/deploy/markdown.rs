//! The documents, and the blocks in them.

use std::path::{Path, PathBuf};

use crate::tools::top;

/// Where a block's commands run, by the first line of the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// `sh`: on a real node.
    Node,
    /// `sh repository`: in a checkout, with the tools of `tools.sh`.
    Repository,
    /// `sh cluster`: not run, because it needs a cluster or a registry.
    Cluster,
    /// `sh tests`: not run, because it runs tests, this one included.
    Tests,
    /// `console`: in a checkout; after each `$` line follows the command's output.
    Console,
    /// `console node`: the same on a real node, where the primary arrives while the command runs.
    ConsoleNode,
    /// `console cluster`: not run; the output comes from a real cluster.
    ConsoleCluster,
    /// `text`: no commands.
    Text,
}

const PLACES: [(&str, Place); 8] = [
    ("sh", Place::Node),
    ("sh repository", Place::Repository),
    ("sh cluster", Place::Cluster),
    ("sh tests", Place::Tests),
    ("console", Place::Console),
    ("console node", Place::ConsoleNode),
    ("console cluster", Place::ConsoleCluster),
    ("text", Place::Text),
];

/// A fenced block of a document.
pub(crate) struct Block {
    /// The document and the line, for messages.
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Block {
    /// The commands: in a console block, the text after each `$`.
    pub(crate) fn commands(&self) -> String {
        match self.place {
            Place::Console | Place::ConsoleNode | Place::ConsoleCluster => {
                let typed = self.text.lines().filter_map(|line| line.strip_prefix("$ "));
                typed.flat_map(|line| [line, "\n"]).collect()
            }
            Place::Text => String::new(),
            _ => self.text.clone(),
        }
    }

    /// Each command of a console block, with its output.
    pub(crate) fn dialogue(&self) -> Vec<(&str, Vec<&str>)> {
        let mut dialogue: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in self.text.lines() {
            match (line.strip_prefix("$ "), dialogue.last_mut()) {
                (Some(command), _) => dialogue.push((command, Vec::new())),
                (None, Some((_, said))) => said.push(line),
                (None, None) => panic!("{}: {line:?} is said before anything is typed", self.name),
            }
        }
        dialogue
    }
}

/// Every document of the repository for people.
pub(crate) fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    below(top(), false, &mut found);
    for directory in ["docs", "deploy", "images", "examples", "tests", "fuzz"] {
        below(&top().join(directory), true, &mut found);
    }
    found.sort();
    assert!(found.len() > 20, "{found:?}");
    found
}

fn below(directory: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        // Build output is below a `target`, fuzzing output below a `corpus`.
        let made = ["target", "corpus", "artifacts"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && deep && !made {
            below(&path, true, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The blocks of a document. Each must have a kind.
pub(crate) fn blocks(path: &Path) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(info), None) => {
                let name = format!("{}:{}", path.strip_prefix(top()).unwrap().display(), at + 1);
                let place = PLACES.iter().find(|(word, _)| *word == info.trim());
                let (_, place) =
                    place.unwrap_or_else(|| panic!("{name}: {info:?} is not a place of commands"));
                open = Some(Block { name, place: *place, text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block does not end", path.display());
    found
}

/// The blocks of this kind in all documents.
pub(crate) fn all(place: Place) -> Vec<Block> {
    documents().iter().flat_map(|path| blocks(path)).filter(|block| block.place == place).collect()
}

/// The texts in single backticks, outside of blocks.
pub(crate) fn spans(text: &str) -> Vec<String> {
    let outside: Vec<&str> = text.split("```").step_by(2).collect();
    outside.iter().flat_map(|part| part.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

/// The `--options` of a text.
pub(crate) fn options(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2 && !word.starts_with("---"))
        .map(str::to_owned)
        .collect()
}
