//! 11. One instance applies at a time, whatever the owner; never is it locked while one waits.

use std::fs::File;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::support::{CONF, PRIMARY, RECORDS, Scratch, eventually};

#[test]
fn many_instances_at_once_end_as_one() {
    let scratch = Scratch::ready();
    let running: Vec<_> = (0..8).map(|_| scratch.start_install(&[])).collect();
    for ran in running.into_iter().map(crate::support::Running::end) {
        ran.exits(0);
    }
    scratch.install(&[]).exits(0).outcome("unchanged");
}

#[test]
fn owners_at_once_end_as_if_they_had_run_one_after_the_other() {
    let owners = ["bridge", "sbr", "tuning"];
    let plugin = |owner: &str| format!(r#"{{"type":"{owner}"}}"#);
    let ready = || Scratch::ready().plugins(&owners);
    let alone = ready();
    for owner in owners {
        alone.run(&["install", "--plugin", &plugin(owner)]).exits(0);
    }
    for _ in 0..5 {
        let scratch = ready();
        let running = owners.map(|owner| scratch.start(&["install", "--plugin", &plugin(owner)]));
        for ran in running.map(crate::support::Running::end) {
            ran.exits(0);
        }
        assert_eq!(scratch.texts(CONF), alone.texts(CONF));
        for owner in owners {
            scratch.run(&["install", "--plugin", &plugin(owner)]).exits(0).outcome("unchanged");
        }
    }
}

#[test]
fn nothing_is_locked_while_one_waits() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "portmap", "tuning"]);
    let scratch = scratch.file("var/lib/cni-bootstrap/.keep", "");
    let waiting = scratch.start_install(&[]).until("no primary");
    let dir = File::open(scratch.path(RECORDS)).unwrap();
    flock(&dir, FlockOperation::NonBlockingLockExclusive).unwrap();
    flock(&dir, FlockOperation::Unlock).unwrap();
    let scratch = scratch.primary(PRIMARY);
    waiting.end().exits(0);
    assert!(scratch.chain().exists());
}

#[test]
fn who_has_the_lock_is_waited_for() {
    let scratch = Scratch::ready().file("var/lib/cni-bootstrap/.keep", "");
    let dir = File::open(scratch.path(RECORDS)).unwrap();
    flock(&dir, FlockOperation::LockExclusive).unwrap();
    let mut waiting = scratch.start_install(&[]).until("publishing");
    std::thread::sleep(Duration::from_millis(100));
    assert!(waiting.is_running());
    assert_eq!(std::fs::read_dir(scratch.path(CONF)).unwrap().count(), 1, "only the primary");
    flock(&dir, FlockOperation::Unlock).unwrap();
    eventually("the chain", || scratch.chain().exists());
    waiting.end().exits(0);
}
