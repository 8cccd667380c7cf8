//! Strings and keys as Go reads them.

use std::borrow::Cow;

/// The string that `raw`, with its quotes, stands for. As in Go's `unquote`, invalid UTF-8 and a lone half of a
/// surrogate pair become U+FFFD.
pub(super) fn unquote(raw: &[u8]) -> Cow<'_, str> {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let Some((&escape, tail)) = rest.split_first() else { break };
        rest = tail;
        let char = match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => code_point(&mut rest),
            other => char::from(other),
        };
        bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The character for the hexadecimal digits at the start of `rest`, with the second half of a pair if it follows.
fn code_point(rest: &mut &[u8]) -> char {
    let Some(first) = hex(rest) else { return char::REPLACEMENT_CHARACTER };
    *rest = &rest[4..];
    if let Some(char) = char::from_u32(first) {
        return char;
    }
    let second = rest.strip_prefix(b"\\u").and_then(hex);
    match second {
        Some(low @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
            *rest = &rest[6..];
            char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00))
                .unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn hex(text: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(text.get(..4)?).ok()?, 16).ok()
}

/// True if Go's `encoding/json` reads the key `key` into the struct field `field`: case does not matter, and the long
/// s and the Kelvin sign equal `s` and `k` (`fold.go`).
pub(in crate::cni) fn same_key(key: &str, field: &str) -> bool {
    key.chars().map(fold).eq(field.chars().map(fold))
}

fn fold(char: char) -> char {
    match char {
        'ſ' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_as_go_reads_them() {
        for (raw, read) in [
            (&b"\"abc\""[..], "abc"),
            (br#""\u0074ype""#, "type"),
            (br#""a\/\"\\\b\f\n\r\t""#, "a/\"\\\u{8}\u{c}\n\r\t"),
            (br#""\ud83d\ude00""#, "😀"),
            (br#""\ud800""#, "\u{fffd}"),
            (br#""\ud800x""#, "\u{fffd}x"),
            (br#""\ud800\u0041""#, "\u{fffd}A"),
            (br#""\udc00\udc00""#, "\u{fffd}\u{fffd}"),
            (br#""\ud800\ud83d\ude00""#, "\u{fffd}😀"),
            (b"\"\xff\\n\"", "\u{fffd}\n"),
            (b"\"\"", ""),
        ] {
            assert_eq!(unquote(raw), read);
        }
    }

    #[test]
    fn fields_match_in_any_case() {
        assert!(same_key("TyPe", "type"));
        assert!(same_key("dnſ", "dns"));
        assert!(!same_key("types", "type"));
        assert!(!same_key("typé", "type"));
    }
}
