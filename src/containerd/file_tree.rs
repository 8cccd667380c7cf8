//! Converts one config file to a tree of values.

use std::collections::BTreeMap;

use toml_edit::{Item, Value};

use super::source::Source;
use super::tree::{Origin, Path, Scalar, Tree};

impl Tree {
    /// The values of a file.
    pub(crate) fn of(source: &Source) -> Self {
        let mut path = Vec::new();
        Self::Table(entries(source, source.root().iter(), &mut path))
    }
}

fn entries<'a>(
    source: &Source,
    items: impl Iterator<Item = (&'a str, &'a Item)>,
    path: &mut Path,
) -> BTreeMap<String, Tree> {
    let mut table = BTreeMap::new();
    for (key, item) in items {
        path.push(key.to_owned());
        if let Some(tree) = of_item(source, item, path) {
            table.insert(key.to_owned(), tree);
        }
        path.pop();
    }
    table
}

fn of_item(source: &Source, item: &Item, path: &mut Path) -> Option<Tree> {
    Some(match item {
        Item::None => return None,
        Item::Value(value) => of_value(source, value, path),
        Item::Table(table) => Tree::Table(entries(source, table.iter(), path)),
        Item::ArrayOfTables(tables) => {
            Tree::List(tables.iter().map(|table| Tree::Table(entries(source, table.iter(), path))).collect())
        }
    })
}

fn of_value(source: &Source, value: &Value, path: &mut Path) -> Tree {
    let scalar = match value {
        Value::String(text) => Scalar::Text(text.value().clone()),
        Value::Integer(number) => Scalar::Int(*number.value()),
        Value::Boolean(flag) => Scalar::Bool(*flag.value()),
        Value::Float(_) | Value::Datetime(_) => {
            Scalar::Other(value.span().and_then(|span| source.text().get(span)).unwrap_or("").to_owned())
        }
        Value::Array(array) => {
            return Tree::List(array.iter().map(|value| of_value(source, value, path)).collect());
        }
        Value::InlineTable(inline) => {
            let mut table = BTreeMap::new();
            for (key, value) in inline {
                path.push(key.to_owned());
                table.insert(key.to_owned(), of_value(source, value, path));
                path.pop();
            }
            return Tree::Table(table);
        }
    };
    let offset = value.span().map_or(0, |span| span.start);
    Tree::Leaf(scalar, Origin { file: source.path().clone(), path: path.clone(), offset })
}
