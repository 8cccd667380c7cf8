//! The log has an event for each step of the loop, with fields that a program can read.

use std::process::Command;

use cni_bootstrap::node::Digest;
use serde_json::Value;

use crate::support::{PROGRAM, Ran, Scratch, TUNING};

/// The lines of the log with this event.
fn events<'a>(log: &'a [Value], name: &str) -> Vec<&'a Value> {
    log.iter().filter(|event| event["message"] == name).collect()
}

/// The log of a run, without its last line.
fn log(ran: &Ran) -> Vec<Value> {
    let lines = ran.stderr.lines().filter(|line| !line.starts_with("cni-bootstrap: "));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn install(scratch: &Scratch, level: &str, more: &[&str]) -> Ran {
    let mut command = Command::new(PROGRAM);
    command.args(["install", "--plugin", TUNING, "--runtime", "none", "--output", "json"]).args(more);
    command.args(["--log-format", "json", "--log-level", level, "--host-root"]).arg(scratch.root());
    Ran::of(command.output().unwrap())
}

#[test]
fn debug_has_an_event_for_each_step_of_a_run() {
    let ran = install(&Scratch::ready(), "debug", &[]).exits(0);
    let log = log(&ran);
    let steps = ["observed", "asked", "answered", "planned", "applied", "ended"];
    let told: Vec<&str> = log.iter().filter_map(|event| event["message"].as_str()).collect();
    for step in steps {
        assert!(told.contains(&step), "{step} is not in {told:?}");
    }
    let seen = events(&log, "observed");
    assert!(seen[0]["paths"].as_str().unwrap().contains("/etc/cni/net.d/10-azure.conflist"), "{:?}", seen[0]);
    // The next observation reports exactly what the run wrote as changed.
    assert!(seen.last().unwrap()["changed"].as_u64() < seen[0]["changed"].as_u64(), "{seen:?}");
    let asked: Vec<&Value> = events(&log, "asked").iter().map(|event| &event["question"]).collect();
    let answered: Vec<&Value> = events(&log, "answered").iter().map(|event| &event["question"]).collect();
    assert_eq!(asked, answered, "each question has its answer");
    let planned = events(&log, "planned");
    let steps: Vec<&str> = planned.iter().map(|event| event["steps"].as_str().unwrap()).collect();
    assert!(steps.iter().any(|steps| steps.split(' ').any(|step| step == "publish")), "{steps:?}");
    assert_eq!((steps.last(), &planned.last().unwrap()["outcome"]), (Some(&""), &"done".into()));
    assert_eq!(events(&log, "ended")[0]["end"], "done");
    assert!(log.iter().all(|event| event["level"] != "TRACE"));
}

#[test]
fn a_wait_tells_its_reason_and_the_end_its_code() {
    let scratch = Scratch::new().plugins(&["tuning"]);
    let ran = install(&scratch, "debug", &["--primary-timeout", "300ms"]).fails("no-primary");
    let log = log(&ran);
    let waiting = events(&log, "waiting");
    assert!(!waiting.is_empty() && waiting.iter().all(|event| event["kind"] == "Primary"), "{waiting:?}");
    assert!(waiting[0]["reason"].as_str().unwrap().contains("/etc/cni/net.d"), "{waiting:?}");
    assert_eq!(events(&log, "woke").len(), waiting.len());
    let last = events(&log, "planned").pop().unwrap();
    assert_eq!((&last["outcome"], &last["code"]), (&"fail".into(), &"no-primary".into()));
    assert_eq!(events(&log, "ended")[0]["code"], ran.report()["code"]);
}

#[test]
fn trace_has_the_hash_and_the_stamp_of_what_is_read_and_written() {
    let scratch = Scratch::ready();
    let ran = install(&scratch, "trace", &[]).exits(0);
    let log = log(&ran);
    let chain = Digest::of(&std::fs::read(scratch.chain()).unwrap()).to_string();
    let primary =
        Digest::of(&std::fs::read(scratch.path("etc/cni/net.d/10-azure.conflist")).unwrap()).to_string();
    let of = |name: &str, path: &str| -> Vec<&Value> {
        events(&log, name).into_iter().filter(|event| event["path"] == path).collect()
    };
    let read = of("file", "/etc/cni/net.d/10-azure.conflist");
    assert_eq!(read.len(), 1, "a file that stays as it is is told once: {read:?}");
    assert_eq!(read[0]["sha256"], primary.as_str());
    assert!(read[0]["stamp"].as_str().unwrap().contains("mtime"), "{read:?}");
    for name in ["change planned", "change applied", "file"] {
        let written = of(name, "/etc/cni/net.d/05-tuning.conflist");
        assert!(written.iter().any(|event| event["sha256"] == chain.as_str()), "{name}: {written:?}");
    }
}

#[test]
fn info_has_no_event_of_a_step() {
    let log = log(&install(&Scratch::ready(), "info", &[]).exits(0));
    let steps = ["observed", "asked", "answered", "planned", "applied", "ended", "file"];
    assert!(steps.iter().all(|step| events(&log, step).is_empty()), "{log:?}");
}
