//! A rollback that the host's systemd runs later unless it is cancelled: a transient timer and its service.
//!
//! The service runs a script in `/run/cni-bootstrap` and does nothing if the script is missing. So removing the
//! script disarms the timer even if systemd cannot be reached any more.

use std::time::Duration;

use super::restart::{connect, systemctl};
use super::root::Root;
use super::systemd::{JobEnd, Property, SystemdError, property};
use crate::node::{ROLLBACK_SCRIPT, RestartMethod};

const NAME: &str = "cni-bootstrap-roll-back";
const DESCRIPTION: &str = "Roll back the runtime's config unless cni-bootstrap says that the runtime is up";
/// The time limit for systemd to start or stop a timer.
const JOB: Duration = Duration::from_secs(20);
/// The script lies in the program's own directory and is read when the timer fires.
const RUN: &str = r#"[ ! -e "$0" ] || . "$0""#;
/// Checks that the host has the tools that the script calls.
const PROBE: &str = "PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; for tool in systemctl sha256sum readlink cp cat rm mv sync; do \
     command -v $tool >/dev/null || exit 9; done";

/// Checks that the host can roll back later: systemd takes transient units, and there is a shell with its tools.
pub fn can_be_armed(root: &Root, by: RestartMethod) -> Result<(), String> {
    let lacks = || "the host has no /bin/sh with systemctl, sha256sum and coreutils".to_owned();
    match by {
        RestartMethod::Dbus => {
            let mut manager = connect(root)?;
            let name = format!("cni-bootstrap-probe-{}.service", super::clock::now().millis());
            let properties = service(&["/bin/sh", "-c", PROBE]);
            match manager.start_transient(&name, properties, Vec::new(), JOB) {
                Ok(JobEnd::Done) => Ok(()),
                Ok(_) => Err(lacks()),
                Err(error) => Err(error.to_string()),
            }
        }
        RestartMethod::Nsenter => {
            let output = super::restart::on_host("/bin/sh", &["-c", PROBE], Vec::new(), JOB)
                .map_err(|error| error.to_string())?;
            if output.status.success() { Ok(()) } else { Err(lacks()) }
        }
        RestartMethod::Signal => Err("a restart by signal does not use systemd".to_owned()),
    }
}

/// Starts the timer. A running timer starts again.
pub fn arm(root: &Root, by: RestartMethod, after: Duration) -> Result<(), String> {
    stop(root, by)?;
    match by {
        RestartMethod::Dbus => {
            let mut manager = connect(root)?;
            let timer = vec![
                property::text("Description", DESCRIPTION),
                property::on_active(after),
                // systemd's default accuracy is a minute.
                property::span("AccuracyUSec", Duration::from_secs(1)),
                property::flag("RemainAfterElapse", false),
                property::text("CollectMode", "inactive-or-failed"),
            ];
            let services =
                vec![(format!("{NAME}.service"), service(&["/bin/sh", "-c", RUN, ROLLBACK_SCRIPT]))];
            match manager.start_transient(&format!("{NAME}.timer"), timer, services, JOB) {
                Ok(JobEnd::Done) => Ok(()),
                Ok(end) => Err(format!("systemd's job to start {NAME}.timer ended with {end:?}")),
                Err(error) => Err(error.to_string()),
            }
        }
        RestartMethod::Nsenter => {
            let unit = format!("--unit={NAME}");
            let description = format!("--description={DESCRIPTION}");
            let on_active = format!("--on-active={}", after.as_secs());
            // systemd would expand variables in the command line.
            let run = RUN.replace('$', "$$");
            let args = [
                "--quiet",
                "--collect",
                &unit,
                &description,
                &on_active,
                "--timer-property=AccuracySec=1s",
                "--timer-property=RemainAfterElapse=no",
                "--",
                "/bin/sh",
                "-c",
                &run,
                ROLLBACK_SCRIPT,
            ];
            let output =
                super::restart::of_systemd("systemd-run", &args, JOB).map_err(|error| error.to_string())?;
            if output.status.success() {
                return Ok(());
            }
            Err(format!("systemd-run: {}", super::restart::words(&output)))
        }
        RestartMethod::Signal => Err("a restart by signal has no rollback timer".to_owned()),
    }
}

/// Stops the timer if it runs. A rollback that has begun is not interrupted.
pub fn stop(root: &Root, by: RestartMethod) -> Result<(), String> {
    let timer = format!("{NAME}.timer");
    match by {
        RestartMethod::Dbus => {
            let mut manager = connect(root)?;
            match manager.unit(&timer) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
            match manager.stop(&timer, JOB) {
                Ok(_) | Err(SystemdError::NoSuchUnit(_)) => {}
                Err(error) => return Err(error.to_string()),
            }
            // systemd keeps a transient unit for a moment after it was stopped, and until then refuses a new unit
            // with the same name.
            for _ in 0..100 {
                if matches!(manager.unit(&timer), Ok(None)) {
                    return Ok(());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(format!("{timer} was stopped, but systemd still has it loaded"))
        }
        // `--quiet`: a missing unit is not worth a message.
        RestartMethod::Nsenter => systemctl(&["stop", "--quiet", &timer], JOB).map(drop),
        RestartMethod::Signal => Ok(()),
    }
}

fn service(argv: &[&str]) -> Vec<Property> {
    vec![
        property::text("Description", DESCRIPTION),
        property::text("Type", "oneshot"),
        property::text("CollectMode", "inactive-or-failed"),
        property::exec_start(argv),
    ]
}
