//! 1. No file under a name that the runtime loads is ever partial, empty or invalid because of this program, at any
//!    instant, whatever kills it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cni_bootstrap::cni::{Conflist, Libcni, extension};
use rustix::process::Signal;

use crate::support::{AZURE, CHAIN, CONF, PRIMARY, Scratch};

/// Every loadable file that a runtime could have read, as often as it can be read.
fn watch(dir: &Path, over: &AtomicBool) -> BTreeSet<(String, String)> {
    let mut seen = BTreeSet::new();
    while !over.load(Ordering::Relaxed) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if extension(&name).is_some()
                && let Ok(text) = std::fs::read_to_string(dir.join(&name))
            {
                seen.insert((name, text));
            }
        }
        // The directory is listed rarely; the file itself is read all the time.
        for _ in 0..50 {
            if let Ok(text) = std::fs::read_to_string(dir.join(CHAIN)) {
                seen.insert((CHAIN.to_owned(), text));
            }
        }
    }
    seen
}

#[test]
fn whoever_reads_reads_a_whole_chain_or_none_whatever_kills_the_program() {
    let scratch = Scratch::ready();
    let expected: BTreeSet<String> = ["first", "last"]
        .map(|position| {
            scratch.install(&["--position", position]).exits(0);
            scratch.chained()
        })
        .into();
    assert_eq!(expected.len(), 2);
    scratch.uninstall().exits(0);

    let (over, dir) = (AtomicBool::new(false), scratch.path(CONF));
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&dir, &over));
        for round in 0_u64..60 {
            let position = if round % 2 == 0 { "first" } else { "last" };
            let running = match round % 5 {
                4 => scratch.start(&["uninstall", "--owner", "tuning"]),
                _ => scratch.start_install(&["--position", position, "--conf-mode", "0644"]),
            };
            if round % 3 != 0 {
                // At a moment between its first instruction and its end.
                std::thread::sleep(Duration::from_micros(round * 7919 % 30_000));
                running.signal(Signal::KILL);
            }
            running.end();
        }
        over.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });

    for (name, text) in &seen {
        let whole = (name == AZURE && text == PRIMARY) || (name == CHAIN && expected.contains(text));
        assert!(whole, "{name} was {text:?}");
        assert!(Conflist::read(name, text.as_bytes(), Libcni::Any).is_ok(), "{name} was {text:?}");
    }
    assert_eq!(seen.len(), 3, "the primary and both chains were seen");
    scratch.install(&[]).exits(0);
    assert!(expected.contains(&scratch.chained()));
}

#[test]
fn what_a_killed_run_left_is_swept_by_the_next() {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    // The state after a SIGKILL between write and rename.
    let temp = scratch.path(CONF).join(".05-tuning.conflist.cni-bootstrap-tmp");
    std::fs::write(&temp, "{\"cniVers").unwrap();
    let foreign = scratch.path(CONF).join(".06-other.conflist.cni-bootstrap-tmp");
    std::fs::write(&foreign, "not ours").unwrap();
    scratch.install(&[]).exits(0);
    assert!(!temp.exists());
    assert!(foreign.exists(), "a file of that form at a path that no record names is nobody's business");
}
