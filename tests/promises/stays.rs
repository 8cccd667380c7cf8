//! `watch`: it repairs what is damaged while it stays, follows the primary, and leaves the node as it is when it ends.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use crate::support::{AZURE, CHAIN, CONF, PRIMARY, Running, Scratch, TUNING, eventually};

/// What it logs when the chain is in place.
const IN_PLACE: &str = "the chain is in place";

/// `watch` of the tuning plugin, once it stays.
fn watching(scratch: &Scratch) -> Running {
    scratch.start(&["watch", "--plugin", TUNING]).until(IN_PLACE)
}

fn other_primary(name: &str) -> String {
    PRIMARY.replace("\"azure\"", &format!("\"{name}\""))
}

/// What is done to the chain's file, and how.
type Damage = (&'static str, &'static dyn Fn(&Path));

#[test]
fn each_damage_of_the_chain_is_repaired() {
    let scratch = Scratch::ready();
    let watch = watching(&scratch);
    let (chain, bytes) = (scratch.chain(), scratch.chained());
    let damages: [Damage; 6] = [
        ("deleted", &|chain| fs::remove_file(chain).unwrap()),
        ("renamed", &|chain| fs::rename(chain, chain.with_extension("cilium_bak")).unwrap()),
        ("emptied", &|chain| fs::write(chain, "").unwrap()),
        ("rewritten in place", &|chain| fs::write(chain, PRIMARY).unwrap()),
        ("replaced", &|chain| {
            fs::write(chain.with_extension("new"), PRIMARY).unwrap();
            fs::rename(chain.with_extension("new"), chain).unwrap();
        }),
        ("replaced by a link", &|chain| {
            fs::remove_file(chain).unwrap();
            std::os::unix::fs::symlink(AZURE, chain).unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage(&chain);
        eventually(what, || {
            let is_file = fs::symlink_metadata(&chain).is_ok_and(|chain| chain.is_file());
            is_file && fs::read_to_string(&chain).is_ok_and(|now| now == bytes)
        });
        // Each damage in its own way: the same one five times in a row is contention.
        fs::write(scratch.path(CONF).join(AZURE), format!("{PRIMARY}\n")).unwrap();
        eventually("the primary's new bytes are followed", || {
            fs::read_to_string(&chain).is_ok_and(|now| now == format!("{bytes}\n"))
        });
        fs::write(scratch.path(CONF).join(AZURE), PRIMARY).unwrap();
        eventually("and its former ones", || fs::read_to_string(&chain).is_ok_and(|now| now == bytes));
    }
    watch.signal(Signal::TERM);
    watch.end().exits(0).outcome("unchanged").says(&["SIGTERM"]);
    assert_eq!(scratch.chained(), bytes);
}

#[test]
fn the_primary_is_followed_wherever_it_goes() {
    let scratch = Scratch::ready();
    let watch = watching(&scratch);
    let conf = scratch.path(CONF);
    let is_made_from = |what: &str, network: &str, name: &str| {
        eventually(what, || {
            let chained = fs::read_to_string(conf.join(name)).unwrap_or_default();
            chained.contains(&format!("\"{network}\"")) && chained.contains("tuning")
        });
    };
    fs::write(conf.join(AZURE), other_primary("in-place")).unwrap();
    is_made_from("written in place", "in-place", CHAIN);
    fs::write(conf.join("half"), other_primary("by-rename")).unwrap();
    fs::rename(conf.join("half"), conf.join(AZURE)).unwrap();
    is_made_from("replaced by a rename", "by-rename", CHAIN);
    fs::rename(conf.join(AZURE), conf.join("15-azure.conflist")).unwrap();
    fs::write(conf.join("15-azure.conflist"), other_primary("renamed")).unwrap();
    is_made_from("renamed", "renamed", CHAIN);
    fs::remove_file(conf.join("15-azure.conflist")).unwrap();
    fs::write(conf.join(AZURE), other_primary("again")).unwrap();
    is_made_from("removed and made again", "again", CHAIN);
    // A file that now is the primary by rule, and sorts before the chain: the chain moves in front of it.
    fs::write(conf.join("05-cilium.conflist"), other_primary("earlier")).unwrap();
    is_made_from("an earlier file is the primary", "earlier", "00-tuning.conflist");
    eventually("the chain's former name is gone", || !conf.join(CHAIN).exists());
    fs::remove_file(conf.join("05-cilium.conflist")).unwrap();
    is_made_from("the earlier file is gone again", "again", CHAIN);
    drop(watch);
}

#[test]
fn the_last_good_chain_stays_while_the_primary_is_missing_or_invalid() {
    let scratch = Scratch::ready();
    let mut watch = watching(&scratch);
    let (chain, bytes) = (scratch.chain(), scratch.chained());
    let primary = scratch.path(CONF).join(AZURE);
    for (damage, told) in [("", "is 0 bytes"), ("{", "ends in the middle")] {
        fs::write(&primary, damage).unwrap();
        watch = watch.until(told);
        assert_eq!(fs::read_to_string(&chain).unwrap(), bytes, "{damage:?}");
    }
    fs::remove_file(&primary).unwrap();
    watch = watch.until("no primary");
    assert_eq!(fs::read_to_string(&chain).unwrap(), bytes);
    fs::write(&primary, other_primary("back")).unwrap();
    eventually("the primary is back", || {
        fs::read_to_string(&chain).is_ok_and(|now| now.contains("\"back\""))
    });
    drop(watch);
}

#[test]
fn a_binary_that_is_removed_or_changed_is_installed_again() {
    let scratch = Scratch::ready();
    let helper = format!("helper={}", scratch.plugin_input("helper-new"));
    let watch = scratch.start(&["watch", "--plugin", TUNING, "--install-bin", &helper]).until(IN_PLACE);
    let installed = scratch.path("opt/cni/bin/helper");
    let bytes = fs::read(&installed).unwrap();
    fs::remove_file(&installed).unwrap();
    eventually("it is installed again", || fs::read(&installed).is_ok_and(|now| now == bytes));
    fs::write(scratch.path("opt/cni/bin/half"), "another").unwrap();
    fs::rename(scratch.path("opt/cni/bin/half"), &installed).unwrap();
    eventually("it has the right bytes again", || fs::read(&installed).is_ok_and(|now| now == bytes));
    drop(watch);
}

#[test]
fn a_conf_dir_that_is_made_anew_is_observed_anew() {
    let scratch = Scratch::ready();
    let watch = watching(&scratch);
    let bytes = scratch.chained();
    fs::remove_dir_all(scratch.path(CONF)).unwrap();
    let scratch = scratch.primary(PRIMARY);
    eventually("the chain is in the new directory", || {
        fs::read_to_string(scratch.chain()).is_ok_and(|now| now == bytes)
    });
    drop(watch);
}

#[test]
fn while_nothing_changes_it_writes_nothing() {
    let scratch = Scratch::ready();
    let watch = watching(&scratch);
    let before = scratch.stamps();
    // A file that no runtime loads wakes it: it looks, and has nothing to do.
    fs::write(scratch.path(CONF).join("notes"), "x").unwrap();
    fs::remove_file(scratch.path(CONF).join("notes")).unwrap();
    watch.signal(Signal::TERM);
    watch.end().exits(0);
    let after = scratch.stamps();
    let differ: Vec<_> = before.differ(&after).into_iter().filter(|path| !path.ends_with(CONF)).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

#[test]
fn a_failure_is_a_state_and_no_end() {
    let scratch = Scratch::ready();
    // An output file that something else occupies is refused (5) until it is gone.
    let occupied = scratch.path(CONF).join("05-other.conflist");
    fs::write(&occupied, other_primary("other")).unwrap();
    let words = ["watch", "--plugin", TUNING, "--primary", AZURE, "--output-file", "05-other.conflist"];
    let watch = scratch.start(&words).until("tried again after a change");
    fs::remove_file(&occupied).unwrap();
    let watch = watch.until(IN_PLACE);
    watch.signal(Signal::TERM);
    watch.end().exits(0);
    assert!(fs::read_to_string(&occupied).unwrap().contains("tuning"));
}

#[test]
fn a_signal_while_it_waits_or_fails_says_what_was_waited_for() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "portmap", "tuning"]);
    let watch = scratch.start(&["watch", "--plugin", TUNING, "--primary-timeout", "1s"]);
    let watch = watch.until("tried again after a change");
    watch.signal(Signal::INT);
    watch.end().exits(130).outcome("waiting").says(&["SIGINT", "no primary"]);
}
