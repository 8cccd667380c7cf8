//! Passwords and tokens do not leave the node: every diff, report and log line hides them.
//!
//! The text comes from files and programs of others and is often not well formed. So nothing is parsed here: a
//! scanner looks for `key = value` and `"key": value` in every form that TOML and JSON allow, also in comments and in
//! strings that hold JSON, and for credentials by their form (`user:password@host`, `Bearer ...`). In doubt it hides
//! the value. Files themselves are never altered.

use std::ops::Range;

/// The replacement for a secret.
const HIDDEN: &str = "***";
/// A key is secret if its letters and digits contain one of these words.
const WITHIN: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "authorization",
    "apikey",
    "accesskey",
    "privatekey",
    "cookie",
    "keydata",
];
/// A key is secret if it equals one of these words.
const WHOLE: [&str; 5] = ["auths", "pass", "pwd", "header", "headers"];
/// How many levels of strings inside strings are read.
const DEPTH: usize = 4;

/// The text of a file with its secrets hidden. The number of lines stays the same.
pub fn masked(text: &str) -> String {
    render(text, Scanner::new(text, false).scan(0))
}

/// A message for a person, with the secrets that it quotes hidden.
pub fn masked_words(text: &str) -> String {
    render(text, Scanner::new(text, true).scan(0))
}

fn render(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    hidden.sort_by_key(|range| range.start);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for range in hidden {
        let start = range.start.max(from);
        out.push_str(text.get(from..start).unwrap_or(""));
        for (index, line) in text.get(start..range.end).unwrap_or("").split('\n').enumerate() {
            out.push_str(if index == 0 { "" } else { "\n" });
            out.push_str(if line.trim().is_empty() || out.ends_with(HIDDEN) { "" } else { HIDDEN });
            out.push_str(if line.ends_with('\r') { "\r" } else { "" });
        }
        from = range.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or(""));
    out
}

/// True if a key names a secret. A key with a dot or a slash is a host or a path, whose name says nothing.
fn is_secret(key: &str) -> bool {
    if key.contains(['.', '/', ':']) {
        return false;
    }
    let key: String =
        unescaped(key).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    WITHIN.iter().any(|word| key.contains(word)) || WHOLE.contains(&key.as_str()) || key.ends_with("auth")
}

/// A key with its `\uXXXX` escapes decoded, which TOML and JSON share.
fn unescaped(key: &str) -> String {
    let mut out = String::new();
    let mut rest = key;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = match rest.chars().next() {
            Some('u') => 4,
            Some('U') => 8,
            Some('x') => 2,
            _ => continue,
        };
        let code = rest.get(1..=digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(c) = code.and_then(char::from_u32) {
            out.push(c);
            rest = &rest[digits + 1..];
        }
    }
    out + rest
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A string: the text between its quotes.
    Text(Range<usize>),
    /// A run of characters that are neither blanks nor marks.
    Word(Range<usize>),
    Mark(char, usize),
    Line(usize),
}

impl Token {
    fn range(&self) -> Range<usize> {
        match self {
            Self::Text(range) | Self::Word(range) => range.clone(),
            Self::Mark(mark, at) => *at..at + mark.len_utf8(),
            Self::Line(at) => *at..at + 1,
        }
    }
}

