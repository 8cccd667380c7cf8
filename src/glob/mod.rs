//! File name patterns with the grammar of Go's `path/filepath.Match`, for `--primary` and containerd's `imports`.
//!
//! `*` stands for any text, `?` for one character, `[a-z]` and `[^a-z]` for one of a set; `\` takes the next character
//! literally. A pattern is read once; matching takes at most (its length) x (the name's length) steps, whatever it holds.

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
    /// True if it stands for this one character; a separator only ever stands for itself.
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
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`Malformed`] where Go's `filepath.Match` gives `ErrBadPattern`.
    pub fn new(text: &str) -> Result<Self, Malformed> {
        let mut tokens = Vec::new();
        let mut rest = text.chars();
        while let Some(char) = rest.next() {
            tokens.push(match char {
                // Several in a row are one.
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

    /// True if the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut token, mut at) = (0, 0);
        // Where to go on if what follows the last star does not fit: the star takes one character more. Earlier stars
        // never have to be tried again, since the last one can take what they would give up.
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

/// Reads a set behind its `[`.
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
