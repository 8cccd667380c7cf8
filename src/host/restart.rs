//! Methods to restart the runtime, and to query it through programs of the host.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use super::enter::{EnterError, HostCommand, How, Output};
use super::process::Process;
use super::root::Root;
use super::systemd::{JobEnd, Manager, SystemdError, Unit};
use crate::containerd::{Supervisor, UnitFile};
use crate::node::{HostPath, Observed, RestartMethod};

/// The socket of systemd for its own tools. User 0 needs no capability to use it (systemd `bus-util.c`).
const SOCKET: &str = "/run/systemd/private";
/// The time limit for systemd's answers, jobs excepted.
const ANSWER: Duration = Duration::from_secs(5);

/// A restart that failed.
#[derive(Debug)]
pub struct NotRestarted {
    /// True if the request reached the host.
    pub asked: bool,
    /// The error message.
    pub why: String,
}

/// Restarts the runtime and waits for the end of the job, at most for `patience`.
///
/// A job that is `done` proves nothing: the job of a daemon that dies at once is `done` too (measured). So the unit's
/// state is read afterwards, and the loop then asks the runtime itself.
pub fn restart(
    root: &Root,
    by: RestartMethod,
    unit: Option<&str>,
    pid: Option<u32>,
    patience: Duration,
) -> Result<(), NotRestarted> {
    let unit = unit.unwrap_or("containerd.service");
    match by {
        RestartMethod::Dbus => over_dbus(root, unit, patience),
        RestartMethod::Nsenter => {
            let output = of_systemd("systemctl", &["restart", unit], patience).map_err(|error| {
                NotRestarted { asked: !matches!(error, EnterError::NotRun { .. }), why: error.to_string() }
            })?;
            if output.status.success() {
                return Ok(());
            }
            Err(NotRestarted { asked: true, why: format!("systemctl restart {unit}: {}", words(&output)) })
        }
        RestartMethod::Signal => {
            let found = process(pid).map_err(|why| NotRestarted { asked: false, why })?;
            super::process::terminate(&found)
                .map_err(|error| NotRestarted { asked: false, why: error.to_string() })
        }
    }
}

/// The runtime's process: the one with this PID, else the only containerd that is not Docker's.
pub fn process(pid: Option<u32>) -> Result<Process, String> {
    let proc = Path::new("/proc");
    // One look where systemd has named the process: a node may have thousands.
    if let Some(found) = pid.and_then(|pid| super::process::containerd(proc, pid)) {
        return Ok(found);
    }
    let all = super::process::containerds(proc).map_err(|error| format!("/proc: {error}"))?;
    let mut others = all.into_iter().filter(|process| Supervisor::of(&process.parent).serves_kubelet());
    match (others.next(), others.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err("no containerd process is visible: set hostPID: true".to_owned()),
        (Some(_), Some(_)) => Err("more than one containerd process is visible".to_owned()),
    }
}

/// Checks that SIGTERM restarts the runtime: its supervisor is known to start it again.
pub fn signal_answers(root: &Root, unit: &str, found: &Result<Process, String>) -> Result<(), String> {
    let process = found.as_ref().map_err(Clone::clone)?;
    let supervisor = Supervisor::of(&process.parent);
    match supervisor.brings_back() {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{:?} does not bring containerd back after SIGTERM", process.parent)),
        None => {
            let policy = unit_file(root, unit).restart;
            match policy.as_deref() {
                Some("always" | "on-success") => Ok(()),
                Some(other) => {
                    Err(format!("{unit} says Restart={other}, so systemd would not start it again"))
                }
                None => {
                    Err(format!("the Restart= of {unit} is not known, so systemd might not start it again"))
                }
            }
        }
    }
}

