//! Checks of the daemon itself before it serves (`server.go`, `command/main.go`, `log`).

use super::context::{Context, Loss};
use super::duration::is_duration;
use super::read::{entries, filled, text};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};
use crate::node::Observed;

/// The levels of logrus' `ParseLevel`, which ignores case.
const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];
const LEVELS_SPELLED: &str = "write one of error, warn, info, debug, trace";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(timeouts(context));
    if !context.is_from(2, 3) {
        refusals.extend(log(context));
        refusals.extend(key_pair(context));
    }
    refusals.extend(plugin_durations(context));
    refusals
}

fn timeouts(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(_, value): (&String, &Tree)| {
        let rule = match (text(Some(value)), value) {
            (Some(text), _) if is_duration(text.value) => return None,
            (Some(text), _) => format!("is {:?}, which is not a duration", text.value),
            // A placeholder.
            (None, Tree::Leaf(Scalar::Text(_), _)) => return None,
            (None, _) => "is not a string".to_owned(),
        };
        Some(context.refuse(value, Loss::Daemon, "server.go New", &rule, "write it as \"5s\" or \"1m30s\""))
    };
    entries(context.at(&["timeouts"])).filter_map(refuse).collect()
}

fn log(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Some(level) = filled(context.at(&["debug", "level"]))
        && !LEVELS.contains(&level.value.to_lowercase().as_str())
    {
        let rule = format!("is {:?}, which is not a log level", level.value);
        refusals.push(context.refuse(level.tree, Loss::Daemon, "log SetLevel", &rule, LEVELS_SPELLED));
    }
    if let Some(format) = filled(context.at(&["debug", "format"]))
        && !matches!(format.value, "text" | "json")
    {
        let rule = format!("is {:?}, which is not a log format", format.value);
        refusals.push(context.refuse(
            format.tree,
            Loss::Daemon,
            "log SetFormat",
            &rule,
            "write text or json",
        ));
    }
    refusals
}

/// The daemon loads the certificate of the TCP endpoint even if no such endpoint is set. The content of the files is
/// not judged.
fn key_pair(context: &Context<'_>) -> Vec<Refusal> {
    let Some(cert) = filled(context.at(&["grpc", "tcp_tls_cert"])) else { return Vec::new() };
    let mut refusals = Vec::new();
    if context.at(&["grpc", "tcp_tls_key"]).is_none() {
        let rule = "is set without tcp_tls_key";
        refusals.push(context.refuse(
            cert.tree,
            Loss::Daemon,
            "server.go New",
            rule,
            "set tcp_tls_key as well",
        ));
    }
    for key in ["tcp_tls_cert", "tcp_tls_key", "tcp_tls_ca"] {
        let Some(path) = filled(context.at(&["grpc", key])) else { continue };
        let rule = match context.look(path.value) {
            Observed::Absent => "names a file that does not exist",
            Observed::Present(SeenKind::Directory(_)) => "names a directory",
            Observed::Present(SeenKind::File(_)) | Observed::Unknown(_) => continue,
        };
        refusals.push(context.refuse(
            path.tree,
            Loss::Daemon,
            "server.go New",
            rule,
            "put the PEM file there",
        ));
    }
    refusals
}

/// Durations in plugin tables. A bad one ends the daemon, even if CRI does not need the plugin.
fn plugin_durations(context: &Context<'_>) -> Vec<Refusal> {
    let mut keys = vec![
        ("io.containerd.gc.v1.scheduler", "schedule_delay"),
        ("io.containerd.gc.v1.scheduler", "startup_delay"),
    ];
    if context.is_split() {
        keys.extend([
            ("io.containerd.monitor.container.v1.restart", "interval"),
            ("io.containerd.image-verifier.v1.bindir", "per_verifier_timeout"),
        ]);
    }
    // 2.x moves the table if the version is older (`plugins/restart/monitor.go`).
    if !context.is_split() || context.version() < 3 {
        keys.push(("io.containerd.internal.v1.restart", "interval"));
    }
    if context.is_from(1, 7) {
        keys.extend([
            ("io.containerd.nri.v1.nri", "plugin_registration_timeout"),
            ("io.containerd.nri.v1.nri", "plugin_request_timeout"),
        ]);
    }
    let refuse = |(plugin, key)| {
        let text = text(context.at(&["plugins", plugin, key])).filter(|text| !is_duration(text.value))?;
        let rule = format!("is {:?}, which is not a duration", text.value);
        Some(context.refuse(text.tree, Loss::Daemon, "config.go Decode", &rule, "write it as 5s or 100ms"))
    };
    keys.into_iter().filter_map(refuse).collect()
}
