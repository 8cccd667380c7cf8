//! Several owners on one node are layers over one primary: the chain is a function of the set of layers.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{BIN, CONF, PRIMARY, RECORDS, Scratch};

const OWNERS: [&str; 3] = ["bandwidth", "sbr", "vrf"];

fn ready() -> Scratch {
    Scratch::ready().plugins(&OWNERS)
}

fn plugin(owner: &str) -> String {
    format!(r#"{{"type":"{owner}"}}"#)
}

fn install(scratch: &Scratch, owner: &str, more: &[&str]) -> crate::support::Ran {
    let binary = format!("own-{owner}={}", scratch.plugin_input(&format!("own-{owner}")));
    let plugin = plugin(owner);
    scratch.run(&[&["install", "--plugin", &plugin, "--install-bin", &binary], more].concat())
}

fn uninstall(scratch: &Scratch, owner: &str) -> crate::support::Ran {
    scratch.run(&["uninstall", "--owner", owner])
}

/// The files of the conf dir, and the names in the plugin directory.
fn network(scratch: &Scratch) -> (BTreeMap<String, String>, Vec<String>) {
    let mut names = scratch.names(BIN);
    names.sort();
    (scratch.texts(CONF), names)
}

/// A node on which only these owners ever ran, in byte order.
fn only(owners: &[&str]) -> (BTreeMap<String, String>, Vec<String>) {
    let scratch = ready();
    for owner in owners {
        install(&scratch, owner, &[]).exits(0);
    }
    network(&scratch)
}

#[test]
fn any_order_of_installs_and_uninstalls_ends_in_the_same_bytes() {
    let all = only(&OWNERS);
    let types = ["azure-vnet", "portmap", "bandwidth", "sbr", "vrf"].map(|name| format!("\"{name}\""));
    let places: Vec<_> =
        types.iter().map(|name| all.0["05-bandwidth.conflist"].find(name).unwrap()).collect();
    assert!(places.is_sorted(), "the layers stand in byte order of the owners: {all:?}");
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let scratch = ready();
        for owner in order {
            install(&scratch, OWNERS[owner], &[]).exits(0).outcome("ready");
        }
        assert_eq!(network(&scratch), all, "{order:?}");
        let before = scratch.stamps();
        for owner in OWNERS {
            install(&scratch, owner, &[]).exits(0).outcome("unchanged");
        }
        before.assert_same(&scratch.stamps());
        let mut left: Vec<&str> = OWNERS.to_vec();
        for owner in order {
            uninstall(&scratch, OWNERS[owner]).exits(0).outcome("removed");
            left.retain(|name| *name != OWNERS[owner]);
            assert_eq!(network(&scratch), only(&left), "{order:?} without {}", OWNERS[owner]);
        }
        assert_eq!(scratch.names(RECORDS), [""; 0]);
    }
}

#[test]
fn check_finds_nothing_wrong_with_a_chain_that_another_owner_wrote() {
    let scratch = ready();
    for owner in ["vrf", "bandwidth"] {
        install(&scratch, owner, &[]).exits(0);
    }
    let of_chain = |scratch: &Scratch| {
        let root = scratch.root();
        let words = ["check", "--host-root", root.to_str().unwrap(), "--output", "json"];
        let checked = std::process::Command::new(crate::support::PROGRAM).args(words).output().unwrap();
        let mut found = crate::support::Ran::of(checked).findings();
        found.retain(|code| code.starts_with("chain-"));
        found
    };
    assert_eq!(of_chain(&scratch), [""; 0]);
    // A third program's write is still found, once for each owner.
    let path = scratch.path(CONF).join("05-bandwidth.conflist");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("azure-vnet-ipam", "host-local")).unwrap();
    assert_eq!(of_chain(&scratch), ["chain-altered"; 2]);
    install(&scratch, "vrf", &[]).exits(0);
    assert_eq!(of_chain(&scratch), [""; 0]);
}

#[test]
fn a_primary_that_changes_is_followed_by_whoever_runs() {
    for owner in OWNERS {
        let scratch = ready();
        for owner in OWNERS {
            install(&scratch, owner, &[]).exits(0);
        }
        let scratch = scratch.primary(PRIMARY.replace("transparent", "bridge"));
        install(&scratch, owner, &[]).exits(0).outcome("ready");
        let chain = &scratch.texts(CONF)["05-bandwidth.conflist"];
        assert!(chain.contains("\"bridge\""), "{chain}");
        assert!(OWNERS.iter().all(|name| chain.contains(&format!("\"{name}\""))), "{chain}");
    }
}

