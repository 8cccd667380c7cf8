//! The start of every process of this program, and checks of what it needs to work.

use std::io;
use std::path::Path;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::node::IoFailed;

/// The umask of a daemon. Modes are set explicitly, and files that a started program creates must not be writable for
/// everybody. The umask of the parent process does not count.
const UMASK: u32 = 0o022;
/// A number of descriptors that a run never exceeds.
const DESCRIPTORS: usize = 24;
/// The memory in MiB that a run needs beside the program itself: stacks of threads, and files of the largest size.
const MEMORY: usize = 16;

/// Resets settings inherited from the parent process that would change modes or exit codes.
pub fn start() {
    rustix::process::umask(Mode::from_raw_mode(UMASK));
    std::panic::set_hook(Box::new(|panic| {
        super::say::last(&fault(&words(panic), panic.location().map(|at| (at.file(), at.line()))));
        end();
    }));
}

/// The message of a panic.
fn words(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn fault(words: &str, at: Option<(&str, u32)>) -> String {
    let at = at.map_or(String::new(), |(file, line)| format!(" ({file}:{line})"));
    format!(
        "unexpected failure: {words}{at}; no file is half written; run it again, and report this line if it \
         fails again"
    )
}

/// A panic ends the process in every thread, with a documented exit code instead of a signal. Unwinding is not
/// needed, because no state is kept.
#[allow(clippy::exit, reason = "the one place where the process is ended, from whichever thread")]
fn end() -> ! {
    std::process::exit(1)
}

/// True if `/proc` is mounted: opened files are read and located by their names in `/proc/self/fd`.
pub fn has_proc() -> bool {
    Path::new("/proc/self/fd").exists()
}

/// Checks that a run can open as many files as it needs, after raising the limit as far as allowed.
pub fn may_open_files() -> Result<(), IoFailed> {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        // If the limit cannot be raised, the attempt below shows it.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits });
    }
    let open = |_| std::fs::File::open("/dev/null").or_else(|_| std::fs::File::open("/"));
    let opened = (0..DESCRIPTORS).map(open).collect::<io::Result<Vec<_>>>();
    opened.map(drop).map_err(IoFailed::at(format!("the {DESCRIPTORS} files of a run"), "open at a time"))
}

/// Checks that a run gets the memory that it needs. A failed allocation later would end the process by a signal (the
/// standard library aborts), and a thread without a stack would look like too many threads.
pub fn may_use_memory() -> Result<(), IoFailed> {
    let mut room: Vec<u8> = Vec::new();
    let refused = |_| IoFailed::at(format!("{MEMORY} MiB of memory"), "reserved")(Errno::NOMEM.into());
    room.try_reserve_exact(MEMORY << 20).map_err(refused)?;
    // The compiler would remove memory that nobody reads.
    std::hint::black_box(&mut room);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_fault_is_told_in_one_sentence_with_its_place() {
        let told = fault("no thread", Some(("src/a.rs", 7)));
        assert!(told.starts_with("unexpected failure: no thread (src/a.rs:7); "));
    }
}
