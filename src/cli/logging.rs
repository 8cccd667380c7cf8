//! The log on standard error, for a person or for a log collector.

use std::io::{self, IsTerminal as _, Write, stderr};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::words::LogFormat;
use crate::node::{json_for_terminals, one_line};

/// Starts logging. Only this crate's own events are logged: those of dependencies would not help a person.
pub fn init(format: Option<LogFormat>, level: tracing::Level) {
    let format = format.unwrap_or(if stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json });
    let registry = tracing_subscriber::registry().with(Targets::new().with_target("cni_bootstrap", level));
    // If standard error cannot be written, the error cannot be reported there: `eprintln!` would panic.
    let started = match format {
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(|| Lines(one_line))
                    .log_internal_errors(false)
                    .with_target(false)
                    .with_ansi(false),
            )
            .try_init(),
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(|| Lines(json_for_terminals))
                    .log_internal_errors(false)
                    .with_target(false),
            )
            .try_init(),
    };
    // A second call (in tests) keeps the first logger.
    let _ = started;
}

/// Writes one event of the log as one line in which no name can control a terminal. `tracing_subscriber` writes each
/// event with one call, which includes the line break.
struct Lines(fn(&str) -> String);

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let mut line = (self.0)(text.strip_suffix('\n').unwrap_or(&text)).replace('\n', "\\n");
        line.push('\n');
        stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
