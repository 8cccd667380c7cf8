//! The answers of the probes, as a table.

use std::time::Duration;

use super::*;
use crate::report::FailureCode;

const START: u64 = 10_000;

fn at(seconds: u64) -> Moment {
    Moment::since_boot(Duration::from_secs(seconds))
}

/// A node on which all is well at the start.
fn good() -> Health {
    Health {
        owner: "tuning".to_owned(),
        started: true,
        standing: Standing {
            in_place: true,
            asked: Some(at(START)),
            network_ready: Some(true),
            network: Some("azure".to_owned()),
            has_primary: true,
            restart_until: None,
        },
        state: State::Good,
        stale_after: Duration::from_secs(3600),
        proves: true,
        proven_at: Some(1_700_000_000),
        looked: at(START),
        ..Health::default()
    }
}

fn failed(code: FailureCode) -> State {
    State::Failed(Failure::new(code, "why", "what"))
}

type Edit = fn(&mut Health);

/// What happened, how many seconds after the start, and the answers of startup, ready and live.
const CASES: &[(&str, Edit, u64, [bool; 3])] = &[
    ("all is well", |_| (), 0, [true, true, true]),
    (
        "nothing was planned yet",
        |h| *h = Health { looked: at(START), ..Health::default() },
        0,
        [false, false, true],
    ),
    ("the loop is silent", |h| h.looked = at(START), 61, [true, true, false]),
    ("it looks, and the proof is three rescans old", |h| h.looked = at(START + 180), 180, [true, true, true]),
    ("it looks, and the proof is older", |h| h.looked = at(START + 181), 181, [true, false, true]),
    (
        "a restart has a deadline ahead",
        |h| h.standing.restart_until = Some(at(START + 180)),
        100,
        [true, true, true],
    ),
    (
        "a restart is over its deadline",
        |h| h.standing.restart_until = Some(at(START + 90)),
        100,
        [true, true, false],
    ),
    ("the runtime runs something else", |h| h.standing.in_place = false, 0, [true, false, true]),
    ("the network is not ready", |h| h.standing.network_ready = Some(false), 0, [true, false, true]),
    (
        "a pod fails for another reason",
        |h| h.state = State::Broken("no loopback".to_owned()),
        0,
        [true, false, true],
    ),
    (
        "the chain is published anew",
        |h| h.state = State::Busy { text: "x".to_owned(), chain: true },
        0,
        [true, false, true],
    ),
    (
        "something else is waited for",
        |h| h.state = State::Busy { text: "x".to_owned(), chain: false },
        0,
        [true, true, true],
    ),
    (
        "another program undoes the chain",
        |h| h.state = failed(FailureCode::ChangeUndone),
        0,
        [true, false, true],
    ),
    ("the chain is refused", |h| h.state = failed(FailureCode::PluginMissing), 0, [true, false, true]),
    (
        "no restart for a value of the config",
        |h| h.state = failed(FailureCode::ConfigNotPatchable),
        0,
        [true, true, true],
    ),
    (
        "a restart was rolled back",
        |h| h.state = failed(FailureCode::RestartRolledBack),
        0,
        [true, true, true],
    ),
    (
        "and the chain is not loaded",
        |h| {
            h.state = failed(FailureCode::RestartRolledBack);
            h.standing.in_place = false;
        },
        0,
        [true, false, true],
    ),
    ("the primary is gone for a while", |h| h.primary_gone = Some(at(START - 3599)), 0, [true, true, true]),
    ("the primary is gone for too long", |h| h.primary_gone = Some(at(START - 3600)), 0, [true, false, true]),
    (
        "files only, no proof",
        |h| {
            h.proves = false;
            (h.standing.asked, h.standing.network_ready) = (None, None);
        },
        0,
        [true, true, true],
    ),
    (
        "files only, and nobody looks",
        |h| {
            h.proves = false;
            h.standing.asked = None;
        },
        181,
        [true, false, false],
    ),
    ("no answer of the runtime", |h| h.standing.asked = None, 0, [true, false, true]),
];

#[test]
fn the_probes_say_what_a_pod_would_get() {
    for (what, edit, later, expected) in CASES {
        let mut health = good();
        edit(&mut health);
        let now = at(START + later);
        let verdicts = [health.startup(), health.ready(now), health.live(now)];
        assert_eq!(verdicts.each_ref().map(|verdict| verdict.yes), *expected, "{what}: {verdicts:?}");
        assert!(verdicts.iter().all(|verdict| !verdict.line.is_empty()), "{what}: {verdicts:?}");
        let intact = format!("chain_intact{{owner=\"{}\",network=", health.owner);
        let metrics = metrics(&health, now);
        let line = metrics.lines().find(|line| line.contains(&intact)).unwrap();
        assert_eq!(line.ends_with(" 1"), verdicts[1].yes, "{what}: {line}");
    }
}

#[test]
fn the_reason_names_the_code_and_what_is_wrong_with_the_events() {
    let mut health = Health { events: Some("no file events (too many open files)".to_owned()), ..good() };
    assert_eq!(
        health.ready(at(START)).line,
        "the runtime runs the chain; no file events (too many open files)"
    );
    health.state = failed(FailureCode::ChangeUndone);
    let line = health.ready(at(START)).line;
    assert_eq!(line, "change-undone: why: what; no file events (too many open files)");
}

#[test]
fn a_reason_is_one_line_without_secrets() {
    let text = "first\nsecond password=hunter2".to_owned();
    let health = Health { state: State::Broken(text), ..good() };
    let line = health.ready(at(START)).line;
    assert!(!line.contains('\n') && !line.contains("hunter2"), "{line}");
}

#[test]
fn what_nobody_asked_for_is_absent_and_not_zero() {
    let mut health = good();
    (health.proves, health.standing.asked, health.standing.network_ready) = (false, None, None);
    let text = metrics(&health, at(START));
    assert!(!text.contains("network_ready") && !text.contains("pods_without_chain"), "{text}");
}

#[test]
fn the_metrics_are_open_metrics_and_their_labels_are_escaped() {
    let mut health = Health { primary_gone: Some(at(START - 7)), pods_without_chain: Some(3), ..good() };
    health.owner = "a\"b\\c\nd".to_owned();
    health.counts.recompositions.insert(RecomposedFor::Removed, 2);
    (health.counts.restarts, health.counts.contention) = (1, 4);
    let text = metrics(&health, at(START));
    let labels = r#"owner="a\"b\\c\nd",network="azure""#;
    let version = env!("CARGO_PKG_VERSION");
    let expected = [
        format!("cni_bootstrap_build_info{{{labels},version=\"{version}\"}} 1"),
        format!("cni_bootstrap_chain_intact{{{labels}}} 1"),
        format!("cni_bootstrap_network_ready{{{labels}}} 1"),
        format!("cni_bootstrap_pods_without_chain{{{labels}}} 3"),
        format!("cni_bootstrap_primary_age_seconds{{{labels}}} 7"),
        format!("cni_bootstrap_last_proof_timestamp_seconds{{{labels}}} 1700000000"),
        format!("cni_bootstrap_restarts_total{{{labels}}} 1"),
        format!("cni_bootstrap_contention_total{{{labels}}} 4"),
        format!("cni_bootstrap_recompositions_total{{{labels},cause=\"removed\"}} 2"),
        format!("cni_bootstrap_recompositions_total{{{labels},cause=\"first\"}} 0"),
        "# UNIT cni_bootstrap_primary_age_seconds seconds".to_owned(),
    ];
    for line in expected {
        assert!(text.lines().any(|there| there == line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}
