//! Splits a file into documents at `---` and parses each one separately, so that a broken document does not affect
//! others.

use super::build::{Built, Tree, build};
use super::{Node, Place};

/// One document of a file.
pub(in crate::manifest) struct Document {
    /// The number in the file, from 1; empty documents do not count.
    pub(in crate::manifest) number: usize,
    pub(in crate::manifest) outcome: Outcome,
}

/// The result of parsing a document.
pub(in crate::manifest) enum Outcome {
    /// The tree, and the keys that occur twice in one mapping.
    Read(Node, Vec<(String, Place)>),
    /// The document is a template (Helm, Go), which must be rendered first.
    Template(Place),
    /// The document is neither YAML nor JSON.
    Broken(Place, String),
}

/// A part of a file that is parsed separately, and where it begins.
struct Part<'a> {
    text: &'a str,
    begin: Place,
}

/// The byte order mark. Concatenated files have one before each document, where YAML allows it (1.2.2, 5.2 and
/// 9.1.1).
const MARK: char = '\u{feff}';

/// All documents of a file. JSON needs no special case: it is YAML, tabs included.
pub(in crate::manifest) fn read(text: &str) -> Vec<Document> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let mut documents = Vec::new();
    for part in parts(text) {
        for part in json_values(part) {
            let begin = part.begin;
            let place = |line: usize, column: usize| Place {
                line: begin.line + line.saturating_sub(1),
                column: column + if line <= 1 { begin.column } else { 1 },
            };
            let template = part.text.find("{{");
            let marked = part.text.find(MARK).filter(|at| blank(&part.text[..*at]));
            let unmarked = marked.map(|at| [&part.text[..at], &part.text[at + MARK.len_utf8()..]].concat());
            let text = unmarked.as_deref().unwrap_or(part.text);
            let Built { documents: trees, stopped } = build(text, place);
            let mut outcomes: Vec<_> =
                trees.into_iter().map(|tree| outcome(tree, template.is_some())).collect();
            if let Some((at, why)) = stopped {
                outcomes.push(match template {
                    Some(offset) => Outcome::Template(place_of(part.text, offset, begin)),
                    None => Outcome::Broken(at, why),
                });
            }
            for outcome in outcomes {
                if matches!(&outcome, Outcome::Read(node, _) if matches!(node.value, super::Value::Null)) {
                    continue;
                }
                documents.push(Document { number: documents.len() + 1, outcome });
            }
        }
    }
    documents
}

fn outcome(tree: Tree, braces: bool) -> Outcome {
    match tree.odd_key {
        Some(at) if braces => Outcome::Template(at),
        _ => Outcome::Read(tree.root, tree.doubled),
    }
}

fn place_of(text: &str, offset: usize, begin: Place) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    Place { line: begin.line + line, column: column + if line == 0 { begin.column } else { 1 } }
}

/// Splits at lines that begin with `---`: such a line always separates documents (YAML specification). Directives
/// (`%YAML`) stay with their document.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut begin, mut first_line, mut offset) = (0, 1, 0);
    let mut directives_only = false;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let boundary = line
            .strip_prefix(MARK)
            .unwrap_or(line)
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if boundary && !directives_only && offset > begin {
            parts.push(Part { text: &text[begin..offset], begin: Place { line: first_line, column: 1 } });
            (begin, first_line) = (offset, index + 1);
        }
        let empty = line.trim().is_empty() || line.starts_with('#');
        directives_only = line.starts_with('%')
            && (directives_only || offset == begin || blank(&text[begin..offset]))
            || directives_only && empty;
        offset += line.len();
    }
    parts.push(Part { text: &text[begin..], begin: Place { line: first_line, column: 1 } });
    parts.retain(|part| !blank(part.text));
    parts
}

fn blank(text: &str) -> bool {
    text.lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#') || line.trim() == "---")
}

/// Splits concatenated JSON values (`{...}{...}`), which kubectl accepts, into one part each.
fn json_values(part: Part<'_>) -> Vec<Part<'_>> {
    let mut values = Vec::new();
    let mut rest = part;
    while let Some(end) = json_end(rest.text) {
        let Some(next) = rest.text[end..].find(|c: char| !c.is_whitespace()).map(|skip| end + skip) else {
            break;
        };
        if !rest.text[next..].starts_with(['{', '[']) {
            break;
        }
        values.push(Part { text: &rest.text[..end], begin: rest.begin });
        rest = Part { text: &rest.text[next..], begin: place_of(rest.text, next, rest.begin) };
    }
    values.push(rest);
    values
}

/// The end of the JSON object or array at the start of `text`; `None` if there is none.
fn json_end(text: &str) -> Option<usize> {
    let body = text.trim_start().strip_prefix(['{', '['])?;
    if !body.trim_start().starts_with(['"', '}', '{', ']']) {
        return None;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}
