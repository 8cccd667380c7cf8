//! Configs with which containerd fails or comes up, each *started* on containerd 1.6, 1.7 and 2.1, and compared with
//! the program's verdict.
//!
//! A row must not be judged to come up if CRI does not answer, nor to fail if CRI answers. The rows are in `rows/`:
//! `== NAME: fails 1.6, up 1.7 2.1`, the config, and more files, each after `> /its/path`. The counts are printed to
//! standard error. By default one row of each section is started on each release; all rows with
//! `CNI_BOOTSTRAP_LONG=1`. The test needs root and the roots of `tests/node`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod row;
mod start;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use cni_bootstrap::containerd::Judgement;
use cni_bootstrap::host::Root;
use cni_bootstrap::node::Release;
use row::Row;
use start::{Outcome, Prepared, Version};

/// Not printed by `eprintln!`: the line must be visible for passing tests too.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The cached roots of the node tests; `None` if this machine cannot have them.
fn roots() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/roots.sh");
    let made = Command::new(script).stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    match made.status.code() {
        Some(0) => Some(PathBuf::from(String::from_utf8(made.stdout).unwrap().trim_end())),
        Some(77) if std::env::var("CNI_BOOTSTRAP_NODE").as_deref() != Ok("required") => None,
        code => panic!("tests/node/roots.sh: {code:?}"),
    }
}

/// One start, and the verdict before it.
struct Cell {
    row: String,
    is_defect: bool,
    version: Version,
    expected: bool,
    verdict: Judgement,
    dump_accepts: bool,
    outcome: Outcome,
    log: String,
}

impl Cell {
    fn of(row: &Row, version: Version, roots: &Path, release: Release) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (files, log) = (dir.path().join("files"), dir.path().join("log"));
        row.write_below(&files);
        let prepared = Prepared::new(roots, version, &files, &log);
        let verdict = verdict::of(&Root::open(&prepared.root()).unwrap(), release);
        let (dump_accepts, outcome) = prepared.start(row.socket());
        Self {
            row: row.name.clone(),
            is_defect: row.is_defect(),
            version,
            expected: row.comes_up[&version],
            verdict,
            dump_accepts,
            outcome,
            log: std::fs::read_to_string(log).unwrap(),
        }
    }

    /// The difference between verdict and start, if there is one.
    fn failure(&self) -> Option<String> {
        let came_up = self.outcome == Outcome::ComesUp;
        let why = match (&self.verdict, came_up) {
            _ if came_up != self.expected => "the row says otherwise".to_owned(),
            (Judgement::ComesUp, false) => "judged to come up".to_owned(),
            (Judgement::Fails(refusals), true) => format!("refused: {}", refusals[0]),
            (Judgement::NotJudged(why), _) => format!("not judged: {why}"),
            (Judgement::ComesUp, true) | (Judgement::Fails(_), false) => return None,
        };
        let log: Vec<&str> = self.log.lines().filter(|line| !line.contains("level=info")).collect();
        let last = log.iter().rev().find(|line| line.contains("cri")).or(log.last()).unwrap_or(&"");
        Some(format!("{} on {}: {:?}, {why}\n    {last}", self.row, self.version.name(), self.outcome))
    }
}

/// The rows to start on each release: all, or one of each section.
fn chosen(rows: &[Row]) -> Vec<(&Row, Version)> {
    let is_long = std::env::var("CNI_BOOTSTRAP_LONG").is_ok_and(|value| value == "1");
    let only = std::env::var("CNI_BOOTSTRAP_DEFECTS").unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::new();
    for row in rows.iter().filter(|row| row.name.contains(&only)) {
        for version in row.comes_up.keys() {
            if is_long || !only.is_empty() || seen.insert((&row.section, version)) {
                chosen.push((row, *version));
            }
        }
    }
    chosen
}

#[test]
fn every_config_is_judged_as_a_start_turns_out() {
    let rows = row::all();
    let Some(roots) = roots() else {
        say("defects: SKIPPED, NOT TESTED: this machine cannot have the roots of tests/node");
        return;
    };
    let releases: BTreeMap<Version, Release> =
        Version::ALL.into_iter().map(|version| (version, version.release(&roots))).collect();
    let chosen = chosen(&rows);
    let (next, cells) = (Mutex::new(chosen.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4) {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().unwrap().next();
                    let Some((row, version)) = taken else { break };
                    let cell = Cell::of(row, *version, &roots, releases[version]);
                    cells.lock().unwrap().push(cell);
                }
            });
        }
    });
    let mut cells = cells.into_inner().unwrap();
    cells.sort_by_key(|cell| (cell.row.clone(), cell.version));
    say(&counts(&rows, &cells, &releases));
    let failures: Vec<String> = cells.iter().filter_map(Cell::failure).collect();
    assert!(failures.is_empty(), "{} of {} starts:\n{}", failures.len(), cells.len(), failures.join("\n"));
}

fn counts(rows: &[Row], cells: &[Cell], releases: &BTreeMap<Version, Release>) -> String {
    let defects = rows.iter().filter(|row| row.is_defect()).count();
    let mut text = format!("defects: {defects} defects, {} good configs", rows.len() - defects);
    for (version, release) in releases {
        let here: Vec<&Cell> = cells.iter().filter(|cell| cell.version == *version).collect();
        let count = |keep: &dyn Fn(&Cell) -> bool| here.iter().filter(|cell| keep(cell)).count();
        let fails = |cell: &Cell| cell.outcome != Outcome::ComesUp;
        let refused = |cell: &Cell| matches!(cell.verdict, Judgement::Fails(_));
        write!(
            text,
            "\ndefects: containerd {release}: {} started; {} without CRI ({} ended), of which config dump accepts {} and \
             the judge refuses {}; {} came up ({} of them with a defect of another release), refused {}",
            here.len(),
            count(&fails),
            count(&|cell| cell.outcome == Outcome::ParseExit),
            count(&|cell| fails(cell) && cell.dump_accepts),
            count(&|cell| fails(cell) && refused(cell)),
            count(&|cell| !fails(cell)),
            count(&|cell| !fails(cell) && cell.is_defect),
            count(&|cell| !fails(cell) && refused(cell)),
        )
        .unwrap();
    }
    text
}

/// The required size of the table.
#[test]
fn the_table_is_large_enough() {
    let rows = row::all();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "two rows have one name");
    let defects = rows.iter().filter(|row| row.is_defect()).count();
    assert!(defects >= 80, "{defects} defects");
    let good = rows.len() - defects;
    assert!(good >= 60, "{good} good configs");
    for version in Version::ALL {
        let fail = rows.iter().filter(|row| row.comes_up.get(&version) == Some(&false)).count();
        assert!(fail >= 40, "{fail} defects of {}", version.name());
    }
}
