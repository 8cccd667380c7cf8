//! An edit of one config file.

use crate::node::HostPath;

/// An edit of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// The file.
    pub path: HostPath,
    /// The current bytes; `None` if the file does not exist.
    pub before: Option<Vec<u8>>,
    /// The new bytes.
    pub after: Vec<u8>,
}
