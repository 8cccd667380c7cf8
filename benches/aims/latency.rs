//! The time from the last byte of the primary to the published chain.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStderr, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::scratch::{PRIMARY, Scratch};

/// The interval of checking for the chain, which is the precision of the clock. Sleeping in between leaves the
/// processor to the program.
const GRAIN: Duration = Duration::from_micros(50);

pub(crate) fn measure(program: &Path, place: &Path, trials: u32) -> Figures {
    Figures::of((0..trials).map(|at| trial(program, place, at)).collect())
}

fn trial(program: &Path, place: &Path, at: u32) -> Duration {
    let scratch = Scratch::new(place);
    let (first, rest) = PRIMARY.split_at(PRIMARY.len() / 2);
    let mut primary = fs::File::create(scratch.primary()).unwrap();
    primary.write_all(first.as_bytes()).unwrap();
    let mut child = scratch.install(program).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    wait_for_line(&mut log, "ends in the middle");
    // At a varying moment between two polls, so that polls do not help.
    sleep(Duration::from_millis(u64::from(20 + at * 7 % 60)));

    let began = Instant::now();
    primary.write_all(rest.as_bytes()).unwrap();
    drop(primary);
    let took = appears(&scratch.chain(), began);

    let mut told = String::new();
    std::io::Read::read_to_string(&mut log, &mut told).unwrap();
    assert!(child.wait().unwrap().success(), "install failed:\n{told}");
    took
}

/// Waits until the file exists; a minute at most.
pub(crate) fn appears(path: &Path, began: Instant) -> Duration {
    while fs::symlink_metadata(path).is_err() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} did not appear", path.display());
        sleep(GRAIN);
    }
    began.elapsed()
}

fn wait_for_line(log: &mut BufReader<ChildStderr>, what: &str) {
    let mut seen = String::new();
    let mut line = String::new();
    while log.read_line(&mut line).unwrap() > 0 {
        if line.contains(what) {
            return;
        }
        seen.push_str(&line);
        line.clear();
    }
    panic!("install never said {what:?}:\n{seen}");
}
