//! Patches the runtime's config if its live values differ from the desired ones, and restarts the runtime.

use crate::containerd::{self, ConfigFiles, Patch, RuntimeConfig};
use crate::node::{Attempt, HostPath, Kind, NotJudged, Phase, Question, RestartReason};
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan};
use crate::plan::restart::verdict::judges;
use crate::plan::restart::whole::Whole;
use crate::plan::restart::{once, request, service, unread};
use crate::plan::runtime::live::CRI_ENABLED;
use crate::plan::runtime::silent::silent;
use crate::plan::runtime::{cgroup, edit_target, image, main_file, template};
use crate::plan::settings::RestartMode;
use crate::plan::values::{Cgroup, unknown};
use crate::report::{Failure, FailureCode};

/// Makes the desired values live.
pub(in crate::plan) fn runtime(cx: &PlanContext<'_>) -> Plan {
    let status = match cx.runtime() {
        RuntimeState::NotUsed => return Plan::done(),
        RuntimeState::NotAsked => return Plan::ask(Question::Runtime),
        RuntimeState::NotJudged(other) => return not_judged(other),
        RuntimeState::Unreachable(why) => return silent(cx, why),
        RuntimeState::Status(status) => status,
    };
    let desired = cx.desired_values();
    let unknown = unknown(&desired, &status.live);
    if !unknown.is_empty() {
        return unsaid_values(&unknown);
    }
    let differs = cx.differences(status);
    let unsaid = desired.sandbox_image.is_some() && status.live.sandbox_image.is_none();
    let unread = match unread::unread(cx) {
        Ok(unread) => unread,
        Err(plan) => return plan,
    };
    if differs.is_empty() && !unsaid && !unread {
        return Plan::done();
    }
    let config = match main_file::config(cx) {
        Ok(config) => config,
        Err(plan) => return plan,
    };
    let runtime_config = desired.runtime_config(cx.settings.enable_cri);
    let (files, patch) = match edit_target::patched(cx.node, &config, status.release, &runtime_config) {
        Ok(patched) => patched,
        Err(refusal) => return judges::not_patched(cx, &config, &refusal),
    };
    let mut plan = Plan::done();
    if differs.is_empty() && patch.edits.is_empty() && !unread {
        match image::loaded(cx, &files, status.release) {
            image::Loaded::Yes => return plan,
            image::Loaded::Unknown(finding) => return plan.with_finding(finding),
            image::Loaded::No => {}
        }
    }
    match template::check(cx, status.live.conf_template.as_deref()) {
        Ok(finding) => plan.findings.extend(finding),
        Err(failure) => return Plan::fail(failure),
    }
    if let Some(Cgroup::All(flag)) = desired.systemd_cgroup
        && cx.used(status).systemd_cgroup.values().any(|live| *live != flag)
    {
        plan.findings.push(cgroup::changed(cx.node, status.release, flag));
    }
    plan.then(|| take_effect(cx, &files, patch, &config, &desired.words(), &differs))
}

/// Conditions for any search in directories that only the runtime knows: it answers, and it is a containerd.
pub(in crate::plan) fn first(cx: &PlanContext<'_>) -> Plan {
    match cx.runtime() {
        RuntimeState::NotUsed | RuntimeState::Status(_) => Plan::done(),
        RuntimeState::NotAsked => Plan::ask(Question::Runtime),
        RuntimeState::NotJudged(other) => not_judged(other),
        RuntimeState::Unreachable(why) => without_cri(cx).then(|| silent(cx, why)),
    }
}

/// The runtime's config cannot be brought in order, and nothing would prove that it runs the chain.
fn not_judged(other: &NotJudged) -> Plan {
    Plan::fail(Failure::new(
        FailureCode::RuntimeNotSupported,
        format!(
            "the runtime is {other}; this release can neither judge its config nor verify which network it has loaded"
        ),
        format!(
            "use --runtime none: the chain and its binaries are then written, and nothing is verified; after that, \
             look at a new pod, or at the log of {}",
            other.title()
        ),
    ))
}

