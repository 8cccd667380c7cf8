//! Writes keys and values as TOML.

use std::fmt::Write as _;

use crate::containerd::tree::Scalar;

/// A key as TOML: bare if allowed.
pub(super) fn key(key: &str) -> String {
    let bare = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { key.to_owned() } else { string(key) }
}

/// Keys joined by dots.
pub(crate) fn dotted<S: AsRef<str>>(keys: &[S]) -> String {
    keys.iter().map(|part| key(part.as_ref())).collect::<Vec<_>>().join(".")
}

/// A value; a string keeps the quotes of `before`, the value that it replaces.
pub(super) fn value(scalar: &Scalar, before: Option<&str>) -> String {
    match scalar {
        Scalar::Int(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Other(text) => text.clone(),
        Scalar::Text(text) => {
            let literal = before.is_some_and(|before| before.starts_with('\'') && !before.starts_with("'''"));
            if literal && !text.contains('\'') && !text.chars().any(char::is_control) {
                format!("'{text}'")
            } else {
                string(text)
            }
        }
    }
}

/// A basic string of TOML 1.0.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            char if char.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
