//! Uninstall in its safe order: the chain, then the runtime's config after the primary is loaded, the binaries last.

use super::world::{at, fails, other, refuses, status, words};
use super::{CONFIG, SECOND, World, chain_of};
use crate::node::{
    Dir, DryLoad, LoadedNetwork, Moment, Observed, OriginalConfig, Phase, RestartMethod, Status,
};
use crate::plan::{
    CgroupSetting, Decision, Goal, History, Outcome, ReasonKind, RequestedRestart, RuntimeKind,
};
use crate::report::FailureCode;

const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";

/// Installed with a patched config, settled, published and verified; then asked to uninstall.
fn installed() -> World {
    let world = World::marked().incarnation(2).says(1, "");
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "publish 05-tuning.conflist", "look"]);
    let chain = chain_of(&world);
    let mut world = world.says(1, &chain);
    assert_eq!(world.plan().outcome, Outcome::Done);
    world
        .with_settings(|settings| settings.goal = Goal::Uninstall)
        .remember(|history, now| *history = History::new(now))
}

fn primary_loaded(world: World, max_conf_num: i64) -> World {
    let primary = world.text(PRIMARY).unwrap().to_owned();
    world.later(1).says(max_conf_num, &primary)
}

#[test]
fn the_chain_goes_first_and_nothing_else_until_that_is_proven() {
    let (world, done) = installed().applied();
    assert_eq!(done[..2], ["remove 05-tuning.conflist", "look"]);
    let mut world = world.later(1).remember(|history, now| history.changed = Some(now));
    assert!(matches!(world.next(), Decision::NeedsAnswers(_)), "what it said before verifies nothing");
    world = world.says(1, "");
    let plan = world.plan();
    assert!(matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::Unverified));
    assert_eq!(words(&plan), [""; 0]);
}

#[test]
fn then_the_config_with_one_restart_and_the_record_last() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let (world, _) = installed().applied();
    let (world, done) = primary_loaded(world, 1).applied();
    assert_eq!(done[..4], ["mark asked for", "publish config.toml", "restart dbus", "look"]);
    assert_eq!(world.text(CONFIG), Some(before.as_str()));
    let world = primary_loaded(world.incarnation(3), 0);
    let (world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    assert_eq!(world.attempt().phase, Phase::Settled);
    let (mut world, done) = world.applied();
    assert_eq!(done, ["forget", "look"]);
    let plan = world.plan();
    assert_eq!((plan.outcome, plan.steps.len()), (Outcome::Done, 0), "twice is the same as once");
}

#[test]
fn a_runtime_that_does_not_confirm_the_primary_is_8_and_the_rest_stays() {
    let (world, _) = installed().applied();
    let mut world = world.says(1, "").waited(ReasonKind::Unverified, 60 * SECOND);
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    fails(&plan, FailureCode::PrimaryNotConfirmed);
}

#[test]
fn a_config_that_somebody_changed_since_stays() {
    let (world, _) = installed().applied();
    let changed = world.text(CONFIG).unwrap().replace("version = 2\n", "version = 2\n# mine\n");
    let mut world = primary_loaded(world.with(CONFIG, &changed), 1);
    let plan = world.plan();
    assert!(plan.findings.iter().any(|finding| finding.code == "changed-since" && finding.subject == CONFIG));
    assert!(
        !words(&plan).iter().any(|word| word.starts_with("publish") || word.starts_with("restart")),
        "{plan:?}"
    );
}

/// The file was changed this many seconds ago.
fn changed(mut world: World, path: &str, seconds: i128) -> World {
    let ctime = world.node.wall - seconds * 1_000_000_000;
    match world.node.files.get_mut(&at(path)) {
        Some(Observed::Present(file)) => file.stamp.ctime = ctime,
        _ => world.dir("/etc/containerd").stamp.mtime = ctime,
    }
    world
}

fn is_left_to_rest(mut world: World, seconds: u64) -> bool {
    let until = world.now.millis() + seconds * SECOND;
    let plan = world.plan();
    let Outcome::Wait(wait) = &plan.outcome else { return false };
    let waits = wait.reason.kind == ReasonKind::ConfigAtWork && wait.until.map(Moment::millis) == Some(until);
    waits && words(&plan).is_empty() && plan.findings.is_empty()
}

