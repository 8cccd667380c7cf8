//! What a process of this program does before anything else.

use rustix::fs::Mode;

/// The mask of a daemon: modes are given explicitly, and what a program that is started makes is not everybody's to
/// write. The mask of whoever starts this one decides nothing.
const UMASK: u32 = 0o022;

/// Takes nothing from the process that started this one that could decide what is made.
pub fn start() {
    rustix::process::umask(Mode::from_raw_mode(UMASK));
}
