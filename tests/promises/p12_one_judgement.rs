//! 12. One judgement: `install` never says ready over what `check`, run next on the same node, calls an error, whatever
//!     the run itself changed. And promise 2: a run that changes nothing asks nobody a second time.

use std::fs;
use std::process::Command;

use crate::support::{BIN, CHAIN, PROGRAM, Ran, Scratch, root_or_skip};

/// The plugin of the primary supports version 0.1.0 only: the runtime loads it, and every pod fails.
const PRIMARY: &str = r#"{"cniVersion":"0.4.0","name":"net","plugins":[{"type":"old-vnet"}]}"#;
const ANSWERS: &str = "run/cni-bootstrap/answers.json";

/// A running node, as far as the files tell. The plugins note how often they were asked.
fn node() -> Scratch {
    let scratch = Scratch::new().primary(PRIMARY).plugins(&["old-vnet", "tuning"]).file("asked", "");
    fs::create_dir_all(scratch.path("run/systemd/system")).unwrap();
    scratch
}

fn asked(scratch: &Scratch) -> u64 {
    fs::metadata(scratch.path("asked")).unwrap().len()
}

fn is_told(ran: Ran) {
    let ran = ran.exits(0).outcome("ready-with-problems");
    assert!(ran.findings().contains(&"plugin-cni-version".to_owned()), "{ran:?}");
}

#[test]
fn a_run_whose_predecessor_was_killed_behind_the_publication_judges_what_that_one_did_not() {
    if !root_or_skip("a run that asks plugins") {
        return;
    }
    let scratch = node();
    is_told(scratch.install(&[]));
    assert!(scratch.path("etc/cni/net.d").join(CHAIN).exists());
    // What a SIGKILL right behind the publication leaves: all is done, and nobody was asked.
    fs::remove_file(scratch.path(ANSWERS)).unwrap();
    is_told(scratch.install(&[]));
    let root = scratch.root();
    let check = Command::new(PROGRAM).args(["check", "--output", "json", "--host-root"]).arg(root).output();
    let check = Ran::of(check.unwrap()).exits(20);
    assert!(check.findings().contains(&"plugin-cni-version".to_owned()), "{check:?}");
}

#[test]
fn a_second_run_tells_the_same_and_asks_nobody() {
    if !root_or_skip("a run that asks plugins") {
        return;
    }
    let scratch = node();
    is_told(scratch.install(&[]));
    let (before, count) = (scratch.stamps(), asked(&scratch));
    assert!(count > 0, "no plugin was asked");
    is_told(scratch.install(&[]));
    is_told(scratch.install(&["--no-wait"]));
    assert_eq!(asked(&scratch), count);
    before.assert_same(&scratch.stamps());
    // Another file at the same path is asked itself. A dry run asks as well, and notes nothing.
    let plugin = scratch.path(BIN).join("old-vnet");
    assert!(Command::new("touch").arg(plugin).status().unwrap().success());
    let noted = fs::read(scratch.path(ANSWERS)).unwrap();
    let dry = scratch.install(&["--dry-run"]);
    assert!(dry.findings().contains(&"plugin-cni-version".to_owned()), "{dry:?}");
    assert_eq!((asked(&scratch), fs::read(scratch.path(ANSWERS)).unwrap()), (count + 1, noted));
    is_told(scratch.install(&[]));
    assert_eq!(asked(&scratch), count + 2);
    is_told(scratch.install(&[]));
    assert_eq!(asked(&scratch), count + 2);
}

#[test]
fn a_note_that_is_damaged_or_forged_by_another_file_counts_as_none() {
    if !root_or_skip("a run that asks plugins") {
        return;
    }
    let scratch = node();
    is_told(scratch.install(&[]));
    let good = r#"{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.4.0\"]}"#;
    let forged =
        format!(r#"{{"said":{{"/opt/cni/bin/old-vnet":{{"file":"1:2:3:4:5:755","words":"{good}"}}}}}}"#);
    for note in ["", "{", "[]", forged.as_str()] {
        fs::write(scratch.path(ANSWERS), note).unwrap();
        is_told(scratch.install(&[]));
    }
}
