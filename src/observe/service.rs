//! The service manager of the runtime, its config file, and the methods that can restart it.

use std::collections::BTreeSet;

use crate::containerd::{ConfigPath, config_path, expand};
use crate::host::{Root, restart};
use crate::node::{HostPath, Observed, RestartMethod, Service};
use crate::plan::Settings;

/// A unit that runs a containerd, and the config file it uses. If a daemon starts its own containerd, systemd does
/// not show that file.
type Unit = (&'static str, Option<&'static str>);

/// The units that may run a runtime, by its socket. A distribution with its own containerd runs it inside its own
/// daemon.
const UNITS: [(&str, &[Unit]); 3] = [
    (
        "/run/k3s/",
        &[
            ("k3s.service", Some("/var/lib/rancher/k3s/agent/etc/containerd/config.toml")),
            ("k3s-agent.service", Some("/var/lib/rancher/k3s/agent/etc/containerd/config.toml")),
            ("rke2-server.service", Some("/var/lib/rancher/rke2/agent/etc/containerd/config.toml")),
            ("rke2-agent.service", Some("/var/lib/rancher/rke2/agent/etc/containerd/config.toml")),
        ],
    ),
    (
        "/var/snap/microk8s/",
        &[(
            "snap.microk8s.daemon-containerd.service",
            Some("/var/snap/microk8s/current/args/containerd.toml"),
        )],
    ),
    (
        "/run/k0s/",
        &[
            ("k0sworker.service", Some("/etc/k0s/containerd.toml")),
            ("k0scontroller.service", Some("/etc/k0s/containerd.toml")),
        ],
    ),
];

/// Asks systemd for the unit, searches for the process, and connects to each allowed restart method up to the first
/// that works (promise 10 of the contract: connect, not stat; nothing that is not needed is asked).
pub(super) fn service(
    root: &Root,
    settings: &Settings,
    endpoint: Option<&HostPath>,
    unusable: &BTreeSet<RestartMethod>,
) -> Observed<Service> {
    let mut service = Service::default();
    let units = units_of(endpoint.map_or("", HostPath::as_str));
    let dbus = over_dbus(root, units, &mut service);
    let (unit, config) =
        units.iter().find(|(unit, _)| service.unit.as_deref() == Some(*unit)).unwrap_or(&units[0]);
    let process = restart::process(service.pid);
    if let Ok(process) = &process {
        service.pid = Some(process.pid);
        // The running process is better evidence than the unit's command line.
        service.argv.clone_from(&process.argv);
    }
    for method in settings.methods() {
        let answer = match method {
            RestartMethod::Dbus => dbus.clone(),
            RestartMethod::Nsenter => restart::nsenter_answers(unit),
            RestartMethod::Signal => restart::signal_answers(root, unit, &process),
        };
        if answer.is_ok() && method == RestartMethod::Nsenter && service.unit.is_none() {
            service.unit = Some((*unit).to_owned());
        }
        if answer.is_ok() && method == RestartMethod::Nsenter && dbus.is_err() {
            service.first_start = restart::nsenter_first_start(unit);
            service.failed = restart::nsenter_came_to_nothing(unit);
        }
        if answer.is_ok() && method != RestartMethod::Signal {
            service.timers.push((method, crate::host::rollback_timer::can_be_armed(root, method)));
            if service.taken_along.is_empty() && method == RestartMethod::Nsenter {
                service.taken_along = restart::nsenter_taken_along(unit);
            }
        }
        let is_usable = answer.is_ok() && !unusable.contains(&method);
        service.methods.push((method, answer));
        if is_usable {
            break;
        }
    }
    (service.config, service.unresolved) = match config_of(&mut service.argv, *config) {
        Ok(config) => (config, None),
        Err(word) => (None, Some(word)),
    };
    Observed::Present(service)
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

fn units_of(endpoint: &str) -> &'static [Unit] {
    let own = UNITS.iter().find(|(directory, _)| endpoint.starts_with(directory));
    own.map_or(&[("containerd.service", None)], |(_, units)| units)
}

/// The first of the units that systemd knows and runs, else the first one that it knows.
fn over_dbus(root: &Root, units: &[Unit], service: &mut Service) -> Result<(), String> {
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
    service.taken_along = restart::taken_along(&mut manager, &found);
    // Every restart passes through "inactive", also one by systemd's own `Restart=` (systemd `service.c`).
    service.first_start = found.active_enter_monotonic_us > 0 && found.inactive_enter_monotonic_us == 0;
    service.failed = found.came_to_nothing();
    service.active_state = Some(found.active_state);
    if let Some(argv) = found.exec_start.into_iter().next() {
        service.argv = expand(&argv, &found.environment);
    }
    if found.main_pid != 0 {
        service.pid = Some(found.main_pid);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_with_a_containerd_of_its_own_is_known_by_the_socket() {
        let (unit, config) = units_of("/run/k3s/containerd/containerd.sock")[0];
        let mut argv = vec!["/usr/local/bin/k3s".to_owned(), "server".to_owned()];
        assert_eq!(config_of(&mut argv, config), Ok(config.map(HostPath::known)));
        assert!(unit == "k3s.service" && argv.is_empty(), "k3s is no containerd to have a file read by");
        let own = ["/data/bin/containerd", "--config", "/x.toml"];
        let mut argv: Vec<String> = own.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(config_of(&mut argv, config), Ok(Some(HostPath::known("/x.toml"))));
        assert_eq!(units_of("/run/containerd/containerd.sock"), [("containerd.service", None)]);
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
