//! Texts after `|` and `>` (libyaml `yaml_parser_scan_block_scalar`).

use super::Place;
use super::cursor::{Cursor, Stopped};

#[derive(Clone, Copy, PartialEq)]
enum Chomp {
    Strip,
    Clip,
    Keep,
}

/// The text, and the place of its first line at its indentation: a place inside the text is counted from there.
pub(super) fn read(cursor: &mut Cursor<'_>, parent: i64) -> Result<(Place, String), Stopped> {
    let literal = cursor.byte(0) == b'|';
    cursor.skip();
    let (chomp, increment) = header(cursor)?;
    let mut indent = increment.map(|increment| u32::try_from(parent.max(0)).unwrap_or(0) + increment);
    let mut text = String::new();
    let mut blank_lines = String::new();
    let mut last_break = String::new();
    let least = u32::try_from(parent + 1).unwrap_or(0).max(1);
    breaks(cursor, &mut indent, least, &mut blank_lines)?;
    let indent = indent.unwrap_or(least);
    let at = Place { line: cursor.place().line - line_count(&blank_lines), column: indent + 1 };
    let mut after_blank = false;
    while cursor.column() == indent && !cursor.at_end() {
        let blank = cursor.is_blank(0);
        if !literal && last_break.starts_with('\n') && !after_blank && !blank {
            if blank_lines.is_empty() {
                text.push(' ');
            }
        } else {
            text.push_str(&last_break);
        }
        last_break.clear();
        text.push_str(&blank_lines);
        blank_lines.clear();
        after_blank = blank;
        let start = cursor.offset();
        cursor.skip_line();
        text.push_str(cursor.since(start));
        cursor.take_break(&mut last_break);
        breaks(cursor, &mut Some(indent), least, &mut blank_lines)?;
    }
    if chomp != Chomp::Strip {
        text.push_str(&last_break);
    }
    if chomp == Chomp::Keep {
        text.push_str(&blank_lines);
    }
    Ok((at, text))
}

fn line_count(breaks: &str) -> u32 {
    u32::try_from(breaks.chars().count()).unwrap_or(0)
}

/// The indicators after `|` or `>`, up to and with the line break.
fn header(cursor: &mut Cursor<'_>) -> Result<(Chomp, Option<u32>), Stopped> {
    let (mut chomp, mut increment) = (Chomp::Clip, None);
    for _ in 0..2 {
        match cursor.byte(0) {
            b'+' if chomp == Chomp::Clip => chomp = Chomp::Keep,
            b'-' if chomp == Chomp::Clip => chomp = Chomp::Strip,
            digit @ b'1'..=b'9' if increment.is_none() => increment = Some(u32::from(digit - b'0')),
            b'0' => return cursor.stop("the indentation of a block text cannot be 0"),
            _ => break,
        }
        cursor.skip();
    }
    while cursor.is_blank(0) {
        cursor.skip();
    }
    if cursor.byte(0) == b'#' {
        cursor.skip_line();
    }
    if !cursor.is_break_or_end(0) {
        return cursor.stop("a block text begins in the line after '|' or '>'");
    }
    cursor.skip_break_if_any();
    Ok((chomp, increment))
}

/// Takes indentation and empty lines. The first line with text decides the indentation, if it is not known.
fn breaks(
    cursor: &mut Cursor<'_>,
    indent: &mut Option<u32>,
    least: u32,
    blank_lines: &mut String,
) -> Result<(), Stopped> {
    let mut deepest = 0;
    loop {
        while indent.is_none_or(|indent| cursor.column() < indent) && cursor.byte(0) == b' ' {
            cursor.skip();
        }
        deepest = deepest.max(cursor.column());
        if indent.is_none_or(|indent| cursor.column() < indent) && cursor.byte(0) == b'\t' {
            return cursor.stop("a tab stands where an indentation of spaces is expected");
        }
        if cursor.break_length(0) == 0 {
            break;
        }
        cursor.take_break(blank_lines);
    }
    indent.get_or_insert(deepest.max(least));
    Ok(())
}
