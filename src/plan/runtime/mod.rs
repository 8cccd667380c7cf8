//! The runtime's config: patched only if its live values differ from the desired ones.

pub(in crate::plan) mod cgroup;
pub(in crate::plan) mod early;
pub(in crate::plan) mod edit_target;
pub(in crate::plan) mod fresh;
pub(in crate::plan) mod image;
pub(in crate::plan) mod judged;
pub(in crate::plan) mod kubelet;
pub(in crate::plan) mod silent;
pub(in crate::plan) mod template;

use crate::containerd::{self, ConfigFiles, ConfigPath, Patch, RuntimeConfig, Status};
use crate::node::{Attempt, HostPath, Kind, Node, Observed, Phase, Question, RestartReason, Service};
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Outcome, Plan};
use crate::plan::grants::mounted;
use crate::plan::restart;
use crate::plan::restart::comes_up::{self, Whole};
use crate::plan::restart::{once, unread};
use crate::plan::runtime::silent::silent;
use crate::plan::settings::{Goal, RestartMode, Settings};
use crate::plan::values::{Cgroup, Values, unknown};
use crate::report::{Failure, FailureCode};

impl PlanContext<'_> {
    /// The runtime's values that this goal wants: ours, or for `uninstall` those from before.
    pub(in crate::plan) fn desired_values(&self) -> Values {
        match self.settings.goal {
            Goal::Install => self.desired.values.clone(),
            Goal::Uninstall => {
                let before = self.record().and_then(|record| record.live_before.clone());
                before.map_or_else(Values::default, Values::before)
            }
        }
    }

    /// Whether the runtime serves no CRI, as it did before its config was changed.
    pub(in crate::plan) fn as_before_without_cri(&self) -> bool {
        self.node.without_cri() && self.had_no_cri()
    }

    /// Whether the runtime served no CRI before its config was changed.
    pub(in crate::plan) fn had_no_cri(&self) -> bool {
        let before = self.record().and_then(|record| record.live_before.as_ref());
        before.is_some_and(|before| before.without_cri)
    }
}

/// What is wanted of a runtime that serves no CRI, in words.
pub(in crate::plan) const CRI_ENABLED: &str = "CRI enabled";

