//! Another author's pending edit: config files whose values differ from the live ones and were never loaded.

use crate::containerd::{ConfigFiles, Difference, differences};
use crate::node::{DesiredValues, DryLoad, HostPath, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::restart::at_rest;
use crate::plan::restart::whole::Whole;
use crate::report::codes::install;
use crate::report::{FailureCode, Finding, Severity};

/// The finding about another author's edit that this restart loads. Blocked while the author has time to restart the
/// runtime. An edit that only `config dump` can judge, because the rules in `not_judged` are missing, is loaded only on
/// a fresh node.
pub(in crate::plan) fn taken_along(
    cx: &PlanContext<'_>,
    before: &ConfigFiles,
    whole: &Whole,
    not_judged: Option<&str>,
) -> Result<Option<Finding>, Blocked> {
    let never_loaded = at_rest::never_loaded(cx, before);
    let differs = differs(cx, whole);
    // An unknown release may fill in values that the files do not have.
    let is_pending = !differs.is_empty() && (not_judged.is_none() || !never_loaded.is_empty());
    if !is_pending {
        return Ok(match &never_loaded[..] {
            [] => None,
            files => {
                Some(finding(files, &before.main, Severity::Info, "no value that CRI Status reports differs"))
            }
        });
    }
    at_rest::author_may_restart(cx, before)?;
    let what = told(&differs);
    if let Some(missing) = not_judged
        && !cx.is_fresh()?
    {
        return Err(Blocked::refused(
            FailureCode::PendingEditNotJudged,
            format!(
                "{} was changed and nobody has loaded it ({what}); the program cannot judge if the runtime comes \
                 up with it: {missing}",
                names(&never_loaded, &before.main)
            ),
            "restart the runtime yourself, so that it runs on the file (systemctl restart containerd), or undo the \
             edit; then run this again",
        ));
    }
    Ok(Some(finding(&never_loaded, &before.main, Severity::Warning, &what)))
}

/// The values in which the files differ from the runtime, without those that this program changes.
pub(in crate::plan) fn differs(cx: &PlanContext<'_>, whole: &Whole) -> Vec<Difference> {
    let RuntimeState::Status(status) = cx.runtime() else { return Vec::new() };
    let (Some(release), Some(live)) = (status.release, &status.config) else { return Vec::new() };
    let dumped = cx.node.answers.dry_loads.get(&whole.digest()).and_then(|asked| match &asked.said {
        Observed::Present(DryLoad::Dumped(text)) => Some(&**text),
        _ => None,
    });
    differences(&whole.files, dumped, release, live, &own_keys(cx))
}

/// The keys that this program changes: their difference is the reason for the restart.
fn own_keys(cx: &PlanContext<'_>) -> Vec<&'static str> {
    let records = cx.records.values().filter_map(|record| record.as_ref().ok());
    let mut desired: Vec<_> = records.map(|record| record.layer.desired.clone()).collect();
    desired.push(cx.desired.layer.desired.clone());
    desired.push(cx.desired_values().desired());
    let any = |is: fn(&DesiredValues) -> bool| desired.iter().any(is);
    let all = [
        ("max_conf_num", any(|desired| desired.max_conf_num.is_some())),
        ("conf_template", any(|desired| desired.conf_template.is_some())),
        ("SystemdCgroup", any(|desired| desired.systemd_cgroup.is_some())),
        ("sandbox_image", any(|desired| desired.sandbox_image.is_some())),
    ];
    all.into_iter().filter(|(_, own)| *own).map(|(key, _)| key).collect()
}

fn told(differs: &[Difference]) -> String {
    let one =
        |differ: &Difference| format!("{} = {:?}, while {:?} runs", differ.key, differ.on_disk, differ.live);
    let more = match differs.len().saturating_sub(3) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{}{more}", differs.iter().take(3).map(one).collect::<Vec<_>>().join("; "))
}

fn names(files: &[&HostPath], main: &HostPath) -> String {
    let names: Vec<&str> = files.iter().map(|path| path.as_str()).collect();
    if names.is_empty() { main.to_string() } else { names.join(" and ") }
}

fn finding(files: &[&HostPath], main: &HostPath, severity: Severity, what: &str) -> Finding {
    let names = names(files, main);
    Finding {
        code: install::PENDING_EDIT.name,
        severity,
        subject: names.clone(),
        message: format!(
            "{names} was changed, and the runtime was not started since ({what}); the restart loads the change. \
             If the runtime does not come back, the rollback restores a file that never ran"
        ),
        remedy: "restart the runtime after each edit of its config, so that what is on disk is known to work"
            .to_owned(),
    }
}
