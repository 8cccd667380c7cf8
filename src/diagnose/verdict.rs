//! The sentence at the end if no finding is an error.

use super::view::View;
use crate::report::{Located, Severity, join_truncated};

impl View<'_> {
    /// The network that pods get, and how it is known. `healthy` is said only if there is nothing to warn of and
    /// everything that can make pods fail was seen; `more_unseen` is true if something else that was asked was not seen.
    pub fn verdict(&self, findings: &[Located], more_unseen: bool) -> String {
        let Some(winner) = &self.winner else {
            return format!("found nothing wrong in what could be read; {} was not judged", self.conf_dir);
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
        let (state, get) = match (self.other, warnings, self.unseen().is_empty() && !more_unseen) {
            (Some(other), ..) => {
                (format!("found nothing wrong in the files, but {other} itself was not judged"), "would get")
            }
            (None, 0, true) => ("healthy".to_owned(), "get"),
            (None, 0, false) => ("nothing is wrong in what was seen".to_owned(), "get"),
            (None, _, true) => ("no error".to_owned(), "get"),
            (None, _, false) => ("no error in what was seen".to_owned(), "get"),
        };
        format!(
            "{state}: pods {get} the network {:?} from {} ({}){behind}",
            winner.conflist.network(),
            self.conf_dir.join(winner.name),
            winner.conflist.types().join(" -> ")
        )
    }
}
