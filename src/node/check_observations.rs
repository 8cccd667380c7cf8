//! What `check` and the last pass of `install` read. Every other pass reads just the beginnings of the plugins'
//! binaries, so that the chain waits for no more.

use std::collections::BTreeMap;

use super::release::Release;
use super::{HostPath, Observed, Stamp};

/// What `check` read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckObservations {
    /// Entries of directories, links not followed.
    pub entries: BTreeMap<HostPath, Observed<Entry>>,
    /// The beginnings of programs.
    pub programs: BTreeMap<HostPath, Observed<Program>>,
    /// The beginnings of inputs outside the host root, by the path as it was typed.
    pub inputs: BTreeMap<String, Observed<Program>>,
    /// The loaders and interpreters that programs need. Unknown for a place that does not belong to the host.
    pub interpreters: BTreeMap<HostPath, Observed<Stamp>>,
    /// The stamps of files of any kind.
    pub stamps: BTreeMap<HostPath, Observed<Stamp>>,
    /// The release that `containerd --version` prints on the host; `None` if it was not asked.
    pub containerd: Option<Observed<Release>>,
    /// The node's name in the cluster, if the pod of this program was told it.
    pub node_name: Option<String>,
    /// The kubelet; `None` if it was not asked for.
    pub kubelet: Option<Observed<Kubelet>>,
}

/// An entry of a directory. A symbolic link is not followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// True for a directory.
    pub is_dir: bool,
    /// The target text of a symbolic link.
    pub link: Option<String>,
    /// The SELinux label (`security.selinux`), if the file has one.
    pub label: Option<String>,
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The stamp of the file.
    pub stamp: Stamp,
    /// The first bytes, up to [`Program::HEAD`].
    pub head: Vec<u8>,
    /// The SELinux label, if the file has one.
    pub label: Option<String>,
}

impl Program {
    /// The number of bytes that are read: the headers of an ELF program and the path of its loader, which Go's linker
    /// puts at the end of the first page.
    pub const HEAD: usize = 4096;
}

/// The running kubelet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubelet {
    /// The command line; empty if the process is not visible.
    pub argv: Vec<String>,
    /// The output of `kubelet --version`.
    pub version: Option<String>,
    /// The program that said it.
    pub program: Option<(HostPath, Stamp)>,
}

/// A request to read something of the node.
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
