//! What comes of the runtime's next start on the config that is on disk: one judgement for `install`, `--dry-run` and
//! `check`.

use std::collections::BTreeSet;

use crate::containerd::{Judgement, Refusal, Request, SeenKind, judge_requests};
use crate::node::{HostPath, Node, Observed, Release, SPECIAL};
use crate::plan::runtime::edit_target::read_at_start;
use crate::plan::runtime::judged::{is_of_the_container, judgement, seen};

/// The code of the finding, of `check` and of `install`.
pub const WILL_NOT_COME_UP: &str = "runtime-will-not-come-up";

/// What comes of a start, and what of it could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStart {
    /// The verdict of the release's rules.
    pub judgement: Judgement,
    /// Paths that the rules look at and that could not be seen, each with the reason.
    pub unseen: Vec<(HostPath, String)>,
    /// Every path that the rules look at beside the config files.
    pub looked_at: BTreeSet<HostPath>,
}

impl NextStart {
    /// The start of a containerd of this release with this main config file.
    pub fn of(node: &Node, main: &HostPath, release: Option<Release>) -> Self {
        let files = read_at_start(node, main, release);
        let requests = release.map(|release| judge_requests(&files, release)).unwrap_or_default();
        let looked_at: BTreeSet<HostPath> =
            requests.into_iter().map(|(Request::File(path) | Request::Directory(path))| path).collect();
        let unseen = looked_at.iter().filter_map(|path| Some((path.clone(), hidden(node, path)?))).collect();
        // What the container's own root has in its place, or lacks, says nothing of the file of the runtime that was asked. A
        // copy of a node lies where it was put.
        let is_asked = node.answers.runtime.is_some();
        let judgement = if is_asked && is_of_the_container(node, &files.main) {
            Judgement::NotJudged(format!("{} is not on a mount of the host", files.main))
        } else {
            judgement(node, &files, release)
        };
        Self { judgement, unseen, looked_at }
    }

    /// Why the runtime would not come up; empty if it would, or if that is not known.
    pub fn refusals(&self) -> &[Refusal] {
        match &self.judgement {
            Judgement::Fails(refusals) => refusals,
            Judgement::ComesUp | Judgement::NotJudged(_) => &[],
        }
    }
}

/// Why it is not known what is at a path. A socket is known to be none of the files that a start reads, and behind a
/// file there is nothing.
fn hidden(node: &Node, path: &HostPath) -> Option<String> {
    let Observed::Unknown(why) = seen(node, path) else { return None };
    let mut above = path.clone();
    while above != HostPath::root() {
        above = above.parent();
        if matches!(seen(node, &above), Observed::Present(SeenKind::File(_))) {
            return None;
        }
    }
    (why != SPECIAL).then_some(why)
}

/// What a start would fail on, as a clause behind the file's name.
pub fn will_not_come_up(refusal: &Refusal) -> String {
    format!(
        "{}; the runtime still runs on what it read at its start, but will not start again",
        refusal.sentence()
    )
}
