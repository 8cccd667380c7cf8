//! Predicts the runtime's next start with the config on disk, in the same way for `install`, `--dry-run` and `check`.

use std::collections::BTreeSet;

use crate::containerd::{Judgement, Refusal, Request, SeenKind, judge_requests};
use crate::node::{HostPath, Node, Observed, Release, SPECIAL};
use crate::plan::runtime::edit_target::read_at_start;
use crate::plan::runtime::judged::{is_of_the_container, judgement, seen};

/// The predicted result of a start, and the paths that could not be observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStart {
    /// The verdict of the release's rules.
    pub judgement: Judgement,
    /// Paths that the rules need but that could not be observed, each with the reason.
    pub unseen: Vec<(HostPath, String)>,
    /// All paths that the rules read beside the config files.
    pub looked_at: BTreeSet<HostPath>,
}

impl NextStart {
    /// Predicts the start of a containerd of this release with this main config file.
    pub fn of(node: &Node, main: &HostPath, release: Option<Release>) -> Self {
        let files = read_at_start(node, main, release);
        let requests = release.map(|release| judge_requests(&files, release)).unwrap_or_default();
        let looked_at: BTreeSet<HostPath> =
            requests.into_iter().map(|(Request::File(path) | Request::Directory(path))| path).collect();
        let unseen = looked_at.iter().filter_map(|path| Some((path.clone(), hidden(node, path)?))).collect();
        // In a container, a file that is not on a mount of the host is not the file of the runtime that answered. In a
        // copy of a node nothing answers, and the files may lie anywhere.
        let is_asked = node.answers.runtime.is_some();
        let judgement = if is_asked && is_of_the_container(node, &files.main) {
            Judgement::NotJudged(format!("{} is not on a mount of the host", files.main))
        } else {
            judgement(node, &files, release)
        };
        Self { judgement, unseen, looked_at }
    }

    /// The reasons why the runtime would not come up; empty if it would, or if that is not known.
    pub fn refusals(&self) -> &[Refusal] {
        match &self.judgement {
            Judgement::Fails(refusals) => refusals,
            Judgement::ComesUp | Judgement::NotJudged(_) => &[],
        }
    }
}

/// The reason why a path could not be observed; `None` if the start does not depend on it: a socket is not a file that a
/// start reads, and nothing exists below a file.
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

/// The reason of a failed start, as a clause after the file's name.
pub fn will_not_come_up(refusal: &Refusal) -> String {
    format!(
        "{}; the runtime still runs on what it read at its start, but will not start again",
        refusal.sentence()
    )
}
