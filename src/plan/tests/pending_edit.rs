//! Config files of other authors: incomplete, changed and not loaded, or complete and correct.

use super::world::{at, fails, refuses, status, words};
use super::{CONFIG, SECOND, World};
use crate::node::{DryLoad, HostPath, LiveConfig, Observed, Runtime};
use crate::plan::{Change, Outcome, Plan, ReasonKind};
use crate::report::{FailureCode, Severity};

const CODE: &str = "pending-edit-taken-along";
const CRI: &str = "[plugins.\"io.containerd.grpc.v1.cri\"]\n";
const WITH_LIMIT: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 0\n";

const LIVE: &str = r#"{
    "maxContainerLogLineSize": 16384, "streamIdleTimeout": "4h0m0s", "enableSelinux": false, "cdiSpecDirs": null,
    "cni": {"maxConfNum": 0, "confDir": "/etc/cni/net.d"},
    "containerd": {"runtimes": {"runc": {"runtimeType": "io.containerd.runc.v2", "sandboxMode": "podsandbox"}}}
}"#;

/// A node that needs a restart, whose config was changed this many seconds ago, after the runtime's start.
fn edited(bytes: &str, seconds: i128) -> World {
    let mut status = status(0, "");
    status.config = LiveConfig::read(LIVE);
    let mut world = World::new().says_status(status).with(CONFIG, bytes);
    let changed = world.node.wall - seconds * 1_000_000_000;
    stamp(&mut world, CONFIG, changed);
    world
}

fn stamp(world: &mut World, path: &str, ctime: i128) {
    let Some(Observed::Present(file)) = world.node.files.get_mut(&at(path)) else { panic!("{path}") };
    file.stamp.ctime = ctime;
}

/// The dump of these settings of the CRI plugin.
fn dumped(settings: &str) -> DryLoad {
    let defaults = "sandbox_image = \"pause\"\ncdi_spec_dirs = []\n";
    let runc = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\nsandbox_mode = \"\"\n";
    DryLoad::Dumped(format!("version = 2\n{CRI}{defaults}{settings}\n{runc}").into())
}

fn restarts(plan: &Plan) -> bool {
    plan.changes().any(|change| matches!(change, Change::Restart { .. }))
}

fn awaits(plan: &Plan, kind: ReasonKind) -> Option<u64> {
    let Outcome::Wait(wait) = &plan.outcome else { return None };
    (words(plan).is_empty() && wait.reason.kind == kind).then(|| wait.until.unwrap().millis())
}

fn told(plan: &Plan) -> Option<(Severity, &str)> {
    let finding = plan.findings.iter().find(|finding| finding.code == CODE)?;
    Some((finding.severity, &finding.message))
}

#[test]
fn a_file_that_rests_and_runs_is_neither_waited_for_nor_told() {
    let mut world = edited(WITH_LIMIT, 4);
    stamp(&mut world, CONFIG, 0);
    let plan = world.plan();
    assert!(restarts(&plan), "{plan:?}");
    assert_eq!(told(&plan), None);
}

#[test]
fn a_file_that_was_changed_a_moment_ago_is_left_to_rest() {
    let mut world = edited(WITH_LIMIT, 2);
    assert_eq!(awaits(&world.plan(), ReasonKind::ConfigAtWork), Some(world.now.millis() + 3000));
    let mut left = world.clone().with_settings(|settings| settings.no_wait = true);
    assert!(
        matches!(left.plan().outcome, Outcome::SkippedNoWait(reason) if reason.kind == ReasonKind::ConfigAtWork)
    );
    // An author writes it again and again.
    let plan = world.waited(ReasonKind::ConfigAtWork, 60 * SECOND).plan();
    refuses(&plan, FailureCode::ConfigUnsettled);
}

#[test]
fn where_the_clock_was_set_back_what_was_seen_counts() {
    let world = edited(WITH_LIMIT, -3600);
    let seen = |millis: u64| {
        world.clone().remember(|history, now| {
            let since = crate::node::Moment::from_millis(now.millis() - millis);
            history.config.insert(at(CONFIG), (None, since));
        })
    };
    assert!(awaits(&seen(2 * SECOND).plan(), ReasonKind::ConfigAtWork).is_some());
    assert!(restarts(&seen(6 * SECOND).plan()));
}

#[test]
fn an_empty_or_cut_file_is_given_a_minute_and_then_it_is_6() {
    let cut =
        ["version = 2\n[plugins.\"io.contai", "version = 2\n[a]\nb = [\n  1,\n", "version = \"2", "versi"];
    let empty = ("", FailureCode::ConfigEmpty);
    for (cut, code) in cut.map(|cut| (cut, FailureCode::ConfigNotPatchable)).into_iter().chain([empty]) {
        let plan = edited(cut, 40).plan();
        assert!(awaits(&plan, ReasonKind::ConfigAtWork).is_some(), "{cut:?}: {plan:?}");
        let plan = edited(cut, 61).plan();
        let sentence = &fails(&plan, code).sentence;
        assert!(sentence.contains(CONFIG), "{cut:?}: {sentence}");
    }
    // A syntax error in the middle does not mean that the file is cut off: its author gets time.
    let mistake = edited("version = = 2\n[a]\nb = 1\n", 20);
    assert!(awaits(&mistake.clone().plan(), ReasonKind::AuthorMayRestart).is_some());
    let plan = mistake.with_settings(|settings| settings.no_wait = true).plan();
    fails(&plan, FailureCode::ConfigNotPatchable);
}

