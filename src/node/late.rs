//! A file that was replaced a moment ago. A writer that opened it before still writes into it.

use std::sync::Arc;

use super::Moment;

/// What became of a file after another file was renamed over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// How long it is kept open.
    pub until: Moment,
    /// Its bytes, if somebody has written into it since.
    pub bytes: Option<Arc<[u8]>>,
}
