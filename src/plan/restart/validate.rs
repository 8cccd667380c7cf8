//! Lets the host's own containerd load the planned config files.

use crate::node::{DryLoad, HostPath, Observed, Question};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::plan::restart::whole::Whole;
use crate::report::codes::install;
use crate::report::{FailureCode, Finding, Severity};

/// The host's own containerd must load the files before they are published.
pub(in crate::plan) fn dry_loaded(
    cx: &PlanContext<'_>,
    whole: &Whole,
    becomes: &str,
) -> Result<Option<Finding>, Blocked> {
    let (key, main) = (whole.digest(), &whole.files.main);
    let Some(asked) = cx.node.answers.dry_loads.get(&key) else {
        return Err(Blocked::ask(Question::DryLoad { key, files: candidate(whole) }));
    };
    match &asked.said {
        Observed::Present(DryLoad::Accepted | DryLoad::Dumped(_)) | Observed::Absent => Ok(None),
        Observed::Present(DryLoad::Refused(words)) => Err(Blocked::refused(
            FailureCode::RuntimeConfigRefused,
            format!("the host's containerd refuses {main} {becomes}: {words}"),
            "mend what it names; containerd was not restarted and still runs",
        )),
        Observed::Present(DryLoad::Unavailable(why)) | Observed::Unknown(why) => {
            Ok(Some(not_loaded(main, why)))
        }
    }
}

/// The main file, and the files that change. A file that is removed is represented by an empty one.
fn candidate(whole: &Whole) -> Vec<(HostPath, Vec<u8>)> {
    let main = &whole.files.main;
    let others = whole.changed.iter().filter(|path| *path != main);
    let bytes = |path: &HostPath| whole.files.files.get(path).cloned().flatten().unwrap_or_default();
    std::iter::once(main).chain(others).map(|path| (path.clone(), bytes(path))).collect()
}

fn not_loaded(config: &HostPath, why: &str) -> Finding {
    Finding {
        code: install::NOT_DRY_LOADED.name,
        severity: Severity::Info,
        subject: config.to_string(),
        message: format!(
            "the host's containerd could not be asked to read its config before the restart: {why}"
        ),
        remedy: "nothing to do: if the runtime does not come up with the config, it is rolled back"
            .to_owned(),
    }
}