#[test]
fn an_author_has_his_turn_and_then_his_edit_is_taken_along() {
    let edit = dumped("max_container_log_line_size = 262144");
    let mut world = edited(WITH_LIMIT, 10);
    assert_eq!(
        awaits(&world.plan_if(&edit), ReasonKind::AuthorMayRestart),
        Some(world.now.millis() + 20_000)
    );
    for mut over in
        [edited(WITH_LIMIT, 31), edited(WITH_LIMIT, 10).with_settings(|settings| settings.no_wait = true)]
    {
        let plan = over.plan_if(&edit);
        assert!(restarts(&plan), "{plan:?}");
        let (severity, message) = told(&plan).unwrap();
        assert_eq!(severity, Severity::Warning);
        assert!(
            message.contains("max_container_log_line_size = \"262144\", while \"16384\" runs"),
            "{message}"
        );
        assert!(message.contains("a file that never ran"), "{message}");
    }
}

#[test]
fn what_cannot_be_compared_is_told_and_not_waited_for() {
    for same in [
        "max_container_log_line_size = 16384",
        "enable_selinux = false",
        "unknown_to_status = 5",
        "stream_idle_timeout = \"\"",
        "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 1\nconf_dir = \"/etc/cni/net.d\"\nbin_dir = \"/x\"",
    ] {
        let plan = edited(WITH_LIMIT, 10).plan_if(&dumped(same));
        assert!(restarts(&plan), "{same}: {plan:?}");
        assert_eq!(told(&plan).unwrap().0, Severity::Info, "{same}");
    }
}

#[test]
fn a_runtime_that_comes_or_goes_is_a_difference() {
    let runtimes = "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.other]\nruntime_type = \"x\"";
    let plan = edited(WITH_LIMIT, 31).plan_if(&dumped(runtimes));
    assert!(told(&plan).unwrap().1.contains("containerd.runtimes.other"), "{plan:?}");
    let none = DryLoad::Dumped(format!("version = 2\n{CRI}enable_selinux = false\n").into());
    let plan = edited(WITH_LIMIT, 31).plan_if(&none);
    assert!(told(&plan).unwrap().1.contains("containerd.runtimes.runc"), "{plan:?}");
}

/// If the release's checks are not known, another author's edit is left to its author.
#[test]
fn on_a_release_without_rules_a_pending_edit_is_6_and_a_known_config_is_not() {
    let newer = |mut world: World| {
        let asked = world.node.answers.runtime.as_mut().unwrap();
        let Observed::Present(Runtime::Containerd(status)) = &mut asked.said else { panic!("{asked:?}") };
        status.release = Some(crate::node::Release::new(9, 0, 0));
        world
    };
    let own = "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\n  max_conf_num = 0\n";
    let edit = DryLoad::Dumped(
        "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\"]\nmax_container_log_line_size = 5\n".into(),
    );
    let plan = newer(edited(own, 31)).plan_if(&edit);
    let sentence = &fails(&plan, FailureCode::PendingEditNotJudged).sentence;
    assert!(sentence.contains("9.0.0"), "{sentence}");
    assert!(sentence.contains("max_container_log_line_size"), "{sentence}");
    let mut loaded = newer(edited(own, 31));
    stamp(&mut loaded, CONFIG, 0);
    assert!(restarts(&loaded.plan_if(&edit)), "it was started on it");
}

/// Without a dump, the values in the files are compared.
#[test]
fn without_a_dump_the_files_are_compared() {
    let text = format!("{WITH_LIMIT}{CRI}  max_container_log_line_size = 5\n");
    let plan = edited(&text, 31).plan();
    assert!(told(&plan).unwrap().1.contains("max_container_log_line_size"), "{plan:?}");
}

/// A file that this program wrote before it was killed is not another author's edit.
#[test]
fn what_a_record_explains_is_no_pending_edit() {
    let mut world = World::marked();
    let changed = world.node.wall - 1_000_000_000;
    stamp(&mut world, CONFIG, changed);
    let plan = world.plan();
    assert!(restarts(&plan), "{plan:?}");
    assert_eq!(told(&plan), None);
}

/// A dead watch is not a reason for a restart with a config that does not come up.
#[test]
fn no_restart_for_the_chain_on_a_config_that_is_refused() {
    let deaf = |config: &str| {
        World::published()
            .with(CONFIG, config)
            .remember(|history, now| history.nudged = Some(now))
            .later(6 * SECOND)
    };
    let good = deaf("version = 2\n").says(1, "").plan();
    assert!(restarts(&good), "{good:?}");
    let refused = deaf("version = 2\n[plugins\n\n[a]\n").says(1, "").plan();
    assert!(!restarts(&refused), "{refused:?}");
    assert!(
        fails(&refused, FailureCode::RuntimeConfigRefused).sentence.contains("config.toml:2"),
        "{refused:?}"
    );
    let path: HostPath = at(CONFIG);
    assert!(refused.changes().all(|change| change.path() != Some(&path)));
}
