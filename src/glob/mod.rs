//! File name patterns with the grammar of Go's `path/filepath.Match`, for `--primary` and containerd's `imports`.
//!
//! `*` matches any text, `?` one character, `[a-z]` and `[^a-z]` one character of a set; `\` makes the next character
//! literal. A pattern is parsed once. A match takes at most (length of the pattern) x (length of the name) steps.

/// A pattern that Go calls malformed: `[` without `]`, an empty set, a range without an end, a `\` at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// A pattern for one component of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Literal(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Token {
    /// True if the token matches this character. Only a separator matches a separator.
    fn is(&self, char: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => char != '/',
            Self::Literal(literal) => *literal == char,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&&char)) != *negated
            }
        }
    }
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`Malformed`] for each pattern for which Go's `filepath.Match` returns `ErrBadPattern`.
    pub fn new(text: &str) -> Result<Self, Malformed> {
        let mut tokens = Vec::new();
        let mut rest = text.chars();
        while let Some(char) = rest.next() {
            tokens.push(match char {
                // Several stars in a row equal one.
                '*' if tokens.last() == Some(&Token::Any) => continue,
                '*' => Token::Any,
                '?' => Token::One,
                '[' => set(&mut rest)?,
                '\\' => Token::Literal(rest.next().ok_or(Malformed)?),
                literal => Token::Literal(literal),
            });
        }
        Ok(Self(tokens))
    }

    /// True if the pattern matches the whole name.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut token, mut at) = (0, 0);
        // The place to continue if the text after the last star does not match: the star takes one more character.
        // Earlier stars need no second try, because the last star can take the same characters.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(token), name.get(at)) {
                (Some(Token::Any), _) => {
                    token += 1;
                    retry = Some((token, at));
                    continue;
                }
                (Some(next), Some(char)) if next.is(*char) => {
                    token += 1;
                    at += 1;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match retry.as_mut() {
                Some((after, eaten)) if name.get(*eaten).is_some_and(|char| *char != '/') => {
                    *eaten += 1;
                    (token, at) = (*after, *eaten);
                }
                _ => return false,
            }
        }
    }
}

/// Parses a set after its `[`.
fn set(rest: &mut std::str::Chars<'_>) -> Result<Token, Malformed> {
    let negated = rest.as_str().starts_with('^');
    if negated {
        rest.next();
    }
    let mut ranges = Vec::new();
    loop {
        if rest.as_str().starts_with(']') && !ranges.is_empty() {
            rest.next();
            return Ok(Token::Set { negated, ranges });
        }
        let low = member(rest)?;
        let high = if rest.as_str().starts_with('-') {
            rest.next();
            member(rest)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

/// One end of a range: `-` and `]` have to be escaped (`getEsc` in Go's `path/filepath/match.go`).
fn member(rest: &mut std::str::Chars<'_>) -> Result<char, Malformed> {
    match rest.next() {
        None | Some('-' | ']') => Err(Malformed),
        Some('\\') => rest.next().ok_or(Malformed),
        Some(char) => Ok(char),
    }
}

#[cfg(test)]
mod tests;