/// Makes the runtime's live values the desired ones.
pub(in crate::plan) fn runtime(cx: &PlanContext<'_>) -> Plan {
    let status = match cx.runtime() {
        RuntimeState::NotUsed => return Plan::done(),
        RuntimeState::NotAsked => return Plan::ask(Question::Runtime),
        RuntimeState::Unreachable(why) => return silent(cx, why),
        RuntimeState::Status(status) => status,
    };
    if status.runtime_name != "containerd" {
        return another_runtime(status);
    }
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
    let config = match config(cx) {
        Ok(config) => config,
        Err(plan) => return plan,
    };
    let runtime_config = desired.runtime_config(cx.settings.enable_cri);
    let (files, patch) = match edit_target::patched(cx.node, &config, status.release, &runtime_config) {
        Ok(patched) => patched,
        Err(refusal) => return comes_up::not_patched(cx, &config, &refusal),
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

/// What must be so before anything is looked for where only the runtime can say that it is: it answers, and it is a
/// containerd.
pub(in crate::plan) fn first(cx: &PlanContext<'_>) -> Plan {
    match cx.runtime() {
        RuntimeState::NotUsed => Plan::done(),
        RuntimeState::NotAsked => Plan::ask(Question::Runtime),
        RuntimeState::Status(status) if status.runtime_name == "containerd" => Plan::done(),
        RuntimeState::Status(status) => another_runtime(status),
        RuntimeState::Unreachable(why) => without_cri(cx).then(|| silent(cx, why)),
    }
}

fn another_runtime(status: &Status) -> Plan {
    Plan::fail(Failure::new(
        FailureCode::RuntimeNotSupported,
        format!(
            "the runtime is {} {}, whose config this program does not know",
            status.runtime_name, status.runtime_version
        ),
        "use --runtime none to compose the chain only",
    ))
}

/// Whether the running containerd has other values than the desired ones, as far as it says.
pub(in crate::plan) fn has_drifted(cx: &PlanContext<'_>) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    let desired = cx.desired_values();
    !cx.differences(status).is_empty()
        || desired.sandbox_image.is_some() && status.live.sandbox_image.is_none()
}

/// Whether the running containerd loads as many files as it should, so that no pod gets two networks by the chain.
pub(in crate::plan) fn loads_one_network(cx: &PlanContext<'_>) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    cx.desired_values().max_conf_num.is_none_or(|number| status.live.max_conf_num == Some(number))
}

/// A containerd whose config disables CRI has no kubelet, so no pod will ever write a primary: it comes first.
fn without_cri(cx: &PlanContext<'_>) -> Plan {
    if !matches!(cx.runtime(), RuntimeState::Unreachable(_)) || !cx.node.without_cri() {
        return Plan::done();
    }
    let config = match config(cx) {
        Ok(config) => config,
        Err(plan) => return plan,
    };
    let allowed = cx.settings.enable_cri;
    // It does not say which release it is, so the desired values must hold on each; else CRI alone now, they after it.
    let alone = RuntimeConfig { enable_cri: allowed, ..RuntimeConfig::default() };
    let all = edit_target::patched(cx.node, &config, None, &cx.desired_values().runtime_config(allowed));
    match all.or_else(|_| edit_target::patched(cx.node, &config, None, &alone)) {
        Ok((_, patch)) if patch.edits.is_empty() => Plan::done(),
        Ok((files, patch)) => take_effect(cx, &files, patch, &config, CRI_ENABLED, &["no CRI".to_owned()]),
        Err(refusal) => comes_up::not_patched(cx, &config, &refusal),
    }
}

/// A value that the runtime does not say would be patched and restarted for, and rolled back as not taken.
pub(in crate::plan) fn unsaid_values(unknown: &[&str]) -> Plan {
    let unknown = unknown.join(" and ");
    Plan::fail(Failure::new(
        FailureCode::RuntimeValueUnknown,
        format!(
            "the runtime does not say its {unknown} (CRI Status, config), so nobody can tell whether it must change"
        ),
        "see crictl info for what it says; leave the value as it is (keep), or use --runtime none to compose the chain only",
    ))
}

/// The config file that the runtime was started with.
pub(in crate::plan) fn config(cx: &PlanContext<'_>) -> Result<HostPath, Plan> {
    let service = restart::service(cx)?;
    if let (Some(word), None) = (&service.unresolved, &cx.settings.containerd_config) {
        return Err(Plan::fail(Failure::new(
            FailureCode::ConfigPathUnknown,
            format!(
                "containerd is started with {word:?}, and which config file that is cannot be told from its unit alone"
            ),
            "name the file with --containerd-config, or let the program see the process (hostPID: true)",
        )));
    }
    let config = started_with(cx.settings, service);
    // A directory that is not the host's has no config file, which is no word of what the runtime reads.
    mounted(cx, &config.parent()).map_err(Plan::fail)?;
    if leads_nowhere(cx.node, &config) {
        return Err(Plan::fail(Failure::new(
            FailureCode::PathUnseen,
            format!("{config} is a symbolic link, and what it leads to cannot be seen from here"),
            "mount the directory that it leads to from the host, below --host-root, or name the file itself with \
             --containerd-config",
        )));
    }
    Ok(config)
}

/// Whether a name is listed and nothing is behind it. Through such a link no file is made: the runtime may see one.
fn leads_nowhere(node: &Node, path: &HostPath) -> bool {
    let listed = node.dirs.get(&path.parent()).and_then(Observed::present);
    let listed = listed.is_some_and(|dir| dir.names.contains(path.name()) && !dir.dirs.contains(path.name()));
    listed && node.file(path).is_absent()
}

/// The config file that the runtime was started with: what was typed, else what is known of who runs it, else where it
/// lies by default.
pub fn started_with(settings: &Settings, service: &Service) -> HostPath {
    let typed = settings.containerd_config.clone();
    typed.or_else(|| service.config.clone()).unwrap_or_else(|| HostPath::known(ConfigPath::DEFAULT))
}

/// Publishes what the patch says, and has the runtime restarted on it: once for one cause.
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
    let verdict = match comes_up::judged(cx, files, &whole, becomes) {
        Ok(verdict) => verdict,
        Err(other) => return other,
    };
    let publish: Vec<Step> = patch.edits.into_iter().flat_map(|file| edit(cx, file)).collect();
    if cx.settings.restart == RestartMode::Never {
        plan.findings.extend(verdict.findings);
        return plan.then(|| never(cx, reason, publish, config, words));
    }
    plan.then(|| restart::ask_for(cx, verdict, reason, publish))
}

/// The file, and before it the directories above it that are not there.
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

/// `--restart never`: the file is made right, and the chain waits for somebody else's restart.
fn never(
    cx: &PlanContext<'_>,
    reason: RestartReason,
    publish: Vec<Step>,
    config: &HostPath,
    words: &str,
) -> Plan {
    let mut plan = Plan::done();
    if !publish.is_empty() {
        // Should a later run be allowed to restart, it knows what to roll back.
        let attempt = Attempt { phase: Phase::Left, ..restart::attempt(cx, reason, &publish) };
        plan = Plan::steps([vec![Step::Change(Change::Mark(attempt))], publish].concat());
    }
    plan.outcome = Outcome::Fail(Failure::new(
        FailureCode::RestartForbidden,
        format!(
            "{config} says {words}, the running runtime does not yet, and --restart never forbids to restart it"
        ),
        "restart the runtime (systemctl restart containerd) and run this again; the chain is published then",
    ));
    plan
}