/// An author writes it in pieces, and may end with the old content.
#[test]
fn a_config_in_the_midst_of_being_written_is_nobody_s_yet() {
    for chain_is_gone in [false, true] {
        let world = if chain_is_gone { primary_loaded(installed().applied().0, 1) } else { installed() };
        let whole = world.text(CONFIG).unwrap().to_owned();
        for cut in (0..whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
            let at_work = |seconds| changed(world.clone().with(CONFIG, &whole[..cut]), CONFIG, seconds);
            let is_cut = crate::containerd::cut_off(&at(CONFIG), &whole.as_bytes()[..cut]).is_some();
            let rests_in = if cut == 0 || is_cut { 58 } else { 3 };
            assert!(is_left_to_rest(at_work(2), rests_in), "{:?}", &whole[..cut]);
        }
        let absent = world.clone().without(CONFIG);
        assert!(is_left_to_rest(changed(absent, CONFIG, 1), 4));
        let (_, done) = changed(world.with(CONFIG, &whole), CONFIG, 1).applied();
        assert!(done[0].starts_with(if chain_is_gone { "mark" } else { "remove" }), "{done:?}");
    }
}

#[test]
fn a_config_that_stays_empty_is_6_and_the_record_stays() {
    let plan = changed(installed().with(CONFIG, ""), CONFIG, 61).plan();
    refuses(&plan, FailureCode::ConfigEmpty);
}

#[test]
fn a_chain_in_the_midst_of_being_written_is_nobody_s_yet() {
    const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";
    let world = changed(installed().with(CHAIN, ""), CHAIN, 2);
    assert!(is_left_to_rest(world, 3));
    // An author who writes it again and again is not awaited forever.
    let world = changed(installed().with(CHAIN, "{}"), CHAIN, 2);
    let plan = world.waited(ReasonKind::ConfigAtWork, 60 * SECOND).plan();
    assert!(plan.findings.iter().any(|finding| finding.code == "changed-since" && finding.subject == CHAIN));
    let left = changed(installed().with(CHAIN, "{}"), CHAIN, 2)
        .with_settings(|settings| settings.no_wait = true)
        .plan();
    assert!(matches!(left.outcome, Outcome::SkippedNoWait(_)) && words(&left).is_empty(), "{left:?}");
}

#[test]
fn what_containerd_would_not_read_any_more_is_not_rolled_back() {
    let (world, _) = installed().applied();
    let mut world = primary_loaded(world, 1);
    world.node.answers.dry_loads.clear();
    let plan = world.plan_if(&DryLoad::Refused("unsupported config version".to_owned()));
    assert_eq!(words(&plan), [""; 0]);
    let failure = fails(&plan, FailureCode::RuntimeConfigRefused);
    assert!(failure.sentence.contains("as it was before: unsupported"), "{failure}");
}

/// The runtime may refuse its original config: then the node keeps the config that it came up with last.
#[test]
fn a_runtime_that_does_not_come_up_without_our_values_gets_them_again_and_that_is_7() {
    let (world, _) = installed().applied();
    let ours = world.text(CONFIG).unwrap().to_owned();
    let (world, _) = primary_loaded(world, 1).applied();
    assert_ne!(world.text(CONFIG), Some(ours.as_str()));
    let asked = |history: &mut History, asked: Moment| {
        let trouble = Some("its job failed".to_owned());
        history.restart =
            Some(RequestedRestart { by: RestartMethod::Dbus, asked, away: asked, back: None, trouble });
    };
    let (world, done) = world.remember(asked).incarnation(3).silent().applied();
    assert_eq!(
        done,
        ["mark being rolled back", "publish config.toml", "reset-failed", "restart dbus", "look"]
    );
    assert_eq!(world.text(CONFIG), Some(ours.as_str()));
    let mut world = primary_loaded(world.incarnation(4), 1);
    let plan = world.plan();
    fails(&plan, FailureCode::RestartRolledBack);
    assert_eq!(words(&plan), ["mark failed"]);
    let (world, _) = world.applied();
    let mut world = world.remember(|history, now| *history = History::new(now));
    let plan = world.plan();
    // The same is not tried twice.
    refuses(&plan, FailureCode::RestartRolledBack);
}

