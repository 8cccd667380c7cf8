//! The D-Bus wire format: types, values, messages. Bytes in, values out; nothing here touches a socket.
//!
//! Source: the D-Bus specification, "Type system" and "Message protocol". Every length is checked against what is
//! there before it is used, so that no bytes, however odd, make this panic or allocate without bound.

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

/// Larger messages are refused. The specification allows 128 MiB; systemd's largest answer here (all properties of
/// a unit) is some kilobytes.
pub(super) const MAX_MESSAGE: usize = 16 << 20;

/// How many values one message may hold: an array of bytes costs more as values than on the wire.
const MAX_VALUES: usize = 1 << 20;

/// How deep values may nest (the specification's bound: 32 arrays and 32 structs).
const MAX_DEPTH: usize = 64;

/// Why bytes are no D-Bus message, or a value cannot be sent as one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end inside a value.
    #[error("the message ends inside a value")]
    Short,
    /// A length, count or depth is past its limit.
    #[error("{0} is past its limit")]
    TooLarge(&'static str),
    /// A signature that is none.
    #[error("{0:?} is no D-Bus signature")]
    Signature(String),
    /// Bytes that are no value of the type that the signature says.
    #[error("no valid {0}")]
    Invalid(&'static str),
}
