//! Finds the place of each value in a text that is valid JSON.

use std::ops::Range;

use super::node::{JsonKind, Node};
use crate::cni::violation::{Rule, Violation};

/// Go's `encoding/json` refuses deeper nesting (`scanner.go`, `maxNestingDepth`).
const MAX_DEPTH: usize = 10_000;

/// A limit that no network reaches. Each value needs as much memory as some dozen bytes of text, and a directory may
/// have many large files.
const MAX_VALUES: usize = 1 << 16;

/// All values in the order of their first bytes. `text` passed `syntax::check`; for any other text the result is
/// meaningless, but the function does not panic.
pub(super) fn nodes(text: &[u8]) -> Result<Vec<Node>, Violation> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut key: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let kind = match byte {
            b'{' => JsonKind::Object,
            b'[' => JsonKind::Array,
            b'"' => JsonKind::Text,
            b'-' | b'0'..=b'9' => JsonKind::Number,
            b't' => JsonKind::Bool(true),
            b'f' => JsonKind::Bool(false),
            b'n' => JsonKind::Null,
            b'}' | b']' => {
                at += 1;
                if let Some(container) = open.pop() {
                    let after = nodes.len();
                    nodes[container].span.end = at;
                    nodes[container].after = after;
                }
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let end = end_of(text, at, kind);
        let parent = open.last().copied().unwrap_or(0);
        let in_object =
            nodes.get(parent).is_some_and(|node| node.kind == JsonKind::Object) && !open.is_empty();
        if kind == JsonKind::Text && in_object && key.is_none() {
            key = Some(at..end);
            at = end;
            continue;
        }
        if kind == JsonKind::Number && !is_finite(&text[at..end]) {
            let message = format!(
                "has the number {}, too large for the runtime",
                String::from_utf8_lossy(&text[at..end])
            );
            return Err(Violation::at(text, at, Rule::Number, message));
        }
        if nodes.len() == MAX_VALUES {
            let message = format!(
                "has more than {MAX_VALUES} values; no network has that many, so this program does not read the file"
            );
            return Err(Violation::at(text, at, Rule::Readable, message));
        }
        let after = nodes.len() + 1;
        nodes.push(Node { kind, span: at..end, key: key.take(), parent, after });
        if matches!(kind, JsonKind::Object | JsonKind::Array) {
            if open.len() == MAX_DEPTH {
                let message = format!("is nested deeper than {MAX_DEPTH} levels");
                return Err(Violation::at(text, at, Rule::Depth, message));
            }
            open.push(after - 1);
        }
        at = end;
    }
    nodes.shrink_to_fit();
    Ok(nodes)
}

/// The end of the token that starts at `start`; for a container, the end of its first byte.
fn end_of(text: &[u8], start: usize, kind: JsonKind) -> usize {
    let rest = &text[start..];
    let length = match kind {
        JsonKind::Object | JsonKind::Array => 1,
        JsonKind::Text => return end_of_string(text, start),
        JsonKind::Number => rest
            .iter()
            .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len()),
        JsonKind::Bool(false) => 5,
        JsonKind::Bool(true) | JsonKind::Null => 4,
    };
    (start + length).min(text.len())
}

fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Go decodes every number of a conflist into a `float64` and refuses one that overflows.
fn is_finite(number: &[u8]) -> bool {
    std::str::from_utf8(number).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}
