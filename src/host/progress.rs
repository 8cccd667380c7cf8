//! The progress of long work, for a person who waits at a terminal.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

/// Shorter work is done before a person would read about it.
const LEAST: u64 = 16 << 20;
/// The bytes between two lines.
const STEP: u64 = 4 << 20;

/// One line on standard error that is overwritten as the work goes on, and taken away at its end. Nothing is written if
/// standard error is not a terminal.
pub struct Progress {
    what: &'static str,
    total: u64,
    done: Cell<u64>,
    told: Cell<u64>,
    visible: bool,
}

impl Progress {
    /// Progress of work whose size is not known.
    pub fn new(what: &'static str) -> Self {
        Self::of(what, 0)
    }

    /// Progress of work on `total` bytes; 0 if that is not known.
    pub fn of(what: &'static str, total: u64) -> Self {
        let visible = std::io::stderr().is_terminal();
        Self { what, total, done: Cell::new(0), told: Cell::new(0), visible }
    }

    /// `bytes` more are done.
    pub fn add(&self, bytes: u64) {
        self.tell(self.done.get() + bytes);
    }

    /// `bytes` in all are done.
    pub fn tell(&self, bytes: u64) {
        self.done.set(bytes);
        if !self.visible || bytes < LEAST || bytes < self.told.get() + STEP {
            return;
        }
        self.told.set(bytes);
        let of = if self.total > 0 { format!(" of {}", self.total >> 20) } else { String::new() };
        let _ = write!(std::io::stderr(), "\r{} {}{of} MB ", self.what, bytes >> 20);
    }
}

impl Drop for Progress {
    /// Takes the line away, also after an error.
    fn drop(&mut self) {
        if self.told.get() > 0 {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
