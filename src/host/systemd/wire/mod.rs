//! The D-Bus wire format: types, values, messages. It converts bytes and values, and touches no socket.
//!
//! Source: the D-Bus specification, "Type system" and "Message protocol". Every length is checked against the
//! available bytes before it is used, so no input can cause a panic or an unlimited allocation.

mod decode;
mod encode;
mod kind;
mod message;
#[cfg(test)]
mod tests;
mod value;

pub use kind::Type;
pub(super) use message::{FIXED, Fixed, Message, MessageKind};
pub use value::Value;

/// The size limit of a message. The specification allows 128 MiB; systemd's largest answer here (all properties of a
/// unit) has some kilobytes.
pub(super) const MAX_MESSAGE: usize = 16 << 20;

/// The limit of values in one message: an array of bytes needs more memory as values than on the wire.
const MAX_VALUES: usize = 1 << 20;

/// The limit of nesting (from the specification: 32 arrays and 32 structs).
const MAX_DEPTH: usize = 64;

/// The reason why bytes are not a D-Bus message, or why a value cannot be sent as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end inside a value.
    #[error("the message ends inside a value")]
    Short,
    /// A length, count or depth exceeds its limit.
    #[error("{0} is past its limit")]
    TooLarge(&'static str),
    /// Invalid signature.
    #[error("{0:?} is not a D-Bus signature")]
    Signature(String),
    /// The bytes are not a value of the type in the signature.
    #[error("no valid {0}")]
    Invalid(&'static str),
}
