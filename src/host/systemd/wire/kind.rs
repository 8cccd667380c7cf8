//! Types and signatures.

use super::{MAX_DEPTH, WireError};
use std::fmt;

/// A single complete D-Bus type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `y`
    Byte,
    /// `b`
    Bool,
    /// `n`
    I16,
    /// `q`
    U16,
    /// `i`
    I32,
    /// `u`
    U32,
    /// `x`
    I64,
    /// `t`
    U64,
    /// `d`
    Double,
    /// `h`: the index of a passed file descriptor
    Fd,
    /// `s`
    Text,
    /// `o`
    Path,
    /// `g`
    Signature,
    /// `v`
    Variant,
    /// `a` and the type of its elements
    Array(Box<Type>),
    /// `(` members `)`
    Struct(Vec<Type>),
    /// `{` key value `}`, only inside an array
    Entry(Box<Type>, Box<Type>),
}

impl Type {
    /// Parses the complete types in `signature` (`a(sasb)u` has two).
    pub fn list(signature: &str) -> Result<Vec<Self>, WireError> {
        let bad = || WireError::Signature(signature.to_owned());
        if signature.len() > 255 {
            return Err(WireError::TooLarge("a signature"));
        }
        let mut rest = signature.as_bytes();
        let mut types = Vec::new();
        while !rest.is_empty() {
            let (kind, after) = one(rest, 0).ok_or_else(bad)?;
            types.push(kind);
            rest = after;
        }
        Ok(types)
    }

    /// The alignment of a value of this type, in bytes.
    pub(super) fn alignment(&self) -> usize {
        match self {
            Self::Byte | Self::Signature | Self::Variant => 1,
            Self::I16 | Self::U16 => 2,
            Self::Bool | Self::I32 | Self::U32 | Self::Fd | Self::Text | Self::Path | Self::Array(_) => 4,
            Self::I64 | Self::U64 | Self::Double | Self::Struct(_) | Self::Entry(..) => 8,
        }
    }
}

/// The type at the start of `text`, and the rest of the text.
fn one(text: &[u8], depth: usize) -> Option<(Type, &[u8])> {
    let (first, rest) = text.split_first()?;
    if depth >= MAX_DEPTH {
        return None;
    }
    let kind = match first {
        b'y' => Type::Byte,
        b'b' => Type::Bool,
        b'n' => Type::I16,
        b'q' => Type::U16,
        b'i' => Type::I32,
        b'u' => Type::U32,
        b'x' => Type::I64,
        b't' => Type::U64,
        b'd' => Type::Double,
        b'h' => Type::Fd,
        b's' => Type::Text,
        b'o' => Type::Path,
        b'g' => Type::Signature,
        b'v' => Type::Variant,
        b'a' => {
            let (inner, rest) = match rest.strip_prefix(b"{") {
                Some(rest) => entry(rest, depth + 1)?,
                None => one(rest, depth + 1)?,
            };
            return Some((Type::Array(Box::new(inner)), rest));
        }
        b'(' => return members(rest, depth + 1),
        _ => return None,
    };
    Some((kind, rest))
}

fn members(mut rest: &[u8], depth: usize) -> Option<(Type, &[u8])> {
    let mut members = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix(b")") {
            return (!members.is_empty()).then_some((Type::Struct(members), after));
        }
        let (member, after) = one(rest, depth)?;
        members.push(member);
        rest = after;
    }
}

fn entry(rest: &[u8], depth: usize) -> Option<(Type, &[u8])> {
    let (key, rest) = one(rest, depth)?;
    let (value, rest) = one(rest, depth)?;
    let basic = !matches!(key, Type::Variant | Type::Array(_) | Type::Struct(_));
    let rest = rest.strip_prefix(b"}")?;
    basic.then(|| (Type::Entry(Box::new(key), Box::new(value)), rest))
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match self {
            Self::Byte => "y",
            Self::Bool => "b",
            Self::I16 => "n",
            Self::U16 => "q",
            Self::I32 => "i",
            Self::U32 => "u",
            Self::I64 => "x",
            Self::U64 => "t",
            Self::Double => "d",
            Self::Fd => "h",
            Self::Text => "s",
            Self::Path => "o",
            Self::Signature => "g",
            Self::Variant => "v",
            Self::Array(inner) => return write!(f, "a{inner}"),
            Self::Entry(key, value) => return write!(f, "{{{key}{value}}}"),
            Self::Struct(members) => {
                f.write_str("(")?;
                members.iter().try_for_each(|member| member.fmt(f))?;
                ")"
            }
        };
        f.write_str(code)
    }
}
