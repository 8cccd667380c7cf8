//! A run that changes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::scratch::{PRIMARY, Scratch};

/// System calls that change a file system; opening is judged by its flags.
const CHANGES: &str = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,chown,\
    fchown,fchownat,lchown,link,linkat,symlink,symlinkat,mknod,mknodat,truncate,ftruncate,fallocate,utimensat,\
    setxattr,fsetxattr,lsetxattr,removexattr,fremovexattr,fsync,fdatasync,sync_file_range,mount";

pub(crate) fn measure(program: &Path, place: &Path) {
    let scratch = Scratch::new(place);
    fs::write(scratch.primary(), PRIMARY).unwrap();
    let quiet = || {
        let mut command = scratch.install(program);
        command.stderr(Stdio::null());
        command
    };
    assert!(quiet().status().unwrap().success());

    let wall = Figures::of((0..100).map(|_| timed(quiet())).collect());
    let copy = Figures::of((0..100).map(|_| timed(nothing(program))).collect());
    println!("  wall time              {wall}");
    println!("    starting the program {copy}(--version: the floor of any run)");
    let peak = (0..30).map(|_| peak(quiet())).max().unwrap_or_default();
    println!("  peak resident memory   {:.1} MB", f64::from(peak) / 1024.0);
    println!("  state-changing calls   {}", changes(&scratch, program));
}

fn nothing(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn timed(mut command: Command) -> Duration {
    let began = Instant::now();
    assert!(command.status().unwrap().success());
    began.elapsed()
}

/// The peak of the resident set in KiB, read while the process lives. It only grows, so the last reading misses only
/// the last moments.
pub(crate) fn peak(mut command: Command) -> u32 {
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(mark.unwrap_or(0));
    }
    peak
}

/// The number of changing calls and of files opened for writing; with the calls, if there are any.
fn changes(scratch: &Scratch, program: &Path) -> String {
    let log = scratch.path("strace");
    let inner = scratch.install(program);
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-y", "-o"])
        .arg(&log)
        .arg("-e")
        .arg(format!("trace=open,openat,openat2,creat,{}", CHANGES.replace(' ', "")))
        .arg("--")
        .arg(inner.get_program())
        .args(inner.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match traced {
        Err(_) => return "not counted: strace is not installed".to_owned(),
        Ok(status) => assert!(status.success(), "the traced run failed"),
    }
    let text = fs::read_to_string(log).unwrap();
    let calls: Vec<&str> = text.lines().filter(|line| line.contains('(') && is_change(line)).collect();
    assert!(text.contains("openat2("), "strace saw none of the program's calls");
    let count = format!("{} of {} traced", calls.len(), text.lines().count());
    [&[count.as_str()], &calls[..]].concat().join("\n    ")
}

fn is_change(line: &str) -> bool {
    let opens = line.contains(" open") || line.contains(" creat(");
    let writes =
        ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"].iter().any(|flag| line.contains(flag));
    // The null device and the terminal keep no state.
    if opens { writes && !line.contains("\"/dev/") } else { !line.contains("resumed>") }
}
