//! The client with a real systemd.

mod rig;

use cni_bootstrap::containerd::UnitFile;
use cni_bootstrap::host::systemd::{JobEnd, Manager, SystemdError, Unit, property};
use rig::beside_systemd;
use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

/// A time limit that only a hanging call reaches.
const PATIENT: Duration = Duration::from_secs(60);

const SOCKET: &str = "/run/systemd/private";

fn manager() -> Manager {
    Manager::connect(Path::new(SOCKET), PATIENT).unwrap()
}

fn unit(manager: &mut Manager, name: &str) -> Unit {
    manager.unit(name).unwrap().unwrap_or_else(|| panic!("no unit {name}"))
}

/// The unit after `settled` becomes true. systemd sends no signal here for its own actions.
fn wait(manager: &mut Manager, name: &str, settled: impl Fn(&Unit) -> bool) -> Unit {
    for _ in 0..600 {
        let unit = unit(manager, name);
        if settled(&unit) {
            return unit;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{:?}", unit(manager, name));
}

#[test]
fn a_restart_is_done_and_makes_a_new_run_of_the_unit() {
    beside_systemd("a_restart_is_done_and_makes_a_new_run_of_the_unit", || {
        let mut manager = manager();
        assert_eq!(manager.restart("steady.service", PATIENT).unwrap(), JobEnd::Done);
        let first = unit(&mut manager, "steady.service");
        assert_eq!(manager.restart("steady.service", PATIENT).unwrap(), JobEnd::Done);
        let second = unit(&mut manager, "steady.service");
        assert_eq!(first.invocation_id.len(), 32);
        assert_ne!(first.invocation_id, second.invocation_id);
        assert_ne!(first.main_pid, second.main_pid);
        assert!(first.active_enter_monotonic_us < second.active_enter_monotonic_us);
        assert_eq!((second.active_state.as_str(), second.sub_state.as_str()), ("active", "running"));
        assert_eq!(second.load_state, "loaded");
        assert_eq!(second.exec_start, [["/bin/sleep", "infinity"]]);
        assert_eq!(second.environment, ["CONF=/etc/a.toml", "B=two words", "C=3"]);
        assert_eq!(second.restart, "always");
        assert!(second.fragment_path.ends_with("/steady.service"), "{}", second.fragment_path);
        assert!(second.drop_in_paths[0].ends_with("/10-more.conf"), "{:?}", second.drop_in_paths);
        // systemd knows the other side of PartOf= after it has loaded the unit with that setting.
        assert_eq!(manager.restart("follower.service", PATIENT).unwrap(), JobEnd::Done);
        assert_eq!(unit(&mut manager, "steady.service").consists_of, ["follower.service"]);
        assert_eq!(manager.stop("steady.service", PATIENT).unwrap(), JobEnd::Done);
        assert_eq!(unit(&mut manager, "steady.service").active_state, "inactive");
    });
}

#[test]
fn the_text_of_a_unit_is_read_as_systemd_reads_it() {
    beside_systemd("the_text_of_a_unit_is_read_as_systemd_reads_it", || {
        let systemds = unit(&mut manager(), "quoted.service");
        let ours = UnitFile::read([std::fs::read_to_string(&systemds.fragment_path).unwrap().as_str()]);
        assert_eq!(ours.exec_start.len(), 6);
        assert_eq!(ours.exec_start, systemds.exec_start);
        assert_eq!(ours.environment, systemds.environment);
    });
}

#[test]
fn a_unit_that_fails_ends_its_job_with_failed() {
    beside_systemd("a_unit_that_fails_ends_its_job_with_failed", || {
        let mut manager = manager();
        assert_eq!(manager.restart("failing.service", PATIENT).unwrap(), JobEnd::Failed);
        let unit = unit(&mut manager, "failing.service");
        assert_eq!((unit.active_state.as_str(), unit.result.as_str()), ("failed", "exit-code"));
    });
}

#[test]
fn a_unit_that_never_says_that_it_is_ready_fails_by_timeout() {
    beside_systemd("a_unit_that_never_says_that_it_is_ready_fails_by_timeout", || {
        let mut manager = manager();
        assert_eq!(manager.restart("slow.service", PATIENT).unwrap(), JobEnd::Failed);
        assert_eq!(unit(&mut manager, "slow.service").result, "timeout");
    });
}

#[test]
fn our_own_deadline_ends_the_wait_and_not_the_job() {
    beside_systemd("our_own_deadline_ends_the_wait_and_not_the_job", || {
        let mut manager = manager();
        let oneshot = vec![property::text("Type", "oneshot"), property::exec_start(&["/bin/sleep", "2"])];
        let end = manager.start_transient("deadline.service", oneshot, vec![], Duration::from_millis(200));
        assert!(matches!(end, Err(SystemdError::Timeout { .. })), "{end:?}");
        let unit = unit(&mut self::manager(), "deadline.service");
        assert_eq!(unit.active_state, "activating");
    });
}

#[test]
fn a_unit_that_dies_at_once_is_done_and_its_state_tells() {
    beside_systemd("a_unit_that_dies_at_once_is_done_and_its_state_tells", || {
        let mut manager = manager();
        assert_eq!(manager.restart("fleeting.service", PATIENT).unwrap(), JobEnd::Done);
        let unit = wait(&mut manager, "fleeting.service", |unit| unit.active_state != "active");
        assert_eq!((unit.active_state.as_str(), unit.result.as_str()), ("failed", "exit-code"));
    });
}

#[test]
fn a_unit_that_is_not_there_is_told_by_its_name() {
    beside_systemd("a_unit_that_is_not_there_is_told_by_its_name", || {
        let mut manager = manager();
        assert_eq!(manager.unit("nowhere.service").unwrap(), None);
        for error in [
            manager.restart("nowhere.service", PATIENT).unwrap_err(),
            manager.reset_failed("nowhere.service").unwrap_err(),
        ] {
            assert!(
                matches!(&error, SystemdError::NoSuchUnit(name) if name == "nowhere.service"),
                "{error:?}"
            );
        }
    });
}

#[test]
fn reset_failed_lifts_the_start_limit() {
    beside_systemd("reset_failed_lifts_the_start_limit", || {
        let mut manager = manager();
        // systemd's default limit is 5 starts within 10 seconds.
        let hit = (0..12).any(|_| manager.restart("limited.service", PATIENT).unwrap() == JobEnd::Failed);
        assert!(hit, "the start limit was never hit");
        assert_eq!(unit(&mut manager, "limited.service").result, "start-limit-hit");
        manager.reset_failed("limited.service").unwrap();
        assert_eq!(unit(&mut manager, "limited.service").active_state, "inactive");
        assert_eq!(manager.restart("limited.service", PATIENT).unwrap(), JobEnd::Done);
    });
}

#[test]
fn a_transient_service_runs_its_command_to_the_letter() {
    beside_systemd("a_transient_service_runs_its_command_to_the_letter", || {
        let mut manager = manager();
        let run = |manager: &mut Manager, name: &str, argv: &[&str]| {
            let properties = vec![
                property::text("Type", "oneshot"),
                property::flag("RemainAfterExit", true),
                property::flag("DefaultDependencies", false),
                property::exec_start(argv),
            ];
            manager.start_transient(name, properties, vec![], PATIENT).unwrap()
        };
        let write = r#"test "$1" = '${HOME} %n $x' && echo yes > /run/transient"#;
        let argv = ["/bin/sh", "-c", write, "sh", "${HOME} %n $x"];
        assert_eq!(run(&mut manager, "good.service", &argv), JobEnd::Done);
        assert_eq!(std::fs::read_to_string("/run/transient").unwrap(), "yes\n");
        assert_eq!(unit(&mut manager, "good.service").sub_state, "exited");
        assert_eq!(run(&mut manager, "bad.service", &["/bin/sh", "-c", "exit 5"]), JobEnd::Failed);
        assert_eq!(unit(&mut manager, "bad.service").result, "exit-code");
    });
}

#[test]
fn a_program_that_is_given_descriptors_reads_and_writes_them() {
    beside_systemd("a_program_that_is_given_descriptors_reads_and_writes_them", || {
        let mut manager = Manager::connect_to_run(Path::new(SOCKET), PATIENT).unwrap();
        let mut streams = [0, 1, 2].map(|_| tempfile::tempfile().unwrap());
        streams[0].write_all("né\0e in\n".repeat(100_000).as_bytes()).unwrap();
        streams[0].rewind().unwrap();
        let run = |manager: &mut Manager, name: &str, script: &str, streams: &[File; 3]| {
            let argv = ["/bin/sh", "-c", script];
            let oneshot = vec![property::text("Type", "oneshot"), property::exec_start(&argv)];
            manager.run(name, oneshot, streams.each_ref().map(AsFd::as_fd), PATIENT).unwrap()
        };
        // Opened again by its name, as containerd does.
        let script = "wc -c </dev/stdin; echo words >&2; exit 7";
        assert_eq!(run(&mut manager, "reads.service", script, &streams), JobEnd::Failed);
        assert_eq!(unit(&mut manager, "reads.service").exec_main_status, 7);
        let said = [1, 2].map(|at: usize| {
            let mut text = String::new();
            streams[at].rewind().unwrap();
            streams[at].read_to_string(&mut text).unwrap();
            text
        });
        assert_eq!(said, ["900000\n", "words\n"]);
        assert_eq!(run(&mut manager, "ends.service", "true", &streams), JobEnd::Done);
        let nowhere = vec![property::text("Type", "oneshot"), property::exec_start(&["/nowhere"])];
        let end =
            manager.run("unfound.service", nowhere, streams.each_ref().map(AsFd::as_fd), PATIENT).unwrap();
        assert_eq!(end, JobEnd::Failed);
        assert_eq!(unit(&mut manager, "unfound.service").exec_main_status, 203);
    });
}

fn timer(manager: &mut Manager, name: &str, after: Duration, argv: &[&str]) {
    let service = vec![property::text("Type", "oneshot"), property::exec_start(argv)];
    let properties = vec![property::on_active(after), property::flag("RemainAfterElapse", false)];
    let auxiliary = vec![(format!("{name}.service"), service)];
    let end = manager.start_transient(&format!("{name}.timer"), properties, auxiliary, PATIENT);
    assert_eq!(end.unwrap(), JobEnd::Done);
}

#[test]
fn a_transient_timer_fires_unless_it_is_disarmed() {
    beside_systemd("a_transient_timer_fires_unless_it_is_disarmed", || {
        let mut manager = manager();
        timer(&mut manager, "disarmed", Duration::from_secs(2), &["/bin/touch", "/run/disarmed"]);
        assert_eq!(unit(&mut manager, "disarmed.timer").sub_state, "waiting");
        assert_eq!(manager.stop("disarmed.timer", PATIENT).unwrap(), JobEnd::Done);
        timer(&mut manager, "armed", Duration::from_secs(3), &["/bin/touch", "/run/armed"]);
        // The connection that armed the timer is gone, as after a kill.
        drop(manager);
        while !Path::new("/run/armed").exists() {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!Path::new("/run/disarmed").exists());
    });
}

#[test]
fn every_one_of_many_connections_is_answered() {
    beside_systemd("every_one_of_many_connections_is_answered", || {
        for _ in 0..300 {
            let mut manager = Manager::connect(Path::new(SOCKET), Duration::from_secs(10)).unwrap();
            assert_eq!(manager.unit("nowhere.service").unwrap(), None);
        }
    });
}

#[test]
fn a_peer_that_systemd_cannot_see_is_told_why() {
    // From outside of the rig's PID namespace, at its socket.
    let Some(leader) = rig::leader() else { return };
    let socket = format!("/proc/{leader}/root/run/systemd/private");
    let error = Manager::connect(Path::new(&socket), PATIENT).unwrap_err();
    assert!(matches!(error, SystemdError::Denied { .. }), "{error:?}");
    assert!(error.nothing_was_asked());
    assert!(error.to_string().contains("PID namespace"), "{error}");
}

#[test]
fn no_socket_nobody_listening_and_silence_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("private");
    let connect = || Manager::connect(&socket, Duration::from_millis(200)).unwrap_err();
    assert!(matches!(connect(), SystemdError::NoSocket(_)));
    let listener = UnixListener::bind(&socket).unwrap();
    assert!(matches!(connect(), SystemdError::Timeout { .. }), "it listens and says nothing");
    drop(listener);
    assert!(matches!(connect(), SystemdError::Refused(_)));
}
