//! Reads how a list is laid out on lines, and writes a plugin object in the same way.

use std::ops::Range;

use super::conflist::Parts;
use super::json::{JsonKind, Value};

/// The layout of a list, taken only from bytes that composing never changes: those before its first element, after
/// its last element, and between `"plugins"` and the list. So a composed list has the layout of its base.
pub(super) struct Style {
    /// For a list on several lines: the line break and the indentation of an element.
    line: Option<String>,
    unit: String,
    space: &'static str,
}

impl Style {
    pub(super) fn of(text: &[u8], parts: &Parts<'_>) -> Self {
        let Range { start, end } = parts.list.span();
        let opened = parts.plugins.first().and_then(|(first, _)| text.get(start + 1..first.span().start));
        let closed = parts.plugins.last().and_then(|(last, _)| text.get(last.span().end..end - 1));
        let line = opened.and_then(last_line);
        let closing = closed.and_then(last_line);
        let unit = match (&line, &closing) {
            (Some(line), Some(closing)) => {
                line.strip_prefix(closing.as_str()).filter(|unit| !unit.is_empty())
            }
            _ => None,
        };
        let tabs = line.as_ref().is_some_and(|line| line.ends_with('\t'));
        let unit = unit.unwrap_or(if tabs { "\t" } else { "  " }).to_owned();
        let space = if parts.list.colon().ends_with(b":") { "" } else { " " };
        Self { line, unit, space }
    }

    /// The text between two elements, comma included.
    pub(super) fn separator(&self) -> String {
        format!(",{}", self.line.as_deref().unwrap_or(self.space))
    }

    /// Writes `object` with its tokens unchanged and the white space of this layout.
    pub(super) fn write(&self, object: Value<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        self.value(object, self.line.clone(), &mut out);
        out
    }

    /// `line` is the break before the line of the value; `None` if the value stays on one line.
    fn value(&self, value: Value<'_>, line: Option<String>, out: &mut Vec<u8>) {
        let (open, close) = match value.kind() {
            JsonKind::Object => (b'{', b'}'),
            JsonKind::Array => (b'[', b']'),
            _ => return out.extend_from_slice(value.raw()),
        };
        let flat = value.kind() == JsonKind::Array
            && value.children().all(|child| !matches!(child.kind(), JsonKind::Object | JsonKind::Array));
        let line = line.filter(|_| !flat && value.children().next().is_some());
        let inner = line.as_ref().map(|line| format!("{line}{}", self.unit));
        out.push(open);
        for (at, child) in value.children().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            match &inner {
                Some(inner) => out.extend_from_slice(inner.as_bytes()),
                None if at > 0 => out.extend_from_slice(self.space.as_bytes()),
                None => {}
            }
            if let Some(key) = child.raw_key() {
                out.extend_from_slice(key);
                out.extend_from_slice(format!(":{}", self.space).as_bytes());
            }
            self.value(child, inner.clone(), out);
        }
        out.extend_from_slice(line.unwrap_or_default().as_bytes());
        out.push(close);
    }
}

/// The last line break of `gap` and the text after it.
fn last_line(gap: &[u8]) -> Option<String> {
    let newline = gap.iter().rposition(|&byte| byte == b'\n')?;
    let start = if newline > 0 && gap[newline - 1] == b'\r' { newline - 1 } else { newline };
    Some(String::from_utf8_lossy(&gap[start..]).into_owned())
}
