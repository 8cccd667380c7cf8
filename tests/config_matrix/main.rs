//! Shapes of config files x real containerd releases; the judge is each release's own `containerd config dump`.
//!
//! A cell passes if the desired values are effective, all other effective values are unchanged, all other lines are
//! in their place, a second patch makes no edit, and rolling back restores every byte; or if the
//! shape's table expects a refusal. The matrix is printed to standard error.
//!
//! The binaries are those of `target/node-roots/*`, else Debian's packages, fetched once into `target/containerds`; and
//! those in the directories of `CNI_BOOTSTRAP_CONTAINERD` (separated by spaces), such as an unpacked release archive. A
//! release that is not available is named and skipped.

#![allow(clippy::disallowed_methods, clippy::print_stderr, clippy::unwrap_used)]

mod binaries;
mod case;
mod dump;
mod recipes;
mod shapes;

use std::fmt::Write as _;
use std::io::Write as _;

use binaries::Containerd;
use case::{Outcome, run};
use cni_bootstrap::containerd::RuntimeConfig;
use shapes::Shape;

/// All values different from their defaults.
fn everything() -> RuntimeConfig {
    RuntimeConfig {
        max_conf_num: Some(7),
        conf_template: Some("/etc/containerd/t.template".to_owned()),
        systemd_cgroup: Some(true),
        sandbox_image: Some("example.test/pause:9".to_owned()),
        enable_cri: true,
    }
}

/// The values that a plain chain needs.
fn plain() -> RuntimeConfig {
    RuntimeConfig {
        max_conf_num: Some(1),
        conf_template: Some(String::new()),
        enable_cri: true,
        ..RuntimeConfig::default()
    }
}

#[test]
fn every_shape_on_every_release() {
    let releases = binaries::find();
    let shapes = shapes::all();
    let columns: Vec<Vec<(String, Vec<String>)>> = std::thread::scope(|scope| {
        let column = |containerd| {
            let shapes = &shapes;
            scope.spawn(move || shapes.iter().map(|shape| cell(shape, containerd)).collect())
        };
        let threads: Vec<_> = releases.iter().map(column).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut table = format!("{:<34}", "shape: every key / plain chain");
    let mut failures = Vec::new();
    for containerd in releases {
        write!(table, "{:<18}", containerd.release.to_string()).unwrap();
    }
    for (row, shape) in shapes.iter().enumerate() {
        write!(table, "\n{:<34}", shape.name).unwrap();
        for (column, containerd) in columns.iter().zip(releases) {
            let (cell, failed) = &column[row];
            write!(table, "{cell:<18}").unwrap();
            failures
                .extend(failed.iter().map(|why| format!("{} on {}: {why}", shape.name, containerd.release)));
        }
    }
    // Not printed by println!: the matrix must be visible for a passing test too.
    std::io::stderr().write_all(format!("\n{table}\n").as_bytes()).unwrap();
    assert!(failures.is_empty(), "{} cells:\n{}", failures.len(), failures.join("\n"));
}

fn cell(shape: &Shape, containerd: &Containerd) -> (String, Vec<String>) {
    let expected = shape.expected(containerd.release);
    let mut failures = Vec::new();
    let full = run(shape, containerd, &RuntimeConfig { enable_cri: !shape.keep_disabled, ..everything() });
    let small = run(shape, containerd, &RuntimeConfig { enable_cri: !shape.keep_disabled, ..plain() });
    let shown = |outcome: &Result<Outcome, String>| match outcome {
        Ok(Outcome::Patched) => "pass",
        Ok(Outcome::Kept) => "keep",
        Ok(Outcome::Refused(_)) => "refused",
        Err(_) => "FAIL",
    };
    match (&full, expected) {
        (Ok(Outcome::Patched | Outcome::Kept), "pass") => {}
        (Ok(Outcome::Refused(sentence)), reason) if reason != "pass" && sentence.contains(reason) => {}
        (Ok(Outcome::Refused(sentence)), _) => {
            failures.push(format!("refused ({sentence}), expected {expected:?}"));
        }
        (Ok(_), _) => failures.push(format!("not refused, expected {expected:?}")),
        (Err(why), _) => failures.push(why.clone()),
    }
    match &small {
        Ok(Outcome::Refused(sentence)) if expected == "pass" => {
            failures.push(format!("plain chain refused: {sentence}"));
        }
        Ok(_) => {}
        Err(why) => failures.push(format!("plain chain: {why}")),
    }
    (format!("{}/{}", shown(&full), shown(&small)), failures)
}
