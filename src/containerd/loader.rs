//! Groups of containerd releases that load a config in the same way.

use super::dialect::Dialect;
use super::fold::Folding;
use crate::node::Release;

/// Releases that load a config in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loader {
    /// 1.x: versions 1 and 2; a later file replaces whole plugins.
    One {
        /// 1.6.20 resolves a relative pattern from its working directory, 1.7.24 from the importing file's directory.
        patterns_from_root: bool,
    },
    /// 2.0: versions 2 and 3 are merged deeply, then migrated; a `cni` table of version 3 hides that of version 2.
    TwoZero,
    /// 2.1 and 2.2: like 2.0, but migrated key by key.
    TwoOne,
    /// 2.3 and later: each file is migrated, then merged.
    TwoThree {
        /// 2.3.0 to 2.3.4 refuse a drop-in with a newer version than the main file's (containerd#13939).
        refuses_newer_drop_ins: bool,
    },
}

impl Loader {
    /// The loaders of the release; all loaders if the release is not known.
    pub(crate) fn of(release: Option<Release>) -> Vec<Self> {
        let one = [Self::One { patterns_from_root: true }, Self::One { patterns_from_root: false }];
        let Some(release) = release else {
            let two = [
                Self::TwoZero,
                Self::TwoOne,
                Self::TwoThree { refuses_newer_drop_ins: true },
                Self::TwoThree { refuses_newer_drop_ins: false },
            ];
            return one.into_iter().chain(two).collect();
        };
        match (release.major, release.minor) {
            (0 | 1, minor) if minor < 7 || release.patch < 24 => one.to_vec(),
            (0 | 1, _) => vec![one[1]],
            (2, 0) => vec![Self::TwoZero],
            (2, 1 | 2) => vec![Self::TwoOne],
            (2, 3) => vec![Self::TwoThree { refuses_newer_drop_ins: release.patch <= 4 }],
            _ => vec![Self::TwoThree { refuses_newer_drop_ins: false }],
        }
    }

    /// True if relative patterns are resolved from the root.
    pub(crate) fn patterns_from_root(self) -> bool {
        matches!(self, Self::One { patterns_from_root: true })
    }

    /// The table names of [`Loaded::tree`](super::load::Loaded::tree).
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::One { .. } => Dialect::Grpc,
            Self::TwoZero | Self::TwoOne | Self::TwoThree { .. } => Dialect::Split,
        }
    }

    /// How keys are matched with field names.
    pub(crate) fn folding(self) -> Folding {
        match self.dialect() {
            Dialect::Short | Dialect::Grpc => Folding::FourSpellings,
            Dialect::Split => Folding::AnyCase,
        }
    }

    /// The newest config version that is accepted.
    pub(crate) fn newest(self) -> i64 {
        match self {
            Self::One { .. } => 2,
            Self::TwoZero | Self::TwoOne => 3,
            Self::TwoThree { .. } => 4,
        }
    }

    /// The releases, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One { .. } => "containerd 1.x",
            Self::TwoZero => "containerd 2.0",
            Self::TwoOne => "containerd 2.1 (or 2.2)",
            Self::TwoThree { .. } => "containerd 2.3",
        }
    }
}
