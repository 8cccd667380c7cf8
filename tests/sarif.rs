//! SARIF 2.1.0 (OASIS), as far as this program writes it. The schema itself is not used. These are its rules for the
//! objects that occur, and requirements of readers: no other property, none missing, indices that point at their
//! rule, valid URI references, lines and columns from 1.

use std::process::Command;

use serde_json::Value;

/// An object: its required properties, and its optional ones.
type Shape = (&'static [&'static str], &'static [&'static str]);

const LOG: Shape = (&["$schema", "version", "runs"], &[]);
const RUN: Shape = (&["tool", "results", "columnKind", "invocations"], &[]);
const DRIVER: Shape = (&["name", "rules", "semanticVersion"], &[]);
const RULE: Shape = (&["id", "shortDescription", "defaultConfiguration"], &[]);
const INVOCATION: Shape = (&["executionSuccessful", "exitCode"], &["toolExecutionNotifications"]);
const RESULT: Shape = (&["ruleId", "ruleIndex", "level", "message", "locations"], &[]);
const LOCATION: Shape = (&[], &["physicalLocation", "logicalLocations"]);
const PHYSICAL: Shape = (&["artifactLocation"], &["region"]);
const REGION: Shape = (&["startLine", "startColumn"], &[]);
const LEVELS: &[&str] = &["none", "note", "warning", "error"];

fn has(value: &Value, (required, optional): Shape) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    for key in required {
        assert!(object.contains_key(*key), "{key} is missing: {value}");
    }
    for key in object.keys() {
        assert!(required.contains(&key.as_str()) || optional.contains(&key.as_str()), "{key}: {value}");
    }
}

fn text(value: &Value) {
    has(value, (&["text"], &[]));
    assert!(!value["text"].as_str().unwrap().is_empty(), "{value}");
}

fn level(value: &Value) {
    assert!(LEVELS.contains(&value.as_str().unwrap()), "{value}");
}

/// RFC 3986: an absolute `file` URI or a relative reference without a colon in its first part; with complete escapes.
fn uri(value: &Value) {
    let uri = value.as_str().unwrap();
    let path = uri.strip_prefix("file://").unwrap_or(uri);
    assert!(path.starts_with('/') == (path != uri) && !path.is_empty(), "{uri}");
    let (mut rest, unreserved) = (path, |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c));
    while let Some(next) = rest.chars().next() {
        let length = if next == '%' { 3 } else { 1 };
        let escape =
            rest.get(1..3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        assert!(unreserved(next) || (next == '%' && escape), "{uri}");
        rest = &rest[length..];
    }
}

/// Checks a log. Returns its run.
fn checked(log: &Value) -> &Value {
    has(log, LOG);
    assert_eq!((&log["version"], log["runs"].as_array().unwrap().len()), (&"2.1.0".into(), 1));
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let run = &log["runs"][0];
    has(run, RUN);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    has(&run["tool"], (&["driver"], &[]));
    let driver = &run["tool"]["driver"];
    has(driver, DRIVER);
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        has(rule, RULE);
        text(&rule["shortDescription"]);
        level(&rule["defaultConfiguration"]["level"]);
        assert_eq!(rules.iter().filter(|other| other["id"] == rule["id"]).count(), 1, "{rule}");
    }
    for invocation in run["invocations"].as_array().unwrap() {
        has(invocation, INVOCATION);
        assert!(invocation["executionSuccessful"].is_boolean() && invocation["exitCode"].is_u64());
        for notification in invocation["toolExecutionNotifications"].as_array().into_iter().flatten() {
            has(notification, (&["level", "message"], &[]));
            level(&notification["level"]);
            text(&notification["message"]);
        }
    }
    for result in run["results"].as_array().unwrap() {
        found(result, rules);
    }
    run
}

fn found(result: &Value, rules: &[Value]) {
    has(result, RESULT);
    level(&result["level"]);
    text(&result["message"]);
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], result["ruleId"]);
    for location in result["locations"].as_array().unwrap() {
        has(location, LOCATION);
        for logical in location["logicalLocations"].as_array().into_iter().flatten() {
            has(logical, (&["fullyQualifiedName", "kind"], &[]));
        }
        let Some(physical) = location.get("physicalLocation") else { continue };
        has(physical, PHYSICAL);
        has(&physical["artifactLocation"], (&["uri"], &[]));
        uri(&physical["artifactLocation"]["uri"]);
        if let Some(region) = physical.get("region") {
            has(region, REGION);
            assert!(region["startLine"].as_u64() >= Some(1) && region["startColumn"].as_u64() >= Some(1));
        }
    }
}

fn run(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"))
        .args(args)
        .args(["--output", "sarif"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn what_is_found_is_shown_by_the_rules() {
    let dir = tempfile::tempdir().unwrap();
    let odd = dir.path().join("ü : 100% \u{1b}.yaml");
    std::fs::write(
        &odd,
        "a: [\n---\nkind: Pod\nmetadata:\n  annotations: {cni.projectcalico.org/hwAddr: é}\n",
    )
    .unwrap();
    for (args, results) in [
        (&["lint", "examples"][..], 4),
        (&["lint", odd.to_str().unwrap()], 2),
        (&["check", "--host-root", "examples/calico-cgroup/host"], 1),
        (&["check", "--host-root", "examples/calico-not-initialized/host"], 1),
        (&["check", "--host-root", "examples/aks-antrea-empty/host"], 1),
    ] {
        let log = run(args);
        let run = checked(&log);
        assert_eq!(run["results"].as_array().unwrap().len(), results, "{args:?}");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    }
}

#[test]
fn a_run_that_came_to_nothing_does_not_look_like_one_that_found_nothing() {
    for args in [&["lint", "absent.yaml"][..], &["check", "--host-root", "/nowhere/at/all"]] {
        let log = run(args);
        let invocation = &checked(&log)["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_ne!(invocation["exitCode"], 0);
        assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    }
}