/// If containerd's config disables CRI, no kubelet uses it and no pod will ever write a primary. So CRI is enabled
/// first.
fn without_cri(cx: &PlanContext<'_>) -> Plan {
    if !matches!(cx.runtime(), RuntimeState::Unreachable(_)) || !cx.node.without_cri() {
        return Plan::done();
    }
    let config = match main_file::config(cx) {
        Ok(config) => config,
        Err(plan) => return plan,
    };
    let allowed = cx.settings.enable_cri;
    // Its release is not known, so the desired values must work on all releases; else only CRI is enabled now, and
    // the values follow.
    let alone = RuntimeConfig { enable_cri: allowed, ..RuntimeConfig::default() };
    let all = edit_target::patched(cx.node, &config, None, &cx.desired_values().runtime_config(allowed));
    match all.or_else(|_| edit_target::patched(cx.node, &config, None, &alone)) {
        Ok((_, patch)) if patch.edits.is_empty() => Plan::done(),
        Ok((files, patch)) => take_effect(cx, &files, patch, &config, CRI_ENABLED, &["no CRI".to_owned()]),
        Err(refusal) => judges::not_patched(cx, &config, &refusal),
    }
}

/// If CRI does not report a value, a change could never be confirmed: the program would patch, restart and roll back.
pub(in crate::plan) fn unsaid_values(unknown: &[&str]) -> Plan {
    let unknown = unknown.join(" and ");
    Plan::fail(Failure::new(
        FailureCode::RuntimeValueUnknown,
        format!(
            "the runtime does not report its {unknown} (CRI Status, config), so this program cannot tell if it \
             must change"
        ),
        "see crictl info for what it reports; leave the value as it is (keep), or use --runtime none to compose \
         the chain only",
    ))
}

/// Publishes the patch, and restarts the runtime with it: once for one reason.
fn take_effect(
    cx: &PlanContext<'_>,
    files: &ConfigFiles,
    patch: Patch,
    config: &HostPath,
    words: &str,
    differs: &[String],
) -> Plan {
    let mut plan = Plan::done();
    plan.findings = patch.findings;
    let edits = patch.edits.iter().map(|edit| (edit.path.clone(), Some(edit.after.clone())));
    let whole = Whole::after(files, edits);
    let reason = RestartReason::Values { desired: words.to_owned(), files: whole.digest() };
    let is_hit = |hit: &once::Hit<'_>| !matches!(hit, once::Hit::Settled) || !differs.is_empty();
    if let Some(hit) = once::hit(cx, &reason).filter(is_hit) {
        let in_file = patch.edits.is_empty();
        return plan.then(|| Plan::fail(hit.failure(cx, words, &differs.join(" and "), in_file)));
    }
    let becomes = if patch.edits.is_empty() { "as it is" } else { "with the desired values" };
    let verdict = match judges::judged(cx, files, &whole, becomes) {
        Ok(verdict) => verdict,
        Err(other) => return also_methods(cx, other),
    };
    let publish: Vec<Step> = patch.edits.into_iter().flat_map(|file| edit(cx, file)).collect();
    if cx.settings.restart == RestartMode::Never {
        plan.findings.extend(verdict.findings);
        return plan.then(|| never(cx, reason, publish, config, words));
    }
    plan.then(|| request::ask_for(cx, verdict, reason, publish))
}

/// The plan, which also asks for the restart methods if it asks for a verdict. The verdict is awaited longest.
fn also_methods(cx: &PlanContext<'_>, mut plan: Plan) -> Plan {
    let judges = plan.questions.iter().any(|question| matches!(question, Question::DryLoad { .. }));
    if judges && cx.settings.restart != RestartMode::Never {
        plan.questions.extend(service::with_methods(cx).err().into_iter().flat_map(|asks| asks.questions));
    }
    plan
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
    reason: RestartReason,
    publish: Vec<Step>,
    config: &HostPath,
    words: &str,
) -> Plan {
    let mut plan = Plan::done();
    if !publish.is_empty() {
        // A later run that may restart knows what to roll back.
        let attempt = Attempt { phase: Phase::Left, ..request::attempt(cx, reason, &publish) };
        plan = Plan::steps([vec![Step::Change(Change::Mark(attempt))], publish].concat());
    }
    plan.outcome = Outcome::Fail(Failure::new(
        FailureCode::RestartForbidden,
        format!(
            "{config} says {words}, but the running runtime does not yet, and --restart never forbids its restart"
        ),
        "restart the runtime (systemctl restart containerd) and run this again; then the chain is published",
    ));
    plan
}
