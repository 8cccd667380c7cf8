//! Texts in double quotes, with escapes. As in libyaml, their lines may stand at any column.

use super::Text;
use super::cursor::{Cursor, Stopped};
use super::line_fold::Gap;
use super::quoted::unclosed;

pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Text<'t>, Stopped> {
    let opened = cursor.place();
    cursor.skip();
    let start = cursor.offset();
    let mut made: Option<String> = None;
    let mut gap = Gap::default();
    loop {
        unclosed(cursor, opened)?;
        let word = cursor.offset();
        while !cursor.is_white_or_end(0) && !matches!(cursor.byte(0), b'"' | b'\\') {
            cursor.skip();
        }
        if let Some(text) = &mut made {
            gap.join(text);
            text.push_str(cursor.since(word));
        }
        match cursor.byte(0) {
            b'"' => break,
            b'\\' => {
                let text = made.get_or_insert_with(|| cursor.since(start).to_owned());
                cursor.skip();
                if cursor.break_length(0) > 0 {
                    cursor.skip_break();
                    gap = Gap::after_escaped_break();
                    blanks(cursor, &mut gap);
                } else {
                    text.push(escape(cursor)?);
                }
            }
            _ => {
                let before = cursor.since(start);
                blanks(cursor, &mut gap);
                if gap.lines && made.is_none() {
                    made = Some(before.to_owned());
                }
                if made.is_none() {
                    gap = Gap::default();
                }
            }
        }
    }
    let text = made.map_or_else(|| Text::Slice(cursor.since(start)), Text::from);
    cursor.skip();
    Ok(text)
}

fn blanks(cursor: &mut Cursor<'_>, gap: &mut Gap) {
    while !cursor.at_end() && cursor.is_white_or_end(0) {
        gap.take(cursor);
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
