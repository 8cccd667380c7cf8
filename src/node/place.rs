//! The file in which a chain lies: its own, or the primary's.

use serde::{Deserialize, Serialize};

/// The file in which a chain lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A file of its own.
    #[default]
    Own,
    /// The primary's own file (layout `in-place`). `before` has the primary's bytes; it is `Absent` where the primary
    /// was one plugin object, which lay in the retired file with the same stem.
    Primary,
    /// The file with the primary's plugin object, which was removed once the list was published. `before` has its bytes.
    Retired,
}

impl Place {
    /// True for a file of its own.
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
    pub fn is_own(&self) -> bool {
        *self == Self::Own
    }
}
