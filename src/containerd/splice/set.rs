//! Sets a value at a path, in the form that the file already uses for that path.

use toml_edit::{InlineTable, Item, Table, Value};

use super::apply::{Splice, apply};
use super::layout::{Section, after_blank, end_of, indent_at, key_indent, next_line, sections, values};
use super::spell;
use crate::containerd::source::Source;
use crate::containerd::tree::Scalar;

/// A table on the way to the value.
#[derive(Clone, Copy)]
enum Step<'a> {
    Table(&'a Table),
    Inline(&'a InlineTable),
}

impl<'a> Step<'a> {
    fn item(self, key: &str) -> Option<Found<'a>> {
        match self {
            Self::Table(table) => match table.get(key)? {
                Item::None => None,
                Item::Table(table) => Some(Found::Step(Self::Table(table))),
                Item::Value(value) => Some(Found::of(value)),
                Item::ArrayOfTables(_) => Some(Found::Other),
            },
            Self::Inline(table) => table.get(key).map(Found::of),
        }
    }

    fn is_dotted(self) -> bool {
        match self {
            Self::Table(table) => table.is_dotted(),
            Self::Inline(table) => table.is_dotted(),
        }
    }
}

enum Found<'a> {
    Step(Step<'a>),
    Value(&'a Value),
    Other,
}

impl<'a> Found<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::InlineTable(table) => Self::Step(Step::Inline(table)),
            Value::Array(_) => Self::Other,
            value => Self::Value(value),
        }
    }
}

/// The text with `path` set to `value`; `None` if another value is in the way (a list, or a scalar instead of a
/// table).
pub(crate) fn set(source: &Source, path: &[String], value: &Scalar) -> Option<String> {
    let splice = find(source, path, value)?;
    Some(apply(source.text(), vec![splice]))
}

fn find(source: &Source, path: &[String], value: &Scalar) -> Option<Splice> {
    let mut steps = vec![Step::Table(source.root())];
    for (depth, key) in path.iter().enumerate() {
        match steps.last()?.item(key) {
            None => return insert(source, &steps, path, value),
            Some(Found::Step(step)) => steps.push(step),
            Some(Found::Value(old)) if depth + 1 == path.len() => {
                let at = old.span()?;
                let text = spell::value(value, source.text().get(at.clone()));
                return Some(Splice { at, text });
            }
            Some(Found::Value(_) | Found::Other) => return None,
        }
    }
    None
}

