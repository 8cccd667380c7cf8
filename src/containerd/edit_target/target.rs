//! The places of an edit.

use super::super::imports::ConfigFiles;
use crate::node::HostPath;

/// The name of the program's drop-in. It sorts after names that people choose.
pub(super) const DROP_IN: &str = "zz-cni-bootstrap.toml";

/// The place where a change lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditTarget {
    /// The files that containerd reads.
    Plain,
    /// The files that containerd reads, until this program of the host writes them again at the next boot.
    UntilBoot(&'static str),
    /// The file from which containerd's config is generated at each start.
    Source(HostPath),
    /// A new drop-in.
    DropIn {
        /// The drop-in's path.
        path: HostPath,
        /// True if the distribution merges the drop-in, and not containerd. Its rules are not known, so only the live
        /// values show the result.
        merged_by_distribution: bool,
    },
}

/// The text of a file, if it was read.
pub(super) fn text<'a>(around: &'a ConfigFiles, path: &HostPath) -> Option<&'a str> {
    std::str::from_utf8(around.files.get(path)?.as_deref()?).ok()
}
