//! How containerd is started: its command line, and its systemd unit.
//!
//! The arguments of the running process and systemd's answer are better evidence. The unit's text is used if neither
//! is available, and for a change that systemd has not loaded yet.

mod argv;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use argv::{ConfigPath, config_path, expand};
pub use text::UnitFile;
