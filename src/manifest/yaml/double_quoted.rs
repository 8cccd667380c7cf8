//! Texts in double quotes, with escapes. As in libyaml, their lines may stand at any column.

use super::Text;
use super::cursor::{Cursor, Stopped};
use super::quoted::Quoted;

pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Text<'t>, Stopped> {
    let mut quoted = Quoted::begin(cursor);
    loop {
        quoted.word(cursor, |byte| matches!(byte, b'"' | b'\\'))?;
        match cursor.byte(0) {
            b'"' => return Ok(quoted.end(cursor)),
            b'\\' => {
                quoted.made(cursor);
                cursor.skip();
                if cursor.break_length(0) > 0 {
                    quoted.escaped_break(cursor);
                } else {
                    let escaped = escape(cursor)?;
                    quoted.made(cursor).push(escaped);
                }
            }
            _ => quoted.white(cursor),
        }
    }
}

/// The character of the escape behind the backslash at the position.
fn escape(cursor: &mut Cursor<'_>) -> Result<char, Stopped> {
    let (c, digits) = match cursor.byte(0) {
        b'0' => ('\0', 0),
        b'a' => ('\x07', 0),
        b'b' => ('\x08', 0),
        b't' | b'\t' => ('\t', 0),
        b'n' => ('\n', 0),
        b'v' => ('\x0b', 0),
        b'f' => ('\x0c', 0),
        b'r' => ('\r', 0),
        b'e' => ('\x1b', 0),
        byte @ (b' ' | b'"' | b'\'' | b'/' | b'\\') => (char::from(byte), 0),
        b'N' => ('\u{85}', 0),
        b'_' => ('\u{a0}', 0),
        b'L' => ('\u{2028}', 0),
        b'P' => ('\u{2029}', 0),
        b'x' => ('\0', 2),
        b'u' => ('\0', 4),
        b'U' => ('\0', 8),
        _ => return cursor.stop("double quotes have no such escape; write \\\\ for a backslash"),
    };
    cursor.skip();
    if digits == 0 {
        return Ok(c);
    }
    let code = hex(cursor, digits);
    let Some(c) = code.and_then(char::from_u32) else {
        return cursor.stop("the digits of an escape do not name a character");
    };
    cursor.skip_ascii(digits);
    Ok(c)
}

fn hex(cursor: &Cursor<'_>, digits: usize) -> Option<u32> {
    let text = cursor.rest().get(..digits)?;
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(text, 16).ok())?
}
