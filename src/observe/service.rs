//! The service manager of the runtime, its config file, and the methods that can restart it.

use std::collections::BTreeSet;

use crate::containerd::{ConfigPath, config_path, expand};
use crate::distro::{self, DISTROS, Distro, RuntimeName};
use crate::host::process::Process;
use crate::host::systemd::{Manager, Unit};
use crate::host::{Root, restart};
use crate::node::{HostPath, Observed, Restart, RestartMethod, Service};
use crate::plan::Settings;

/// A unit that runs a runtime, and the config file it uses. If a daemon starts its own runtime, systemd does not show
/// that file.
type KnownUnit = (&'static str, Option<&'static str>);

/// The runtime as its service manager and its process show it.
struct Found {
    service: Service,
    /// The connection to systemd, and the unit that it runs; `Err` says why there is none.
    dbus: Result<(Manager, Unit), String>,
    /// The name of the unit, also where systemd could not be asked.
    name: &'static str,
    process: Result<Process, String>,
}

/// The service manager and the config file of the runtime. It reads properties from systemd and files from `/proc`, and
/// starts nothing: a run that has nothing to do asks this as well.
pub(super) fn service(root: &Root, endpoint: Option<&HostPath>) -> Observed<Service> {
    Observed::Present(found(root, endpoint).service)
}

/// The same, with the methods that can restart the runtime: each allowed method is tried, up to the first that can be used
/// (promise 10 of the contract: connect, not stat).
pub(super) fn with_methods(
    root: &Root,
    settings: &Settings,
    endpoint: Option<&HostPath>,
    unusable: &BTreeSet<RestartMethod>,
) -> Observed<Service> {
    let Found { mut service, mut dbus, name, process } = found(root, endpoint);
    let mut found = Restart::default();
    if let Ok((manager, unit)) = &mut dbus {
        found.taken_along = restart::taken_along(manager, unit);
    }
    for method in settings.methods() {
        let answer = match method {
            RestartMethod::Dbus => dbus.as_ref().map(drop).map_err(Clone::clone),
            RestartMethod::Nsenter => restart::nsenter_answers(name),
            RestartMethod::Signal => restart::signal_answers(root, name, &process),
        };
        if answer.is_ok() && method == RestartMethod::Nsenter && dbus.is_err() {
            service.unit.get_or_insert_with(|| name.to_owned());
            service.first_start = restart::nsenter_first_start(name);
            service.failed = restart::nsenter_came_to_nothing(name);
        }
        if answer.is_ok() && method != RestartMethod::Signal {
            found.timers.push((method, crate::host::rollback_timer::can_be_armed(root, method)));
            if found.taken_along.is_empty() && method == RestartMethod::Nsenter {
                found.taken_along = restart::nsenter_taken_along(name);
            }
        }
        let is_usable = answer.is_ok() && !unusable.contains(&method);
        found.methods.push((method, answer));
        if is_usable {
            break;
        }
    }
    service.restart = Some(found);
    Observed::Present(service)
}

fn found(root: &Root, endpoint: Option<&HostPath>) -> Found {
    let mut service = Service::default();
    let units = units_of(endpoint.map_or("", HostPath::as_str));
    let dbus = over_dbus(root, &units, &mut service);
    let (name, config) =
        units.iter().find(|(unit, _)| service.unit.as_deref() == Some(*unit)).unwrap_or(&units[0]);
    let process = restart::process(service.pid);
    if let Ok(process) = &process {
        service.pid = Some(process.pid);
        // The running process is better evidence than the unit's command line.
        service.argv.clone_from(&process.argv);
    }
    (service.config, service.unresolved) = match config_of(&mut service.argv, *config) {
        Ok(config) => (config, None),
        Err(word) => (None, Some(word)),
    };
    Found { service, dbus, name, process }
}

/// The config file in containerd's command line, else the one that its daemon uses. The command line of another
/// program is dropped. `Err` is an argument that names a file but cannot be resolved.
fn config_of(argv: &mut Vec<String>, known: Option<&'static str>) -> Result<Option<HostPath>, String> {
    if known.is_some() && argv.first().is_some_and(|program| program.rsplit('/').next() != Some("containerd"))
    {
        argv.clear();
    }
    if argv.is_empty() {
        return Ok(known.map(HostPath::known));
    }
    match config_path(argv) {
        ConfigPath::Given(path) if path.contains('$') => Err(path),
        ConfigPath::Given(path) => HostPath::new(&path).map(Some).map_err(|_| path),
        // A variable from `EnvironmentFile=` may hold the option.
        ConfigPath::Default => match argv.iter().skip(1).find(|word| word.starts_with('$')) {
            Some(word) => Err(word.clone()),
            None => Ok(Some(HostPath::known(ConfigPath::DEFAULT))),
        },
    }
}

