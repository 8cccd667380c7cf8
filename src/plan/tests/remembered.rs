//! The record and the mark of a plan can be read again, and nothing is planned on an unreadable record.

use super::world::{at, refuses, words};
use super::{CONFIG, World};
use crate::node::{Before, LARGEST, RECORD_DIR, Record};
use crate::plan::{Goal, Outcome};
use crate::report::FailureCode;

const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";

/// A record of a future release, with today's spelling of the paths.
fn newer(chain: &str) -> String {
    format!(
        r#"{{"schema":"cni-bootstrap.record/3","owner":"tuning","paths":{{"{chain}":{{"kind":"chain"}}}}}}"#
    )
}

#[test]
fn while_the_chain_of_a_newer_release_stands_nothing_is_done() {
    for owner in ["tuning", "other"] {
        let record = format!("{RECORD_DIR}/{owner}.json");
        for named in [CHAIN, "/etc/cni/net.d/02-elsewhere.conflist"] {
            // Also if a restart would be due.
            let mut world = World::new().with(&record, &newer(named)).with(named, "{}").says(0, "");
            let plan = world.plan();
            assert_eq!(
                (words(&plan), matches!(plan.outcome, Outcome::KeptLastGood(_))),
                (vec![], true),
                "{plan:?}"
            );
            let codes: Vec<_> = plan.findings.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, ["record-of-newer-release"]);
            refuses(
                &world.without(named).plan(),
                if owner == "tuning" { FailureCode::RecordUnusable } else { FailureCode::OwnerUnknown },
            );
        }
    }
    let unlike = r#"{"schema":"cni-bootstrap.record/3","files":[]}"#;
    let mut world = World::new().with(&format!("{RECORD_DIR}/tuning.json"), unlike).says(1, "");
    refuses(&world.plan(), FailureCode::RecordUnusable);
    assert!(matches!(world.with(CHAIN, "{}").plan().outcome, Outcome::KeptLastGood(_)));
}

#[test]
fn uninstall_does_not_say_that_the_layer_of_a_newer_release_is_gone() {
    let record = format!("{RECORD_DIR}/tuning.json");
    let world = World::new().with(&record, &newer(CHAIN)).with(CHAIN, "{}").says(1, "");
    let sentence = refuses(
        &world.with_settings(|settings| settings.goal = Goal::Uninstall).plan(),
        FailureCode::RecordUnusable,
    )
    .to_string();
    assert!(sentence.contains("a newer release wrote it"), "{sentence}");
}

/// In a record a quotation mark needs two bytes.
#[test]
fn what_could_not_be_read_back_is_refused_before_the_first_change() {
    let config = World::new().text(CONFIG).unwrap().to_owned();
    let half = usize::try_from(LARGEST).unwrap() / 2;
    for filler in ["\"".repeat(half), "x".repeat(2 * half - 500)] {
        let large = format!("{config}#{filler}\n");
        let mut world = World::new().with(CONFIG, &large).says(0, "");
        let sentence = refuses(&world.plan(), FailureCode::RecordTooLarge).to_string();
        assert!(sentence.contains("tuning.json would have"), "{sentence}");
    }
    // If the changes fit, each record is small enough to be read.
    let (world, _) =
        World::new().with(CONFIG, &format!("{config}{}", "#1234567\n".repeat(1000))).says(0, "").applied();
    let record = world.node.records().remove("tuning").unwrap().unwrap();
    assert!(matches!(&record.paths[CONFIG].before, Before::Bytes(bytes) if bytes.len() > 9000));
}

#[test]
fn what_a_record_may_not_name_is_not_written() {
    let host = |settings: &mut crate::plan::Settings| settings.conf_dir = Some(at("/etc/sysctl.d"));
    let mut world = World::new().says(1, "").with_settings(host).with_settings(|settings| {
        settings.primary_dir = Some(at("/etc/cni/net.d"));
        settings.output_file = Some("05-tuning.conf".to_owned());
    });
    world.node.dirs.insert(at("/etc/sysctl.d"), world.node.dirs[&at("/etc/containerd")].clone());
    let plan = world.plan();
    assert!(
        refuses(&plan, FailureCode::OutputFileInvalid).to_string().contains("05-tuning.conf"),
        "{plan:?}"
    );
}

#[test]
fn a_record_of_0_1_0_is_left_until_there_is_something_to_write() {
    let old = |world: &World| {
        let record = world.node.records().remove("tuning").unwrap().unwrap();
        let text = String::from_utf8(record.bytes()).unwrap();
        text.replace("record/2", "record/1")
            .replace("  \"runtime\": \"containerd\",\n", "")
            .replace(",\n  \"runtime\": \"containerd\"\n", "\n")
    };
    let world = World::published();
    let path = format!("{RECORD_DIR}/tuning.json");
    let before = old(&world);
    assert!(!before.contains("runtime") && Record::read(before.as_bytes()).is_ok());
    let chain = super::chain_of(&world);
    let mut world = world.with(&path, &before).says(1, &chain);
    assert_eq!(words(&world.plan()), [""; 0]);
    let (world, done) = world.without(CHAIN).says(1, "").applied();
    assert_eq!(done[0], "publish 05-tuning.conflist");
    let again = world.text(&path).unwrap();
    assert!(again == before, "it names all that is written already");
    let (world, _) = world.says(0, "").applied();
    assert!(world.text(&path).unwrap().contains("cni-bootstrap.record/2"));
}
