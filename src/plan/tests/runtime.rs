//! The runtime's config: changed only for live values that differ, and refused if a change is not safe.

use super::world::{at, other, refuses, status, with_binary, words};
use super::{CONFIG, SECOND, World};
use crate::node::{Dir, DryLoad, Observed, Release};
use crate::plan::context::PlanContext;
use crate::plan::runtime::live::has_drifted;
use crate::plan::{CgroupSetting, Outcome, ReasonKind, RuntimeKind, Setting, resolve};
use crate::report::{Failure, FailureCode};

#[track_caller]
fn refused(world: &mut World, verdict: &DryLoad, code: FailureCode) -> String {
    refuses(&world.plan_if(verdict), code).sentence.clone()
}

#[test]
fn a_runtime_that_has_the_values_is_not_touched_whatever_its_file_says() {
    let mut world = World::new().says(1, "");
    assert_eq!(words(&world.plan()), ["publish 05-tuning.conflist", "look"]);
    let mut keep =
        World::new().says(1, "").with_settings(|settings| settings.max_conf_num = Some(Setting::Keep));
    assert_eq!(words(&keep.plan()), ["publish 05-tuning.conflist", "look"]);
}

/// Promise 1: no pod gets two networks because of the chain. 2.x adds its own `runc` to the files' runtimes and
/// reports it; no pod uses it.
#[test]
fn a_runc_that_no_file_names_and_that_is_no_default_is_nobody_s() {
    let config = |names_runc: bool| {
        let table = |name| {
            format!(
                "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.{name}]\nruntime_type = \"io.containerd.runc.v2\"\n"
            )
        };
        format!(
            "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".containerd]\ndefault_runtime_name = \"nvidia\"\n{}\
             [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.nvidia.options]\nSystemdCgroup = true\n{}",
            table("nvidia"),
            if names_runc { table("runc") } else { String::new() }
        )
    };
    let world = |release: Release, default: &str, names_runc| {
        let mut says = status(1, "");
        says.release = Some(release);
        says.runtime_version = release.to_string();
        says.live.systemd_cgroup = [("nvidia".to_owned(), true), ("runc".to_owned(), false)].into();
        says.live.default_runtime = Some(default.to_owned());
        let world = World::new().says_status(says).with(CONFIG, &config(names_runc));
        world.with_settings(|settings| settings.systemd_cgroup = CgroupSetting::Set(true))
    };
    let two = Release::new(2, 1, 9);
    let drifted = |world: World| {
        let desired = resolve(&world.settings, &world.node).unwrap();
        has_drifted(&PlanContext::new(&world.node, &world.settings, &desired, &world.history, world.now))
    };
    assert!(!drifted(world(two, "nvidia", false)));
    assert!(drifted(world(two, "nvidia", true)) && drifted(world(two, "runc", false)));
    // 1.x has only the runtimes in the files.
    assert!(drifted(world(Release::new(1, 7, 24), "nvidia", false)));
}

#[test]
fn a_limit_that_loads_the_primary_beside_the_chain_is_5() {
    let desired = |live: i64, setting: Setting<i64>| {
        World::new().says(live, "").with_settings(|settings| settings.max_conf_num = Some(setting))
    };
    for mut world in [
        desired(0, Setting::Keep),
        desired(2, Setting::Keep),
        desired(1, Setting::Set(0)),
        desired(1, Setting::Set(2)),
        desired(2, Setting::Set(-1)),
    ] {
        let sentence = refused(&mut world, &DryLoad::Accepted, FailureCode::SeveralNetworks);
        assert!(sentence.contains("max_conf_num") && sentence.contains("10-azure.conflist"), "{sentence}");
    }
    let staged = |world: World| {
        let primary = world.text("/etc/cni/net.d/10-azure.conflist").unwrap().to_owned();
        let mut world = world.without("/etc/cni/net.d/10-azure.conflist");
        world.node.dirs.insert(at("/staging"), Observed::Present(Dir::default()));
        world
            .with("/staging/10-azure.conflist", &primary)
            .with_settings(|settings| settings.primary_dir = Some(at("/staging")))
    };
    let mut alone = staged(desired(0, Setting::Keep));
    assert_eq!(words(&alone.plan()), ["publish 05-tuning.conflist", "look"]);
    let other = r#"{"name":"other","type":"bridge"}"#;
    let mut beside = staged(desired(0, Setting::Keep)).with("/etc/cni/net.d/99-x.conf", other);
    refused(&mut beside, &DryLoad::Accepted, FailureCode::SeveralNetworks);
}

/// A value that the runtime does not report is not a reason for a restart.
#[test]
fn values_that_the_runtime_does_not_say_are_6() {
    let mut unknown = status(1, "");
    unknown.live.max_conf_num = None;
    let sentence =
        refused(&mut World::new().says_status(unknown), &DryLoad::Accepted, FailureCode::RuntimeValueUnknown);
    assert!(sentence.contains("max_conf_num"), "{sentence}");
}

