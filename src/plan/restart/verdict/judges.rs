//! The verdict that the runtime comes up with all config files as they will be, also with those that others wrote. It
//! creates the [`ComesUp`] without which no restart can be planned.

use crate::containerd::{self, ConfigFiles, Judgement, RefusalKind};
use crate::node::{Digest, HostPath, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::change::Step;
use crate::plan::context::PlanContext;
use crate::plan::restart::verdict::comes_up::ComesUp;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{at_rest, pending_edit, validate};
use crate::plan::runtime::edit_target;
use crate::plan::runtime::judged::judgement;
use crate::plan::runtime::main_file::{self, release};
use crate::plan::settings::RestartMode;
use crate::report::{Failure, FailureCode, Finding};

/// The verdict, with its findings.
pub(in crate::plan) struct Verdict {
    pub(in crate::plan) comes_up: ComesUp,
    pub(in crate::plan) findings: Vec<Finding>,
}

/// The verdict about the planned files; `becomes` describes them: "as it is", "with the desired values". `before` has
/// the files on disk, which must be at rest. Changes of other authors in them are judged too.
pub(in crate::plan) fn judged(
    cx: &PlanContext<'_>,
    before: &ConfigFiles,
    whole: &Whole,
    becomes: &str,
) -> Result<Verdict, Blocked> {
    at_rest::awaited(cx, before)?;
    let (mut verdict, not_judged) =
        all_judges(cx, whole, becomes).map_err(|blocked| at_rest::after_its_author(cx, before, blocked))?;
    // Without a restart no edit of others is loaded, so it need not be judged.
    if cx.settings.restart == RestartMode::Never {
        return Ok(verdict);
    }
    let taken_along = pending_edit::taken_along(cx, before, whole, not_judged.as_deref())?;
    verdict.findings.extend(taken_along);
    Ok(verdict)
}

/// Like [`judged`], for the files on disk after these steps.
pub(in crate::plan) fn on_disk(
    cx: &PlanContext<'_>,
    steps: &[Step],
    becomes: &str,
) -> Result<Verdict, Blocked> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    judged(cx, &files, &Whole::once(&files, steps), becomes)
}

/// The hash of all files after these steps.
pub(in crate::plan) fn digest_once(cx: &PlanContext<'_>, steps: &[Step]) -> Result<Digest, Blocked> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    Ok(Whole::once(&files, steps).digest())
}

/// What to do about a config that cannot be patched: it may be incomplete, or its author may still be working on it.
pub(in crate::plan) fn not_patched(
    cx: &PlanContext<'_>,
    config: &HostPath,
    refusal: &containerd::Refusal,
) -> Blocked {
    let files = edit_target::read_at_start(cx.node, config, release(cx));
    // If nothing had to be patched, the judge would refuse the same files with this failure.
    let failure = match refusal.kind {
        RefusalKind::DefaultRuntimeMissing => all_of(std::slice::from_ref(refusal)),
        _ => refused(FailureCode::ConfigNotPatchable, refusal),
    };
    at_rest::awaited(cx, &files)
        .err()
        .unwrap_or_else(|| at_rest::after_its_author(cx, &files, failure.into()))
}

/// Asks all available judges. Also returns what was missing if the release's own rules are not known.
fn all_judges(
    cx: &PlanContext<'_>,
    whole: &Whole,
    becomes: &str,
) -> Result<(Verdict, Option<String>), Blocked> {
    let not_judged = by_the_rules(cx, &whole.files)?;
    let findings = validate::dry_loaded(cx, whole, becomes)?;
    Ok((
        Verdict { comes_up: ComesUp::on(&whole.files), findings: findings.into_iter().collect() },
        not_judged,
    ))
}

/// Judges by the rules of the release that this program knows: how files are read, and what a start checks. `Some`
/// has the reason why they could not be applied.
fn by_the_rules(cx: &PlanContext<'_>, files: &ConfigFiles) -> Result<Option<String>, Failure> {
    let release = release(cx);
    match containerd::effective(files, release) {
        Err(refusal) if refusal.kind != RefusalKind::ReleasesDiffer => {
            return Err(refused(FailureCode::RuntimeConfigRefused, &refusal));
        }
        _ => {}
    }
    match judgement(cx.node, files, release) {
        Judgement::ComesUp => Ok(None),
        Judgement::NotJudged(missing) => Ok(Some(missing)),
        Judgement::Fails(mut refusals) => {
            // A rollback may restore a node without CRI, if it had none before.
            refusals.retain(|refusal| !(refusal.kind == RefusalKind::CriDisabled && cx.had_no_cri()));
            if refusals.is_empty() { Ok(None) } else { Err(all_of(&refusals)) }
        }
    }
}

/// All reasons why the runtime would not come up, because each alone is enough.
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

/// A refusal as a failure: with its own code if it has one, else with the given code.
pub(in crate::plan) fn refused(otherwise: FailureCode, refusal: &containerd::Refusal) -> Failure {
    let code = match refusal.kind {
        RefusalKind::ImportMissing(_) => FailureCode::RuntimeImportMissing,
        RefusalKind::CriDisabled => FailureCode::CriDisabled,
        RefusalKind::DefaultRuntimeMissing => FailureCode::DefaultRuntimeMissing,
        RefusalKind::InTheWay(_) | RefusalKind::ReleasesDiffer | RefusalKind::Other => otherwise,
    };
    Failure::new(code, refusal.sentence(), refusal.remedy.clone())
}

/// The hash of the config files, if the runtime runs with exactly these bytes: it was started after the last change
/// of them, and serves CRI.
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

/// Like [`ran_on`], for the files on disk.
pub(in crate::plan) fn ran_on_disk(cx: &PlanContext<'_>) -> Option<Digest> {
    let config = main_file::config(cx).ok()?;
    ran_on(cx, &edit_target::read_at_start(cx.node, &config, release(cx)))
}

/// The verdict about the old bytes in a rollback. If the runtime ran with them, it comes up with them; else the judges
/// decide.
pub(in crate::plan) fn way_back(
    cx: &PlanContext<'_>,
    steps: &[Step],
    ran: Option<&Digest>,
) -> Result<Verdict, Blocked> {
    let files = edit_target::read_at_start(cx.node, &main_file::config(cx)?, release(cx));
    let whole = Whole::once(&files, steps);
    if Some(&whole.digest()) == ran {
        return Ok(Verdict { comes_up: ComesUp::on(&whole.files), findings: Vec::new() });
    }
    // There is no wait while the runtime is down.
    Ok(all_judges(cx, &whole, "as it was before")?.0)
}
