//! The answer to a rule's request for a path.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What is at a path of the host, with symbolic links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenKind {
    /// A regular file with its bytes; `None` if they were not read.
    File(Option<Arc<[u8]>>),
    /// A directory and the names in it.
    Directory(BTreeSet<String>),
}
