//! How containerd is started: its command line, and the systemd unit that says it.
//!
//! The running process's own arguments, or systemd's answer, are better witnesses; the text of the unit is for
//! where neither can be had, and for a change that systemd has not read yet.

mod argv;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use argv::{ConfigPath, config_path, expand};
pub use text::UnitFile;
