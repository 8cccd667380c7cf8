//! What `check` looks at beyond what a reconcile needs. A reconcile looks at the beginnings of the plugins' binaries alone: its
//! second run has to be quick.

use std::collections::BTreeMap;

use super::{HostPath, Observed, Stamp};
use crate::containerd::Release;

/// What `check` looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckObservations {
    /// Entries of directories, links not followed.
    pub entries: BTreeMap<HostPath, Observed<Entry>>,
    /// The beginnings of programs.
    pub programs: BTreeMap<HostPath, Observed<Program>>,
    /// The beginnings of inputs outside the host root, by the path that was typed.
    pub inputs: BTreeMap<String, Observed<Program>>,
    /// Loaders and interpreters that programs need. Unknown where the place is not the host's.
    pub interpreters: BTreeMap<HostPath, Observed<Stamp>>,
    /// What is there, of whatever kind.
    pub stamps: BTreeMap<HostPath, Observed<Stamp>>,
    /// The release that the host's containerd says of itself (`containerd --version`); none if it was not asked.
    pub containerd: Option<Observed<Release>>,
    /// The kubelet; none if it was not asked for.
    pub kubelet: Option<Observed<Kubelet>>,
}

/// An entry of a directory, as it is and not as what it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Where a symbolic link points to, as it is written.
    pub link: Option<String>,
    /// The SELinux label (`security.selinux`), where there is one.
    pub label: Option<String>,
    /// When it was made, nanoseconds since the epoch, where the file system knows.
    pub born: Option<i128>,
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Its state.
    pub stamp: Stamp,
    /// Its first bytes, up to [`Program::HEAD`].
    pub head: Vec<u8>,
    /// Its SELinux label, where there is one.
    pub label: Option<String>,
}

impl Program {
    /// How many bytes of it are read: the headers of an ELF program with the path of its loader, which Go's linker puts at
    /// the end of the first page.
    pub const HEAD: usize = 4096;
}

/// The running kubelet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubelet {
    /// Its command line; empty if its process cannot be seen.
    pub argv: Vec<String>,
    /// What `kubelet --version` says.
    pub version: Option<String>,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadRequest {
    /// The bytes of a file, into [`super::Node::files`].
    File(HostPath),
    /// The names in a directory, into [`super::Node::dirs`].
    Dir(HostPath),
    /// Into [`CheckObservations::entries`].
    Entry(HostPath),
    /// Into [`CheckObservations::programs`].
    Program(HostPath),
    /// Into [`CheckObservations::interpreters`].
    Interpreter(HostPath),
    /// Into [`CheckObservations::stamps`].
    Stamp(HostPath),
}
