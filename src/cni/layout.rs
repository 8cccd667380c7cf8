//! How a list is spread over lines, and a plugin object written in the same way.

use std::ops::Range;

use super::conflist::Parts;
use super::json::{JsonKind, Value};

/// The look of a list, taken only from bytes that composing never changes: what stands before its first and after
/// its last element, and between `"plugins"` and the list. So a composed list has the look of the one it came from.
pub(super) struct Style {
    /// For a list over several lines: the line break and the indentation of an element.
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

    /// What stands between an element and the next, comma included.
    pub(super) fn separator(&self) -> String {
        format!(",{}", self.line.as_deref().unwrap_or(self.space))
    }

    /// `object` with every token as it is and the white space of this look.
    pub(super) fn write(&self, object: Value<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        self.value(object, self.line.clone(), &mut out);
        out
    }

    /// `line` is the break before the line that the value stands on; none where it stays on one line.
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

/// The last line break of `gap` with what follows it.
fn last_line(gap: &[u8]) -> Option<String> {
    let newline = gap.iter().rposition(|&byte| byte == b'\n')?;
    let start = if newline > 0 && gap[newline - 1] == b'\r' { newline - 1 } else { newline };
    Some(String::from_utf8_lossy(&gap[start..]).into_owned())
}
