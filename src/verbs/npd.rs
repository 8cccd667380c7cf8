//! `check --output npd`: the judgement for node-problem-detector. It starts no program of the host and ends in 2 s:
//! node-problem-detector ends a plugin after 5 s, and runs it on every node every half minute.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command_output::CommandOutput;
use super::open::{runtime, within};
use super::see::{How, see};
use crate::diagnose::{PodSeen, View, denied, judge};
use crate::host::{clock, thread};
use crate::node::Page;
use crate::plan::Settings;
use crate::report::NpdAnswer;

/// How long one question may take.
const QUESTION: Duration = Duration::from_millis(800);
/// How long all of it may take.
const WHOLE: Duration = Duration::from_millis(1800);

/// Judges the node in one line.
pub(super) fn npd(settings: &Settings, host_root: &Path, strict: bool) -> CommandOutput {
    let answer = bounded(settings.clone(), host_root.to_owned(), strict);
    let mut output = Page::new(false);
    output.verbatim(&answer.line());
    CommandOutput { output, message: String::new(), tells_message: true, exit_code: answer.exit_code() }
}

/// The answer, or that there is none in time. What still works then ends with the process.
fn bounded(settings: Settings, host_root: PathBuf, strict: bool) -> NpdAnswer {
    let clock = match runtime() {
        Ok(clock) => clock,
        Err(failure) => return NpdAnswer::Unknown(failure.to_string()),
    };
    let judging = thread::run(move || answer(&settings, &host_root, strict));
    let judged = within(&clock, WHOLE, judging);
    clock.shutdown_background();
    match judged {
        Some(Ok(answer)) => answer,
        Some(Err(failed)) => NpdAnswer::Unknown(failed.to_string()),
        None => NpdAnswer::Unknown("the node could not be looked at in 2 s".to_owned()),
    }
}

fn answer(settings: &Settings, host_root: &Path, strict: bool) -> NpdAnswer {
    let how = How { starts_programs: false, limit: Some(QUESTION) };
    let observed = match see(settings, host_root, &how) {
        Ok(observed) => observed,
        Err(failure) => return NpdAnswer::Unknown(failure.to_string()),
    };
    let view = View::new(&observed.node, settings, clock::wall()).at(&host_root.to_string_lossy());
    let findings = judge(&view);
    let verdict = view.verdict(&findings, PodSeen::No);
    NpdAnswer::of(&findings, strict, &verdict.message, unseen(&view).as_deref())
}

/// Why a node without a problem cannot be called right.
fn unseen(view: &View<'_>) -> Option<String> {
    if !view.is_live() {
        return Some("no running node is here: are the host's directories mounted?".to_owned());
    }
    if let Some(denied) = denied(view) {
        return Some(denied);
    }
    view.node().answers.runtime.is_none().then(|| "the runtime did not answer in time".to_owned())
}
