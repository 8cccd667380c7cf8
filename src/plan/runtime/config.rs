//! Patches the runtime's config if its live values differ from the desired ones, and restarts the runtime.

use crate::containerd::{self, ConfigFiles, Patch, RuntimeConfig};
use crate::node::{Attempt, HostPath, Kind, NotJudged, Phase, Question, RestartReason};
use crate::plan::blocked::Blocked;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::restart::unread::unread;
use crate::plan::restart::verdict::judges;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{once, request, reserve, service};
use crate::plan::runtime::live::CRI_ENABLED;
use crate::plan::runtime::silent::silent;
use crate::plan::runtime::{cgroup, edit_target, image, main_file, template};
use crate::plan::settings::RestartMode;
use crate::plan::values::{Cgroup, unknown};
use crate::report::FailureCode;

/// Makes the desired values live.
pub(in crate::plan) fn runtime(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    let status = match cx.runtime() {
        RuntimeState::NotUsed => return Ok(()),
        RuntimeState::NotAsked => return Err(Blocked::ask(Question::Runtime)),
        RuntimeState::NotJudged(other) => return Err(not_judged(other)),
        RuntimeState::Unreachable(why) => return silent(cx, why),
        RuntimeState::Status(status) => status,
    };
    let desired = cx.desired_values();
    let unknown = unknown(&desired, &status.live);
    if !unknown.is_empty() {
        return Err(unsaid_values(&unknown));
    }
    let differs = cx.differences(status);
    let unsaid = desired.sandbox_image.is_some() && status.live.sandbox_image.is_none();
    let Some(is_unread) = unread(cx)?.noted(draft) else { return Ok(()) };
    if differs.is_empty() && !unsaid && !is_unread {
        return Ok(());
    }
    let config = main_file::config(cx)?;
    let runtime_config = desired.runtime_config(cx.settings.enable_cri);
    let (files, patch) = edit_target::patched(cx.node, &config, status.release, &runtime_config)
        .map_err(|refusal| judges::not_patched(cx, &config, &refusal))?;
    if differs.is_empty() && patch.edits.is_empty() && !is_unread {
        match image::loaded(cx, &files, status.release) {
            image::Loaded::Yes => return Ok(()),
            image::Loaded::Unknown(finding) => {
                draft.findings.push(finding);
                return Ok(());
            }
            image::Loaded::No => {}
        }
    }
    draft.findings.extend(template::check(cx, status.live.conf_template.as_deref())?);
    if let Some(Cgroup::All(flag)) = desired.systemd_cgroup
        && cx.used(status).systemd_cgroup.values().any(|live| *live != flag)
    {
        draft.findings.push(cgroup::changed(cx.node, status.release, flag));
    }
    take_effect(cx, draft, &files, patch, &config, &desired.words(), &differs)
}

/// Conditions for any search in directories that only the runtime knows: it answers, and it is a containerd.
pub(in crate::plan) fn first(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::Status(_) => Ok(()),
        RuntimeState::NotAsked => Err(Blocked::ask(Question::Runtime)),
        RuntimeState::NotJudged(other) => Err(not_judged(other)),
        RuntimeState::Unreachable(why) => {
            without_cri(cx, draft)?;
            silent(cx, why)
        }
    }
}

/// The program can neither change this runtime's config nor verify that it runs the chain.
fn not_judged(other: &NotJudged) -> Blocked {
    Blocked::refused(
        FailureCode::RuntimeNotSupported,
        format!(
            "the runtime is {other}; this release can neither judge its config nor verify which network it has loaded"
        ),
        format!(
            "use --runtime none: the chain and its binaries are then written, and nothing is verified; after that, \
             look at a new pod, or at the log of {}",
            other.title()
        ),
    )
}

