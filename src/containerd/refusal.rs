//! Why a config is left alone.

use crate::node::HostPath;

/// A line and a column of a text file, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A config that cannot be patched safely (exit 6): which file, where in it, the rule, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {rule}; {remedy}", place(file, *position))]
pub struct Refusal {
    /// The file that it is about.
    pub file: HostPath,
    /// Where in the file, if one place is to blame.
    pub position: Option<Position>,
    /// What is wrong, as a clause.
    pub rule: String,
    /// What its reader can do, as a clause.
    pub remedy: String,
    /// The file that is imported and not there, if that is what is wrong.
    pub missing: Option<HostPath>,
    /// Whether it is that the config disables CRI in so many words: a node may have been like that before.
    pub disables_cri: bool,
    /// True if the config names no such runtime as its default one.
    pub lacks_default_runtime: bool,
}

impl Refusal {
    pub(crate) fn new(file: &HostPath, rule: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.clone(),
            position: None,
            rule: rule.into(),
            remedy: remedy.into(),
            missing: None,
            disables_cri: false,
            lacks_default_runtime: false,
        }
    }

    /// The file, the place and the rule; the remedy is beside it.
    pub fn sentence(&self) -> String {
        format!("{}: {}", place(&self.file, self.position), self.rule)
    }

    /// The file, with line and column where one place is to blame.
    pub fn place(&self) -> String {
        place(&self.file, self.position)
    }

    pub(crate) fn of_missing(mut self, path: &HostPath) -> Self {
        self.missing = Some(path.clone());
        self
    }

    /// Whether it is only that releases read the files differently and the release is not known.
    pub fn is_about_releases(&self) -> bool {
        self.rule.ends_with("read different values from it")
    }

    pub(crate) fn at(mut self, position: Position) -> Self {
        self.position = Some(position);
        self
    }
}

fn place(file: &HostPath, position: Option<Position>) -> String {
    match position {
        Some(Position { line, column }) => format!("{file}:{line}:{column}"),
        None => file.to_string(),
    }
}
