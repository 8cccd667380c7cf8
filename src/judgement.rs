//! One judgement (promise 12 of the contract): what `check` calls an error of the node, `install` does not end "ready"
//! over. An error that the chain would bring is refused before the first change; one that was there before is told.
//!
//! Both verbs call [`judge`]: `check` and the last pass of `install` on the node as it is, each plan on the node as its
//! changes would make it ([`Node::after`]).

use std::collections::BTreeMap;

use crate::cni::extension;
use crate::diagnose::{self, View, judge, judge_network, wants_of_errors};
use crate::node::{
    Asked, Binary, HostPath, Kind, LiveValues, Moment, Node, Observed, Phase, Question, RUN_DIR, ReadRequest,
    Remembered, Runtime, VersionQuestion, VersionReply,
};
use crate::plan::{
    Cgroup, Change, Decision, Desired, Goal, History, Plan, Settings, Source, chain_of, lies_on_own_root,
    plan, primary_of,
};
use crate::report::codes::{FailureCode, check};
use crate::report::{Exit, Failure, Finding, Located, Severity};

/// Plans, and refuses the plan if the chain would bring an error that the node does not have. It asks nothing: what was
/// not observed is not a reason to refuse.
pub fn decide(
    node: &Node,
    settings: &Settings,
    desired: &Desired,
    history: &History,
    now: Moment,
) -> Decision {
    match plan(node, settings, desired, history, now) {
        Decision::Plan(plan) if settings.goal == Goal::Install && writes(&plan) => {
            // A restart for the chain is followed by it; a rollback, or a config for a later start, is not.
            let is_followed = plan.changes().any(Change::is_restart) && plan.changes().any(is_asked);
            let chain =
                if is_followed { chain_of(node, settings, desired, history, now) } else { Vec::new() };
            let Some(error) = brought(node, settings, desired, &plan, chain) else {
                return Decision::Plan(plan);
            };
            // The restart of an earlier run, for another chain, is settled first. Then this chain is refused.
            if node.attempt().is_some_and(|attempt| attempt.is_in_hand()) {
                return Decision::Plan(plan.without_chain());
            }
            let mut plan = plan.refused(refusal(&error));
            plan.findings.push(error);
            Decision::Plan(plan)
        }
        decision => decision,
    }
}

/// The reads that the errors of this node need and that are missing.
pub fn missing(node: &Node, settings: &Settings) -> Vec<ReadRequest> {
    wants_of_errors(&view(node, settings))
}

/// The questions that the errors of this node need and that were not asked: those of `check`.
pub fn questions(node: &Node, settings: &Settings) -> Vec<Question> {
    let view = view(node, settings);
    let is_asked = view.status().is_none() || node.answers.service.is_some();
    let service = (!is_asked).then_some(Question::Service);
    service.into_iter().chain(diagnose::questions(&view)).collect()
}

/// True if programs of the host may be asked: the host root is that of a running node, and no copy.
pub fn is_live(node: &Node, settings: &Settings) -> bool {
    view(node, settings).is_live()
}

/// Adds the answers that earlier runs got from the same files, so that a run that changes nothing asks nobody.
pub fn recall(node: &mut Node) {
    let remembered = node.remembered();
    for (path, program) in &node.observations.programs {
        let Some(program) = program.present() else { continue };
        let Some(words) = remembered.of(path, &program.stamp) else { continue };
        let (plugin, binary) = (path.name().to_owned(), Binary::Host(path.clone()));
        let said = Observed::Present(VersionReply::Said(words.into()));
        let question = VersionQuestion { plugin: plugin.clone(), binary, stamp: program.stamp };
        let answer = Asked { at: Moment::default(), incarnation: None, said };
        node.answers.versions.entry(plugin).or_insert((question, answer));
    }
}

/// The answers for the next run, if they are not remembered yet and `/run` is that of a running node.
pub fn remembers(node: &Node, settings: &Settings) -> Option<Remembered> {
    let known = node.remembered();
    let mut now = known.clone();
    for (program, stamp, words) in diagnose::said(&view(node, settings)) {
        now.note(&program, &stamp, words);
    }
    let is_lost = !is_live(node, settings) || lies_on_own_root(node, settings, &HostPath::known(RUN_DIR));
    (now != known && !is_lost).then_some(now)
}

/// The errors of a node on which `install` has nothing left to do: those of `check`. A report of the runtime that is
/// older than the last change does not tell what it has loaded.
pub fn errors(node: &Node, settings: &Settings, host_root: &str, changed: Option<Moment>) -> Vec<Finding> {
    let is_old = node.answers.runtime.as_ref().is_some_and(|asked| changed.is_some_and(|at| asked.at < at));
    if is_old {
        errors_of(&without_loaded(node), settings, host_root)
    } else {
        errors_of(node, settings, host_root)
    }
}

