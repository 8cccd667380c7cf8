//! The running runtime's own report: its version, loaded networks and live values (CRI `Status`, verbose).
//!
//! No other source shows what containerd runs with: `config dump` reads the files on disk again, and `NetworkReady`
//! stays true even if a plugin's binary is missing (measured on 1.6.20).

mod json;
mod read;
#[cfg(test)]
mod tests;