/// A unit's text with its drop-ins, from the directories that systemd reads (systemd.unit(5)).
fn unit_file(root: &Root, unit: &str) -> UnitFile {
    let dirs =
        ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
    let read = |path: String| -> Option<String> {
        let mut text = String::new();
        super::read::open_host(root, &HostPath::new(&path).ok()?).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    };
    let mut texts: Vec<String> =
        dirs.iter().find_map(|dir| read(format!("{dir}/{unit}"))).into_iter().collect();
    for dir in dirs.iter().rev() {
        let Ok(drop_ins) = HostPath::new(&format!("{dir}/{unit}.d")) else { continue };
        if let Observed::Present(listed) = super::read::host_dir(root, &drop_ins) {
            let conf = listed.names.iter().filter(|name| name.strip_suffix(".conf").is_some());
            texts.extend(conf.filter_map(|name| read(drop_ins.join(name).as_str().to_owned())));
        }
    }
    UnitFile::read(texts.iter().map(String::as_str))
}

fn over_dbus(root: &Root, unit: &str, patience: Duration) -> Result<(), NotRestarted> {
    let mut manager = connect(root).map_err(|why| NotRestarted { asked: false, why })?;
    let refused =
        |error: SystemdError| NotRestarted { asked: !error.nothing_was_asked(), why: error.to_string() };
    let end = manager.restart(unit, patience).map_err(refused)?;
    let state = manager.unit(unit);
    if !matches!(end, JobEnd::Done | JobEnd::Skipped) {
        let result = state.ok().flatten().map_or_else(String::new, |state| state.result);
        let why = match result.as_str() {
            "start-limit-hit" => format!(
                "systemd refuses to start {unit} again so soon (start-limit-hit): it was restarted too often"
            ),
            "" => format!("systemd's job to restart {unit} ended with {end:?}"),
            result => format!("systemd's job to restart {unit} ended with {end:?} (Result={result})"),
        };
        return Err(NotRestarted { asked: true, why });
    }
    match state {
        Ok(Some(state)) if state.active_state == "failed" => Err(NotRestarted {
            asked: true,
            why: format!("{unit} failed right after it was started (Result={})", state.result),
        }),
        _ => Ok(()),
    }
}

/// Clears a unit's failed state, so that systemd's start limit lets it start again.
pub fn reset_failed(root: &Root, by: RestartMethod, unit: &str) -> Result<(), String> {
    match by {
        RestartMethod::Dbus => connect(root)?.reset_failed(unit).map_err(|error| error.to_string()),
        RestartMethod::Nsenter => systemctl(&["reset-failed", unit], ANSWER).map(drop),
        RestartMethod::Signal => Ok(()),
    }
}

/// Connects to the host's systemd. The error names the socket by its path on the host.
pub fn connect(root: &Root) -> Result<Manager, String> {
    connect_by(root, Manager::connect)
}

/// Like [`connect`], with one of the two functions of [`Manager`] that connect.
pub(super) fn connect_by(
    root: &Root,
    connect: impl FnOnce(&Path, Duration) -> Result<Manager, SystemdError>,
) -> Result<Manager, String> {
    let socket = HostPath::known(SOCKET);
    let (_fd, path) = root.handle(&socket).map_err(|error| {
        format!("{socket}: {error}; mount the host's /run/systemd (the directory, read-only is enough)")
    })?;
    connect(&path, ANSWER).map_err(|error| error.to_string().replace(&path.display().to_string(), SOCKET))
}

/// Checks that the host's `systemctl` can be run from here and knows the unit.
pub fn nsenter_answers(unit: &str) -> Result<(), String> {
    let output = systemctl(&["show", "--property=LoadState", unit], ANSWER)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("LoadState=loaded") {
        return Ok(());
    }
    Err(format!("the host's systemctl does not know {unit}: {}", words(&output)))
}

