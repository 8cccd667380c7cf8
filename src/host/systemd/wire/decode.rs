//! Decodes bytes to values.

use super::{MAX_DEPTH, MAX_VALUES, Type, Value, WireError};

/// Reads values from `bytes`, which begin at the alignment of a message.
pub(super) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    little: bool,
    /// The number of values that may still be read.
    budget: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8], little: bool) -> Self {
        Self { bytes, at: 0, little, budget: MAX_VALUES }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn value(&mut self, kind: &Type) -> Result<Value, WireError> {
        self.nested(kind, 0)
    }

    fn nested(&mut self, kind: &Type, depth: usize) -> Result<Value, WireError> {
        self.budget = self.budget.checked_sub(1).ok_or(WireError::TooLarge("the number of values"))?;
        if depth > MAX_DEPTH {
            return Err(WireError::TooLarge("the depth of a value"));
        }
        self.skip_padding(kind.alignment())?;
        Ok(match kind {
            Type::Byte => Value::Byte(self.array::<1>()?[0]),
            Type::Bool => match self.u32()? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return Err(WireError::Invalid("boolean")),
            },
            Type::I16 => Value::I16(i16::from_le_bytes(self.array()?)),
            Type::U16 => Value::U16(u16::from_le_bytes(self.array()?)),
            Type::I32 => Value::I32(i32::from_le_bytes(self.array()?)),
            Type::U32 => Value::U32(self.u32()?),
            Type::Fd => Value::Fd(self.u32()?),
            Type::I64 => Value::I64(i64::from_le_bytes(self.array()?)),
            Type::U64 => Value::U64(u64::from_le_bytes(self.array()?)),
            Type::Double => Value::Double(f64::from_le_bytes(self.array()?)),
            Type::Text => Value::Text(self.text()?),
            Type::Path => Value::Path(self.text()?),
            Type::Signature => Value::Signature(self.signature()?),
            Type::Variant => {
                let mut types = Type::list(&self.signature()?)?;
                let (Some(kind), None) = (types.pop(), types.pop()) else {
                    return Err(WireError::Invalid("variant: it must have one type"));
                };
                Value::Variant(Box::new(self.nested(&kind, depth + 1)?))
            }
            Type::Array(kind) => self.items(kind, depth + 1)?,
            Type::Struct(members) => {
                let members = members.iter().map(|kind| self.nested(kind, depth + 1));
                Value::Struct(members.collect::<Result<_, _>>()?)
            }
            Type::Entry(key, value) => {
                let key = self.nested(key, depth + 1)?;
                Value::Entry(Box::new(key), Box::new(self.nested(value, depth + 1)?))
            }
        })
    }

    fn items(&mut self, kind: &Type, depth: usize) -> Result<Value, WireError> {
        let length = self.length()?;
        self.skip_padding(kind.alignment())?;
        let end =
            self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(WireError::Short)?;
        let mut items = Vec::new();
        while self.at < end {
            items.push(self.nested(kind, depth)?);
        }
        if self.at > end {
            return Err(WireError::Invalid("array: its last element is longer than it"));
        }
        Ok(Value::Array(kind.clone(), items))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let rest = self.bytes.get(self.at..).and_then(|rest| rest.get(..count)).ok_or(WireError::Short)?;
        self.at += count;
        Ok(rest)
    }

    /// `N` bytes, lowest byte first for both byte orders of a message.
    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut bytes: [u8; N] = self.take(N)?.try_into().map_err(|_| WireError::Short)?;
        if !self.little {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn length(&mut self) -> Result<usize, WireError> {
        usize::try_from(self.u32()?).map_err(|_| WireError::TooLarge("a length"))
    }

    pub(super) fn skip_padding(&mut self, alignment: usize) -> Result<(), WireError> {
        let padding = self.at.next_multiple_of(alignment) - self.at;
        if self.take(padding)?.iter().any(|byte| *byte != 0) {
            return Err(WireError::Invalid("padding"));
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String, WireError> {
        let length = self.length()?;
        self.terminated(length)
    }

    fn signature(&mut self) -> Result<String, WireError> {
        let [length] = self.array()?;
        self.terminated(length.into())
    }

    fn terminated(&mut self, length: usize) -> Result<String, WireError> {
        let text = self.take(length)?;
        if self.take(1)? != [0] || text.contains(&0) {
            return Err(WireError::Invalid("string: its end is not its only NUL byte"));
        }
        String::from_utf8(text.to_vec()).map_err(|_| WireError::Invalid("string: it is not UTF-8"))
    }
}
