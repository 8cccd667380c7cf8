//! Checks the actions of a template in order: blocks, variables, fields and functions (Go's
//! `text/template/parse/parse.go`).

use super::fault::Fault;
use super::kind::ActionKind;
use super::lex::{Action, Token, Word};

/// The functions of `text/template`; containerd adds none.
const FUNCTIONS: &[&str] = &[
    "and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print",
    "printf", "println", "slice", "urlquery",
];
const CONSTANTS: &[&str] = &["true", "false", "nil"];

/// A block whose `end` was not found yet.
struct Block<'a> {
    offset: usize,
    keyword: &'a str,
    has_else: bool,
    /// The kind of `.` outside the block, and the number of variables there.
    dot: ActionKind,
    variables: usize,
}

pub(super) struct Checker<'a> {
    dot: ActionKind,
    variables: Vec<(&'a str, ActionKind)>,
    blocks: Vec<Block<'a>>,
}

impl<'a> Checker<'a> {
    pub(super) fn new() -> Self {
        Self { dot: ActionKind::Data, variables: vec![("$", ActionKind::Data)], blocks: Vec::new() }
    }

    pub(super) fn finish(self) -> Result<(), Fault> {
        match self.blocks.last() {
            Some(block) => Err(Fault::new(block.offset, "this block has no {{end}}")),
            None => Ok(()),
        }
    }

    pub(super) fn action(&mut self, action: &Action<'a>) -> Result<(), Fault> {
        let (offset, tokens) = (action.offset, &action.tokens[..]);
        match tokens {
            [
                Token { word: Word::Name(name @ ("if" | "with" | "range" | "define" | "block")), .. },
                rest @ ..,
            ] => self.open(offset, name, rest),
            [Token { word: Word::Name("else"), .. }, rest @ ..] => self.otherwise(offset, rest),
            [Token { word: Word::Name("end"), .. }] => {
                let block = self.blocks.pop().ok_or_else(|| Fault::new(offset, "{{end}} without a block"))?;
                self.leave(&block);
                Ok(())
            }
            [Token { word: Word::Name("break" | "continue"), .. }]
            | [Token { word: Word::Name("template"), .. }, _] => Ok(()),
            [Token { word: Word::Name("template"), .. }, _, rest @ ..] => self.values(offset, rest).map(drop),
            tokens => self.pipeline(offset, tokens).map(drop),
        }
    }

    fn enter(&mut self, offset: usize, keyword: &'a str, has_else: bool) {
        let (dot, variables) = (self.dot, self.variables.len());
        self.blocks.push(Block { offset, keyword, has_else, dot, variables });
    }

    fn leave(&mut self, block: &Block<'_>) {
        self.dot = block.dot;
        self.variables.truncate(block.variables);
    }

