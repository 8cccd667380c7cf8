//! Actions in their order: blocks, variables, pipelines (Go's `text/template/parse/parse.go`).

use std::collections::BTreeMap;

use super::Fault;
use super::kind::{Kind, call};
use super::lex::{Token, Word};

/// A block that waits for its `end`.
struct Block {
    offset: usize,
    keyword: Keyword,
    /// What `.` is outside, and how many variables there are.
    dot: Kind,
    variables: usize,
    has_else: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    If,
    With,
    Range,
    Define,
}

pub(super) struct Checker {
    dot: Kind,
    variables: Vec<(String, Kind)>,
    blocks: Vec<Block>,
    defined: Vec<String>,
    /// Names of templates that are called, with the first place.
    called: BTreeMap<String, usize>,
}

impl Checker {
    pub(super) fn new() -> Self {
        Self {
            dot: Kind::Root,
            variables: vec![("$".to_owned(), Kind::Root)],
            blocks: Vec::new(),
            defined: Vec::new(),
            called: BTreeMap::new(),
        }
    }

    pub(super) fn finish(self, end: usize) -> Result<(), Fault> {
        if let Some(block) = self.blocks.last() {
            return Err(Fault::new(block.offset.min(end), "this block has no {{end}}"));
        }
        match self.called.iter().find(|(name, _)| !self.defined.contains(name)) {
            Some((name, offset)) => Err(Fault::new(*offset, format!("no template {name:?} is defined"))),
            None => Ok(()),
        }
    }

