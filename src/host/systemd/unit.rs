//! The state of a unit in systemd.

use super::Value;
use std::collections::HashMap;

/// The state of a unit in systemd. A property that the unit does not have (it is not a service) is empty or 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// The requested name, which may be an alias.
    pub name: String,
    /// `loaded`, `bad-setting`, `error`, `masked`.
    pub load_state: String,
    /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
    pub active_state: String,
    /// For a service: `running`, `dead`, `failed`, `auto-restart`, `start`...
    pub sub_state: String,
    /// The result of its last run: `success`, `exit-code`, `signal`, `timeout`, `start-limit-hit`...
    pub result: String,
    /// The id of this run of the unit, which changes with every start: 32 hexadecimal digits, or empty if it never
    /// ran.
    pub invocation_id: String,
    /// The PID of the main process as systemd sees it; 0 if the unit has no process.
    pub main_pid: u32,
    /// The end of the main process: an exit code (200 and above: systemd could not start it) or a signal.
    pub exec_main_status: u32,
    /// The command lines of `ExecStart=`, variables not expanded.
    pub exec_start: Vec<Vec<String>>,
    /// The settings of `Environment=`, each as `NAME=value`.
    pub environment: Vec<String>,
    /// The unit file; empty for a transient or generated unit without one.
    pub fragment_path: String,
    /// The drop-ins, in the order in which they are applied.
    pub drop_in_paths: Vec<String>,
    /// `Restart=`: `no`, `always`, `on-failure`...
    pub restart: String,
    /// The number of automatic restarts since the last start by a person or program.
    pub restarts: u32,
    /// The time when it last became active, in microseconds since boot (`CLOCK_MONOTONIC`); 0 if never.
    pub active_enter_monotonic_us: u64,
    /// The time when it last became inactive, in microseconds since boot; 0 if it was never stopped since its first
    /// start.
    pub inactive_enter_monotonic_us: u64,
    /// Units with `Requires=` on it: they stop and restart with it.
    pub required_by: Vec<String>,
    /// Units with `BindsTo=` on it: they stop with it.
    pub bound_by: Vec<String>,
    /// Units with `PartOf=` on it: they stop and restart with it.
    pub consists_of: Vec<String>,
}

impl Unit {
    /// True if the last start failed, or if systemd is about to start the unit again because it failed.
    pub fn came_to_nothing(&self) -> bool {
        self.active_state == "failed"
            || self.active_state == "activating" && (self.sub_state == "auto-restart" || self.restarts > 0)
    }

    /// Reads the answers of `GetAll`, each an `a{sv}`.
    pub(super) fn read(name: &str, answers: &[Value]) -> Self {
        let mut properties = HashMap::new();
        for entry in answers.iter().filter_map(Value::items).flatten() {
            if let Value::Entry(key, value) = entry
                && let (Value::Text(key), Value::Variant(value)) = (&**key, &**value)
            {
                properties.insert(key.as_str(), &**value);
            }
        }
        let value = |name: &str| properties.get(name).copied();
        let text = |name| value(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        let number = |name| value(name).and_then(Value::as_number).unwrap_or_default();
        let small = |name| u32::try_from(number(name)).unwrap_or_default();
        let list = |name| value(name).map(texts).unwrap_or_default();
        Self {
            name: name.to_owned(),
            load_state: text("LoadState"),
            active_state: text("ActiveState"),
            sub_state: text("SubState"),
            result: text("Result"),
            invocation_id: value("InvocationID").map(|id| super::hex(bytes(id))).unwrap_or_default(),
            main_pid: small("MainPID"),
            exec_main_status: small("ExecMainStatus"),
            exec_start: value("ExecStart").map(commands).unwrap_or_default(),
            environment: list("Environment"),
            fragment_path: text("FragmentPath"),
            drop_in_paths: list("DropInPaths"),
            restart: text("Restart"),
            restarts: small("NRestarts"),
            active_enter_monotonic_us: number("ActiveEnterTimestampMonotonic"),
            inactive_enter_monotonic_us: number("InactiveEnterTimestampMonotonic"),
            required_by: list("RequiredBy"),
            bound_by: list("BoundBy"),
            consists_of: list("ConsistsOf"),
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.items().into_iter().flatten().filter_map(Value::as_text).map(ToOwned::to_owned).collect()
}

/// The argument lists of `a(sasbttttuii)`: path, arguments, and the results of the last run.
fn commands(value: &Value) -> Vec<Vec<String>> {
    value.items().into_iter().flatten().filter_map(|command| Some(texts(command.items()?.get(1)?))).collect()
}

/// The bytes of `ay`.
fn bytes(value: &Value) -> impl Iterator<Item = u8> {
    value.items().into_iter().flatten().filter_map(|item| match item {
        Value::Byte(byte) => Some(*byte),
        _ => None,
    })
}
