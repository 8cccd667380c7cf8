//! Finds syntax of TOML 1.1, which containerd's parsers refuse (go-toml v1 and v2 read TOML 1.0).

use toml_edit::{Item, Table, TableLike, Value};

/// The first form in the document that is not TOML 1.0: its name and its offset in `text`.
pub(crate) fn newer_than_1_0(root: &Item, text: &str) -> Option<(&'static str, usize)> {
    root.as_table().and_then(|table| in_table(table, text))
}

/// The offset of the first key that is written with an escape. go-toml v1 keeps the backslash as part of the key.
pub(crate) fn escaped_key(table: &dyn TableLike, text: &str) -> Option<usize> {
    table.iter().find_map(|(name, item)| {
        let span = table.key(name).and_then(toml_edit::Key::span)?;
        let spelled = text.get(span.clone())?;
        let inside = || match item {
            Item::ArrayOfTables(tables) => tables.iter().find_map(|table| escaped_key(table, text)),
            item => item.as_table_like().and_then(|table| escaped_key(table, text)),
        };
        if spelled.starts_with('"') && spelled.contains('\\') { Some(span.start) } else { inside() }
    })
}

fn in_table(table: &Table, text: &str) -> Option<(&'static str, usize)> {
    table.iter().find_map(|(name, item)| {
        let key = table.key(name).and_then(toml_edit::Key::span);
        key.and_then(|span| in_string(text, span)).or_else(|| match item {
            Item::None => None,
            Item::Value(value) => in_value(value, text),
            Item::Table(table) => in_table(table, text),
            Item::ArrayOfTables(tables) => tables.iter().find_map(|table| in_table(table, text)),
        })
    })
}

fn in_value(value: &Value, text: &str) -> Option<(&'static str, usize)> {
    match value {
        Value::String(_) => value.span().and_then(|span| in_string(text, span)),
        Value::Datetime(date) => {
            let time = date.value().time?;
            let at = value.span()?.start;
            time.second.is_none().then_some(("a time without seconds", at))
        }
        Value::Array(array) => array.iter().find_map(|value| in_value(value, text)),
        Value::InlineTable(table) => in_inline(value, table, text),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => None,
    }
}

fn in_inline(value: &Value, table: &toml_edit::InlineTable, text: &str) -> Option<(&'static str, usize)> {
    let span = value.span()?;
    if !table.is_dotted() {
        if table.trailing_comma() {
            return Some(("a comma before the end of an inline table", span.end - 1));
        }
        // Values may have line breaks (arrays, multi-line strings); an inline table must not.
        let mut from = span.start;
        for inner in table.get_values().into_iter().filter_map(|(_, value)| value.span()) {
            if let Some(at) = text.get(from..inner.start).and_then(|gap| gap.find('\n')) {
                return Some(("an inline table of several lines", from + at));
            }
            from = inner.end;
        }
        if let Some(at) = text.get(from..span.end).and_then(|gap| gap.find('\n')) {
            return Some(("an inline table of several lines", from + at));
        }
    }
    table.iter().find_map(|(name, value)| {
        let key = table.key(name).and_then(toml_edit::Key::span);
        key.and_then(|span| in_string(text, span)).or_else(|| in_value(value, text))
    })
}

/// `\e` and `\xHH` came with TOML 1.1.
fn in_string(text: &str, span: std::ops::Range<usize>) -> Option<(&'static str, usize)> {
    let start = span.start;
    let string = text.get(span)?;
    if !string.starts_with('"') {
        return None;
    }
    let mut chars = string.char_indices();
    while let Some((at, char)) = chars.next() {
        if char == '\\' && matches!(chars.next(), Some((_, 'e' | 'x'))) {
            return Some(("an escape \\e or \\x", start + at));
        }
    }
    None
}
