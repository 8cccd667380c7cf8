//! Lets the host's containerd load a config that is not published (`containerd --config FILE config dump`). Nothing
//! is written on the host for it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use rustix::fs::MemfdFlags;

use super::restart::{connect_by, last_line, on_host, words};
use super::root::Root;
use super::systemd::{JobEnd, Manager, property};
use crate::node::{DryLoad, HostPath, quoted};

/// The time limit for containerd to load its config.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The limit in bytes for containerd's output.
const MAX_PRINTED: u64 = 4 << 20;
/// The exit code of the script if it could not mount the files at their paths.
const NOT_SHOWN: i32 = 222;

/// The config that the host's containerd loads.
#[derive(Debug)]
pub enum Candidate {
    /// One file that has the same meaning at any path: it is passed on standard input.
    Stdin(HostPath, Vec<u8>),
    /// Files that must be read at their own paths, the main file first. A private mount namespace shows them there to
    /// containerd alone.
    InPlace(Vec<(HostPath, Vec<u8>)>),
}

impl Candidate {
    fn main(&self) -> Option<&HostPath> {
        match self {
            Self::Stdin(main, _) => Some(main),
            Self::InPlace(files) => files.first().map(|(path, _)| path),
        }
    }

    fn input(&self, binary: &str) -> Vec<u8> {
        match self {
            Self::Stdin(_, bytes) => bytes.clone(),
            Self::InPlace(files) => shown(binary, files).into_bytes(),
        }
    }
}

/// Runs containerd in the host's namespaces if this process can join them, else as a transient unit of the host's
/// systemd.
pub fn dump(root: &Root, binary: &str, candidate: &Candidate) -> DryLoad {
    let Some(main) = candidate.main() else {
        return DryLoad::Unavailable("the main file is missing".to_owned());
    };
    let refused = |words: String| DryLoad::Refused(words.replace("/dev/stdin", main.as_str()));
    let input = candidate.input(binary);
    let argv: &[&str] = match candidate {
        Candidate::Stdin(..) => &[binary, "--config", "/dev/stdin", "config", "dump"],
        Candidate::InPlace(_) => &["/usr/bin/unshare", "--mount", "/bin/sh", "-s"],
    };
    match on_host(argv[0], &argv[1..], input.clone(), TIMEOUT) {
        Ok(output) if output.status.success() => return dumped(&output.stdout),
        Ok(output) if output.status.code().is_some_and(is_verdict) => return refused(words(&output)),
        Ok(output) => return DryLoad::Unavailable(words(&output)),
        Err(_) => {}
    }
    let (argv, private): (&[&str], bool) = match candidate {
        Candidate::Stdin(..) => (argv, false),
        Candidate::InPlace(_) => (&["/bin/sh", "-s"], true),
    };
    as_unit(root, argv, private, &input).map_or_else(DryLoad::Unavailable, |said| match said {
        Ok(printed) => dumped(&printed),
        Err(words) => refused(words),
    })
}

/// containerd's output, if it is text.
fn dumped(printed: &[u8]) -> DryLoad {
    match std::str::from_utf8(printed) {
        Ok(text) if !text.is_empty() => DryLoad::Dumped(text.into()),
        _ => DryLoad::Accepted,
    }
}

/// True if an exit code is containerd's own, and not the shell's (program not found), the script's or systemd's
/// (systemd.exec(5): 200 and above).
const fn is_verdict(code: i32) -> bool {
    matches!(code, 1..=125 | 128..=199)
}

/// Runs containerd as a transient unit. Returns its output if the exit code is 0, else its last message. Its standard
/// streams are files without a name: everybody can read the text of a unit, and the config may have secrets.
fn as_unit(
    root: &Root,
    argv: &[&str],
    private: bool,
    input: &[u8],
) -> Result<Result<Vec<u8>, String>, String> {
    let streams = || -> io::Result<(File, File, File)> {
        let mut stdin = memfd("stdin")?;
        stdin.write_all(input)?;
        stdin.rewind()?;
        Ok((stdin, memfd("stdout")?, memfd("stderr")?))
    };
    let (stdin, mut stdout, mut stderr) = streams().map_err(|error| format!("memfd: {error}"))?;
    let mut manager = connect_by(root, Manager::connect_to_run)?;
    let name = format!("cni-bootstrap-config-dump-{}.service", super::clock::now().millis());
    let mut properties = vec![
        property::text("Description", "Read a config for containerd that is not yet in place"),
        property::text("Type", "oneshot"),
        property::span("TimeoutStartUSec", TIMEOUT),
        property::exec_start(argv),
    ];
    if private {
        properties.push(property::flag("PrivateMounts", true));
    }
    let streams = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    let end = manager.run(&name, properties, streams, TIMEOUT + Duration::from_secs(5));
    let end = end.map_err(|error| error.to_string())?;
    if end == JobEnd::Done {
        return Ok(Ok(read(&mut stdout)));
    }
    // systemd keeps a failed unit until it was queried.
    let status = manager.unit(&name).ok().flatten().map_or(0, |unit| unit.exec_main_status);
    let _ = manager.reset_failed(&name);
    let words = last_line(&read(&mut stderr));
    if end != JobEnd::Failed || !i32::try_from(status).is_ok_and(is_verdict) {
        return Err(format!("systemd's unit {name} ended with {end:?}, exit code {status} {words}"));
    }
    Ok(Err(if words.is_empty() { format!("exit code {status}") } else { words }))
}

/// Reads a file that both processes have open.
fn read(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    let whole = file.rewind().and_then(|()| file.take(MAX_PRINTED).read_to_end(&mut bytes));
    if whole.is_ok() { bytes } else { Vec::new() }
}

fn memfd(name: &str) -> io::Result<File> {
    Ok(File::from(rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?))
}

/// A script for a private mount namespace: each directory is covered by a copy in memory, which has the planned
/// files.
fn shown(binary: &str, files: &[(HostPath, Vec<u8>)]) -> String {
    let mut script = format!(
        "not() {{ echo \"the config cannot be shown at its place: $1\" >&2; exit {NOT_SHOWN}; }}\n\
         PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin\n\
         mount --make-rprivate / && mount -t tmpfs -o mode=0700 none /tmp || not mount\n"
    );
    // A nested directory comes after its parent, and may exist only in the parent's copy.
    let dirs: BTreeSet<HostPath> = files.iter().map(|(path, _)| path.parent()).collect();
    for (at, dir) in dirs.iter().enumerate() {
        let (copy, place) = (format!("/tmp/{at}"), quoted(dir.as_str()));
        // A directory may be created only in a copy.
        let make = if dirs.range(..dir).any(|above| dir.is_within(above)) { "mkdir -p" } else { "false" };
        // Writing into a String cannot fail.
        let _ = writeln!(script, "[ -d {place} ] || {make} {place} || not {place}");
        let _ = writeln!(script, "mkdir {copy} && cp -a {place}/. {copy}/ || not {place}");
        for (path, bytes) in files.iter().filter(|(path, _)| path.parent() == *dir) {
            let name = quoted(path.name());
            let text = quoted(&String::from_utf8_lossy(bytes));
            let _ = writeln!(script, "rm -f {copy}/{name} && printf %s {text} >{copy}/{name} || not {name}");
        }
        let _ = writeln!(script, "mount --bind {copy} {place} || not {place}");
    }
    let main = files.first().map_or("", |(path, _)| path.as_str());
    let (binary, main) = (quoted(binary), quoted(main));
    let _ = writeln!(script, "exec {binary} --config {main} config dump");
    script
}
