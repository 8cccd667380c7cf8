//! The kinds of paths in a record.

use serde::{Deserialize, Serialize};

/// The kind of a written path. The order is the order of uninstalling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The published chain.
    Chain,
    /// The runtime's config.
    Config,
    /// A plugin binary.
    Binary,
    /// A directory that this program created.
    Directory,
    /// The durable mark of a config that was written and not yet seen to come up.
    Mark,
}

impl Kind {
    /// The word for the kind in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Config => "config",
            Self::Binary => "binary",
            Self::Directory => "directory",
            Self::Mark => "mark",
        }
    }
}
