use super::{FIXED, Fixed, Message, MessageKind, Type, Value, WireError};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Message, WireError> {
    let (first, rest) = bytes.split_first_chunk::<FIXED>().ok_or(WireError::Short)?;
    let fixed = Fixed::read(first)?;
    Message::read(fixed, rest.get(..fixed.rest()).ok_or(WireError::Short)?)
}

fn call(body: Vec<Value>) -> Message {
    Message::call(7, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "Try", body)
}

/// Any value. The elements of an array have one type: each is made like the first.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<u8>().prop_map(Value::Byte),
        any::<bool>().prop_map(Value::Bool),
        any::<i16>().prop_map(Value::I16),
        any::<u16>().prop_map(Value::U16),
        any::<i32>().prop_map(Value::I32),
        any::<u32>().prop_map(Value::U32),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::U64),
        any::<f64>().prop_map(Value::Double),
        any::<u32>().prop_map(Value::Fd),
        "[^\0]{0,9}".prop_map(Value::Text),
        Just(Value::Path("/a/b".to_owned())),
        Just(Value::Signature("a{sv}".to_owned())),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Value::boxed),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Value::Struct),
            (inner.clone(), 0..4usize).prop_map(|(item, n)| Value::Array(item.kind(), vec![item; n])),
            ("[^\0]{0,5}", inner, 0..3usize).prop_map(|(key, item, n)| {
                let entry = Value::Entry(Box::new(Value::Text(key)), Box::new(item));
                Value::Array(entry.kind(), vec![entry; n])
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(body in proptest::collection::vec(value(), 0..4)) {
        let message = call(body);
        // A random signature may exceed the 255 bytes that the format allows; it is refused, not cut.
        if let Ok(bytes) = message.write() {
            prop_assert_eq!(read(&bytes), Ok(message));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_damaged_message_panics(
        body in proptest::collection::vec(value(), 0..4),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        if let Ok(mut bytes) = call(body).write() {
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = read(&bytes);
            let _ = read(&bytes[..cut.index(bytes.len())]);
        }
    }

    #[test]
    fn a_signature_is_what_its_types_print(text in "[ybnqiuxtdhsogva(){}]{0,40}") {
        if let Ok(types) = Type::list(&text) {
            prop_assert_eq!(types.iter().map(ToString::to_string).collect::<String>(), text);
        }
    }
}

#[test]
fn a_call_has_the_bytes_of_the_specification() {
    let message = Message { destination: None, interface: None, ..call(vec![Value::text("hi")]) };
    let mut bytes = b"l\x01\x00\x01\x07\x00\x00\x00\x07\x00\x00\x00\x3f\x00\x00\x00".to_vec();
    bytes.extend(b"\x01\x01o\x00\x19\x00\x00\x00/org/freedesktop/systemd1\x00\x00\x00\x00\x00\x00\x00");
    bytes.extend(b"\x03\x01s\x00\x03\x00\x00\x00Try\x00\x00\x00\x00\x00\x08\x01g\x00\x01s\x00\x00");
    bytes.extend(b"\x02\x00\x00\x00hi\x00");
    assert_eq!(message.write().unwrap(), bytes);
}

#[test]
fn a_big_endian_message_is_read() {
    let bytes = b"B\x02\x00\x01\x00\x00\x00\x08\x00\x00\x00\x05\x00\x00\x00\x0f\
        \x05\x01u\x00\x00\x00\x00\x07\x08\x01g\x00\x01t\x00\x00\
        \x00\x00\x00\x00\x00\x00\x01\x02";
    let message = read(bytes).unwrap();
    assert_eq!((message.kind, message.serial, message.reply_to), (MessageKind::Return, 5, Some(7)));
    assert_eq!(message.body, [Value::U64(0x102)]);
}

#[test]
fn a_length_past_the_limit_is_refused_before_anything_is_read() {
    for at in [4, 12] {
        let mut bytes = call(vec![]).write().unwrap();
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(read(&bytes), Err(WireError::TooLarge("a message")));
    }
}

#[test]
fn a_small_message_cannot_hold_more_values_than_the_budget() {
    let bytes =
        call(vec![Value::Array(Type::Byte, vec![Value::Byte(0); super::MAX_VALUES])]).write().unwrap();
    assert_eq!(read(&bytes), Err(WireError::TooLarge("the number of values")));
}

#[test]
fn nesting_ends_somewhere() {
    let deep = (0..100).fold(Value::Byte(1), |inner, _| inner.boxed());
    assert_eq!(read(&call(vec![deep]).write().unwrap()), Err(WireError::TooLarge("the depth of a value")));
    assert!(Type::list(&"a".repeat(200)).is_err());
    assert!(Type::list(&format!("{}s", "a".repeat(100))).is_err());
}

#[test]
fn what_is_no_signature_is_refused() {
    for text in ["a", "(", "()", "(s", "{sv}", "a{vs}", "a{s}", "a{sss}", "z", "a{(s)s}", ")"] {
        assert!(Type::list(text).is_err(), "{text}");
    }
}

#[test]
fn an_array_of_mixed_types_and_a_nul_are_not_sent() {
    let mixed = Value::Array(Type::Text, vec![Value::text("a"), Value::U32(1)]);
    assert!(call(vec![mixed]).write().is_err());
    assert!(call(vec![Value::text("a\0b")]).write().is_err());
}
