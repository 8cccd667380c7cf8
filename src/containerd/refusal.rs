//! The reason why a config is not changed.

use crate::node::HostPath;

/// A line and a column of a text file, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A config that cannot be patched safely (exit 6): the file, the position, the rule, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {rule}; {remedy}", place(file, *position))]
pub struct Refusal {
    /// The file with the fault.
    pub file: HostPath,
    /// The position in the file, if a single place is the cause.
    pub position: Option<Position>,
    /// The fault, as a clause.
    pub rule: String,
    /// The remedy, as a clause.
    pub remedy: String,
    /// The imported file that does not exist, if that is the fault.
    pub missing: Option<HostPath>,
    /// True if the config disables CRI explicitly. A node may have been like this before.
    pub disables_cri: bool,
    /// True if the config does not define its default runtime.
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

    /// The file, the position and the rule, without the remedy.
    pub fn sentence(&self) -> String {
        format!("{}: {}", place(&self.file, self.position), self.rule)
    }

    /// The file, with line and column if there is a position.
    pub fn place(&self) -> String {
        place(&self.file, self.position)
    }

    pub(crate) fn of_missing(mut self, path: &HostPath) -> Self {
        self.missing = Some(path.clone());
        self
    }

    /// True if the only reason is that the release is not known and releases read the files differently.
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
