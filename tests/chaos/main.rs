//! Chaos on real nodes: the program is killed, the power is cut, disks are full, other programs write the same files.
//! Each harm is done to an install, to an install whose config containerd refuses, and to an uninstall. After every
//! round and at most one more run, the node is up, on the old or the new config, and in the state of a run without
//! harm.
//!
//! 200 rounds take half an hour and run only with `CNI_BOOTSTRAP_LONG=1` (`./test --long`).
//! `CNI_BOOTSTRAP_CHAOS_ROUNDS` sets the number for each node, `CNI_BOOTSTRAP_CHAOS_HARM=PowerCut` selects this harm;
//! `CNI_BOOTSTRAP_NODE_SEED` repeats a run.

// The lints are for the program. A test may panic, read files and start processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

#[path = "../node/base.rs"]
#[allow(dead_code, reason = "the node tier's own tests use the rest")]
mod base;

mod dice;
mod harm;
mod round;

use base::{cri, network, node, pod, program, rig};

use rig::{Release, on, say};

/// The rounds of `./test --long`: 67 + 67 + 66.
fn rounds(release: Release) -> u64 {
    match std::env::var("CNI_BOOTSTRAP_CHAOS_ROUNDS") {
        Ok(number) => number.parse().expect("CNI_BOOTSTRAP_CHAOS_ROUNDS is a number"),
        Err(_) if release == Release::Sid => 66,
        Err(_) => 67,
    }
}

fn is_asked_for(release: Release) -> bool {
    let long = std::env::var("CNI_BOOTSTRAP_LONG").is_ok_and(|value| value == "1");
    if !long {
        say(&format!(
            "SKIPPED, NOT TESTED: chaos on {}: it takes long; ./test --long runs it",
            release.name()
        ));
    }
    long
}

macro_rules! on_nodes {
    ($($name:ident $release:ident;)+) => {
        $(#[test]
        fn $name() {
            if is_asked_for(Release::$release) {
                on(Release::$release, "chaos", round::rounds);
            }
        })+
    };
}

on_nodes! {
    v1_6 Bookworm;
    v1_7 Trixie;
    v2_1 Sid;
}
