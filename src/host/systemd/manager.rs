//! systemd's manager: units, jobs, transient units.

use super::connection::{Connection, Deadline};
use super::property;
use super::wire::{Message, MessageKind};
use super::{Property, SystemdError, Unit, Value};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATH: &str = "/org/freedesktop/systemd1";
pub(super) const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// The end of a job of systemd (`JobRemoved`). `Done` means that the start succeeded, not that the unit is still
/// active: a unit of type `simple` or `exec` may be dead a moment later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// The job succeeded.
    Done,
    /// Nothing had to be done.
    Skipped,
    /// The unit failed.
    Failed,
    /// The job took longer than systemd allows.
    Timeout,
    /// A unit that this one depends on failed.
    Dependency,
    /// Another job replaced it.
    Canceled,
    /// Another result, as systemd names it (`invalid`, `assert`, `unsupported`, `collected`, `once`).
    Other(String),
}

impl JobEnd {
    fn read(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "skipped" => Self::Skipped,
            "failed" => Self::Failed,
            "timeout" => Self::Timeout,
            "dependency" => Self::Dependency,
            "canceled" => Self::Canceled,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A connection to systemd's manager.
#[derive(Debug)]
pub struct Manager {
    connection: Connection,
    socket: PathBuf,
    timeout: Duration,
    subscribed: bool,
}

impl Manager {
    /// Connects to the socket at exactly this path. `timeout` applies to connecting and to each call that does not
    /// wait for a job.
    pub fn connect(socket: &Path, timeout: Duration) -> Result<Self, SystemdError> {
        Self::open(socket, timeout, false)
    }

    /// Like [`Manager::connect`], for [`Manager::run`].
    pub fn connect_to_run(socket: &Path, timeout: Duration) -> Result<Self, SystemdError> {
        Self::open(socket, timeout, true)
    }

    fn open(socket: &Path, timeout: Duration, descriptors: bool) -> Result<Self, SystemdError> {
        let connection = Connection::open(socket, timeout, descriptors)?;
        Ok(Self { connection, socket: socket.to_owned(), timeout, subscribed: false })
    }

    /// The state of the unit `name` (`containerd.service`); `None` if the unit does not exist.
    pub fn unit(&mut self, name: &str) -> Result<Option<Unit>, SystemdError> {
        let deadline = Deadline::new(format!("read unit {name}"), self.timeout);
        let answer =
            self.manager("LoadUnit", vec![Value::text(name)], &deadline).map_err(|e| self.named(e, name))?;
        let path = first_text(&answer, &deadline)?;
        // Each interface is asked for by name: D-Bus does not define what an empty interface name returns.
        let mut interfaces = vec!["org.freedesktop.systemd1.Unit"];
        if name.ends_with(".service") {
            interfaces.push("org.freedesktop.systemd1.Service");
        }
        let mut answers = Vec::new();
        for interface in interfaces {
            let target = (path.as_str(), PROPERTIES, "GetAll");
            answers.extend(self.connection.call(target, vec![Value::text(interface)], &deadline, drop)?);
        }
        let unit = Unit::read(name, &answers);
        Ok((unit.load_state != "not-found").then_some(unit))
    }

    /// Restarts the unit (starts it if it is not active) and waits for the job until `deadline`. Read
    /// [`Manager::unit`] afterwards: see [`JobEnd`].
    pub fn restart(&mut self, name: &str, deadline: Duration) -> Result<JobEnd, SystemdError> {
        let body = vec![Value::text(name), Value::text("replace")];
        self.job("RestartUnit", body, &Deadline::new(format!("restart {name}"), deadline), name)
    }

    /// Stops the unit and waits for the job until `deadline`.
    pub fn stop(&mut self, name: &str, deadline: Duration) -> Result<JobEnd, SystemdError> {
        let body = vec![Value::text(name), Value::text("replace")];
        self.job("StopUnit", body, &Deadline::new(format!("stop {name}"), deadline), name)
    }

    /// Starts a unit that has no file. `auxiliary` units are created with it but not started: for a timer, the
    /// service that it triggers. Waits for the start until `deadline`; a service of type `oneshot` has started when
    /// its command has ended. If a unit with this name exists, the call is an error
    /// (`org.freedesktop.systemd1.UnitExists`).
    pub fn start_transient(
        &mut self,
        name: &str,
        properties: Vec<Property>,
        auxiliary: Vec<(String, Vec<Property>)>,
        deadline: Duration,
    ) -> Result<JobEnd, SystemdError> {
        let body = vec![
            Value::text(name),
            Value::text("fail"),
            property::list(properties),
            property::auxiliary(auxiliary),
        ];
        self.job("StartTransientUnit", body, &Deadline::new(format!("start {name}"), deadline), name)
    }

    /// Runs a program as a transient unit until it ends, at most until `deadline`, with these files as its standard
    /// input, output and error. So neither a unit file nor the journal shows its input and output.
    pub fn run(
        &mut self,
        name: &str,
        mut properties: Vec<Property>,
        stdio: [BorrowedFd<'_>; 3],
        deadline: Duration,
    ) -> Result<JobEnd, SystemdError> {
        let names = ["Input", "Output", "Error"];
        for (at, stream) in (0..).zip(names) {
            properties.push((format!("Standard{stream}FileDescriptor"), Value::Fd(at)));
        }
        let body = vec![
            Value::text(name),
            Value::text("fail"),
            property::list(properties),
            property::auxiliary(Vec::new()),
        ];
        let deadline = Deadline::new(format!("run {name}"), deadline);
        self.job_with("StartTransientUnit", body, &stdio, &deadline, name)
    }

    /// Clears the failed state of the unit, so that its start limit counts from zero.
    pub fn reset_failed(&mut self, name: &str) -> Result<(), SystemdError> {
        let deadline = Deadline::new(format!("reset-failed {name}"), self.timeout);
        self.manager("ResetFailedUnit", vec![Value::text(name)], &deadline)
            .map_err(|e| self.named(e, name))
            .map(drop)
    }

    fn job(
        &mut self,
        method: &str,
        body: Vec<Value>,
        deadline: &Deadline,
        unit: &str,
    ) -> Result<JobEnd, SystemdError> {
        self.job_with(method, body, &[], deadline, unit)
    }

    fn job_with(
        &mut self,
        method: &str,
        body: Vec<Value>,
        descriptors: &[BorrowedFd<'_>],
        deadline: &Deadline,
        unit: &str,
    ) -> Result<JobEnd, SystemdError> {
        if !self.subscribed {
            self.manager("Subscribe", vec![], deadline)?;
            self.subscribed = true;
        }
        // A short job may end before the answer that names it arrives.
        let mut ends = Vec::new();
        let answer = self
            .connection
            .call_with((PATH, MANAGER, method), body, descriptors, deadline, |signal| {
                ends.extend(job_end(&signal));
            })
            .map_err(|e| self.named(e, unit))?;
        let job = first_text(&answer, deadline)?;
        if let Some((_, end)) = ends.into_iter().find(|(path, _)| *path == job) {
            return Ok(end);
        }
        loop {
            match job_end(&self.connection.message(deadline)?) {
                Some((path, end)) if path == job => return Ok(end),
                _ => {}
            }
        }
    }

    fn manager(
        &mut self,
        method: &str,
        body: Vec<Value>,
        deadline: &Deadline,
    ) -> Result<Vec<Value>, SystemdError> {
        self.connection.call((PATH, MANAGER, method), body, deadline, drop)
    }

    /// Maps errors of systemd that need their own variant.
    fn named(&self, error: SystemdError, unit: &str) -> SystemdError {
        match error {
            SystemdError::Remote { ref name, .. } if name == "org.freedesktop.systemd1.NoSuchUnit" => {
                SystemdError::NoSuchUnit(unit.to_owned())
            }
            SystemdError::Remote { name, message, doing }
                if name == "org.freedesktop.DBus.Error.AccessDenied" =>
            {
                SystemdError::Denied { socket: self.socket.clone(), why: format!("{doing}: {message}") }
            }
            other => other,
        }
    }
}

/// The job and its end, if the signal is `JobRemoved(id, job, unit, result)`.
fn job_end(signal: &Message) -> Option<(String, JobEnd)> {
    let is_end = signal.kind == MessageKind::Signal
        && signal.interface.as_deref() == Some(MANAGER)
        && signal.member.as_deref() == Some("JobRemoved");
    match &signal.body[..] {
        [_, Value::Path(job), _, Value::Text(result), ..] if is_end => {
            Some((job.clone(), JobEnd::read(result)))
        }
        _ => None,
    }
}

fn first_text(answer: &[Value], deadline: &Deadline) -> Result<String, SystemdError> {
    let text = answer.first().and_then(Value::as_text).map(ToOwned::to_owned);
    text.ok_or_else(|| SystemdError::protocol(deadline.doing(), &"the answer names no object"))
}
