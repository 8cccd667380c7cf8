//! What a process of this program does before anything else, and what it needs to be able to work.

use std::io;
use std::path::Path;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::node::IoFailed;

/// The mask of a daemon: modes are given explicitly, and what a program that is started makes is not everybody's to
/// write. The mask of whoever starts this one decides nothing.
const UMASK: u32 = 0o022;
/// More descriptors than a run has open at a time.
const DESCRIPTORS: usize = 24;
/// MiB that a run needs beside the program itself: the stacks of its threads, and files of the largest size.
const MEMORY: usize = 16;

/// Takes nothing from the process that started this one that could decide what is made or how it ends.
pub fn start() {
    rustix::process::umask(Mode::from_raw_mode(UMASK));
    std::panic::set_hook(Box::new(|panic| {
        super::say::last(&fault(&words(panic), panic.location().map(|at| (at.file(), at.line()))));
        end();
    }));
}

/// What was said with a panic.
fn words(panic: &std::panic::PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn fault(words: &str, at: Option<(&str, u32)>) -> String {
    let at = at.map_or(String::new(), |(file, line)| format!(" ({file}:{line})"));
    format!(
        "the program failed in a way that it does not expect: {words}{at}: no file is half written; run it again, and \
         report this line if it stays"
    )
}

/// A panic ends the process wherever it happens: whoever started it reads an exit code that is documented, not a
/// signal. Nothing is to be unwound, since no state is kept.
#[allow(clippy::exit, reason = "the one place where the process is ended, from whichever thread")]
fn end() -> ! {
    std::process::exit(1)
}

/// Whether `/proc` is there: what was opened is read, and its place found out, by its name in `/proc/self/fd`.
pub fn has_proc() -> bool {
    Path::new("/proc/self/fd").exists()
}

/// Whether a run can open as many files as it needs at a time; the limit is raised as far as it may be.
pub fn may_open_files() -> Result<(), IoFailed> {
    let limits = getrlimit(Resource::Nofile);
    if limits.current != limits.maximum {
        // Where it stays as it is, the attempt below tells.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits });
    }
    let open = |_| std::fs::File::open("/dev/null").or_else(|_| std::fs::File::open("/"));
    let opened = (0..DESCRIPTORS).map(open).collect::<io::Result<Vec<_>>>();
    opened.map(drop).map_err(IoFailed::at(format!("the {DESCRIPTORS} files of a run"), "open at a time"))
}

/// Whether a run gets the memory that it needs. An allocation that fails later ends the process by a signal
/// (the standard library aborts), and a thread that gets no stack fails as if there were too many threads.
pub fn may_use_memory() -> Result<(), IoFailed> {
    let mut room: Vec<u8> = Vec::new();
    let refused = |_| IoFailed::at(format!("{MEMORY} MiB of memory"), "reserved")(Errno::NOMEM.into());
    room.try_reserve_exact(MEMORY << 20).map_err(refused)?;
    // What nobody looks at is not allocated.
    std::hint::black_box(&mut room);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_fault_is_told_in_one_sentence_with_its_place() {
        let told = fault("no thread", Some(("src/a.rs", 7)));
        assert!(
            told.starts_with("the program failed in a way that it does not expect: no thread (src/a.rs:7): ")
        );
    }
}
