//! Names of anchors, and tags.

use super::cursor::{Cursor, Stopped};

/// The name of the anchor or alias at the position.
pub(super) fn anchor<'t>(cursor: &mut Cursor<'t>) -> Result<&'t str, Stopped> {
    cursor.skip();
    let start = cursor.offset();
    while cursor.byte(0).is_ascii_alphanumeric() || matches!(cursor.byte(0), b'_' | b'-') {
        cursor.skip();
    }
    let name = cursor.since(start);
    let ends = cursor.is_white_or_end(0) || b"?:,]}%@`".contains(&cursor.byte(0));
    if name.is_empty() || !ends {
        return cursor
            .stop("the name of an anchor or alias has other characters than letters, digits, '-' and '_'");
    }
    Ok(name)
}

/// The tag at the position, with its `!`.
pub(super) fn tag<'t>(cursor: &mut Cursor<'t>, in_flow: bool) -> &'t str {
    let start = cursor.offset();
    while !(cursor.is_white_or_end(0) || in_flow && b",[]{}".contains(&cursor.byte(0))) {
        cursor.skip();
    }
    cursor.since(start)
}
