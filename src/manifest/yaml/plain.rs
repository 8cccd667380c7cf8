//! Texts without quotes (libyaml `yaml_parser_scan_plain_scalar`).

use super::Text;
use super::cursor::{Cursor, Stopped};
use super::line_fold::Gap;

/// True if a plain text may begin at the position.
pub(super) fn starts(cursor: &Cursor<'_>, in_flow: bool) -> bool {
    match cursor.byte(0) {
        b'-' => !cursor.is_blank(1),
        b'?' | b':' => !in_flow && !cursor.is_white_or_end(1),
        byte => !cursor.is_white_or_end(0) && !b",[]{}#&*!|>'\"%@`".contains(&byte),
    }
}

/// The text, and whether it ended with a line.
pub(super) fn read<'t>(
    cursor: &mut Cursor<'t>,
    in_flow: bool,
    indent: i64,
) -> Result<(Text<'t>, bool), Stopped> {
    let start = cursor.offset();
    // The end of the text, without the blanks behind it. A text of one line is a slice.
    let mut end = start;
    let mut folded: Option<String> = None;
    let mut gap = Gap::default();
    loop {
        if cursor.is_document_marker("---") || cursor.is_document_marker("...") || cursor.byte(0) == b'#' {
            break;
        }
        let word = cursor.offset();
        while !cursor.is_white_or_end(0) && !is_end(cursor, in_flow) {
            cursor.skip();
        }
        if cursor.offset() > word {
            if gap.lines && folded.is_none() {
                folded = Some(slice(cursor, start, end).to_owned());
            }
            if let Some(text) = &mut folded {
                gap.join(text);
                text.push_str(cursor.since(word));
            }
            gap = Gap::default();
            end = cursor.offset();
        }
        if cursor.at_end() || !cursor.is_white_or_end(0) {
            break;
        }
        while !cursor.at_end() && cursor.is_white_or_end(0) {
            if gap.lines && cursor.byte(0) == b'\t' && i64::from(cursor.column()) <= indent {
                return cursor.stop("a tab stands where an indentation of spaces is expected");
            }
            gap.take(cursor);
        }
        if !in_flow && i64::from(cursor.column()) <= indent {
            break;
        }
    }
    let text = folded.map_or_else(|| Text::Slice(slice(cursor, start, end)), Text::from);
    Ok((text, gap.lines))
}

fn slice<'t>(cursor: &Cursor<'t>, start: usize, end: usize) -> &'t str {
    &cursor.since(start)[..end - start]
}

fn is_end(cursor: &Cursor<'_>, in_flow: bool) -> bool {
    match cursor.byte(0) {
        b':' => cursor.is_white_or_end(1),
        b',' | b'?' | b'[' | b']' | b'{' | b'}' => in_flow,
        _ => false,
    }
}
