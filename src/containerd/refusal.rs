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
    /// The kind of fault.
    pub kind: RefusalKind,
}

/// The kind of fault, as far as a failure or a finding has a code of its own for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RefusalKind {
    /// No kind with a code of its own.
    #[default]
    Other,
    /// The config imports this file, which does not exist.
    ImportMissing(HostPath),
    /// The config disables CRI explicitly. A node may have been like this before.
    CriDisabled,
    /// The config does not define its default runtime.
    DefaultRuntimeMissing,
    /// This file is where the release's default directory must be.
    InTheWay(Box<HostPath>),
    /// The release is not known, and releases read different values from the files.
    ReleasesDiffer,
}

impl Refusal {
    pub(crate) fn new(file: &HostPath, rule: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.clone(),
            position: None,
            rule: rule.into(),
            remedy: remedy.into(),
            kind: RefusalKind::Other,
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

    pub(crate) fn of_kind(mut self, kind: RefusalKind) -> Self {
        self.kind = kind;
        self
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
