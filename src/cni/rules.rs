//! The releases of libcni, and the files that each one reads.

/// The generations of libcni, which load different files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Libcni {
    /// libcni 1.1, in containerd 1.6 and 1.7.
    V1_1,
    /// libcni 1.2, in containerd 2.0.
    V1_2,
    /// libcni 1.3, in containerd 2.1 and later.
    V1_3,
    /// The release is unknown: a file counts only if every release loads it.
    Any,
}

impl Libcni {
    /// The generation inside a containerd of this version (`1.7.24~ds1`, `v2.1.9-k3s1`), by its `go.mod`;
    /// [`Libcni::Any`] for an unknown version.
    pub fn of_containerd(version: &str) -> Self {
        let mut parts = version.trim_start_matches('v').split('.');
        let major = parts.next().and_then(number);
        let minor = parts.next().and_then(number);
        match (major, minor) {
            (Some(1), Some(6 | 7)) => Self::V1_1,
            (Some(2), Some(0)) => Self::V1_2,
            (Some(2), Some(_)) => Self::V1_3,
            _ => Self::Any,
        }
    }

    /// The text `"true"` for `disableCheck` is an error before libcni 1.2.
    pub(super) fn refuses_bool_as_text(self) -> bool {
        matches!(self, Self::V1_1 | Self::Any)
    }

    /// A cached result that cannot be read keeps a pod from being taken down; since libcni 1.2 the file is removed
    /// instead (`api.go`, `DelNetworkList`).
    pub fn fails_on_broken_results(self) -> bool {
        matches!(self, Self::V1_1 | Self::Any)
    }

    /// `cniVersions` and `disableGC` are read since libcni 1.2.
    pub(super) fn reads_spec_1_1(self) -> bool {
        self != Self::V1_1
    }

    /// `loadOnlyInlinedPlugins`, and the directory of further plugins, are read since libcni 1.3.
    pub(super) fn reads_directories(self) -> bool {
        matches!(self, Self::V1_3 | Self::Any)
    }
}

fn number(part: &str) -> Option<u32> {
    let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    part[..digits].parse().ok()
}

/// A file name extension that a runtime reads (go-cni `opts.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extension {
    /// `.conf`: one plugin object.
    Conf,
    /// `.conflist`: a list of plugins.
    Conflist,
    /// `.json`: one plugin object.
    Json,
}

/// The extension by which a runtime reads the file called `name`; `None` if it ignores the file.
///
/// As in Go's `filepath.Ext` it is the text from the last dot on, case-sensitive, also for hidden files (`.conf` and
/// `.05-x.conflist` are loaded).
pub fn extension(name: &str) -> Option<Extension> {
    match name.rfind('.').map(|dot| &name[dot..])? {
        ".conf" => Some(Extension::Conf),
        ".conflist" => Some(Extension::Conflist),
        ".json" => Some(Extension::Json),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
