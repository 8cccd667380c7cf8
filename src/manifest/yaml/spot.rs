//! A node together with its path.

use super::{Node, Place, Value};

/// A node of a document with its path (`spec.template.metadata.annotations["cni.projectcalico.org/ipv4pools"]`) and
/// the place to show: that of its key if it has one.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Spot<'a> {
    pub(in crate::manifest) node: &'a Node<'a>,
    pub(in crate::manifest) path: String,
    pub(in crate::manifest) at: Place,
}

impl<'a> Spot<'a> {
    /// The root of a document.
    pub(in crate::manifest) fn root(node: &'a Node<'a>) -> Self {
        Self { node, path: String::new(), at: node.at }
    }

    /// The value of `key`, unless it is missing or null.
    pub(in crate::manifest) fn get(&self, key: &str) -> Option<Self> {
        let entry = self.node.get(key)?;
        if matches!(entry.value.value, Value::Null) {
            return None;
        }
        Some(Self { node: &entry.value, path: join(&self.path, key), at: entry.at })
    }

    /// The value at a path of keys.
    pub(in crate::manifest) fn find(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |spot, key| spot.get(key))
    }

    /// True for a list.
    pub(in crate::manifest) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// The items of a list; empty for any other value.
    pub(in crate::manifest) fn items(&self) -> Vec<Self> {
        let Value::List(items) = &self.node.value else { return Vec::new() };
        items
            .iter()
            .enumerate()
            .map(|(index, node)| Self { node, path: format!("{}[{index}]", self.path), at: node.at })
            .collect()
    }

    /// The entries of a mapping, in order; empty for any other value.
    pub(in crate::manifest) fn entries(&self) -> Vec<(&'a str, Self)> {
        let Value::Map(entries) = &self.node.value else { return Vec::new() };
        entries
            .iter()
            .map(|entry| {
                let path = join(&self.path, &entry.key);
                (&*entry.key, Self { node: &entry.value, path, at: entry.at })
            })
            .collect()
    }

    /// The text of a scalar of any type.
    pub(in crate::manifest) fn text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The text of the scalar at `key`.
    pub(in crate::manifest) fn text_of(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.text()
    }

    /// True if the value of `key` is `true`.
    pub(in crate::manifest) fn is_true(&self, key: &str) -> bool {
        self.text_of(key) == Some("true")
    }

    /// The texts of a list of scalars at `key`.
    pub(in crate::manifest) fn texts_of(&self, key: &str) -> Vec<&'a str> {
        self.get(key).map_or_else(Vec::new, |list| list.items().iter().filter_map(Spot::text).collect())
    }

    /// The pairs of a mapping of scalars at `key` (labels, selectors).
    pub(in crate::manifest) fn pairs_of(&self, key: &str) -> Vec<(&'a str, &'a str)> {
        let Some(map) = self.get(key) else { return Vec::new() };
        map.entries().iter().map(|(key, value)| (*key, value.text().unwrap_or(""))).collect()
    }
}

fn join(path: &str, key: &str) -> String {
    let simple = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    match (simple, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{key:?}]"),
    }
}