/// Only the file that the running containerd reads is patched.
#[test]
fn a_config_file_that_cannot_be_told_is_6_unless_it_is_named() {
    let world = || {
        let mut world = World::new().says(0, "");
        let asked = world.node.answers.service.as_mut().unwrap();
        let Observed::Present(service) = &mut asked.said else { panic!("{asked:?}") };
        (service.config, service.unresolved) = (None, Some("${CONFIG}".to_owned()));
        world
    };
    let sentence = refused(&mut world(), &DryLoad::Accepted, FailureCode::ConfigPathUnknown);
    assert!(sentence.contains("${CONFIG}"), "{sentence}");
    let mut named = world().with_settings(|settings| settings.containerd_config = Some(at(CONFIG)));
    assert_eq!(words(&named.plan())[..2], ["mark asked for", "publish config.toml"]);
}

/// A link into a directory that is not mounted looks like a missing file, which would be created.
#[test]
fn a_config_whose_link_leads_nowhere_is_10() {
    let mut world = World::new().says(0, "").without(CONFIG);
    world.dir("/etc/containerd").names.insert("config.toml".to_owned());
    let sentence = refused(&mut world, &DryLoad::Accepted, FailureCode::PathUnseen);
    assert!(sentence.contains(CONFIG), "{sentence}");
}

#[test]
fn a_config_that_cannot_be_patched_safely_is_6() {
    let mut damaged = World::new().says(0, "").with(CONFIG, "version = 2\n[plugins\n");
    let sentence = refused(&mut damaged, &DryLoad::Accepted, FailureCode::ConfigNotPatchable);
    assert!(sentence.contains(CONFIG), "{sentence}");
}

#[test]
fn what_the_host_s_containerd_refuses_is_6_in_its_words() {
    let verdict = DryLoad::Refused("invalid plugin config".to_owned());
    let sentence = refused(&mut World::new().says(0, ""), &verdict, FailureCode::RuntimeConfigRefused);
    assert!(sentence.contains("invalid plugin config"), "{sentence}");
}

#[test]
fn a_containerd_that_cannot_be_asked_is_only_told() {
    let mut world = World::new().says(0, "");
    let plan = world.plan_if(&DryLoad::Unavailable("no hostPID".to_owned()));
    assert_eq!(words(&plan)[..3], ["mark asked for", "publish config.toml", "restart dbus"]);
    assert!(plan.findings.iter().any(|finding| finding.code == "config-not-dry-loaded"));
}

fn not_supported(mut world: World) -> Failure {
    let failure = refuses(&world.plan(), FailureCode::RuntimeNotSupported).clone();
    assert!(failure.remedy.contains("--runtime none"), "{failure:?}");
    failure
}

#[test]
fn another_runtime_is_6_and_the_advice() {
    let without_primary = || World::new().without("/etc/cni/net.d/10-azure.conflist");
    for (name, title) in [("cri-o", "CRI-O 1.30.0"), ("docker", "docker 1.30.0"), ("x", "x 1.30.0")] {
        // At once: this needs no primary.
        for world in [World::new(), without_primary()] {
            let failure = not_supported(world.says_runtime(other(name)));
            assert!(failure.sentence.contains(title), "{failure:?}");
        }
    }
}

/// The setting says it already, so no answer is awaited.
#[test]
fn crio_as_a_setting_is_6_even_while_nothing_answers() {
    let world = World::new().silent().with_settings(|settings| settings.runtime = RuntimeKind::CriO);
    assert!(not_supported(world).sentence.contains("CRI-O;"));
}

#[test]
fn a_runtime_that_does_not_answer_is_waited_for_and_then_it_is_10() {
    let mut world = World::new().silent();
    let plan = world.plan();
    assert_eq!(words(&plan), [""; 0]);
    assert!(
        matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::RuntimeSilent && wait.interruptible)
    );
    let mut world = world.waited(ReasonKind::RuntimeSilent, 180 * SECOND);
    refused(&mut world, &DryLoad::Accepted, FailureCode::RuntimeNotRunning);
}

/// Only the runtime knows the directories of primaries and binaries, so its silence is reported before anything
/// counts as missing there.
#[test]
fn a_silent_runtime_is_not_hidden_behind_a_wait_for_what_lies_elsewhere() {
    let no_primary = World::new().without("/etc/cni/net.d/10-azure.conflist");
    let no_binary = World::new().without("/opt/cni/bin/azure-vnet");
    for world in [no_primary, no_binary] {
        let mut world = world.with_settings(|settings| settings.primary_timeout = None).silent();
        let plan = world.plan();
        assert!(
            matches!(&plan.outcome, Outcome::Wait(wait) if wait.reason.kind == ReasonKind::RuntimeSilent)
        );
        let mut world = world.waited(ReasonKind::RuntimeSilent, 180 * SECOND);
        refused(&mut world, &DryLoad::Accepted, FailureCode::RuntimeNotRunning);
    }
}

#[test]
fn binaries_wait_until_the_runtime_s_config_can_be_had() {
    let damaged = World::new().says(0, "").with(CONFIG, "version = 2\n[plugins\n");
    refused(&mut with_binary(damaged), &DryLoad::Accepted, FailureCode::ConfigNotPatchable);
    let no_means = World::new().service(&[]).says(0, "");
    refused(&mut with_binary(no_means), &DryLoad::Accepted, FailureCode::NoRestartMethod);
    let mut good = with_binary(World::new().says(0, ""));
    assert_eq!(words(&good.plan())[..3], ["publish helper", "mark asked for", "publish config.toml"]);
}
