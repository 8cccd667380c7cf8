//! systemd's quoting (`extract_first_word` with `EXTRACT_UNQUOTE|EXTRACT_CUNESCAPE`).

use std::iter::Peekable;
use std::str::Chars;

/// A word, and a flag for a lone `;`, which separates commands.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) separates: bool,
}

/// Splits a value at unquoted spaces. Quotes may begin inside a word; a quote that is not closed extends to the end.
pub(super) fn split(value: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut chars = value.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return words;
        }
        words.push(word(&mut chars));
    }
}

/// True if `text` is a valid variable name.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn word(chars: &mut Peekable<Chars<'_>>) -> Word {
    let mut text = String::new();
    let mut bare = true;
    let mut quote = None;
    while let Some(c) = chars.next_if(|c| quote.is_some() || !c.is_whitespace()) {
        match c {
            '\\' => {
                bare = false;
                escape(chars, &mut text);
            }
            '"' | '\'' if quote.is_none() => {
                bare = false;
                quote = Some(c);
            }
            _ if quote == Some(c) => quote = None,
            _ => text.push(c),
        }
    }
    let separates = bare && text == ";";
    Word { text, separates }
}

/// The character for an escape after a backslash. An invalid escape keeps its backslash.
fn escape(chars: &mut Peekable<Chars<'_>>, text: &mut String) {
    let Some(c) = chars.next() else { return text.push('\\') };
    let simple = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        's' => ' ',
        '\\' | '"' | '\'' | ';' => c,
        'x' => return code(chars, 2, 16, "\\x", text),
        'u' => return code(chars, 4, 16, "\\u", text),
        'U' => return code(chars, 8, 16, "\\U", text),
        '0'..='7' => {
            let mut ahead = chars.clone();
            let octal: String = std::iter::once(c).chain(ahead.by_ref().take(2)).collect();
            let found =
                u32::from_str_radix(&octal, 8).ok().filter(|_| octal.len() == 3).and_then(char::from_u32);
            return match found {
                Some(found) => {
                    *chars = ahead;
                    text.push(found);
                }
                None => text.extend(['\\', c]),
            };
        }
        _ => return text.extend(['\\', c]),
    };
    text.push(simple);
}

/// The character with a number of `digits` digits; without them `written` stays.
fn code(chars: &mut Peekable<Chars<'_>>, digits: usize, radix: u32, written: &str, text: &mut String) {
    let mut ahead = chars.clone();
    let number: String = ahead.by_ref().take(digits).collect();
    let whole = number.len() == digits && number.chars().all(|c| c.is_digit(radix));
    match whole.then(|| u32::from_str_radix(&number, radix).ok().and_then(char::from_u32)).flatten() {
        Some(found) => {
            *chars = ahead;
            text.push(found);
        }
        None => text.push_str(written),
    }
}