/// The units that may run the runtime behind a socket. A distribution that has a runtime of its own starts it inside its
/// own daemon.
fn units_of(endpoint: &str) -> Vec<KnownUnit> {
    let of = |distro: &'static Distro| {
        let config = distro.configs.first().copied().filter(|_| distro.has_own_runtime());
        distro.units.iter().map(move |unit| (*unit, config))
    };
    let mut distros = distro::by_socket(endpoint);
    // CRI-O is never restarted, and its command line names no config of containerd.
    distros.retain(|distro| distro.runtime == RuntimeName::Containerd);
    if distros.is_empty() {
        distros.push(DISTROS[0]);
    }
    distros.into_iter().flat_map(of).collect()
}

/// The first of the units that systemd knows and runs, else the first one that it knows.
fn over_dbus(root: &Root, units: &[KnownUnit], service: &mut Service) -> Result<(Manager, Unit), String> {
    let mut manager = restart::connect(root)?;
    let mut known = None;
    for (unit, _) in units {
        let Some(found) = manager.unit(unit).map_err(|error| error.to_string())? else { continue };
        let runs = matches!(found.active_state.as_str(), "active" | "activating" | "reloading");
        if runs || known.is_none() {
            known = Some((*unit, found));
        }
        if runs {
            break;
        }
    }
    let names = || units.iter().map(|(unit, _)| *unit).collect::<Vec<_>>().join(", ");
    let (unit, found) = known.ok_or_else(|| format!("systemd has no unit {}", names()))?;
    service.unit = Some(unit.to_owned());
    // Every restart passes through "inactive", also one by systemd's own `Restart=` (systemd `service.c`).
    service.first_start = found.active_enter_monotonic_us > 0 && found.inactive_enter_monotonic_us == 0;
    service.failed = found.came_to_nothing();
    service.active_state = Some(found.active_state.clone());
    if let Some(argv) = found.exec_start.first() {
        service.argv = expand(argv, &found.environment);
    }
    if found.main_pid != 0 {
        service.pid = Some(found.main_pid);
    }
    Ok((manager, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_with_a_containerd_of_its_own_is_known_by_the_socket() {
        let (unit, config) = units_of("/run/k3s/containerd/containerd.sock")[0];
        let mut argv = vec!["/usr/local/bin/k3s".to_owned(), "server".to_owned()];
        assert_eq!(config_of(&mut argv, config), Ok(config.map(HostPath::known)));
        assert!(
            unit == "k3s.service" && argv.is_empty(),
            "k3s does not read a config file for `config dump`"
        );
        let own = ["/data/bin/containerd", "--config", "/x.toml"];
        let mut argv: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(config_of(&mut argv, config), Ok(Some(HostPath::known("/x.toml"))));
        for socket in ["/run/containerd/containerd.sock", "/run/crio/crio.sock", ""] {
            assert_eq!(units_of(socket), [("containerd.service", None)], "{socket}");
        }
    }

    #[test]
    fn a_config_file_that_the_command_line_does_not_tell_is_no_default() {
        let of = |words: &[&str]| {
            let mut argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            config_of(&mut argv, None)
        };
        let default = Ok(Some(HostPath::known("/etc/containerd/config.toml")));
        assert_eq!(of(&["/usr/bin/containerd"]), default);
        assert_eq!(of(&["/usr/bin/containerd", "--log-level", "info"]), default);
        for (words, unresolved) in [
            (&["/usr/bin/containerd", "--config", "${X}"][..], "${X}"),
            (&["/usr/bin/containerd", "--config=/etc/${X}.toml"], "/etc/${X}.toml"),
            (&["/usr/bin/containerd", "$OPTS"], "$OPTS"),
            (&["/usr/bin/containerd", "-c", "config.toml"], "config.toml"),
        ] {
            assert_eq!(of(words), Err(unresolved.to_owned()));
        }
    }
}
