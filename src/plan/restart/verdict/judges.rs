//! The verdict that the runtime comes up on the config files as they would be, all of them and whoever wrote them. It gives
//! out the [`ComesUp`] without which no restart can be planned.

use crate::containerd::{self, ConfigFiles, Judgement};
use crate::node::{Digest, HostPath, Observed};
use crate::plan::change::Step;
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::restart::verdict::comes_up::ComesUp;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{at_rest, pending_edit, validate};
use crate::plan::runtime::edit_target;
use crate::plan::runtime::judged::judgement;
use crate::plan::runtime::main_file::{self, release};
use crate::plan::settings::RestartMode;
use crate::report::{Failure, FailureCode, Finding};

/// The verdict, and what is worth telling of it.
pub(in crate::plan) struct Verdict {
    pub(in crate::plan) comes_up: ComesUp,
    pub(in crate::plan) findings: Vec<Finding>,
}

/// The verdict on the files as they would be, in words: "as it is", "with the desired values". `before` is what is on disk
/// now, which must be at rest; what others have written into it is judged as well.
pub(in crate::plan) fn judged(
    cx: &PlanContext<'_>,
    before: &ConfigFiles,
    whole: &Whole,
    becomes: &str,
) -> Result<Verdict, Plan> {
    if let Some(plan) = at_rest::awaited(cx, before) {
        return Err(plan);
    }
    let (mut verdict, not_judged) =
        all_judges(cx, whole, becomes).map_err(|plan| at_rest::after_its_author(cx, before, plan))?;
    // Who may not restart anything takes nothing along.
    if cx.settings.restart == RestartMode::Never {
        return Ok(verdict);
    }
    let taken_along = pending_edit::taken_along(cx, before, whole, not_judged.as_deref())?;
    verdict.findings.extend(taken_along);
    Ok(verdict)
}

/// The same of what is on disk, once these steps are done.
pub(in crate::plan) fn on_disk(cx: &PlanContext<'_>, steps: &[Step], becomes: &str) -> Result<Verdict, Plan> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    judged(cx, &files, &Whole::once(&files, steps), becomes)
}

/// The hash of all files, once these steps are done.
pub(in crate::plan) fn digest_once(cx: &PlanContext<'_>, steps: &[Step]) -> Result<Digest, Plan> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    Ok(Whole::once(&files, steps).digest())
}

/// What to do about a config into which nothing can be written: it may be in the making, or its author still there.
pub(in crate::plan) fn not_patched(
    cx: &PlanContext<'_>,
    config: &HostPath,
    refusal: &containerd::Refusal,
) -> Plan {
    let files = edit_target::read_at_start(cx.node, config, release(cx));
    let refused = Plan::fail(refused(FailureCode::ConfigNotPatchable, refusal));
    at_rest::awaited(cx, &files).unwrap_or_else(|| at_rest::after_its_author(cx, &files, refused))
}

/// Every judge that can be asked, and what was missing where the release's own rules are not known.
fn all_judges(cx: &PlanContext<'_>, whole: &Whole, becomes: &str) -> Result<(Verdict, Option<String>), Plan> {
    let not_judged = by_the_rules(cx, &whole.files).map_err(Plan::fail)?;
    let findings = validate::dry_loaded(cx, whole, becomes)?;
    Ok((
        Verdict { comes_up: ComesUp::on(&whole.files), findings: findings.into_iter().collect() },
        not_judged,
    ))
}

/// What this program knows of the release's rules: how it reads files, and what its start checks. `Some` says what was
/// missing to judge by.
fn by_the_rules(cx: &PlanContext<'_>, files: &ConfigFiles) -> Result<Option<String>, Failure> {
    let release = release(cx);
    match containerd::effective(files, release) {
        Err(refusal) if !refusal.is_about_releases() => {
            return Err(refused(FailureCode::RuntimeConfigRefused, &refusal));
        }
        _ => {}
    }
    match judgement(cx.node, files, release) {
        Judgement::ComesUp => Ok(None),
        Judgement::NotJudged(missing) => Ok(Some(missing)),
        Judgement::Fails(mut refusals) => {
            // What is rolled back is a node without CRI, if it was one.
            refusals.retain(|refusal| !(refusal.disables_cri && cx.had_no_cri()));
            if refusals.is_empty() { Ok(None) } else { Err(all_of(&refusals)) }
        }
    }
}

/// Why the runtime would not come up: all of it, since each reason alone would do.
fn all_of(refusals: &[containerd::Refusal]) -> Failure {
    let sentences: Vec<String> = refusals.iter().map(containerd::Refusal::sentence).collect();
    let mut remedies: Vec<&str> = refusals.iter().map(|refusal| refusal.remedy.as_str()).collect();
    remedies.dedup();
    Failure::new(
        FailureCode::WillNotComeUp,
        format!("the runtime would not come up, so it was not restarted: {}", sentences.join("; ")),
        remedies.join("; "),
    )
}

/// A refusal as a failure: what has a code of its own keeps it, all else has the code that is given.
pub(in crate::plan) fn refused(otherwise: FailureCode, refusal: &containerd::Refusal) -> Failure {
    let code = match refusal {
        containerd::Refusal { missing: Some(_), .. } => FailureCode::RuntimeImportMissing,
        containerd::Refusal { disables_cri: true, .. } => FailureCode::CriDisabled,
        containerd::Refusal { lacks_default_runtime: true, .. } => FailureCode::DefaultRuntimeMissing,
        _ => otherwise,
    };
    Failure::new(code, refusal.sentence(), refusal.remedy.clone())
}

/// The hash of the config files, if the runtime runs on these very bytes: it was started after the last of them was
/// changed, and serves CRI.
pub(in crate::plan) fn ran_on(cx: &PlanContext<'_>, files: &ConfigFiles) -> Option<Digest> {
    let (_, start) = cx.node.socket()?;
    let is_older = |(path, bytes): (&HostPath, &Option<Vec<u8>>)| {
        bytes.is_none() && *path != files.main || at_rest::is_loaded(cx, path)
    };
    let is_listed_before = |path: &HostPath| match cx.node.dirs.get(path) {
        Some(Observed::Present(dir)) => dir.stamp.mtime < start.mtime,
        Some(Observed::Absent) => true,
        Some(Observed::Unknown(_)) | None => false,
    };
    let ran = files.files.iter().all(is_older) && files.listings.keys().all(is_listed_before);
    ran.then(|| Whole { files: files.clone(), changed: Vec::new() }.digest())
}

/// The same of what is on disk.
pub(in crate::plan) fn ran_on_disk(cx: &PlanContext<'_>) -> Option<Digest> {
    let config = main_file::config(cx).ok()?;
    ran_on(cx, &edit_target::read_at_start(cx.node, &config, release(cx)))
}

/// The verdict on the bytes before, once they are back: that the runtime ran on them, else what the judges say.
pub(in crate::plan) fn way_back(
    cx: &PlanContext<'_>,
    steps: &[Step],
    ran: Option<&Digest>,
) -> Result<Verdict, Plan> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    let whole = Whole::once(&files, steps);
    if Some(&whole.digest()) == ran {
        return Ok(Verdict { comes_up: ComesUp::on(&whole.files), findings: Vec::new() });
    }
    // Nobody waits while the runtime is down.
    Ok(all_judges(cx, &whole, "as it was before")?.0)
}