struct Scanner<'a> {
    text: &'a str,
    /// True for a message for a person: a colon after a word is punctuation there.
    prose: bool,
    tokens: Vec<Token>,
    hidden: Vec<Range<usize>>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, prose: bool) -> Self {
        Self { text, prose, tokens: tokens(text), hidden: Vec::new() }
    }

    fn scan(mut self, depth: usize) -> Vec<Range<usize>> {
        let mut section = false;
        let mut at = 0;
        let mut first_of_line = true;
        let mut comment = false;
        while let Some(token) = self.tokens.get(at) {
            let started_line =
                std::mem::replace(&mut first_of_line, *token == Token::Line(token.range().start));
            comment = if first_of_line { false } else { comment || matches!(token, Token::Mark('#', _)) };
            if started_line && matches!(token, Token::Mark('[', _)) && !self.prose {
                let end = self.end_of_line(at);
                section = self.tokens[at..end].iter().any(|token| self.names_secret(token));
                at = end;
                continue;
            }
            let (after, secret) = self.key(at);
            if let Some(value) = after {
                at = if section || secret { self.hide(value, comment) } else { value };
                continue;
            }
            if let Token::Text(inner) = token.clone() {
                self.inside(&inner, depth);
            }
            at += 1;
        }
        self.credentials();
        self.hidden
    }

    /// If a key begins at `at`: the place where its value begins, and whether a part of the key names a secret.
    fn key(&self, mut at: usize) -> (Option<usize>, bool) {
        let mut secret = false;
        loop {
            let Some(token @ (Token::Text(_) | Token::Word(_))) = self.tokens.get(at) else {
                return (None, false);
            };
            secret |= self.names_secret(token);
            let part = &self.text[token.range()];
            at += 1;
            // JSON allows line breaks on both sides of the colon.
            let colon = self.past_lines(at);
            if matches!(token, Token::Text(_)) && matches!(self.tokens.get(colon), Some(Token::Mark(':', _)))
            {
                return (Some(self.past_lines(colon + 1)), secret);
            }
            match self.tokens.get(at) {
                Some(Token::Mark('=', _)) => return (Some(at + 1), secret),
                Some(Token::Mark(':', _)) if !self.prose => return (Some(at + 1), secret),
                Some(Token::Mark('.', _)) => at += 1,
                Some(Token::Word(range)) if self.text[range.clone()].starts_with('.') => {}
                Some(Token::Text(_)) if part.ends_with('.') => {}
                _ => return (None, false),
            }
        }
    }

    fn past_lines(&self, from: usize) -> usize {
        let lines = self.tokens[from..].iter().take_while(|token| matches!(token, Token::Line(_)));
        from + lines.count()
    }

    /// True if a part of a key names a secret. A bare key keeps its dots in one word.
    fn names_secret(&self, token: &Token) -> bool {
        let text = &self.text[token.range()];
        match token {
            Token::Text(_) => is_secret(text),
            Token::Word(_) => text.split('.').any(is_secret),
            Token::Mark(..) | Token::Line(_) => false,
        }
    }

    fn end_of_line(&self, from: usize) -> usize {
        let lines = self.tokens[from..].iter().position(|token| matches!(token, Token::Line(_)));
        lines.map_or(self.tokens.len(), |length| from + length)
    }

    /// Hides the value that begins at `from`. Returns the position after it.
    fn hide(&mut self, from: usize, comment: bool) -> usize {
        if let (true, Some(Token::Text(range) | Token::Word(range))) = (self.prose, self.tokens.get(from)) {
            // In a sentence, text follows the quoted value.
            self.hidden.push(range.clone());
            return from + 1;
        }
        let mut open = 0_usize;
        let mut at = from;
        while let Some(token) = self.tokens.get(at).cloned() {
            match token {
                Token::Mark('[' | '{', _) => open += 1,
                Token::Mark(']' | '}', _) if open > 0 => {
                    open -= 1;
                    if open == 0 {
                        return at + 1;
                    }
                }
                // A comma ends the value, except in a comment, which a person wrote.
                Token::Mark(',' | '#', _) if open == 0 && !comment => return at,
                Token::Line(_) | Token::Mark(']' | '}', _) if open == 0 => return at,
                Token::Text(range) | Token::Word(range) => {
                    let is_key = open > 0 && self.key(at).0.is_some();
                    if !is_key {
                        self.hidden.push(range);
                    }
                }
                Token::Mark(_, start) if open == 0 => self.hidden.push(start..start + 1),
                Token::Mark(..) | Token::Line(_) => {}
            }
            at += 1;
        }
        at
    }

    /// A string under an innocent key may hold JSON or TOML with secrets.
    fn inside(&mut self, inner: &Range<usize>, depth: usize) {
        let text = &self.text[inner.clone()];
        if depth < DEPTH && text.contains(['=', ':']) {
            let found = Scanner::new(text, self.prose || !text.contains('"')).scan(depth + 1);
            self.hidden
                .extend(found.into_iter().map(|range| range.start + inner.start..range.end + inner.start));
        }
    }

    /// Hides credentials that have a known form.
    fn credentials(&mut self) {
        let is_end = |c: char| {
            c.is_whitespace()
                || matches!(c, '"' | '\'' | '`' | ',' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}')
        };
        let mut start = 0;
        let mut scheme = None;
        for piece in self.text.split_inclusive(is_end) {
            let word = piece.trim_end_matches(is_end);
            if let Some(found) = user_info(word, self.prose) {
                self.hidden.push(found.start + start..found.end + start);
            }
            if let Some(before) = scheme.take()
                && !word.is_empty()
                && (before == "bearer" || !self.prose || word.contains(|c: char| !c.is_ascii_lowercase()))
            {
                self.hidden.push(start..start + word.len());
            }
            scheme = match word.to_lowercase().as_str() {
                "bearer" => Some("bearer"),
                "basic" => Some("basic"),
                _ => None,
            };
            start += piece.len();
        }
    }
}

