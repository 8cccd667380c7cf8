//! The observed node as values. `observe` builds them, or a test does.
//!
//! Files are bytes and stamps here, not yet interpreted. The interpretations (`record`, `attempt`, the rules of
//! `cni`) are pure functions of them.

mod answer;
mod attempt;
mod before;
mod check_observations;
mod confine;
mod digest;
mod file;
mod io_failed;
mod kind;
mod late;
mod listen;
mod live_config;
mod mask;
mod moment;
mod observed;
mod page;
mod path;
mod paths;
mod place;
mod pod;
mod pod_notes;
mod record;
mod release;
mod remembered;
mod replaced;
mod room;
mod run_note;
mod runtime;
mod same;
mod sandbox;
mod shell;
mod status;
mod tally;
mod temp;
mod units;
mod unverified;
mod wrap;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub use answer::{
    Answers, Asked, Binary, DryLoad, Incarnation, Question, Restart, RestartMethod, Sandboxes, Service,
    VersionQuestion, VersionReply,
};
pub use attempt::{Attempt, Changed, KEPT, Phase, RestartReason};
pub use before::Before;
pub use check_observations::{CheckObservations, Entry, Kubelet, Program, ReadRequest};
pub use confine::can_lie;
pub use digest::Digest;
pub use file::{Content, Dir, File, LARGEST, Mount};
pub use io_failed::{IoFailed, Refusal};
pub use kind::Kind;
pub use late::Late;
pub use listen::Listen;
pub use live_config::LiveConfig;
pub use mask::{masked, masked_words};
pub use moment::Moment;
pub use observed::{DENIED, NO_CRI, Observed, ROOT_ONLY, SPECIAL, Stamp};
pub use page::{Page, heard, is_unseen, json_for_terminals, one_line};
pub use path::{HostPath, HostPathError};
pub use paths::{
    ANSWERS_FILE, ATTEMPT_FILE, MARK_FILE, RECORD_DIR, ROLLBACK_SCRIPT, RUN_DIR, SAVED_DIR, STARTED_POD,
    TALLY_FILE,
};
pub use place::Place;
pub use pod::{LeftPods, PodAnswer, PodQuestion};
pub use pod_notes::{POD_NOTE, noted_pod, started_pod};
pub use record::{
    DesiredValues, FirstPublished, Layer, OriginalConfig, Record, RecordError, RecordedRuntime, Written,
};
pub use release::Release;
pub use remembered::Remembered;
pub use run_note::RunNote;
pub use runtime::{CRI_O, NotJudged, Runtime};
pub use sandbox::{PodOwner, PodSandbox};
pub use shell::quoted;
pub use status::{Condition, LiveValues, LoadedNetwork, RawStatus, Status};
pub use tally::Tally;
pub use temp::TempName;
pub use unverified::Unverified;

/// All that one observation read, and the answers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Files by path. A file that is missing from the map was not read.
    pub files: BTreeMap<HostPath, Observed<File>>,
    /// Directories by path.
    pub dirs: BTreeMap<HostPath, Observed<Dir>>,
    /// Config files of the runtime, and directories, that are reached through symbolic links, with the path that each
    /// resolves to.
    pub links: BTreeMap<HostPath, HostPath>,
    /// Files whose names are symbolic links, with the text of each link. `files` has the file behind the link under
    /// the same name.
    pub symlinks: BTreeMap<HostPath, String>,
    /// Inputs outside the host root: the files of `--install-bin`, by the path as it was typed.
    pub sources: BTreeMap<String, Observed<File>>,
    /// The answers to questions, with their times.
    pub answers: Answers,
    /// The names in the directories of `--install-bin`, by the path as it was typed.
    pub source_dirs: BTreeMap<String, BTreeSet<String>>,
    /// The runtime endpoints that were tried, in order of preference.
    pub sockets: Vec<(HostPath, Observed<Stamp>)>,
    /// The age of the runtime's socket, which is the time since the runtime's last start.
    pub runtime_age: Option<Duration>,
    /// The time of the observation by the clock that stamps files, in nanoseconds since the epoch.
    pub wall: i128,
    /// The time since the kernel started; `None` in a node made in memory.
    pub up_for: Option<Duration>,
    /// The id of this boot of the machine, if the kernel tells it.
    pub boot: Option<String>,
    /// True if the program runs in a container, so that its root is not the host's.
    pub in_container: bool,
    /// Files that this process replaced a moment ago, by their path.
    pub late: BTreeMap<HostPath, Late>,
    /// What only `check` reads.
    pub observations: CheckObservations,
}