/// `steps[i]` is the table at `path[..i]`; the tables after the last step are missing.
fn insert(source: &Source, steps: &[Step<'_>], path: &[String], value: &Scalar) -> Option<Splice> {
    let depth = steps.len() - 1;
    // Keys below a dotted key are written with dots, in the table that has the dotted key.
    let edit_target = steps.iter().rposition(|step| !step.is_dotted())?;
    match (steps[edit_target], steps[depth]) {
        (Step::Inline(table), _) if edit_target == depth => inline(table, &nested(&path[depth..], value)),
        (Step::Inline(table), _) => {
            let entry = format!("{} = {}", spell::dotted(&path[edit_target..]), spell::value(value, None));
            inline(table, &entry)
        }
        (Step::Table(_), Step::Table(dotted)) if edit_target != depth => {
            let after = values(dotted).last()?.end;
            Some(line_after(source, after, None, &path[edit_target..], value))
        }
        (Step::Table(table), _) if depth + 1 == path.len() && (depth == 0 || !table.is_implicit()) => {
            if depth == 0 {
                return Some(root_line(source, &path[0], value));
            }
            if let Some(last) = values(table).last() {
                return Some(line_after(source, last.end, None, &path[depth..], value));
            }
            let header = table.span()?;
            let indent = key_indent(source, indent_at(source.text(), header.start));
            Some(line_after(source, header.end, Some(&indent), &path[depth..], value))
        }
        (Step::Table(table), _) => new_table(source, table, steps, path, value),
    }
}

/// `a = { b = 1 }`, for keys that an inline table lacks.
fn nested(keys: &[String], value: &Scalar) -> String {
    match keys {
        [] => spell::value(value, None),
        [key] => format!("{} = {}", spell::key(key), spell::value(value, None)),
        [key, rest @ ..] => format!("{} = {{ {} }}", spell::key(key), nested(rest, value)),
    }
}

fn inline(table: &InlineTable, entry: &str) -> Option<Splice> {
    let span = table.span()?;
    let last =
        table.get_values().into_iter().filter_map(|(_, value)| value.span()).map(|span| span.end).max();
    Some(match last {
        Some(last) => Splice::insert(last, format!(", {entry}")),
        None => Splice { at: span, text: format!("{{ {entry} }}") },
    })
}

/// A new line after the line at `offset`, with the same indentation.
fn line_after(
    source: &Source,
    offset: usize,
    indent: Option<&str>,
    keys: &[String],
    value: &Scalar,
) -> Splice {
    let text = source.text();
    let indent = indent.unwrap_or_else(|| indent_of_statement(source, offset));
    let line = format!("{indent}{} = {}", spell::dotted(keys), spell::value(value, None));
    own_line(source, next_line(text, offset), &line)
}

/// The indentation of the statement whose value ends at `offset` (a list may end some lines below its key).
fn indent_of_statement(source: &Source, offset: usize) -> &str {
    let text = source.text();
    let mut start = offset;
    let mut tables = vec![source.root()];
    while let Some(table) = tables.pop() {
        for (keys, value) in table.get_values() {
            if value.span().is_some_and(|span| span.end == offset)
                && let Some(key) = keys.last().and_then(|key| key.span())
            {
                start = key.start;
            }
        }
        for (_, item) in table {
            match item {
                Item::Table(table) => tables.push(table),
                Item::ArrayOfTables(inner) => tables.extend(inner.iter()),
                Item::None | Item::Value(_) => {}
            }
        }
    }
    indent_at(text, start)
}

/// New lines at `offset`, which is the start of a line or the end of the text.
fn own_line(source: &Source, offset: usize, lines: &str) -> Splice {
    let ending = source.line_ending();
    let before = source.text().get(..offset).unwrap_or("");
    Splice::insert(
        offset,
        if before.is_empty() || before.ends_with('\n') {
            format!("{lines}{ending}")
        } else {
            // The file's last line has no newline, and gets none.
            format!("{ending}{lines}")
        },
    )
}

/// The text with `key` set at the root, before all tables.
pub(crate) fn set_root(source: &Source, key: &str, value: &Scalar) -> String {
    apply(source.text(), vec![root_line(source, key, value)])
}

fn root_line(source: &Source, key: &str, value: &Scalar) -> Splice {
    let line = format!("{} = {}", spell::key(key), spell::value(value, None));
    let first_section = sections(source.root()).first().map(|section| section.header);
    match (values(source.root()).last(), first_section) {
        (Some(last), _) => own_line(source, next_line(source.text(), last.end), &line),
        (None, Some(_)) => own_line(source, 0, &line),
        (None, None) => own_line(source, source.text().len(), &line),
    }
}

/// A table that has no header yet, with its one key.
fn new_table(
    source: &Source,
    parent: &Table,
    steps: &[Step<'_>],
    path: &[String],
    value: &Scalar,
) -> Option<Splice> {
    let text = source.text();
    let (name, tables) = path.split_last()?;
    let all = sections(source.root());
    let content = end_of(parent).or_else(|| end_of(source.root()));
    // The nearest relative: the last header before the end of the parent table's content.
    let relative = all.iter().rev().find(|section| content.is_some_and(|end| section.header < end));
    let next = all.iter().find(|section| content.is_some_and(|end| section.header >= end));
    let indent = sibling_indent(source, parent).unwrap_or_default();
    let spaced = is_spaced(text, &all, relative);
    let offset = match (content, next) {
        (Some(content), Some(next)) => between(text, next_line(text, content), next.header),
        // Comments at the end of the file come last: a key that a person uncomments there must not land in the new
        // table.
        _ => text.len(),
    };
    let ending = source.line_ending();
    let blank_above = offset == 0 || text[..offset].ends_with("\n\n") || text[..offset].ends_with("\n\r\n");
    let blank = if (spaced || offset == text.len()) && !blank_above { ending } else { "" };
    let header = header(source, steps, tables);
    let inner = key_indent(source, &indent);
    let line = format!("{} = {}", spell::key(name), spell::value(value, None));
    Some(own_line(source, offset, &format!("{blank}{indent}[{header}]{ending}{inner}{line}")))
}

/// True if headers in this file follow a blank line: as the relative does; if the relative opens the file, as any
/// does.
fn is_spaced(text: &str, all: &[Section], relative: Option<&Section>) -> bool {
    let mut others = all.iter().filter(|section| section.header > 0).peekable();
    match relative.filter(|section| section.header > 0) {
        Some(section) => after_blank(text, section.header),
        None => others.peek().is_none() || others.any(|section| after_blank(text, section.header)),
    }
}

/// The indentation of the new header's siblings, else of its parent.
fn sibling_indent(source: &Source, parent: &Table) -> Option<String> {
    let text = source.text();
    let header = |table: &Table| {
        let written = !table.is_implicit() && !table.is_dotted();
        table.span().filter(|_| written).map(|span| indent_at(text, span.start).to_owned())
    };
    let siblings = parent.iter().filter_map(|(_, item)| item.as_table());
    siblings.filter_map(header).last().or_else(|| header(parent))
}

/// The dotted name of a new header, with the spelling of each part that the file already has.
fn header(source: &Source, steps: &[Step<'_>], tables: &[String]) -> String {
    let spelled = tables.iter().enumerate().map(|(depth, key)| {
        let known = match steps.get(depth) {
            Some(Step::Table(table)) => table.key(key).and_then(toml_edit::Key::span),
            Some(Step::Inline(_)) | None => None,
        };
        known.and_then(|span| source.text().get(span)).map_or_else(|| spell::key(key), str::to_owned)
    });
    spelled.collect::<Vec<_>>().join(".")
}

/// The place for a table between the last line of its relatives and the next header: after comments that a blank line
/// separates from that header, before comments directly above it.
fn between(text: &str, from: usize, next: usize) -> usize {
    let mut at = from;
    let mut end_of_comments = from;
    let mut last_blank = None;
    for line in text.get(from..next).unwrap_or("").split_inclusive('\n') {
        if line.trim().is_empty() && line.ends_with('\n') {
            last_blank = Some(end_of_comments);
        } else if line.ends_with('\n') {
            end_of_comments = at + line.len();
        }
        at += line.len();
    }
    last_blank.unwrap_or(from)
}
