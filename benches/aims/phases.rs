//! The phases of a run with a restart, from the events of its debug log.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::ChildStderr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::figures::Figures;

const DAY: Duration = Duration::from_secs(86_400);

/// A time of the day. A span between two of them is shorter than a day, so midnight does no harm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Duration);

impl Clock {
    pub(crate) fn now() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self(Duration::new(now.as_secs() % DAY.as_secs(), now.subsec_nanos()))
    }

    /// The time when a file got its name: `rename` sets the change time (ext4).
    pub(crate) fn of_file(path: &Path) -> Self {
        let meta = std::fs::metadata(path).unwrap();
        let seconds = u64::try_from(meta.ctime()).unwrap() % DAY.as_secs();
        Self(Duration::new(seconds, meta.ctime_nsec().try_into().unwrap()))
    }

    /// Reads the time of a log's timestamp, `2026-01-02T15:04:05.678901Z`.
    fn read(timestamp: &str) -> Self {
        let time = timestamp.split_once('T').unwrap().1.trim_end_matches('Z');
        let parts: Vec<f64> = time.split(':').map(|part| part.parse().unwrap()).collect();
        Self(Duration::from_secs_f64(parts[0] * 3600.0 + parts[1] * 60.0 + parts[2]))
    }

    /// The time from `earlier` to this; zero where the two clocks' precision turns them around.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let span = (self.0 + DAY).saturating_sub(earlier.0);
        let span = span.checked_sub(DAY).unwrap_or(span);
        if span > DAY / 2 { Duration::ZERO } else { span }
    }
}

/// The debug log of a run, read as it is written.
pub(crate) struct Log {
    lines: Receiver<Value>,
    seen: Vec<Value>,
}

impl Log {
    pub(crate) fn of(stderr: ChildStderr) -> Self {
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        Self { lines, seen: Vec::new() }
    }

    /// Waits until the program waits for the primary with nothing else in hand.
    pub(crate) fn wait_for_the_primary(&mut self) {
        while let Ok(event) = self.lines.recv() {
            let waits = event["message"] == "waiting" && event["kind"] == "Primary";
            self.seen.push(event);
            if waits {
                return;
            }
        }
        panic!("install ended before the primary came: {:#?}", self.seen);
    }

    /// All events; returns when the program has ended.
    fn events(mut self) -> Vec<Value> {
        self.seen.extend(self.lines);
        self.seen
    }
}

/// The phases of one gap, in order; their sum is the gap.
pub(crate) struct Phases([Duration; 5]);

const NAMES: [&str; 5] = [
    "beginning to plan: looks and asks",
    "plan to restart: record, mark, timer, config",
    "the runtime's downtime",
    "its answer to the published chain",
    "the published chain to the loaded one",
];

impl Phases {
    /// `gap` has the ends of the gap. `None` if the run did not restart the runtime.
    pub(crate) fn of(log: Log, gap: (Clock, Clock), published: Clock, downtime: Duration) -> Option<Self> {
        let events = log.events();
        let has_restarted = |event: &Value| {
            let changes = event["changes"].as_str().unwrap_or_default();
            event["message"] == "applied" && changes.split(' ').any(|change| change == "restart")
        };
        let restart = events.iter().position(has_restarted)?;
        let at = |event: &Value| Clock::read(event["timestamp"].as_str().unwrap());
        let planned = at(events[..restart].iter().rfind(|event| event["message"] == "planned")?);
        let after = &events[restart..];
        let back = at(after.iter().find(|event| {
            event["message"] == "answered" && event["question"] == "runtime" && event["answer"] == "present"
        })?);
        Some(Self([
            planned.since(gap.0),
            back.since(planned).saturating_sub(downtime),
            downtime,
            published.since(back),
            gap.1.since(published),
        ]))
    }
}

/// Prints the median and the maximum of each phase.
pub(crate) fn tell(trials: &[&Phases]) {
    for (at, name) in NAMES.iter().enumerate() {
        let figures = Figures::of(trials.iter().map(|phases| phases.0[at]).collect());
        let [p50, max] = [50, 100].map(|percent| figures.percentile(percent).as_millis());
        println!("    {name:<46} p50 {p50:>5} ms  max {max:>5} ms");
    }
}
