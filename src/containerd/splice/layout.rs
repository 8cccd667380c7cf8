//! Finds lines, sections and their indentation.

use toml_edit::{Item, Table, Value};

use crate::containerd::source::Source;

/// The offset after the line break of the line at `offset` (the end of the text if it has none).
pub(super) fn next_line(text: &str, offset: usize) -> usize {
    text.get(offset..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| offset + at + 1)
}

/// The blanks at the start of the line at `offset`.
pub(super) fn indent_at(text: &str, offset: usize) -> &str {
    let before = text.get(..offset).unwrap_or("");
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(line..).unwrap_or("");
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    &rest[..blanks]
}

/// The spans of a table's own values (also below dotted keys), in the order of the text.
pub(super) fn values(table: &Table) -> Vec<std::ops::Range<usize>> {
    let mut spans: Vec<_> = table.get_values().into_iter().filter_map(|(_, value)| span(value)).collect();
    spans.sort_by_key(|span| span.start);
    spans
}

fn span(value: &Value) -> Option<std::ops::Range<usize>> {
    value.span()
}

/// The end of a table: after its last header or value, sub-tables included.
pub(super) fn end_of(table: &Table) -> Option<usize> {
    let header = (!table.is_dotted()).then(|| table.span()).flatten().map(|span| span.end);
    let inside = table.iter().filter_map(|(_, item)| match item {
        Item::None => None,
        Item::Value(value) => span(value).map(|span| span.end),
        Item::Table(table) => end_of(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(end_of).max(),
    });
    header.into_iter().chain(inside).max()
}

/// A header of the file, and the first value below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) header: usize,
    pub(super) first_value: Option<usize>,
}

/// All headers of the file, in the order of the text.
pub(super) fn sections(root: &Table) -> Vec<Section> {
    let mut found = Vec::new();
    collect(root, &mut found);
    found.sort_by_key(|section| section.header);
    found
}

fn collect(table: &Table, found: &mut Vec<Section>) {
    let mut note = |table: &Table| {
        if let (Some(span), false, false) = (table.span(), table.is_implicit(), table.is_dotted()) {
            let first_value = values(table).first().map(|span| span.start);
            found.push(Section { header: span.start, first_value });
        }
    };
    let mut inner = Vec::new();
    for (_, item) in table {
        match item {
            Item::Table(table) => {
                note(table);
                inner.push(table);
            }
            Item::ArrayOfTables(tables) => tables.iter().for_each(|table| {
                note(table);
                inner.push(table);
            }),
            Item::None | Item::Value(_) => {}
        }
    }
    for table in inner {
        collect(table, found);
    }
}

/// The extra indentation of keys below their header, as in the file's other sections.
pub(super) fn key_indent(source: &Source, header_indent: &str) -> String {
    let text = source.text();
    let step = sections(source.root()).into_iter().find_map(|section| {
        let header = indent_at(text, section.header);
        indent_at(text, section.first_value?).strip_prefix(header).map(str::to_owned)
    });
    format!("{header_indent}{}", step.unwrap_or_else(|| "  ".to_owned()))
}

/// True if the line before `offset` is blank or does not exist.
pub(super) fn after_blank(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or("");
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let above = before[..line].strip_suffix('\n').unwrap_or("");
    above.rsplit('\n').next().is_none_or(|line| line.trim().is_empty())
}
