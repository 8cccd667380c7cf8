//! The sentence at the end if no finding is an error.

use super::view::View;
use crate::report::{Located, Severity, join_truncated};

/// What is said of a node without an error.
pub struct Verdict {
    /// The network that pods get, and how it is known.
    pub message: String,
    /// True if nothing that was not seen could make every pod fail.
    pub is_whole: bool,
}

/// What is known of a pod that `--pod` was to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodSeen {
    /// No pod was asked for, or it failed.
    No,
    /// A pod started.
    Started,
    /// A pod was asked for, and nothing is known of it.
    Unknown,
}

impl View<'_> {
    /// `healthy` is said only if there is nothing to warn of and everything that can make every pod fail was seen. A pod
    /// that started shows what no look at files does.
    pub fn verdict(&self, findings: &[Located], pod: PodSeen) -> Verdict {
        let started = pod == PodSeen::Started;
        let Some(winner) = &self.winner else {
            let message =
                format!("found nothing wrong in what could be read; {} was not judged", self.conf_dir);
            return Verdict { message, is_whole: started };
        };
        let behind: Vec<&str> =
            self.listing().loadable().skip_while(|name| *name != winner.name).skip(1).collect();
        let behind = if behind.is_empty() {
            String::new()
        } else {
            format!("; behind it: {}", join_truncated(&behind))
        };
        let warnings =
            findings.iter().filter(|located| located.finding.severity == Severity::Warning).count();
        let is_seen = self.unseen().is_empty() && pod != PodSeen::Unknown;
        let is_whole = started || self.other.is_none() && is_seen;
        let (state, get) = match (self.other, warnings, is_whole) {
            (Some(other), ..) => {
                (format!("found nothing wrong in the files, but {other} itself was not judged"), "would get")
            }
            (None, 0, true) => ("healthy".to_owned(), "get"),
            (None, 0, false) => ("nothing is wrong in what was seen".to_owned(), "get"),
            (None, _, true) => ("no error".to_owned(), "get"),
            (None, _, false) => ("no error in what was seen".to_owned(), "get"),
        };
        let message = format!(
            "{state}: pods {get} the network {:?} from {} ({}){behind}",
            winner.conflist.network(),
            self.conf_dir.join(winner.name),
            winner.conflist.types().join(" -> ")
        );
        Verdict { message, is_whole }
    }
}