/// The errors that the node would have after this plan.
pub fn errors_after(
    node: &Node,
    settings: &Settings,
    host_root: &str,
    desired: &Desired,
    plan: &Plan,
) -> Vec<Finding> {
    let changes: Vec<Change> = plan.changes().cloned().collect();
    let after = after(&without_loaded(node), desired, &changes);
    errors_of(&after, settings, host_root)
}

/// The reads that [`pods_without_chain`] needs and that are missing: what attached each pod.
pub fn reads_of_pods(node: &Node, settings: &Settings) -> Vec<ReadRequest> {
    diagnose::gap_wants(&view(node, settings))
}

/// The question whose answer [`pods_without_chain`] counts, whether or not it was asked before; `None` without a
/// published chain, or if no runtime answers.
pub fn question_of_pods(node: &Node, settings: &Settings) -> Option<Question> {
    let is_asked = node.answers.running().is_some() && diagnose::is_chained(&view(node, settings));
    is_asked.then_some(Question::RunningPods)
}

/// The number of pods that run without plugins of a published chain, by the last answer to [`Question::RunningPods`] and
/// by what attached each of them. `None` if the runtime that is up did not answer: libcni's lists alone survive a
/// reboot, and the pods of before it do not run.
pub fn pods_without_chain(node: &Node, settings: &Settings) -> Option<usize> {
    let view = view(node, settings);
    let asked = node.answers.running_pods.as_ref();
    let is_known = asked.is_some_and(|asked| {
        asked.incarnation == node.incarnation() && matches!(asked.said, Observed::Present(_))
    });
    let pods = diagnose::gap(&view).filter(|_| is_known || !diagnose::is_chained(&view));
    pods.map(|pods| pods.len())
}

/// True for a finding that this judgement makes as well, so that a report has it once.
pub fn makes(finding: &Finding) -> bool {
    finding.severity == Severity::Error && check::CODES.iter().any(|code| code.name == finding.code)
}

/// True if the plan writes what the network or the runtime reads.
fn writes(plan: &Plan) -> bool {
    plan.changes().any(|change| matches!(change, Change::Publish(_) | Change::Link { .. }))
}

fn is_asked(change: &Change) -> bool {
    matches!(change, Change::Mark(attempt) if attempt.phase == Phase::Asked)
}

/// The first error of the node with the chain that neither the node has now, nor the primary alone.
fn brought(
    node: &Node,
    settings: &Settings,
    desired: &Desired,
    plan: &Plan,
    chain: Vec<Change>,
) -> Option<Finding> {
    let publishes =
        |change: &Change| matches!(change, Change::Publish(publish) if publish.kind == Kind::Chain);
    if chain.is_empty() && !plan.changes().any(publishes) {
        return None;
    }
    let mut changes: Vec<Change> = plan.changes().cloned().collect();
    changes.extend(chain.into_iter().filter(|change| !plan.changes().any(|planned| planned == change)));
    let before = without_loaded(node);
    let after = after(&before, desired, &changes);
    // Before the chain another file may count, or none: then the primary's own faults show only with the chain.
    let alone =
        primary_of(node, settings, desired).map(|(path, _)| with_only(&before, &desired.dirs.conf, &path));
    let of_runtime = |change: &Change| {
        change.is_restart() || matches!(change, Change::Publish(publish) if publish.kind == Kind::Config)
    };
    // Nobody knows what a runtime that does not answer will report after its restart.
    let is_judged = node.answers.containerd().is_some() && changes.iter().any(of_runtime);
    let judge = if is_judged { judge } else { judge_network };
    let known: Vec<(Vec<Located>, Option<HostPath>)> = std::iter::once((&before, false))
        .chain(alone.iter().map(|node| (node, true)))
        .map(|(node, is_alone)| {
            let mut errors = errors_in(judge(&view(node, settings)));
            errors.retain(|error| !is_alone || may_end(error));
            (errors, view(node, settings).network_file())
        })
        .collect();
    let then = view(&after, settings);
    let network = then.network_file();
    // The mark of a config that nobody has seen come up is the plan's own, until its restart is settled.
    let is_own = |error: &Located| error.finding.code == check::CONFIG_UNPROVEN.name;
    let is_known = |error: &Located| {
        known.iter().any(|(errors, file)| {
            errors.iter().any(|known| is_same(known, error, file.as_ref().zip(network.as_ref())))
        })
    };
    let new = errors_in(judge(&then)).into_iter().find(|error| !is_own(error) && !is_known(error));
    new.map(|located| located.finding)
}

/// True if an error of the primary may end without a change of the primary: what it lacks may still come. A fault of its
/// own bytes fails each pod from the moment that they get the chain.
fn may_end(error: &Located) -> bool {
    ![&check::NETWORK_NAME, &check::SPEC_VERSION].iter().any(|code| error.finding.code == code.name)
}

/// The node, if its conf dir had no network but this file.
fn with_only(node: &Node, conf: &HostPath, primary: &HostPath) -> Node {
    let mut node = node.clone();
    if let Some(Observed::Present(dir)) = node.dirs.get_mut(conf) {
        dir.names.retain(|name| extension(name).is_none());
        dir.names.insert(primary.name().to_owned());
    }
    if let Some(file) = node.files.get(primary).cloned() {
        node.files.insert(conf.join(primary.name()), file);
    }
    node
}