/// If containerd's config disables CRI, no kubelet uses it and no pod will ever write a primary. So CRI is enabled
/// first.
fn without_cri(cx: &PlanContext<'_>, draft: &mut Draft) -> Result<(), Blocked> {
    if !matches!(cx.runtime(), RuntimeState::Unreachable(_)) || !cx.node.without_cri() {
        return Ok(());
    }
    let config = main_file::config(cx)?;
    let allowed = cx.settings.enable_cri;
    // The release is not known before CRI answers. If the desired values do not work on all releases, only CRI is
    // enabled now, and the values follow.
    let alone = RuntimeConfig { enable_cri: allowed, ..RuntimeConfig::default() };
    let all = edit_target::patched(cx.node, &config, None, &cx.desired_values().runtime_config(allowed));
    match all.or_else(|_| edit_target::patched(cx.node, &config, None, &alone)) {
        Ok((_, patch)) if patch.edits.is_empty() => Ok(()),
        Ok((files, patch)) => {
            take_effect(cx, draft, &files, patch, &config, CRI_ENABLED, &["no CRI".to_owned()])
        }
        Err(refusal) => Err(judges::not_patched(cx, &config, &refusal)),
    }
}

/// If CRI does not report a value, a change could never be confirmed: the program would patch, restart and roll back.
pub(in crate::plan) fn unsaid_values(unknown: &[&str]) -> Blocked {
    let unknown = unknown.join(" and ");
    Blocked::refused(
        FailureCode::RuntimeValueUnknown,
        format!(
            "the runtime does not report its {unknown} (CRI Status, config), so this program cannot tell if it \
             must change"
        ),
        "see crictl info for what it reports; leave the value as it is (keep), or use --runtime none to compose \
         the chain only",
    )
}

/// Publishes the patch, and restarts the runtime with it: once for one reason.
fn take_effect(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    files: &ConfigFiles,
    patch: Patch,
    config: &HostPath,
    words: &str,
    differs: &[String],
) -> Result<(), Blocked> {
    let edits = patch.edits.iter().map(|edit| (edit.path.clone(), Some(edit.after.clone())));
    let whole = Whole::after(files, edits);
    let reason = RestartReason::Values { desired: words.to_owned(), files: whole.digest() };
    let is_hit = |hit: &once::Hit<'_>| !matches!(hit, once::Hit::Settled) || !differs.is_empty();
    if let Some(hit) = once::hit(cx, &reason).filter(is_hit) {
        draft.findings.extend(patch.findings);
        return Err(hit.failure(cx, words, &differs.join(" and "), patch.edits.is_empty()).into());
    }
    let becomes = if patch.edits.is_empty() { "as it is" } else { "with the desired values" };
    let verdict = judges::judged(cx, files, &whole, becomes).map_err(|blocked| also_methods(cx, blocked))?;
    draft.findings.extend(patch.findings);
    let publish: Vec<Step> = patch.edits.into_iter().flat_map(|file| edit(cx, file)).collect();
    if cx.settings.restart == RestartMode::Never {
        draft.findings.extend(verdict.findings);
        return Err(never(cx, draft, reason, publish, config, words));
    }
    request::ask_for(cx, draft, verdict, reason, publish)
}

/// Asks for the restart methods together with a dry load of the config, which takes longest.
fn also_methods(cx: &PlanContext<'_>, blocked: Blocked) -> Blocked {
    let judges = blocked.questions().iter().any(|question| matches!(question, Question::DryLoad { .. }));
    if judges && cx.settings.restart != RestartMode::Never {
        blocked.also_asking(service::with_methods(cx))
    } else {
        blocked
    }
}

/// Writes the file, after its missing parent directories.
fn edit(cx: &PlanContext<'_>, edit: containerd::FileEdit) -> Vec<Step> {
    let mut steps = cx.make_dirs(&edit.path.parent());
    steps.push(Step::Change(Change::Publish(Publish {
        path: edit.path,
        kind: Kind::Config,
        source: Source::Bytes(edit.after.into()),
        mode: Mode::New(0o644),
    })));
    steps
}

/// `--restart never`: the file is written, and the chain waits for another program's restart.
fn never(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    reason: RestartReason,
    publish: Vec<Step>,
    config: &HostPath,
    words: &str,
) -> Blocked {
    if !publish.is_empty() {
        // A later run that may restart knows what to roll back.
        let attempt = Attempt { phase: Phase::Left, ..request::attempt(cx, reason, &publish) };
        let reserves = reserve::reserves(cx, &attempt, &publish);
        draft.change(Change::Mark(attempt));
        draft.steps.extend(reserves);
        draft.steps.extend(publish);
    }
    Blocked::refused(
        FailureCode::RestartForbidden,
        format!(
            "{config} says {words}, but the running runtime does not yet, and --restart never forbids its restart"
        ),
        "restart the runtime (systemctl restart containerd) and run this again; then the chain is published",
    )
}
