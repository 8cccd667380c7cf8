//! What the message of a failed restart says about the files on disk is so.

use super::restart::asked_here;
use super::world::{fails, status};
use super::{CONFIG, SECOND, World};
use crate::plan::restart::once::RETRIES;
use crate::report::FailureCode;

const SOMEBODY_ELSES: &str =
    "/etc/containerd/config.toml has bytes that another program wrote since, and stays as it is";

/// The restart failed, and a run begins with these bytes in the config file.
fn failed(text: &str, retries: u32) -> World {
    let (world, _) = asked_here(World::marked(), Some("its job failed")).incarnation(2).silent().applied();
    let (world, _) = world.later(SECOND).incarnation(3).says_status(status(0, "")).applied();
    let mut attempt = world.attempt();
    attempt.retries = retries;
    let bytes = String::from_utf8(attempt.bytes()).unwrap();
    world.with(crate::node::ATTEMPT_FILE, &bytes).with(CONFIG, text).says_status(status(0, ""))
}

#[test]
fn a_config_that_somebody_overwrote_is_not_called_rolled_back() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let as_before = failed(&before, RETRIES).plan();
    let sentence = &fails(&as_before, FailureCode::RestartsExhausted).sentence;
    assert!(sentence.contains("restarts failed and were rolled back"), "{sentence}");
    let theirs = failed(&format!("{before}# theirs\n"), RETRIES).plan();
    let sentence = &fails(&theirs, FailureCode::RestartsExhausted).sentence;
    assert!(sentence.ends_with(SOMEBODY_ELSES) && !sentence.contains("rolled back"), "{sentence}");
}

/// The rollback itself finds the bytes of another program.
#[test]
fn a_rollback_that_found_somebody_else_s_bytes_says_so() {
    let before = World::new().text(CONFIG).unwrap().to_owned();
    let (world, _) = asked_here(World::marked(), Some("its job failed")).incarnation(2).silent().applied();
    let theirs = world.with(CONFIG, &format!("{before}# theirs\n")).later(SECOND);
    let plan = theirs.incarnation(3).says_status(status(0, "")).plan();
    let sentence = &fails(&plan, FailureCode::RestartRolledBack).sentence;
    assert!(sentence.contains(&format!("; it is up; {SOMEBODY_ELSES}")), "{sentence}");
    assert!(!sentence.contains("rolled back") && !sentence.contains("as before"), "{sentence}");
}