    fn open(&mut self, offset: usize, keyword: &'a str, tokens: &[Token<'a>]) -> Result<(), Fault> {
        self.enter(offset, keyword, keyword == "define" || keyword == "block");
        match keyword {
            "range" => {
                let (names, rest) = declared(tokens);
                let element =
                    self.values(offset, rest)?.element().map_err(|rule| Fault::new(offset, rule))?;
                let kinds = if names.len() == 2 { [ActionKind::Any, element] } else { [element; 2] };
                self.variables.extend(names.into_iter().zip(kinds));
                self.dot = element;
            }
            "with" => self.dot = self.pipeline(offset, tokens)?,
            "if" => drop(self.pipeline(offset, tokens)?),
            // A defined template gets any value that its caller passes.
            _ => {
                self.dot = ActionKind::Any;
                self.variables.push(("$", ActionKind::Any));
            }
        }
        Ok(())
    }

    fn otherwise(&mut self, offset: usize, tokens: &[Token<'a>]) -> Result<(), Fault> {
        let Some(block) = self.blocks.pop() else {
            return Err(Fault::new(offset, "{{else}} without a block"));
        };
        if block.has_else {
            return Err(Fault::new(offset, "{{else}} has no place here"));
        }
        self.leave(&block);
        match tokens {
            [] => {
                self.enter(block.offset, block.keyword, true);
                Ok(())
            }
            // Since Go 1.23 "with" too.
            [Token { word: Word::Name(name @ ("if" | "with")), .. }, rest @ ..] if block.keyword == *name => {
                self.open(block.offset, name, rest)
            }
            [token, ..] => Err(Fault::new(token.offset, "only \"if\" may follow \"else\", in an if block")),
        }
    }

    /// `$x := a | b c`, also without a variable; returns the kind of its value.
    fn pipeline(&mut self, offset: usize, tokens: &[Token<'a>]) -> Result<ActionKind, Fault> {
        let [
            Token { word: Word::Path(name), .. },
            Token { word: Word::Sign(sign @ (":=" | "=")), .. },
            rest @ ..,
        ] = tokens
        else {
            return self.values(offset, tokens);
        };
        let kind = self.values(offset, rest)?;
        if *sign == ":=" {
            self.variables.push((name, kind));
            return Ok(kind);
        }
        self.path(name).map_err(|rule| Fault::new(tokens[0].offset, rule))?;
        // After a branch the kind of the variable is not known.
        if let Some((_, known)) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            *known = ActionKind::Any;
        }
        Ok(kind)
    }

    /// Fields, functions and constants, with `|` and parentheses between them. Arguments of functions are not judged.
    fn values(&self, offset: usize, tokens: &[Token<'a>]) -> Result<ActionKind, Fault> {
        let (mut open, mut kind) = (Vec::new(), ActionKind::Any);
        // The number of values in a command, and if the first one is a value that takes no arguments.
        let (mut count, mut is_value) = (0, false);
        let mut closed = false;
        for token in tokens {
            let fault = |rule: &str| Err(Fault::new(token.offset, rule));
            match token.word {
                Word::Sign("(") => {
                    if count > 0 && is_value {
                        return fault("a value that is not a function has arguments");
                    }
                    open.push(token.offset);
                    (count, is_value) = (0, false);
                }
                Word::Sign("|" | ")") if count == 0 => return fault("a value is missing here"),
                Word::Sign("|") => (count, is_value) = (0, false),
                Word::Sign(")") if open.pop().is_none() => {
                    return fault("a parenthesis closes that was not opened");
                }
                Word::Sign(")") => (count, is_value) = (1, false),
                Word::Sign(_) => return fault("a value is missing here"),
                // A field of the expression in parentheses.
                Word::Path(_) if closed && token.adjacent => {}
                _ if count > 0 && is_value => return fault("a value that is not a function has arguments"),
                word => {
                    kind = self.value(word).map_err(|rule| Fault::new(token.offset, rule))?;
                    let is_function = matches!(word, Word::Name(name) if !CONSTANTS.contains(&name));
                    is_value |= count == 0 && !is_function;
                    count += 1;
                }
            }
            closed = token.word == Word::Sign(")");
        }
        match open.last() {
            Some(open) => Err(Fault::new(*open, "a parenthesis is not closed")),
            None if count == 0 => Err(Fault::new(offset, "a value is missing")),
            None => Ok(if tokens.len() == 1 { kind } else { ActionKind::Any }),
        }
    }

    fn value(&self, word: Word<'_>) -> Result<ActionKind, String> {
        match word {
            Word::Path(path) => self.path(path),
            Word::Name(name) if FUNCTIONS.contains(&name) || CONSTANTS.contains(&name) => Ok(ActionKind::Any),
            Word::Name(name) => Err(format!("there is no function {name}")),
            Word::Text(_) => Ok(ActionKind::Text),
            Word::Constant | Word::Sign(_) => Ok(ActionKind::Any),
        }
    }

    fn path(&self, path: &str) -> Result<ActionKind, String> {
        let (name, fields) = path.split_at(path.find('.').unwrap_or(path.len()));
        let known = self.variables.iter().rev().find(|(known, _)| *known == name);
        let kind = match known {
            Some((_, kind)) => *kind,
            None if name.is_empty() => self.dot,
            None => return Err(format!("there is no variable {name}")),
        };
        fields.split('.').filter(|field| !field.is_empty()).try_fold(kind, ActionKind::field)
    }
}

/// `$i, $x :=` before the pipeline of a range.
fn declared<'t, 'a>(tokens: &'t [Token<'a>]) -> (Vec<&'a str>, &'t [Token<'a>]) {
    let words: Vec<Word<'a>> = tokens.iter().take(4).map(|token| token.word).collect();
    match words[..] {
        [Word::Path(index), Word::Sign(","), Word::Path(value), Word::Sign(":=" | "=")] => {
            (vec![index, value], &tokens[4..])
        }
        [Word::Path(value), Word::Sign(":=" | "="), ..] => (vec![value], &tokens[2..]),
        _ => (Vec::new(), tokens),
    }
}