type Words = &'static [&'static str];

#[test]
fn what_two_owners_cannot_both_have_is_5_and_names_the_other() {
    let cases: [(Words, Words, &str, Words); 5] = [
        (
            &["--output-file", "04-a.conflist"],
            &["--output-file", "03-b.conflist"],
            "owners-disagree",
            &["04-a.conflist", "03-b.conflist"],
        ),
        (
            &["--sandbox-image", "pause:1"],
            &["--sandbox-image", "pause:2"],
            "owners-disagree",
            &["pause:1", "pause:2"],
        ),
        (&["--max-conf-num", "2"], &[], "owners-disagree", &["max_conf_num = 2", "max_conf_num = 1"]),
        (
            &["--primary", "10-azure.conflist"],
            &["--primary", "20-other.conflist"],
            "owners-disagree",
            &["10-azure.conflist", "20-other.conflist"],
        ),
        (&[], &["--plugin", r#"{"type":"bandwidth"}"#], "plugin-runs-twice", &["\"bandwidth\""]),
    ];
    for (first, second, code, words) in cases {
        let scratch = ready().conf("20-other.conflist", PRIMARY.replace("azure\"", "other\""));
        install(&scratch, "bandwidth", first).exits(0);
        let before = scratch.stamps();
        let second = [&["--owner", "vrf"], second].concat();
        install(&scratch, "vrf", &second).fails(code).says(&["\"bandwidth\"", "\"vrf\""]).says(words);
        before.assert_same(&scratch.stamps());
        // The first owner goes on as before.
        install(&scratch, "bandwidth", first).exits(0).outcome("unchanged");
    }
}

/// What one owner names holds for all.
#[test]
fn a_name_of_the_file_or_of_the_primary_that_one_owner_gives_is_everybody_s() {
    for named_first in [false, true] {
        let scratch = ready().conf("08-other.conflist", PRIMARY.replace("azure\"", "other\""));
        let named: &[&str] = &["--output-file", "04-all.conflist", "--primary", "10-azure.conflist"];
        let order = if named_first { ["vrf", "bandwidth"] } else { ["bandwidth", "vrf"] };
        for owner in order {
            install(&scratch, owner, if owner == "vrf" { named } else { &[] }).exits(0);
        }
        let files: Vec<String> = scratch.texts(CONF).into_keys().collect();
        assert_eq!(files, ["04-all.conflist", "08-other.conflist", "10-azure.conflist"]);
        assert!(scratch.texts(CONF)["04-all.conflist"].contains("\"azure\""));
        // Without it the other owner's own rules hold again.
        uninstall(&scratch, "vrf").exits(0);
        let chain = &scratch.texts(CONF)["05-bandwidth.conflist"];
        assert!(chain.contains("\"other\""), "{chain}");
    }
}

#[test]
fn a_record_of_0_1_0_is_one_of_the_layers() {
    let scratch = ready();
    install(&scratch, "vrf", &[]).exits(0);
    let record = scratch.path(RECORDS).join("vrf.json");
    let text = fs::read_to_string(&record).unwrap();
    let mut old: serde_json::Value = serde_json::from_str(&text.replace("record/2", "record/1")).unwrap();
    old.as_object_mut().unwrap().remove("runtime");
    fs::write(&record, old.to_string()).unwrap();
    install(&scratch, "bandwidth", &[]).exits(0);
    assert_eq!(network(&scratch), only(&["bandwidth", "vrf"]));
    install(&scratch, "vrf", &[]).exits(0).outcome("unchanged");
    uninstall(&scratch, "bandwidth").exits(0);
    assert_eq!(network(&scratch), only(&["vrf"]));
}

#[test]
fn nothing_is_done_to_a_chain_that_a_newer_release_may_share() {
    let scratch = ready();
    for owner in OWNERS {
        install(&scratch, owner, &[]).exits(0);
    }
    let record = scratch.path(RECORDS).join("sbr.json");
    let text = fs::read_to_string(&record).unwrap();
    fs::write(&record, text.replace("record/2", "record/9")).unwrap();
    let before = scratch.stamps();
    for ran in [install(&scratch, "vrf", &["--position", "first"]), uninstall(&scratch, "vrf")] {
        ran.exits(0).outcome("unchanged").finds("record-of-newer-release");
    }
    uninstall(&scratch, "sbr").fails("record-unusable");
    before.assert_same(&scratch.stamps());
    fs::write(&record, text).unwrap();
    uninstall(&scratch, "vrf").exits(0);
    assert_eq!(network(&scratch), only(&["bandwidth", "sbr"]));
}

/// A damaged record: nobody knows what its owner has in the chain.
#[test]
fn a_damaged_record_of_an_owner_in_the_chain_is_5_for_the_others() {
    let scratch = ready();
    for owner in OWNERS {
        install(&scratch, owner, &[]).exits(0);
    }
    fs::write(scratch.path(RECORDS).join("sbr.json"), "{").unwrap();
    let before = scratch.stamps();
    install(&scratch, "vrf", &["--position", "first"]).fails("owner-unknown").says(&["sbr.json"]);
    uninstall(&scratch, "bandwidth").fails("owner-unknown").says(&["sbr.json"]);
    before.assert_same(&scratch.stamps());
}

/// Whoever brought it: a binary stays as long as an owner needs it, and goes with the last.
#[test]
fn a_binary_of_several_owners_goes_with_the_last() {
    for first_leaves in [false, true] {
        let scratch = ready();
        let helper = format!("helper={}", scratch.plugin_input("helper"));
        let owners = ["bandwidth", "vrf"];
        for owner in owners {
            install(&scratch, owner, &["--install-bin", &helper]).exits(0);
        }
        let order = if first_leaves { owners } else { [owners[1], owners[0]] };
        uninstall(&scratch, order[0]).exits(0);
        assert!(scratch.path(BIN).join("helper").exists());
        uninstall(&scratch, order[1]).exits(0);
        assert!(!scratch.path(BIN).join("helper").exists());
        assert_eq!(network(&scratch), only(&[]));
    }
}

/// The chain on disk does not tell which plugins of the primary a layer replaced, so only the primary gives the others'.
#[test]
fn who_leaves_while_the_primary_is_gone_leaves_all_as_it_is() {
    let scratch = ready();
    for owner in ["bandwidth", "sbr"] {
        install(&scratch, owner, &[]).exits(0);
    }
    let primary = scratch.path(CONF).join(crate::support::AZURE);
    for (damage, code) in [(None, "no-primary"), (Some("{"), "primary-invalid")] {
        match damage {
            None => fs::remove_file(&primary).unwrap(),
            Some(bytes) => fs::write(&primary, bytes).unwrap(),
        }
        let before = (network(&scratch), scratch.texts(RECORDS));
        let ran = uninstall(&scratch, "bandwidth");
        ran.fails(code).says(&["nothing is undone yet"]);
        assert_eq!((network(&scratch), scratch.texts(RECORDS)), before, "{code}");
    }
    fs::write(&primary, PRIMARY).unwrap();
    uninstall(&scratch, "bandwidth").exits(0).outcome("removed");
    assert_eq!(network(&scratch), only(&["sbr"]));
}

/// Runs are killed at any moment, then every owner runs once: the end is the same.
#[test]
fn killed_runs_of_any_owner_end_as_if_they_had_not_been() {
    let all = only(&OWNERS);
    let scratch = ready();
    for round in 0..24_u64 {
        let owner = OWNERS[usize::try_from(round % 3).unwrap()];
        let plugin = plugin(owner);
        let words: &[&str] = match round % 4 {
            3 => &["uninstall", "--owner", owner],
            _ => &["install", "--plugin", &plugin],
        };
        let running = scratch.start(words);
        std::thread::sleep(Duration::from_micros(500 * round));
        running.signal(Signal::KILL);
        drop(running);
        for name in scratch.texts(CONF).into_values() {
            serde_json::from_str::<serde_json::Value>(&name).expect("whole");
        }
        if round % 6 == 5 {
            for owner in ["sbr", "vrf", "bandwidth"] {
                install(&scratch, owner, &[]).exits(0);
            }
            assert_eq!(network(&scratch), all, "{round}");
        }
    }
}
