//! Logs: to standard error, for a person or for a collector.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::args::LogFormat;

/// Starts logging. Only this crate's own lines are told: a dependency's would explain nothing to a person.
pub fn init(format: Option<LogFormat>, level: tracing::Level) {
    let format = format.unwrap_or(if stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json });
    let registry = tracing_subscriber::registry().with(Targets::new().with_target("cni_bootstrap", level));
    let started = match format {
        LogFormat::Text => registry
            .with(tracing_subscriber::fmt::layer().with_writer(stderr).with_target(false).with_ansi(false))
            .try_init(),
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(stderr)
                    .with_target(false),
            )
            .try_init(),
    };
    // A second call (tests) leaves the first one's in place.
    let _ = started;
}
