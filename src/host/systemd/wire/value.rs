//! Values of D-Bus.

use super::Type;

/// A D-Bus value of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `y`
    Byte(u8),
    /// `b`
    Bool(bool),
    /// `n`
    I16(i16),
    /// `q`
    U16(u16),
    /// `i`
    I32(i32),
    /// `u`
    U32(u32),
    /// `x`
    I64(i64),
    /// `t`
    U64(u64),
    /// `d`
    Double(f64),
    /// `h`
    Fd(u32),
    /// `s`
    Text(String),
    /// `o`
    Path(String),
    /// `g`
    Signature(String),
    /// `v`
    Variant(Box<Value>),
    /// `a`: the type of the elements, which an empty array also has, and the elements
    Array(Type, Vec<Value>),
    /// `(...)`
    Struct(Vec<Value>),
    /// `{...}`
    Entry(Box<Value>, Box<Value>),
}

impl Value {
    /// The text `s`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The array `as`.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::Array(Type::Text, texts.into_iter().map(Self::text).collect())
    }

    /// This value inside a `v`.
    #[must_use]
    pub fn boxed(self) -> Self {
        Self::Variant(Box::new(self))
    }

    /// The number of file descriptors in the value.
    pub(super) fn descriptors(&self) -> u32 {
        match self {
            Self::Fd(_) => 1,
            Self::Variant(inner) => inner.descriptors(),
            Self::Array(_, items) | Self::Struct(items) => items.iter().map(Self::descriptors).sum(),
            Self::Entry(key, value) => key.descriptors() + value.descriptors(),
            _ => 0,
        }
    }

    /// The type of the value.
    pub fn kind(&self) -> Type {
        match self {
            Self::Byte(_) => Type::Byte,
            Self::Bool(_) => Type::Bool,
            Self::I16(_) => Type::I16,
            Self::U16(_) => Type::U16,
            Self::I32(_) => Type::I32,
            Self::U32(_) => Type::U32,
            Self::I64(_) => Type::I64,
            Self::U64(_) => Type::U64,
            Self::Double(_) => Type::Double,
            Self::Fd(_) => Type::Fd,
            Self::Text(_) => Type::Text,
            Self::Path(_) => Type::Path,
            Self::Signature(_) => Type::Signature,
            Self::Variant(_) => Type::Variant,
            Self::Array(inner, _) => Type::Array(Box::new(inner.clone())),
            Self::Struct(members) => Type::Struct(members.iter().map(Self::kind).collect()),
            Self::Entry(key, value) => Type::Entry(Box::new(key.kind()), Box::new(value.kind())),
        }
    }

    /// The text of `s`, `o` or `g`.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Path(text) | Self::Signature(text) => Some(text),
            _ => None,
        }
    }

    /// A number that is not negative: `y`, `q`, `u`, `t`, `i`.
    pub fn as_number(&self) -> Option<u64> {
        match self {
            Self::Byte(n) => Some((*n).into()),
            Self::U16(n) => Some((*n).into()),
            Self::U32(n) => Some((*n).into()),
            Self::U64(n) => Some(*n),
            Self::I32(n) => u64::try_from(*n).ok(),
            _ => None,
        }
    }

    /// The elements of an array or the members of a struct.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(_, items) | Self::Struct(items) => Some(items),
            _ => None,
        }
    }
}
