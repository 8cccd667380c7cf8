//! Encodes values to bytes, always little endian (the header says so).

use super::{Value, WireError};

/// The bytes so far, aligned from the start of the message.
#[derive(Default)]
pub(super) struct Encoder {
    pub(super) bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn pad(&mut self, alignment: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(alignment), 0);
    }

    /// Appends one value. An array with elements of another type is an error.
    pub(super) fn value(&mut self, value: &Value) -> Result<(), WireError> {
        self.pad(value.kind().alignment());
        match value {
            Value::Byte(n) => self.bytes.push(*n),
            Value::Bool(on) => self.put(&u32::from(*on).to_le_bytes()),
            Value::I16(n) => self.put(&n.to_le_bytes()),
            Value::U16(n) => self.put(&n.to_le_bytes()),
            Value::I32(n) => self.put(&n.to_le_bytes()),
            Value::U32(n) | Value::Fd(n) => self.put(&n.to_le_bytes()),
            Value::I64(n) => self.put(&n.to_le_bytes()),
            Value::U64(n) => self.put(&n.to_le_bytes()),
            Value::Double(n) => self.put(&n.to_le_bytes()),
            Value::Text(text) | Value::Path(text) => self.text(text)?,
            Value::Signature(text) => self.signature(text)?,
            Value::Variant(inner) => {
                self.signature(&inner.kind().to_string())?;
                self.value(inner)?;
            }
            Value::Array(kind, items) => {
                let length_at = self.bytes.len();
                self.put(&[0; 4]);
                // The padding before the first element is not part of the length.
                self.pad(kind.alignment());
                let start = self.bytes.len();
                for item in items {
                    if item.kind() != *kind {
                        return Err(WireError::Invalid("array: an element is of another type"));
                    }
                    self.value(item)?;
                }
                let length = length(self.bytes.len() - start)?;
                self.bytes[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
            }
            Value::Struct(members) => members.iter().try_for_each(|member| self.value(member))?,
            Value::Entry(key, value) => {
                self.value(key)?;
                self.value(value)?;
            }
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) -> Result<(), WireError> {
        if text.contains('\0') {
            return Err(WireError::Invalid("string: it contains a NUL byte"));
        }
        self.put(&length(text.len())?.to_le_bytes());
        self.put(text.as_bytes());
        self.bytes.push(0);
        Ok(())
    }

    fn signature(&mut self, text: &str) -> Result<(), WireError> {
        self.bytes.push(u8::try_from(text.len()).map_err(|_| WireError::TooLarge("a signature"))?);
        self.put(text.as_bytes());
        self.bytes.push(0);
        Ok(())
    }
}

fn length(length: usize) -> Result<u32, WireError> {
    u32::try_from(length).ok().filter(|_| length <= super::MAX_MESSAGE).ok_or(WireError::TooLarge("a length"))
}
