//! What a rule may learn of a path.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What is at a path of the host, symbolic links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenKind {
    /// A regular file with its bytes; none where they were not read.
    File(Option<Arc<[u8]>>),
    /// A directory with the names in it.
    Directory(BTreeSet<String>),
}
