//! Texts in single quotes. As in libyaml, their lines may stand at any column.

use super::Text;
use super::cursor::{Cursor, Stopped};
use super::line_fold::Gap;

/// The error for a document marker or the end inside quotes.
pub(super) fn unclosed(cursor: &Cursor<'_>, start: super::Place) -> Result<(), Stopped> {
    if cursor.at_end() || cursor.is_document_marker("---") || cursor.is_document_marker("...") {
        return cursor.stop(format!("the quotes of line {} are not closed", start.line));
    }
    Ok(())
}

pub(super) fn read<'t>(cursor: &mut Cursor<'t>) -> Result<Text<'t>, Stopped> {
    let opened = cursor.place();
    cursor.skip();
    let start = cursor.offset();
    let mut made: Option<String> = None;
    let mut gap = Gap::default();
    loop {
        unclosed(cursor, opened)?;
        let word = cursor.offset();
        while !cursor.is_white_or_end(0) && cursor.byte(0) != b'\'' {
            cursor.skip();
        }
        if let Some(text) = &mut made {
            gap.join(text);
            text.push_str(cursor.since(word));
        }
        if cursor.byte(0) == b'\'' && cursor.byte(1) == b'\'' {
            cursor.skip();
            made.get_or_insert_with(|| cursor.since(start)[..cursor.offset() - 1 - start].to_owned())
                .push('\'');
            cursor.skip();
            continue;
        }
        if cursor.byte(0) == b'\'' {
            break;
        }
        let before = cursor.since(start);
        while !cursor.at_end() && cursor.is_white_or_end(0) {
            gap.take(cursor);
        }
        if gap.lines && made.is_none() {
            made = Some(before.to_owned());
        }
        if made.is_none() {
            gap = Gap::default();
        }
    }
    let text = made.map_or_else(|| Text::Slice(cursor.since(start)), Text::from);
    cursor.skip();
    Ok(text)
}
