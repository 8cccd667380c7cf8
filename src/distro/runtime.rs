//! The runtimes that the program knows by name.

use std::fmt;

/// A runtime that can serve a kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RuntimeName {
    /// containerd.
    Containerd,
    /// CRI-O.
    CriO,
}

impl RuntimeName {
    /// The runtime that gives itself this name (CRI `VersionResponse.runtime_name`).
    pub fn of_cri(name: &str) -> Option<Self> {
        [Self::Containerd, Self::CriO].into_iter().find(|known| known.in_cri() == name)
    }

    /// The name that the runtime gives itself in CRI.
    pub const fn in_cri(self) -> &'static str {
        match self {
            Self::Containerd => "containerd",
            Self::CriO => "cri-o",
        }
    }
}

impl fmt::Display for RuntimeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Containerd => "containerd",
            Self::CriO => "CRI-O",
        })
    }
}
