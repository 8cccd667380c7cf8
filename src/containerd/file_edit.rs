//! One file of an edit.

use crate::node::HostPath;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub path: HostPath,
    /// Its bytes now; `None` if there is none.
    pub before: Option<Vec<u8>>,
    /// Its bytes then.
    pub after: Vec<u8>,
}