/// The active units that systemd restarts together with this one.
pub fn taken_along(manager: &mut Manager, unit: &Unit) -> Vec<String> {
    let mut units: Vec<&String> =
        [&unit.required_by, &unit.bound_by, &unit.consists_of].into_iter().flatten().collect();
    units.sort();
    units.dedup();
    let up = |name: &&String| {
        let state = manager.unit(name).ok().flatten();
        state.is_none_or(|state| !matches!(state.active_state.as_str(), "inactive" | "failed"))
    };
    units.into_iter().filter(up).cloned().collect()
}

/// True if the unit's last start failed, by the host's `systemctl`.
pub fn nsenter_came_to_nothing(unit: &str) -> bool {
    let show = ["show", "--property=ActiveState", "--property=SubState", "--property=NRestarts", unit];
    let Ok(output) = systemctl(&show, ANSWER) else { return false };
    let said = String::from_utf8_lossy(&output.stdout);
    let value = |name: &str| {
        let mut lines = said.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| *key == name).map_or("", |(_, value)| value).to_owned()
    };
    let unit = Unit {
        active_state: value("ActiveState"),
        sub_state: value("SubState"),
        restarts: value("NRestarts").parse().unwrap_or(0),
        ..Unit::default()
    };
    unit.came_to_nothing()
}

/// The units that systemd restarts together with this one, by the host's `systemctl`.
pub fn nsenter_taken_along(unit: &str) -> Vec<String> {
    let show = ["show", "--property=RequiredBy", "--property=BoundBy", "--property=ConsistsOf", unit];
    let Ok(output) = systemctl(&show, ANSWER) else { return Vec::new() };
    let said = String::from_utf8_lossy(&output.stdout);
    let lists = said.lines().filter_map(|line| line.split_once('=')).map(|(_, units)| units);
    let mut units: Vec<String> = lists.flat_map(str::split_whitespace).map(str::to_owned).collect();
    units.sort();
    units.dedup();
    units.retain(|name| {
        let active = systemctl(&["is-active", "--quiet", name], ANSWER);
        active.is_ok_and(|output| output.status.success())
    });
    units
}

/// True if the unit was never stopped since boot, by the host's `systemctl`; false if that is not known.
pub fn nsenter_first_start(unit: &str) -> bool {
    let show = ["show", "--property=InactiveEnterTimestampMonotonic", unit];
    let said = systemctl(&show, ANSWER).map(|output| output.stdout);
    said.is_ok_and(|said| said.trim_ascii() == b"InactiveEnterTimestampMonotonic=0")
}

/// Runs the host's `systemctl` in the host's namespaces.
pub(super) fn systemctl(args: &[&str], timeout: Duration) -> Result<Output, String> {
    of_systemd("systemctl", args, timeout).map_err(|error| error.to_string())
}

/// Runs one of systemd's own tools in the host's namespaces.
pub(super) fn of_systemd(tool: &str, args: &[&str], timeout: Duration) -> Result<Output, EnterError> {
    let run = |dir| on_host(&format!("{dir}/{tool}"), args, Vec::new(), timeout);
    match run("/usr/bin") {
        Err(EnterError::NotRun { .. }) => run("/bin"),
        // After the time limit the request has reached the host.
        other => other,
    }
}

/// Runs a program of the host in the host's namespaces.
pub(super) fn on_host(
    program: &str,
    arguments: &[&str],
    stdin: Vec<u8>,
    timeout: Duration,
) -> Result<Output, EnterError> {
    let argv = std::iter::once(program).chain(arguments.iter().copied()).map(OsString::from).collect();
    let command = HostCommand {
        how: How::Namespaces(1),
        argv,
        env: vec![("PATH".into(), "/usr/sbin:/usr/bin:/sbin:/bin".into())],
        stdin,
        timeout,
        leaves_nothing: false,
        max_output: 4 << 20,
    };
    command.run()
}

/// The message of a host program as one line.
pub(super) fn words(output: &Output) -> String {
    let line = last_line(&output.stderr);
    if line.is_empty() { output.status.to_string() } else { line }
}

/// The last line that is not empty.
pub(super) fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    crate::node::heard(said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default())
}