/// A file with one plugin becomes a list in memory, with a text that libcni makes.
#[test]
fn a_network_from_a_file_of_one_plugin_is_known_by_its_name_and_type() {
    let single = |name: &str, plugin: &str| LoadedNetwork {
        ifname: "eth1".to_owned(),
        name: name.to_owned(),
        cni_version: String::new(),
        types: vec![plugin.to_owned()],
        source: Some("{\"the list\":\"of libcni\"}".to_owned()),
    };
    let both = |second: LoadedNetwork| {
        let (world, _) = installed().applied();
        let world = world.with("/etc/cni/net.d/99-loopback.conf", r#"{"name":"lo","type":"loopback"}"#);
        let mut says: Status = status(0, world.text(PRIMARY).unwrap());
        says.networks.as_mut().unwrap().push(second);
        world.later(1).says_status(says)
    };
    let done = words(&both(single("lo", "loopback")).plan());
    assert_eq!(done[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
    for other in [single("lo", "bridge"), single("other", "loopback")] {
        let plan = both(other).plan();
        assert!(matches!(plan.outcome, Outcome::Wait(_)) && plan.steps.is_empty(), "{plan:?}");
    }
}

fn before(world: &World) -> OriginalConfig {
    world.node.records().remove("tuning").unwrap().unwrap().live_before.unwrap()
}

/// A value that was not changed need not be restored: another author may have changed it since.
#[test]
fn the_record_knows_of_the_runtime_s_values_only_those_that_were_changed() {
    let mut says = status(0, "");
    says.live.conf_template = Some("/x".to_owned());
    says.live.systemd_cgroup = [("runc".to_owned(), true), ("kata".to_owned(), false)].into();
    says.live.default_runtime = Some("runc".to_owned());
    let world = World::new().says_status(says.clone());
    let (world, _) = world.applied();
    assert_eq!(before(&world), OriginalConfig { max_conf_num: Some(0), ..OriginalConfig::default() });
    let world = World::new().says_status(says).with_settings(|settings| {
        settings.systemd_cgroup = CgroupSetting::Set(true);
    });
    let (world, _) = world.applied();
    let changed = OriginalConfig {
        max_conf_num: Some(0),
        systemd_cgroup: [("kata".to_owned(), false)].into(),
        ..OriginalConfig::default()
    };
    assert_eq!(before(&world), changed);
}

/// If another program wrote after this one, its bytes are restored, and its values must be live afterwards.
#[test]
fn the_values_before_are_those_of_the_bytes_before() {
    let theirs =
        |world: &World| world.text(CONFIG).unwrap().replace("version = 2\n", "version = 2\n# theirs\n");
    let world = installed();
    let bytes = theirs(&world);
    let mut says = status(1, &chain_of(&world));
    says.live.systemd_cgroup = [("runc".to_owned(), false)].into();
    says.live.default_runtime = Some("runc".to_owned());
    let world = world.with(CONFIG, &bytes).says_status(says).with_settings(|settings| {
        settings.goal = Goal::Install;
        settings.systemd_cgroup = CgroupSetting::Set(true);
    });
    let (world, done) = world.applied();
    assert_eq!(done[..2], ["mark asked for", "publish config.toml"]);
    let changed =
        OriginalConfig { systemd_cgroup: [("runc".to_owned(), false)].into(), ..OriginalConfig::default() };
    assert_eq!(before(&world), changed);
}

/// A runtime that missed the event still uses the chain's plugins, whatever is on disk.
#[test]
fn it_is_not_done_while_the_runtime_has_our_chain_loaded() {
    let chain = chain_of(&installed());
    for left in [None, Some("{")] {
        let gone = || {
            let (world, _) = installed().applied();
            match left {
                None => world.without(PRIMARY),
                Some(bytes) => world.with(PRIMARY, bytes),
            }
        };
        let plan = gone().later(1).says(1, &chain).plan();
        assert!(matches!(plan.outcome, Outcome::Wait(_)) && plan.steps.is_empty(), "{plan:?}");
        let mut deaf = gone().later(1).says(1, &chain).waited(ReasonKind::Unverified, SECOND);
        assert_eq!(words(&deaf.plan()), ["nudge net.d", "look"]);
        let code = if left.is_none() { "no-primary-left" } else { "primary-does-not-load" };
        let plan = gone().later(1).says(1, "").plan();
        assert!(plan.findings.iter().any(|finding| finding.code == code), "{plan:?}");
    }
}

/// containerd 2.1 ends when the directory that it watches is removed.
#[test]
fn a_directory_of_ours_that_the_runtime_watches_stays() {
    let staged = || {
        let mut world = World::new();
        let primary = world.text(PRIMARY).unwrap().to_owned();
        for dir in ["/staging", "/opt/cni"] {
            world.node.dirs.insert(at(dir), Observed::Present(Dir::default()));
        }
        world = world.without(PRIMARY).with("/staging/10-azure.conflist", &primary);
        for dir in ["/etc/cni/net.d", "/etc/cni"] {
            world.node.dirs.insert(at(dir), Observed::Absent);
        }
        world.with_settings(|settings| settings.primary_dir = Some(at("/staging"))).says(1, "")
    };
    let (world, done) = staged().applied();
    assert_eq!(done, ["make-dir cni", "make-dir net.d", "publish 05-tuning.conflist", "look"]);
    let world = world.with_settings(|settings| settings.goal = Goal::Uninstall);
    let (world, done) = world.applied();
    assert_eq!(done, ["remove 05-tuning.conflist", "look"]);
    let mut world = world.later(1).says(1, "");
    // nothing in net.d verifies the primary.
    refuses(&world.plan(), FailureCode::NoPrimaryLeft);
    let primary = world.text("/staging/10-azure.conflist").unwrap().to_owned();
    let mut world = world.with(PRIMARY, &primary).later(1).says(1, &primary);
    assert_eq!(words(&world.plan()), ["forget", "look"], "the record is kept until then");
}

#[test]
fn without_a_primary_all_is_taken_back_and_that_is_8() {
    let (world, _) = installed().applied();
    let world = world.without(PRIMARY).later(1).says(1, "");
    let (world, done) = world.applied();
    assert!(done.contains(&"publish config.toml".to_owned()), "{done:?}");
    let world = world.incarnation(9).says(0, "");
    let (mut world, done) = world.applied();
    assert_eq!(done, ["mark settled", "look"]);
    let plan = world.plan();
    refuses(&plan, FailureCode::NoPrimaryLeft);
}

/// The chain is not removed if a later step of the uninstall cannot be done.
#[test]
fn what_will_be_refused_is_refused_before_the_first_change() {
    let plan = installed().service(&[]).plan();
    refuses(&plan, FailureCode::NoRestartMethod);
}

#[test]
fn what_is_not_mounted_is_not_taken_for_gone() {
    let mut world = installed();
    world.node.in_container = true;
    for dir in world.node.dirs.values_mut() {
        if let Observed::Present(dir) = dir {
            dir.mount.own_root = false;
        }
    }
    assert!(!world.clone().plan().steps.is_empty());
    world.dir("/etc/containerd").mount.own_root = true;
    let plan = world.plan();
    refuses(&plan, FailureCode::MountMissing);
}

/// `--restart never` wrote the config, and the runtime was not restarted since.
#[test]
fn what_nobody_has_loaded_is_restored_without_a_restart() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let never =
        World::new().says(0, "").with_settings(|settings| settings.restart = crate::plan::RestartMode::Never);
    let (world, done) = never.applied();
    assert_eq!(done, ["mark left to others", "publish config.toml"]);
    let world = world.with_settings(|settings| {
        settings.goal = Goal::Uninstall;
        settings.restart = crate::plan::RestartMode::Auto;
    });
    let (world, done) = primary_loaded(world, 0).applied();
    assert_eq!(done, ["publish config.toml", "forget", "look"]);
    assert_eq!(world.text(CONFIG), Some(before.as_str()));
}

/// CRI-O does not report its loaded networks, so no verification is awaited.
#[test]
fn of_another_runtime_no_proof_is_awaited() {
    let world = World::published().with_settings(|settings| settings.goal = Goal::Uninstall);
    let (world, done) = world.applied();
    assert_eq!(done, ["remove 05-tuning.conflist", "look"]);
    let by_answer = |world: World| world.says_runtime(other("cri-o"));
    let by_setting =
        |world: World| world.silent().with_settings(|settings| settings.runtime = RuntimeKind::CriO);
    for mut world in [by_answer(world.clone().later(1)), by_setting(world.later(1))] {
        let plan = world.plan();
        assert!(!matches!(plan.outcome, Outcome::Wait(_)), "{:?}", plan.outcome);
        let codes: Vec<&str> = plan.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&"loaded-network-unknown"), "{codes:?}");
    }
}
