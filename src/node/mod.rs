//! What is there: the node as values, built by `observe` or, in a test, by hand.
//!
//! Nothing here is interpreted: files are bytes and stamps. The readings (`record`, `attempt`, the rules of `cni`)
//! are pure functions of them.

mod answer;
mod attempt;
mod before;
mod check_observations;
mod confine;
mod digest;
mod file;
mod io_failed;
mod mask;
mod moment;
mod observed;
mod page;
mod path;
mod record;
mod shell;
mod temp;
mod units;
mod unverified;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::containerd::Release;

pub use answer::{
    Answers, Asked, Binary, DryLoad, Incarnation, Question, RestartMethod, Sandboxes, Service,
    VersionQuestion, VersionReply,
};
pub use attempt::{Attempt, Changed, KEPT, Phase, RestartReason};
pub use before::Before;
pub use check_observations::{CheckObservations, Entry, Kubelet, Program, ReadRequest};
pub use confine::can_lie;
pub use digest::Digest;
pub use file::{Content, Dir, File, LARGEST, Mount};
pub use io_failed::{IoFailed, Refusal};
pub use mask::{masked, masked_words};
pub use moment::Moment;
pub use observed::{DENIED, Observed, SPECIAL, Stamp};
pub use page::{Page, heard, is_unseen, json_for_terminals, one_line};
pub use path::{HostPath, HostPathError};
pub use record::{DesiredValues, Kind, Layer, OriginalConfig, Record, RecordError, RecordedRuntime, Written};
pub use shell::quoted;
pub use temp::TempName;
pub use unverified::Unverified;

/// Where records live; the directory itself is what one instance at a time locks.
pub const RECORD_DIR: &str = "/var/lib/cni-bootstrap";
/// Replaced bytes too large for a record, under the name of their hash.
pub const SAVED_DIR: &str = "/var/lib/cni-bootstrap/saved";
/// The durable mark: a config that was written and not yet seen to come up. One for the node, since there is one runtime.
pub const MARK_FILE: &str = "/var/lib/cni-bootstrap/unproven";
/// What must not outlive a boot: the restart attempt.
pub const RUN_DIR: &str = "/run/cni-bootstrap";
/// The restart attempt; one for the node, since there is one runtime.
pub const ATTEMPT_FILE: &str = "/run/cni-bootstrap/attempt.json";
/// The rollback that systemd makes if nobody calls it off.
pub const ROLLBACK_SCRIPT: &str = "/run/cni-bootstrap/roll-back.sh";

/// Everything that was seen in one look, and the answers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Files by path. A file that is not in the map was not looked at.
    pub files: BTreeMap<HostPath, Observed<File>>,
    /// Directories by path.
    pub dirs: BTreeMap<HostPath, Observed<Dir>>,
    /// Files of the runtime's config, and directories, that are reached through symbolic links, and where each leads to.
    pub links: BTreeMap<HostPath, HostPath>,
    /// The names of files that are symbolic links, and the text of each. The file of that name in `files` is the one that
    /// it leads to.
    pub symlinks: BTreeMap<HostPath, String>,
    /// Our own inputs outside the host root: the files given to `--install-bin`, by the path that was typed.
    pub sources: BTreeMap<String, Observed<File>>,
    /// What was asked, and when.
    pub answers: Answers,
    /// Names in the directories given to `--install-bin`, by the path that was typed.
    pub source_dirs: BTreeMap<String, BTreeSet<String>>,
    /// The runtime endpoints that were looked for, in the order of preference.
    pub sockets: Vec<(HostPath, Observed<Stamp>)>,
    /// How long ago the runtime made its socket, which is when it was started last.
    pub runtime_age: Option<Duration>,
    /// When it was looked at, by the clock that stamps files: nanoseconds since the epoch.
    pub wall: i128,
    /// Whether the program runs in a container, so that its root is not the host's.
    pub in_container: bool,
    /// What only `check` looks at.
    pub observations: CheckObservations,
}

/// What is behind the name of a record; none if nothing is.
fn record(observed: &Observed<File>) -> Option<Result<Record, RecordError>> {
    Some(match observed {
        Observed::Absent => return None,
        Observed::Unknown(why) => Err(RecordError::Unread(why.clone())),
        Observed::Present(file) => match &file.content {
            Content::Bytes(bytes) => Record::read(bytes),
            Content::Digest(_) => Err(RecordError::Unread("only its hash was taken".to_owned())),
            Content::Unread(why) => Err(RecordError::Unread(why.clone())),
        },
    })
}

impl Node {
    /// The sight of one file; a file that was not looked at is `Unknown`.
    pub fn file(&self, path: &HostPath) -> Observed<&File> {
        match self.files.get(path) {
            Some(Observed::Present(file)) => Observed::Present(file),
            Some(Observed::Absent) => Observed::Absent,
            Some(Observed::Unknown(why)) => Observed::Unknown(why.clone()),
            None => Observed::Unknown("not looked at".to_owned()),
        }
    }

    /// Where a symbolic link with this text leads to, if it lies at `path`. Links in the text's own directories are not
    /// followed: that is for the look.
    pub fn led_to(&self, path: &HostPath, text: &str) -> HostPath {
        let parent = path.parent();
        self.links.get(&parent).unwrap_or(&parent).linked(text)
    }