/// Parses a record; `None` if the file does not exist.
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
    /// One file; `Unknown` if it was not read.
    pub fn file(&self, path: &HostPath) -> Observed<&File> {
        match self.files.get(path) {
            Some(Observed::Present(file)) => Observed::Present(file),
            Some(Observed::Absent) => Observed::Absent,
            Some(Observed::Unknown(why)) => Observed::Unknown(why.clone()),
            None => Observed::Unknown("not looked at".to_owned()),
        }
    }

    /// The path that a symbolic link at `path` with this text leads to. Links inside the text's own directories are
    /// not followed: `observe` does that.
    pub fn led_to(&self, path: &HostPath, text: &str) -> HostPath {
        let parent = path.parent();
        self.links.get(&parent).unwrap_or(&parent).linked(text)
    }

    /// The path of the reserve of a config file: beside the file behind a link. `None` if its name is too long.
    pub fn reserve_of(&self, path: &HostPath) -> Option<HostPath> {
        let real = self.links.get(path).unwrap_or(path);
        Some(real.parent().join(TempName::reserve_of(real.name())?.as_str()))
    }

    /// True if the reserve of a config file keeps bytes with this hash.
    pub fn is_reserved(&self, path: &HostPath, digest: &Digest) -> bool {
        let Some(at) = self.reserve_of(path).filter(|at| !self.symlinks.contains_key(at)) else {
            return false;
        };
        self.file(&at).present().and_then(|file| file.content.digest()).as_ref() == Some(digest)
    }

    /// A config file that is neither as the attempt wrote it nor as it was before: another program changed it since.
    pub fn overwritten<'a>(&self, attempt: &'a Attempt) -> Option<&'a HostPath> {
        let is_foreign = |changed: &&Changed| {
            let now = match self.file(&changed.path) {
                Observed::Present(file) => file.content.digest(),
                Observed::Absent => None,
                Observed::Unknown(_) => return false,
            };
            now != changed.after && now != changed.digest_before()
        };
        attempt.changed.iter().find(is_foreign).map(|changed| &changed.path)
    }

    /// The bytes of a file, if it was read.
    pub fn bytes(&self, path: &HostPath) -> Option<&[u8]> {
        match self.files.get(path)?.present()?.content {
            Content::Bytes(ref bytes) => Some(bytes),
            Content::Digest(_) | Content::Unread(_) => None,
        }
    }

    /// The files of a directory with their names, in byte order.
    pub fn files_in<'a>(&'a self, dir: &'a HostPath) -> impl Iterator<Item = (&'a str, &'a Observed<File>)> {
        self.files
            .iter()
            .filter(move |(path, _)| &path.parent() == dir)
            .map(|(path, file)| (path.name(), file))
    }

    /// The record of each owner, or the error if it cannot be read.
    pub fn records(&self) -> BTreeMap<String, Result<Record, RecordError>> {
        self.files_in(&HostPath::known(RECORD_DIR))
            .filter_map(|(name, observed)| Some((name.strip_suffix(".json")?.to_owned(), record(observed)?)))
            .collect()
    }

    /// The sockets where the runtime may listen, the likeliest first: the socket of a restart in progress, the socket
    /// that answered, else all sockets that exist, in order of preference. Docker's containerd and a stopped
    /// containerd have a socket too.
    pub fn candidates(&self) -> Vec<(&HostPath, &Stamp)> {
        let there: Vec<_> =
            self.sockets.iter().filter_map(|(path, observed)| Some((path, observed.present()?))).collect();
        // A socket that disappears for a moment does not make another socket the runtime's.
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

    /// The start of the runtime that is up now.
    pub fn incarnation(&self) -> Option<Incarnation> {
        self.socket().map(|(path, stamp)| Incarnation::of(path, stamp))
    }

    /// True if the runtime that is up now answered without CRI.
    pub fn without_cri(&self) -> bool {
        self.answers.without_cri.is_some() && self.answers.without_cri == self.incarnation()
    }

    /// The last known socket of the runtime, also if it does not exist now.
    pub fn known_endpoint(&self) -> Option<HostPath> {
        let last = || self.restarted().and_then(|attempt| attempt.endpoint);
        self.endpoint().cloned().or_else(|| self.answers.endpoint.clone()).or_else(last)
    }

    /// The restart that is in progress, or was when the machine stopped.
    fn restarted(&self) -> Option<Attempt> {
        match self.attempt() {
            Some(attempt) => Some(attempt).filter(Attempt::is_in_hand),
            None => self.unverified().map(|mark| mark.attempt),
        }
    }

    /// What earlier processes of this boot counted.
    pub fn tally(&self) -> Tally {
        self.bytes(&HostPath::known(TALLY_FILE)).map(Tally::read).unwrap_or_default()
    }

    /// What programs of the host said to earlier runs of this boot.
    pub fn remembered(&self) -> Remembered {
        self.bytes(&HostPath::known(ANSWERS_FILE)).map(Remembered::read).unwrap_or_default()
    }

    /// The directory, or its nearest existing ancestor, if it was observed.
    pub fn nearest(&self, place: &HostPath) -> Option<(HostPath, &Dir)> {
        let mut at = place.clone();
        loop {
            match self.dirs.get(&at)? {
                Observed::Present(dir) => return Some((at, dir)),
                Observed::Unknown(_) => return None,
                Observed::Absent if at.parent() == at => return None,
                Observed::Absent => at = at.parent(),
            }
        }
    }

    /// The release of containerd, as reported by the running one, else by its program.
    pub fn containerd_release(&self) -> Option<Release> {
        let said = self.answers.status().and_then(|status| status.release);
        said.or_else(|| self.observations.containerd.as_ref()?.present().copied())
    }

    /// The durable mark: a change that was written and never seen to come up.
    pub fn unverified(&self) -> Option<Unverified> {
        Unverified::read(self.bytes(&HostPath::known(MARK_FILE))?)
    }

    /// The restart attempt of this boot: the one in `/run`. A rollback on a full `/run` is counted by the durable mark.
    pub fn attempt(&self) -> Option<Attempt> {
        let in_run = self.bytes(&HostPath::known(ATTEMPT_FILE)).and_then(Attempt::read);
        let durable = self.unverified().filter(|mark| mark.boot.is_some() && mark.boot == self.boot);
        let durable = durable.map(|mark| mark.attempt).filter(Attempt::is_counted_durably);
        match (in_run, durable) {
            (Some(in_run), Some(durable))
                if in_run.is_in_hand() && durable.rollback_restarts > in_run.rollback_restarts =>
            {
                Some(durable)
            }
            (in_run, durable) => in_run.or(durable),
        }
    }

    /// The path of the file that takes turns with a mark. It keeps the room for the next mark.
    pub fn spare_of(mark: &'static str) -> Option<HostPath> {
        let path = HostPath::known(mark);
        Some(path.parent().join(TempName::reserve_of(path.name())?.as_str()))
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
        let attempt = Attempt::new(RestartReason::Chain { chain: Digest::of(b"") }, k3s, Phase::Asked);
        node.files
            .insert(HostPath::known(ATTEMPT_FILE), Observed::Present(File::of(&attempt.bytes(), 0o600)));
        assert_eq!(candidates(&node), [K3S]);
        // The runtime's socket is away for a moment: Docker's socket is not taken instead.
        node.sockets.pop();
        assert_eq!(candidates(&node), [""; 0]);
    }
}