/// True if two findings are about one fault. A fault of the network is told about the file that pods get it from, which
/// is the primary before and the chain after.
fn is_same(known: &Located, error: &Located, networks: Option<(&HostPath, &HostPath)>) -> bool {
    if known.finding.code != error.finding.code {
        return false;
    }
    let (thing, other) = (subject(known), subject(error));
    let Some((before, after)) = networks else { return thing == other };
    let renamed =
        |text: &str| text.replace(before.as_str(), after.as_str()).replace(before.name(), after.name());
    // The place of the driver may move with the config, and the fault stays.
    let is_place = known.finding.code == check::CGROUP_DRIVER.name;
    let is_subject = thing == other || renamed(thing) == other;
    // One file may lack several plugins.
    let is_of_file = other == after.as_str();
    is_place || is_subject && (!is_of_file || renamed(&known.finding.message) == error.finding.message)
}

/// The file or the thing, without the line: a change above it moves the line.
fn subject(located: &Located) -> &str {
    if located.line > 0 { &located.file } else { &located.finding.subject }
}

fn refusal(error: &Finding) -> Failure {
    let same = |code: &&FailureCode| code.name() == error.code && code.exit() == Exit::Refused;
    let code = FailureCode::ALL.iter().find(same).copied().unwrap_or(FailureCode::ErrorByChain);
    let remedy = error.remedy.lines().next().unwrap_or_default();
    Failure::new(code, format!("with the chain the node would have an error: {}", error.message), remedy)
}

/// The node after these changes, with what only the judgement reads: the beginnings of installed programs, and the
/// values that a restart makes live.
fn after(node: &Node, desired: &Desired, changes: &[Change]) -> Node {
    let mut node = changes.iter().fold(node.recorded(&desired.recording(), changes), |node, change| {
        node.after(&desired.owner, change)
    });
    for change in changes {
        match change {
            Change::Publish(publish) if publish.kind == Kind::Binary => {
                let input = match &publish.source {
                    Source::Input(path, _) => node.observations.inputs.get(path).cloned(),
                    Source::Bytes(_) | Source::InPlace { .. } | Source::Saved(_) => None,
                };
                let programs = &mut node.observations.programs;
                match (input, node.files.get(&publish.path).and_then(Observed::present)) {
                    (Some(Observed::Present(mut program)), Some(file)) => {
                        program.stamp.mode = file.stamp.mode;
                        program.stamp.uid = 0;
                        programs.insert(publish.path.clone(), Observed::Present(program));
                    }
                    _ => drop(programs.remove(&publish.path)),
                }
            }
            Change::Restart { .. } => {
                if let Some(live) = live(&mut node) {
                    set(live, desired);
                }
            }
            _ => {}
        }
    }
    node
}

fn live(node: &mut Node) -> Option<&mut LiveValues> {
    match &mut node.answers.runtime.as_mut()?.said {
        Observed::Present(Runtime::Containerd(status)) => Some(&mut status.live),
        _ => None,
    }
}

/// The live values with the desired ones in place.
fn set(live: &mut LiveValues, desired: &Desired) {
    let values = &desired.values;
    live.max_conf_num = values.max_conf_num.or(live.max_conf_num);
    live.conf_template = values.conf_template.clone().or(live.conf_template.take());
    live.sandbox_image = values.sandbox_image.clone().or(live.sandbox_image.take());
    let each: BTreeMap<String, bool> = match &values.systemd_cgroup {
        None => BTreeMap::new(),
        Some(Cgroup::All(flag)) => live.systemd_cgroup.keys().map(|name| (name.clone(), *flag)).collect(),
        Some(Cgroup::Each(each)) => each.clone(),
    };
    live.systemd_cgroup.extend(each);
}

/// The node, if the runtime does not tell what it has loaded: it tells that of another moment than the files'.
fn without_loaded(node: &Node) -> Node {
    let mut node = node.clone();
    if let Some(asked) = &mut node.answers.runtime
        && let Observed::Present(Runtime::Containerd(status)) = &mut asked.said
    {
        (status.networks, status.load_status, status.network_ready) = (None, None, true);
    }
    node
}

fn errors_of(node: &Node, settings: &Settings, host_root: &str) -> Vec<Finding> {
    let found = judge(&view(node, settings).at(host_root));
    errors_in(found).into_iter().map(|located| located.finding).collect()
}

fn errors_in(findings: Vec<Located>) -> Vec<Located> {
    findings.into_iter().filter(|located| located.finding.severity == Severity::Error).collect()
}

fn view<'a>(node: &'a Node, settings: &'a Settings) -> View<'a> {
    View::new(node, settings, seconds(node))
}

/// The time of the observation in seconds since the epoch.
fn seconds(node: &Node) -> i64 {
    i64::try_from(node.wall / 1_000_000_000).unwrap_or(i64::MAX)
}
