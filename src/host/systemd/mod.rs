//! A client for the host's systemd, over its private socket (`/run/systemd/private`).
//!
//! D-Bus libraries do not work with this socket: its messages come from the well-known name
//! `org.freedesktop.systemd1`, where a bus would use a unique name. The client is blocking, every call has a
//! deadline, and it needs no capability: systemd requires only user 0 in a PID namespace that it can see.

mod connection;
mod error;
mod manager;
pub mod property;
#[cfg(test)]
mod tests;
mod unit;
mod wire;

pub use error::SystemdError;
pub use manager::{JobEnd, Manager};
pub use property::Property;
pub use unit::Unit;
pub use wire::{Type, Value, WireError};

fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    let digits = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