    /// The bytes of a file that was seen and read.
    pub fn bytes(&self, path: &HostPath) -> Option<&[u8]> {
        match self.files.get(path)?.present()?.content {
            Content::Bytes(ref bytes) => Some(bytes),
            Content::Digest(_) | Content::Unread(_) => None,
        }
    }

    /// The files of a directory, by name, in byte order.
    pub fn files_in<'a>(&'a self, dir: &'a HostPath) -> impl Iterator<Item = (&'a str, &'a Observed<File>)> {
        self.files
            .iter()
            .filter(move |(path, _)| &path.parent() == dir)
            .map(|(path, file)| (path.name(), file))
    }

    /// The record of each owner that was seen, by owner. A record that cannot be read is an error of its own.
    pub fn records(&self) -> BTreeMap<String, Result<Record, RecordError>> {
        self.files_in(&HostPath::known(RECORD_DIR))
            .filter_map(|(name, observed)| Some((name.strip_suffix(".json")?.to_owned(), record(observed)?)))
            .collect()
    }

    /// The sockets behind which the runtime may be, the likeliest first: the one of a restart in hand, the one that has
    /// answered, else those that are there in the order of preference. Docker's containerd and a stopped one have
    /// sockets, too.
    pub fn candidates(&self) -> Vec<(&HostPath, &Stamp)> {
        let there: Vec<_> =
            self.sockets.iter().filter_map(|(path, observed)| Some((path, observed.present()?))).collect();
        // A socket that is away for a moment is not another one.
        match (self.restarted(), &self.answers.endpoint) {
            (Some(attempt), _) => there.into_iter().filter(|(path, _)| attempt.is_about(path)).collect(),
            (None, Some(known)) => there.into_iter().filter(|(path, _)| *path == known).collect(),
            (None, None) => there,
        }
    }

    /// The runtime's socket.
    pub fn socket(&self) -> Option<(&HostPath, &Stamp)> {
        self.candidates().first().copied()
    }

    /// The path of the runtime's socket.
    pub fn endpoint(&self) -> Option<&HostPath> {
        self.socket().map(|(path, _)| path)
    }

    /// Which start of the runtime is there now.
    pub fn incarnation(&self) -> Option<Incarnation> {
        self.socket().map(|(path, stamp)| Incarnation::of(path, stamp))
    }

    /// Whether the runtime that is there now answers, and serves no CRI.
    pub fn without_cri(&self) -> bool {
        self.answers.without_cri.is_some() && self.answers.without_cri == self.incarnation()
    }

    /// The runtime's socket as it was last known, though it is not there now.
    pub fn known_endpoint(&self) -> Option<HostPath> {
        let last = || self.restarted().and_then(|attempt| attempt.endpoint);
        self.endpoint().cloned().or_else(|| self.answers.endpoint.clone()).or_else(last)
    }

    /// A restart that is in hand, or was when the machine stopped.
    fn restarted(&self) -> Option<Attempt> {
        match self.attempt() {
            Some(attempt) => Some(attempt).filter(Attempt::is_in_hand),
            None => self.unverified().map(|mark| mark.attempt),
        }
    }

    /// The release of containerd: what the running one says, else what its program says.
    pub fn containerd_release(&self) -> Option<Release> {
        let said = self.answers.status().and_then(|status| status.release);
        said.or_else(|| self.observations.containerd.as_ref()?.present().copied())
    }

    /// The durable mark: what was written and never seen to come up.
    pub fn unverified(&self) -> Option<Unverified> {
        Unverified::read(self.bytes(&HostPath::known(MARK_FILE))?)
    }

    /// The restart attempt that `/run` remembers.
    pub fn attempt(&self) -> Option<Attempt> {
        Attempt::read(self.bytes(&HostPath::known(ATTEMPT_FILE))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINERD: &str = "/run/containerd/containerd.sock";
    const K3S: &str = "/run/k3s/containerd/containerd.sock";

    fn with_both() -> Node {
        let there = |path, ino| (HostPath::known(path), Observed::Present(Stamp { ino, ..Stamp::default() }));
        Node { sockets: vec![there(CONTAINERD, 1), there(K3S, 2)], ..Node::default() }
    }

    fn candidates(node: &Node) -> Vec<&str> {
        node.candidates().into_iter().map(|(path, _)| path.as_str()).collect()
    }

    #[test]
    fn a_runtime_that_answered_stays_the_one_even_in_a_restart() {
        let mut node = with_both();
        assert_eq!(candidates(&node), [CONTAINERD, K3S]);
        node.answers.endpoint = Some(HostPath::known(K3S));
        assert_eq!(candidates(&node), [K3S]);
        let k3s = node.incarnation();
        node.answers.endpoint = None;
        let attempt = Attempt {
            reason: RestartReason::Chain { chain: Digest::of(b"") },
            incarnation: k3s,
            phase: Phase::Asked,
            changed: Vec::new(),
            had: Vec::new(),
            ran: None,
            endpoint: None,
            retries: 0,
            asked_ms: 0,
            timeout_ms: 0,
            trouble: None,
            disturbed: false,
            restarted_on: None,
        };
        node.files
            .insert(HostPath::known(ATTEMPT_FILE), Observed::Present(File::of(&attempt.bytes(), 0o600)));
        assert_eq!(candidates(&node), [K3S]);
        // Away for a moment, it is not Docker's instead.
        node.sockets.pop();
        assert_eq!(candidates(&node), [""; 0]);
    }
}
