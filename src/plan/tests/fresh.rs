//! A fresh node, and no other: the runtime is changed and restarted while the run waits for the primary.

use super::world::{at, refuses, status, words};
use super::{CONFIG, World};
use crate::node::{Asked, Incarnation, Observed, Sandboxes};
use crate::plan::{Decision, Outcome, Plan, ReasonKind, RestartMode, RuntimeKind};
use crate::report::FailureCode;

const AZURE: &str = "/etc/cni/net.d/10-azure.conflist";
const NO_FILE: &str =
    "cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized";
const BROKEN: &str = "cni config load failed: failed to load CNI config list file /etc/cni/net.d/10-azure.conflist: \
                      error parsing configuration list: unexpected end of JSON input: invalid cni config";
const EARLY: [&str; 4] = ["mark asked for", "publish config.toml", "restart dbus", "look"];

fn has(world: World, on_host_network: usize, pod_network: bool) -> World {
    said(world, Observed::Present(Sandboxes { on_host_network, pod_network }))
}

fn said(mut world: World, said: Observed<Sandboxes>) -> World {
    let (at, incarnation) = (world.now, world.node.incarnation());
    world.node.answers.sandboxes = Some(Asked { at, incarnation, said });
    world
}

fn loads(world: World, words: &str) -> World {
    let mut says = status(0, "");
    says.load_status = Some(words.to_owned());
    world.says_status(says)
}

/// A fresh node whose runtime has other values than the desired ones.
pub(super) fn fresh() -> World {
    has(loads(World::new().without(AZURE), NO_FILE), 3, false)
}

fn awaits(plan: &Plan) -> bool {
    matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::Primary)
}

#[test]
fn on_a_fresh_node_the_runtime_is_restarted_while_the_primary_is_awaited() {
    let mut world = fresh();
    let plan = world.plan();
    assert_eq!(words(&plan), EARLY);
    assert!(awaits(&plan), "what comes after it is the wait: {:?}", plan.outcome);
    let (world, _) = world.applied();
    let record = world.node.records().remove("tuning").unwrap().unwrap();
    assert!(record.paths.contains_key(CONFIG), "what is changed early is recorded");
}

/// If one condition of the contract's definition is false, nothing is changed.
#[test]
fn a_node_that_lacks_one_mark_of_freshness_is_left_alone_until_the_primary_is_there() {
    let bare = || World::new().without(AZURE);
    let mut recorded = World::published();
    recorded = recorded.without(AZURE).without("/etc/cni/net.d/05-tuning.conflist");
    let mut hidden = fresh();
    hidden.node.dirs.insert(at("/etc/cni/net.d"), Observed::Unknown("permission denied".to_owned()));
    for (mut world, why) in vec![
        (has(loads(bare(), BROKEN), 3, false), "a load that failed on a file"),
        (has(loads(bare(), "OK"), 3, false), "a network is loaded"),
        (
            has(loads(bare().with("/etc/cni/net.d/10-azure.conflist", "{"), NO_FILE), 3, false),
            "a file is there",
        ),
        (has(loads(bare().with("/etc/cni/net.d/.x.json", "{"), NO_FILE), 3, false), "a hidden file is there"),
        (has(loads(recorded, NO_FILE), 3, false), "a record names a chain"),
        (
            has(loads(bare().with("/var/lib/cni-bootstrap/other.json", "{"), NO_FILE), 3, false),
            "a record is unread",
        ),
        (has(fresh(), 0, false), "no sandbox, so perhaps no kubelet"),
        (has(fresh(), 3, true), "a pod has a network of its own"),
        (said(fresh(), Observed::Unknown("connection reset".to_owned())), "it is not known"),
        (hidden, "the directory cannot be seen"),
    ] {
        let plan = world.plan();
        assert_eq!(words(&plan), [""; 0], "{why}");
        assert!(!matches!(plan.outcome, Outcome::Done), "{why}");
    }
}

#[test]
fn the_sandboxes_are_asked_for_only_where_all_else_says_fresh_and_anew_after_each_wait() {
    let asks = |world: &World| match world.next() {
        Decision::NeedsAnswers(questions) => format!("{questions:?}"),
        Decision::Plan(plan) => format!("{:?}", words(&plan)),
    };
    let mut unasked = fresh();
    unasked.node.answers.sandboxes = None;
    assert_eq!(asks(&unasked), "[Sandboxes]");
    let mut woken = fresh().later(1000).remember(|history, now| history.woke = Some(now)).later(1);
    assert_eq!(asks(&woken), "[Runtime]");
    woken = loads(woken, NO_FILE);
    assert_eq!(asks(&woken), "[Sandboxes]");
    let mut restarted = fresh();
    restarted.node.answers.sandboxes.as_mut().unwrap().incarnation = Some(Incarnation("another".to_owned()));
    assert_eq!(asks(&restarted), "[Sandboxes]");
    let mut right = fresh();
    right.node.answers.sandboxes = None;
    let mut right = right.says(1, "");
    assert_eq!(words(&right.plan()), [""; 0], "nothing is to be changed, so nobody needs to know");
    let mut loaded = World::new().without(AZURE).says(0, r#"{"name":"x","plugins":[{"type":"azure-vnet"}]}"#);
    assert!(awaits(&loaded.plan()));
}

#[test]
fn what_can_be_judged_without_the_primary_is_judged_before_the_restart() {
    let limit = fresh().with_settings(|settings| settings.max_conf_num = Some(crate::plan::Setting::Set(2)));
    let not_first = fresh().with_settings(|settings| settings.output_file = Some("x.txt".to_owned()));
    for (mut world, code) in
        [(limit, FailureCode::SeveralNetworks), (not_first, FailureCode::OutputFileInvalid)]
    {
        refuses(&world.plan(), code);
    }
    let mut write_denied = fresh();
    write_denied.dir("/etc/cni/net.d").write_denied = Some("read-only file system".to_owned());
    let plan = write_denied.plan();
    refuses(&plan, FailureCode::ReadOnlyMount);
}

#[test]
fn without_waiting_the_config_is_brought_in_order_only_where_an_earlier_boot_wants_it() {
    let no_wait = |world: World| world.with_settings(|settings| settings.no_wait = true);
    let plan = no_wait(fresh()).plan();
    assert!(
        words(&plan).is_empty() && matches!(plan.outcome, Outcome::SkippedNoWait(_)),
        "{:?}",
        plan.outcome
    );
    // The node's image writes its config at each boot; the record stays, and /run is empty.
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let (changed, done) = fresh().applied();
    assert_eq!(done, EARLY);
    let this_boot = changed.clone().incarnation(2).with(CONFIG, &before);
    let next_boot = this_boot.without(crate::node::ATTEMPT_FILE).without(crate::node::MARK_FILE);
    let mut next_boot = no_wait(loads(next_boot, NO_FILE));
    let plan = next_boot.plan();
    assert_eq!(words(&plan), EARLY);
    assert!(matches!(plan.outcome, Outcome::SkippedNoWait(_)), "{:?}", plan.outcome);
}

#[test]
fn where_no_runtime_is_used_or_no_restart_is_allowed_nothing_is_restarted() {
    let mut none = fresh().with_settings(|settings| settings.runtime = RuntimeKind::None);
    assert!(words(&none.plan()).is_empty());
    let mut never = fresh().with_settings(|settings| settings.restart = RestartMode::Never);
    let plan = never.plan();
    assert!(!words(&plan).iter().any(|word| word.starts_with("restart")), "{:?}", words(&plan));
}
