//! Whole messages: header and body.

use super::decode::Decoder;
use super::encode::Encoder;
use super::{MAX_MESSAGE, Type, Value, WireError};

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum MessageKind {
    /// A method call.
    Call,
    /// An answer.
    Return,
    /// An error answer.
    Error,
    /// A signal.
    Signal,
    /// A kind that a later specification adds; it is ignored.
    Other(u8),
}

/// A message, with the header fields that matter here.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Message {
    pub(in super::super) kind: MessageKind,
    /// The sender's number of the message, never 0.
    pub(in super::super) serial: u32,
    /// The serial of the call that this message answers.
    pub(in super::super) reply_to: Option<u32>,
    pub(in super::super) path: Option<String>,
    pub(in super::super) interface: Option<String>,
    pub(in super::super) member: Option<String>,
    pub(in super::super) error: Option<String>,
    pub(in super::super) destination: Option<String>,
    pub(in super::super) body: Vec<Value>,
}

/// The number of bytes at the start of a message that contain its length.
pub(in super::super) const FIXED: usize = 16;

/// The content of the first [`FIXED`] bytes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Fixed {
    little: bool,
    kind: u8,
    serial: u32,
    fields: usize,
    body: usize,
}

impl Fixed {
    pub(in super::super) fn read(bytes: &[u8; FIXED]) -> Result<Self, WireError> {
        let little = match bytes[0] {
            b'l' => true,
            b'B' => false,
            _ => return Err(WireError::Invalid("byte order")),
        };
        let number = |at: usize| {
            let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
        };
        let length = |at| usize::try_from(number(at)).unwrap_or(usize::MAX);
        let fixed = Self { little, kind: bytes[1], serial: number(8), fields: length(12), body: length(4) };
        if bytes[3] != 1 {
            return Err(WireError::Invalid("protocol version"));
        }
        if fixed.fields > MAX_MESSAGE || fixed.body > MAX_MESSAGE || fixed.rest() > MAX_MESSAGE {
            return Err(WireError::TooLarge("a message"));
        }
        Ok(fixed)
    }

    /// The number of bytes after the first [`FIXED`].
    pub(in super::super) fn rest(self) -> usize {
        self.fields.next_multiple_of(8) + self.body
    }
}

impl Message {
    pub(in super::super) fn call(
        serial: u32,
        path: &str,
        interface: &str,
        member: &str,
        body: Vec<Value>,
    ) -> Self {
        Self {
            kind: MessageKind::Call,
            serial,
            reply_to: None,
            path: Some(path.to_owned()),
            interface: Some(interface.to_owned()),
            member: Some(member.to_owned()),
            error: None,
            destination: Some("org.freedesktop.systemd1".to_owned()),
            body,
        }
    }

    /// Reads a message from its [`Fixed`] part and the [`Fixed::rest`] bytes after it.
    pub(in super::super) fn read(fixed: Fixed, rest: &[u8]) -> Result<Self, WireError> {
        let body_at = fixed.fields.next_multiple_of(8);
        let (Some(fields), Some(body)) = (rest.get(..fixed.fields), rest.get(body_at..)) else {
            return Err(WireError::Short);
        };
        let kind = match fixed.kind {
            0 => return Err(WireError::Invalid("message type")),
            1 => MessageKind::Call,
            2 => MessageKind::Return,
            3 => MessageKind::Error,
            4 => MessageKind::Signal,
            other => MessageKind::Other(other),
        };
        let mut message = Self { kind, serial: fixed.serial, ..Self::empty() };
        let mut signature = String::new();
        // The fields are one array `a(yv)`, whose length is in the fixed part. A struct is aligned to 8, and so is
        // the array's first byte.
        let mut decoder = Decoder::new(fields, fixed.little);
        let field = Type::Struct(vec![Type::Byte, Type::Variant]);
        while !decoder.is_at_end() {
            if let Value::Struct(pair) = decoder.value(&field)?
                && let [Value::Byte(code), Value::Variant(value)] = &pair[..]
            {
                message.field(*code, value, &mut signature);
            }
        }
        let mut decoder = Decoder::new(body, fixed.little);
        for kind in Type::list(&signature)? {
            message.body.push(decoder.value(&kind)?);
        }
        if !decoder.is_at_end() {
            return Err(WireError::Invalid("body: it is longer than its signature"));
        }
        Ok(message)
    }

    /// The bytes to send.
    pub(in super::super) fn write(&self) -> Result<Vec<u8>, WireError> {
        let mut body = Encoder::default();
        self.body.iter().try_for_each(|value| body.value(value))?;
        let kind = match self.kind {
            MessageKind::Call => 1,
            MessageKind::Return => 2,
            MessageKind::Error => 3,
            MessageKind::Signal => 4,
            MessageKind::Other(code) => code,
        };
        let length = u32::try_from(body.bytes.len()).map_err(|_| WireError::TooLarge("a message"))?;
        let mut head = Encoder { bytes: vec![b'l', kind, 0, 1] };
        head.value(&Value::U32(length))?;
        head.value(&Value::U32(self.serial))?;
        head.value(&self.fields())?;
        head.pad(8);
        head.bytes.append(&mut body.bytes);
        if head.bytes.len() > MAX_MESSAGE {
            return Err(WireError::TooLarge("a message"));
        }
        Ok(head.bytes)
    }

    fn fields(&self) -> Value {
        let signature: String = self.body.iter().map(|value| value.kind().to_string()).collect();
        let descriptors: u32 = self.body.iter().map(Value::descriptors).sum();
        let text = |text: &Option<String>| text.clone().map(Value::Text);
        let fields = [
            (1, self.path.clone().map(Value::Path)),
            (2, text(&self.interface)),
            (3, text(&self.member)),
            (4, text(&self.error)),
            (5, self.reply_to.map(Value::U32)),
            (6, text(&self.destination)),
            (8, (!signature.is_empty()).then_some(Value::Signature(signature))),
            (9, (descriptors > 0).then_some(Value::U32(descriptors))),
        ];
        let pair =
            |(code, value): (u8, Option<Value>)| Some(Value::Struct(vec![Value::Byte(code), value?.boxed()]));
        Value::Array(
            Type::Struct(vec![Type::Byte, Type::Variant]),
            fields.into_iter().filter_map(pair).collect(),
        )
    }

    fn field(&mut self, code: u8, value: &Value, signature: &mut String) {
        let text = || value.as_text().map(ToOwned::to_owned);
        match code {
            1 => self.path = text(),
            2 => self.interface = text(),
            3 => self.member = text(),
            4 => self.error = text(),
            5 => self.reply_to = value.as_number().and_then(|n| u32::try_from(n).ok()),
            6 => self.destination = text(),
            8 => *signature = text().unwrap_or_default(),
            // The sender (7), passed file descriptors (9) and fields of later specifications.
            _ => {}
        }
    }

    fn empty() -> Self {
        Self {
            kind: MessageKind::Other(0),
            serial: 0,
            reply_to: None,
            path: None,
            interface: None,
            member: None,
            error: None,
            destination: None,
            body: Vec::new(),
        }
    }
}