/// The place of `user:password` in `scheme://user:password@host/path` or in `user:password@host`.
fn user_info(word: &str, prose: bool) -> Option<Range<usize>> {
    let at_sign = |text: &str| text.rfind('@').filter(|at| !text[at + 1..].starts_with("sha"));
    let Some((scheme, rest)) = word.split_once("://") else {
        let at = at_sign(word)?;
        return word[..at].contains(':').then_some(0..at);
    };
    let start = scheme.len() + 3;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if let Some(at) = authority.rfind('@') {
        return Some(start..start + at);
    }
    // After the colon: a port or a password. The password may contain a slash (not valid there) or be cut off.
    let port = authority.split_once(':')?.1;
    let is_port = port.chars().all(|c| c.is_ascii_digit());
    let end = at_sign(rest).or((!prose).then_some(rest.len()))?;
    (!is_port).then_some(start..start + end)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let slashes = rest.len() - rest.trim_start_matches('\\').len();
        if let Some((token, end)) = string(text, at, slashes) {
            tokens.push(token);
            at = end;
            continue;
        }
        let word = rest
            .find(|c: char| !(c.is_alphanumeric() || "_-.+/*$%&!?~;^|".contains(c)))
            .unwrap_or(rest.len());
        if word > 0 {
            tokens.push(Token::Word(at..at + word));
            at += word;
            continue;
        }
        match c {
            '\n' => tokens.push(Token::Line(at)),
            c if c.is_whitespace() => {}
            c => tokens.push(Token::Mark(c, at)),
        }
        at += c.len_utf8();
    }
    tokens
}

/// A string that begins at `at`. Its quotes follow `slashes` backslashes: JSON inside a JSON string has some.
fn string(text: &str, at: usize, slashes: usize) -> Option<(Token, usize)> {
    let quote = text[at + slashes..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let long = quote.to_string().repeat(3);
    let opened = at + slashes;
    if slashes == 0 && text[opened..].starts_with(&long) {
        let inner = opened + 3;
        let end = text[inner..].find(&long).map_or(text.len(), |end| inner + end);
        // A fourth or fifth quote belongs to the text.
        let closed = (end + 3..=end + 5)
            .rev()
            .find(|closed| text.get(end..*closed).is_some_and(|q| q.chars().all(|c| c == quote)));
        return Some((Token::Text(inner..end), closed.unwrap_or(text.len())));
    }
    let inner = opened + 1;
    let mut before = 0;
    for (offset, c) in text[inner..].char_indices() {
        match c {
            '\n' => return None,
            '\\' => before += 1,
            c if c == quote => {
                let closes = match (slashes, quote) {
                    (0, '\'') => true,
                    (0, _) => before % 2 == 0,
                    (slashes, _) => before == slashes,
                };
                if closes {
                    let end = inner + offset - if slashes == 0 { 0 } else { before };
                    return Some((Token::Text(inner..end), inner + offset + 1));
                }
                before = 0;
            }
            _ => before = 0,
        }
    }
    None
}

#[cfg(test)]
mod tests;
