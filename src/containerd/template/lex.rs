//! Actions and their tokens (Go's `text/template/parse/lex.go`).

use super::Fault;

/// The tokens between `{{` and `}}`.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    pub(super) offset: usize,
    pub(super) tokens: Vec<Token<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) offset: usize,
    /// Whether it stands right behind the token before it.
    pub(super) adjacent: bool,
    pub(super) word: Word<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// `.`, `.A`, `.A.B`: the names.
    Field(Vec<&'a str>),
    /// `$`, `$x`, `$x.A`: the name with its `$`, and the fields.
    Variable(&'a str, Vec<&'a str>),
    /// A function or a keyword.
    Name(&'a str),
    /// A string, without its quotes.
    Text(&'a str),
    Int,
    Float,
    Declare,
    Assign,
    Comma,
    Pipe,
    Open,
    Close,
}

/// The actions of a template, without comments.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut pieces = Vec::new();
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
        pieces.push(Piece { offset, tokens });
        at = end;
    }
    Ok(pieces)
}

/// The tokens from `at` on, and the offset behind the closing braces.
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
    let one = |word| Ok((word, 1));
    match first {
        '(' => one(Word::Open),
        ')' => one(Word::Close),
        '|' => one(Word::Pipe),
        ',' => one(Word::Comma),
        '=' => one(Word::Assign),
        ':' if rest.starts_with(":=") => Ok((Word::Declare, 2)),
        '"' | '\'' => quoted(rest, first),
        '`' => match rest[1..].find('`') {
            Some(end) => Ok((Word::Text(&rest[1..=end]), end + 2)),
            None => Err("a raw string is not closed".to_owned()),
        },
        '.' if !rest[1..].starts_with(|char: char| char.is_ascii_digit()) => {
            let (fields, length) = fields(rest);
            Ok((Word::Field(fields), length.max(1)))
        }
        '$' => {
            let name = 1 + name_length(&rest[1..]);
            let (fields, length) = fields(&rest[name..]);
            Ok((Word::Variable(&rest[..name], fields), name + length))
        }
        char if char.is_ascii_digit() || matches!(char, '+' | '-' | '.') => {
            let inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '+' | '-');
            let length = rest.find(|char| !inside(char)).unwrap_or(rest.len());
            let digits = rest[..length].contains(|char: char| char.is_ascii_digit());
            let number = &rest[..length];
            let hex = number.trim_start_matches(['+', '-']).to_ascii_lowercase().starts_with("0x");
            if !digits {
                Err(format!("{number:?} is no number"))
            } else if number.contains('.') || (!hex && number.contains(['e', 'E'])) {
                Ok((Word::Float, length))
            } else {
                Ok((Word::Int, length))
            }
        }
        char if char.is_alphabetic() || char == '_' => {
            let length = name_length(rest);
            Ok((Word::Name(&rest[..length]), length))
        }
        char => Err(format!("{char:?} means nothing in an action")),
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
                return Ok((if quote == '"' { Word::Text(&rest[1..at]) } else { Word::Int }, at + 1));
            }
            _ => {}
        }
    }
    Err("a quoted string is not closed on its line".to_owned())
}

/// `.A.B` at the beginning: the names and the length; a lonely dot has neither.
fn fields(rest: &str) -> (Vec<&str>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(tail) = rest[at..].strip_prefix('.') {
        let length = name_length(tail);
        if length == 0 {
            break;
        }
        names.push(&tail[..length]);
        at += 1 + length;
    }
    (names, at)
}

fn name_length(text: &str) -> usize {
    text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len())
}