    pub(super) fn action(&mut self, offset: usize, tokens: &[Token<'_>]) -> Result<(), Fault> {
        let (keyword, rest) = match tokens {
            [Token { word: Word::Name(name), .. }, rest @ ..] => (*name, rest),
            _ => ("", tokens),
        };
        match keyword {
            "if" => self.open(offset, Keyword::If, rest),
            "with" => self.open(offset, Keyword::With, rest),
            "range" => self.open(offset, Keyword::Range, rest),
            "define" => {
                if !self.blocks.is_empty() {
                    return Err(Fault::new(offset, "define stands inside a block"));
                }
                let (name, rest) = text(offset, rest)?;
                nothing(rest)?;
                self.define(offset, name);
                Ok(())
            }
            "block" => {
                let (name, rest) = text(offset, rest)?;
                self.pipeline(offset, rest)?;
                self.define(offset, name);
                Ok(())
            }
            "template" => {
                let (name, rest) = text(offset, rest)?;
                self.called.entry(name.to_owned()).or_insert(offset);
                if rest.is_empty() { Ok(()) } else { self.pipeline(offset, rest).map(drop) }
            }
            "else" => self.otherwise(offset, rest),
            "end" => {
                nothing(rest)?;
                let block = self.blocks.pop().ok_or_else(|| Fault::new(offset, "{{end}} without a block"))?;
                self.leave(&block);
                Ok(())
            }
            "break" | "continue" => {
                nothing(rest)?;
                let inside = self.blocks.iter().any(|block| block.keyword == Keyword::Range);
                if inside {
                    Ok(())
                } else {
                    Err(Fault::new(offset, format!("{keyword} stands outside a range")))
                }
            }
            _ => self.pipeline(offset, tokens).map(drop),
        }
    }

    fn define(&mut self, offset: usize, name: &str) {
        self.defined.push(name.to_owned());
        self.blocks.push(Block {
            offset,
            keyword: Keyword::Define,
            dot: self.dot,
            variables: self.variables.len(),
            has_else: true,
        });
        self.dot = Kind::Any;
        // A template of its own sees no variable but its `$`.
        self.variables.push(("$".to_owned(), Kind::Any));
    }

    fn leave(&mut self, block: &Block) {
        self.dot = block.dot;
        self.variables.truncate(block.variables);
    }

    fn open(&mut self, offset: usize, keyword: Keyword, tokens: &[Token<'_>]) -> Result<(), Fault> {
        let block =
            Block { offset, keyword, dot: self.dot, variables: self.variables.len(), has_else: false };
        match keyword {
            Keyword::Range => {
                let (names, rest) = declared(tokens);
                let kind = self.pipeline(offset, rest)?;
                let element = kind.element().map_err(|rule| Fault::new(offset, rule))?;
                match names.as_slice() {
                    [value] => self.variables.push(((*value).to_owned(), element)),
                    [index, value] => self
                        .variables
                        .extend([((*index).to_owned(), Kind::Int), ((*value).to_owned(), element)]),
                    _ => {}
                }
                self.dot = element;
            }
            Keyword::With => self.dot = self.pipeline(offset, tokens)?,
            Keyword::If | Keyword::Define => {
                self.pipeline(offset, tokens)?;
            }
        }
        self.blocks.push(block);
        Ok(())
    }

    fn otherwise(&mut self, offset: usize, tokens: &[Token<'_>]) -> Result<(), Fault> {
        let Some(mut block) = self.blocks.pop() else {
            return Err(Fault::new(offset, "{{else}} without a block"));
        };
        if block.has_else {
            return Err(Fault::new(offset, "{{else}} has no place here"));
        }
        self.leave(&block);
        match tokens {
            [Token { word: Word::Name("if"), .. }, rest @ ..] if block.keyword == Keyword::If => {
                self.open(block.offset, Keyword::If, rest)
            }
            [] => {
                block.has_else = true;
                self.blocks.push(block);
                Ok(())
            }
            [token, ..] => Err(Fault::new(token.offset, "only \"if\" may follow \"else\", in an if block")),
        }
    }

    /// `$x := a | b c`; the kind of its value.
    fn pipeline(&mut self, offset: usize, tokens: &[Token<'_>]) -> Result<Kind, Fault> {
        match tokens {
            [
                Token { word: Word::Variable(name, fields), .. },
                Token { word: Word::Declare, .. },
                rest @ ..,
            ] if fields.is_empty() => {
                let kind = self.commands(offset, rest)?;
                self.variables.push(((*name).to_owned(), kind));
                Ok(kind)
            }
            [
                Token { word: Word::Variable(name, fields), offset: at, .. },
                Token { word: Word::Assign, .. },
                rest @ ..,
            ] if fields.is_empty() => {
                let kind = self.commands(offset, rest)?;
                let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
                let known = known.ok_or_else(|| Fault::new(*at, format!("there is no variable {name}")))?;
                if known.1 != kind {
                    known.1 = Kind::Any;
                }
                Ok(kind)
            }
            tokens => self.commands(offset, tokens),
        }
    }

    fn commands(&self, offset: usize, tokens: &[Token<'_>]) -> Result<Kind, Fault> {
        let mut depth = 0_usize;
        let mut piped = None;
        for command in tokens.split(|token| {
            match token.word {
                Word::Open => depth += 1,
                Word::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            token.word == Word::Pipe && depth == 0
        }) {
            let at = command.first().map_or(offset, |token| token.offset);
            piped = Some(self.command(at, command, piped)?);
        }
        piped.ok_or_else(|| Fault::new(offset, "an action is empty"))
    }

    /// A function with arguments, or one value.
    fn command(&self, offset: usize, tokens: &[Token<'_>], piped: Option<Kind>) -> Result<Kind, Fault> {
        let (function, mut rest) = match tokens {
            [] => return Err(Fault::new(offset, "a value is missing")),
            [Token { word: Word::Name(name), .. }, rest @ ..] if !is_constant(name) => (Some(*name), rest),
            tokens => (None, tokens),
        };
        let mut values = Vec::new();
        while !rest.is_empty() {
            let (kind, left) = self.value(rest)?;
            values.push(kind);
            rest = left;
        }
        values.extend(piped);
        match (function, values.as_slice()) {
            (Some(name), values) => call(name, values).map_err(|rule| Fault::new(offset, rule)),
            (None, [Kind::Nil]) => Err(Fault::new(offset, "nil alone is no value for an action")),
            (None, [kind]) => Ok(*kind),
            (None, _) => Err(Fault::new(offset, "a value that is no function is given arguments")),
        }
    }

    fn value<'t, 'a>(&self, tokens: &'t [Token<'a>]) -> Result<(Kind, &'t [Token<'a>]), Fault> {
        let (Some(token), rest) = (tokens.first(), tokens.get(1..).unwrap_or_default()) else {
            return Ok((Kind::Any, tokens));
        };
        let at = |rule| Fault::new(token.offset, rule);
        let fields = |kind: Kind, names: &[&str]| {
            names.iter().try_fold(kind, |kind, name| kind.field(name)).map_err(at)
        };
        match &token.word {
            Word::Field(names) => Ok((fields(self.dot, names)?, rest)),
            Word::Variable(name, names) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, kind) = known.ok_or_else(|| at(format!("there is no variable {name}")))?;
                Ok((fields(*kind, names)?, rest))
            }
            Word::Text(_) => Ok((Kind::Text, rest)),
            Word::Int => Ok((Kind::Int, rest)),
            Word::Float => Ok((Kind::Float, rest)),
            Word::Name("true" | "false") => Ok((Kind::Flag, rest)),
            Word::Name("nil") => Ok((Kind::Nil, rest)),
            Word::Name(name) => call(name, &[]).map(|kind| (kind, rest)).map_err(at),
            Word::Open => {
                let end = closing(rest).ok_or_else(|| at("a parenthesis is not closed".to_owned()))?;
                let kind = self.commands(token.offset, &rest[..end])?;
                match &rest[end + 1..] {
                    [Token { word: Word::Field(names), adjacent: true, .. }, rest @ ..] => {
                        Ok((fields(kind, names)?, rest))
                    }
                    rest => Ok((kind, rest)),
                }
            }
            Word::Close => Err(at("a parenthesis is closed that was not opened".to_owned())),
            Word::Declare | Word::Assign | Word::Comma | Word::Pipe => {
                Err(at("a value is missing here".to_owned()))
            }
        }
    }
}

fn is_constant(name: &str) -> bool {
    matches!(name, "true" | "false" | "nil")
}

/// The index of the parenthesis that closes the one before `tokens`.
fn closing(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token.word {
        Word::Open => {
            depth += 1;
            false
        }
        Word::Close if depth > 0 => {
            depth -= 1;
            false
        }
        Word::Close => true,
        _ => false,
    })
}

/// `$i, $x :=` before the pipeline of a range.
fn declared<'t, 'a>(tokens: &'t [Token<'a>]) -> (Vec<&'a str>, &'t [Token<'a>]) {
    let words: Vec<&Word<'a>> = tokens.iter().take(4).map(|token| &token.word).collect();
    match words.as_slice() {
        [Word::Variable(index, _), Word::Comma, Word::Variable(value, _), Word::Declare | Word::Assign] => {
            (vec![index, value], &tokens[4..])
        }
        [Word::Variable(value, _), Word::Declare | Word::Assign, ..] => (vec![value], &tokens[2..]),
        _ => (Vec::new(), tokens),
    }
}

fn text<'t, 'a>(offset: usize, tokens: &'t [Token<'a>]) -> Result<(&'a str, &'t [Token<'a>]), Fault> {
    match tokens {
        [Token { word: Word::Text(name), .. }, rest @ ..] => Ok((name, rest)),
        _ => Err(Fault::new(offset, "a template's name must be a string")),
    }
}

fn nothing(tokens: &[Token<'_>]) -> Result<(), Fault> {
    match tokens.first() {
        None => Ok(()),
        Some(token) => Err(Fault::new(token.offset, "nothing may follow this word")),
    }
}
