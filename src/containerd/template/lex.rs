//! Splits a template into actions and tokens (Go's `text/template/parse/lex.go`).

use super::fault::Fault;

/// The tokens between `{{` and `}}`.
#[derive(Clone, Debug)]
pub(super) struct Action<'a> {
    pub(super) offset: usize,
    pub(super) tokens: Vec<Token<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) offset: usize,
    /// True if no blank separates it from the token before it.
    pub(super) adjacent: bool,
    pub(super) word: Word<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// `.`, `.A.B`, `$`, `$x`, `$x.A`.
    Path(&'a str),
    /// A function, a keyword, or `true`, `false`, `nil`.
    Name(&'a str),
    /// A string, without its quotes.
    Text(&'a str),
    /// A number or a character.
    Constant,
    /// `(`, `)`, `|`, `,`, `=` or `:=`.
    Sign(&'a str),
}

/// The actions of a template, without comments.
pub(super) fn actions(text: &str) -> Result<Vec<Action<'_>>, Fault> {
    let mut actions = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let offset = at + found;
        let mut inner = offset + 2;
        if text[inner..].starts_with('-') && text[inner + 1..].starts_with(char::is_whitespace) {
            inner += 2;
        }
        if text[inner..].starts_with("/*") {
            let close =
                text[inner..].find("*/").ok_or_else(|| Fault::new(offset, "a comment is not closed"))?;
            let behind = inner + close + 2;
            let end = [" -}}", "}}"].into_iter().find(|end| text[behind..].starts_with(end));
            at =
                behind + end.ok_or_else(|| Fault::new(offset, "a comment ends before its closing }}"))?.len();
            continue;
        }
        let (tokens, end) = tokens(text, inner, offset)?;
        actions.push(Action { offset, tokens });
        at = end;
    }
    Ok(actions)
}

/// The tokens from `at` on, and the offset after the closing braces.
fn tokens(text: &str, mut at: usize, offset: usize) -> Result<(Vec<Token<'_>>, usize), Fault> {
    let mut tokens = Vec::new();
    let mut adjacent = false;
    loop {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            return Err(Fault::new(offset, "an action is not closed with }}"));
        };
        if rest.starts_with("}}") {
            return Ok((tokens, at + 2));
        }
        if first.is_whitespace() {
            let blank = rest.len() - rest.trim_start().len();
            if text[at + blank..].starts_with("-}}") {
                return Ok((tokens, at + blank + 3));
            }
            at += blank;
            adjacent = false;
            continue;
        }
        let (word, length) = word(rest, first).map_err(|rule| Fault::new(at, rule))?;
        tokens.push(Token { offset: at, adjacent, word });
        at += length;
        adjacent = true;
    }
}

fn word(rest: &str, first: char) -> Result<(Word<'_>, usize), String> {
    match first {
        '(' | ')' | '|' | ',' | '=' => Ok((Word::Sign(&rest[..1]), 1)),
        ':' if rest.starts_with(":=") => Ok((Word::Sign(&rest[..2]), 2)),
        '"' | '\'' => quoted(rest, first),
        '`' => match rest[1..].find('`') {
            Some(end) => Ok((Word::Text(&rest[1..=end]), end + 2)),
            None => Err("a raw string is not closed".to_owned()),
        },
        '.' if !rest[1..].starts_with(|char: char| char.is_ascii_digit()) => {
            let length = fields(rest).max(1);
            Ok((Word::Path(&rest[..length]), length))
        }
        '$' => {
            let name = 1 + name(&rest[1..]);
            let length = name + fields(&rest[name..]);
            Ok((Word::Path(&rest[..length]), length))
        }
        char if char.is_ascii_digit() || matches!(char, '+' | '-' | '.') => {
            let inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '+' | '-');
            let length = rest.find(|char| !inside(char)).unwrap_or(rest.len());
            let number = &rest[..length];
            let digits = number.contains(|char: char| char.is_ascii_digit());
            if digits { Ok((Word::Constant, length)) } else { Err(format!("{number:?} is not a number")) }
        }
        char if char.is_alphabetic() || char == '_' => {
            let length = name(rest);
            Ok((Word::Name(&rest[..length]), length))
        }
        char => Err(format!("{char:?} is not valid in an action")),
    }
}

fn quoted(rest: &str, quote: char) -> Result<(Word<'_>, usize), String> {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '\n' => break,
            char if char == quote => {
                return Ok((if quote == '"' { Word::Text(&rest[1..at]) } else { Word::Constant }, at + 1));
            }
            _ => {}
        }
    }
    Err("a quoted string is not closed on its line".to_owned())
}

/// The length of `.A.B` at the start of the text; 0 for a dot without a name.
fn fields(rest: &str) -> usize {
    let mut at = 0;
    while let Some(tail) = rest[at..].strip_prefix('.') {
        match name(tail) {
            0 => break,
            length => at += 1 + length,
        }
    }
    at
}

fn name(text: &str) -> usize {
    text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len())
}
