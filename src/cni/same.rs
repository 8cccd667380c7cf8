//! Compares the first plugins of two files, without regard to spelling.

use std::collections::{BTreeMap, HashMap};

use super::conflist::Conflist;
use super::json::{JsonKind, Value};

/// A value without its spelling. Its content are numbers from [`Shapes`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Shape {
    Null,
    Bool(bool),
    /// The bits of the `float64` that Go reads.
    Number(u64),
    Text(String),
    Array(Vec<usize>),
    /// Go's maps keep the last value of a key that occurs twice.
    Object(BTreeMap<String, usize>),
}

/// Equal values get equal numbers. The function does not recurse, because a file may have 10,000 levels.
#[derive(Default)]
pub(super) struct Shapes(HashMap<Shape, usize>);

impl Shapes {
    /// The number of a plugin object. Its `name` and `cniVersion` do not count: libcni replaces both with the list's
    /// before it calls the plugin (`api.go`, `InjectConf` in `buildOneConfig`).
    pub(super) fn of_plugin(&mut self, plugin: Value<'_>) -> usize {
        let mut known: HashMap<usize, usize> = HashMap::new();
        let inside: Vec<Value<'_>> = plugin.descendants().collect();
        // A value's content comes after it in the document.
        for value in inside.into_iter().rev() {
            let shape = shape(value, &known, |_| true);
            known.insert(value.id(), self.number(shape));
        }
        let root = shape(plugin, &known, |key| !matches!(key, "name" | "cniVersion"));
        self.number(root)
    }

    fn number(&mut self, shape: Shape) -> usize {
        let next = self.0.len();
        *self.0.entry(shape).or_insert(next)
    }
}

fn shape(value: Value<'_>, known: &HashMap<usize, usize>, counts: impl Fn(&str) -> bool) -> Shape {
    let number = |child: Value<'_>| known.get(&child.id()).copied().unwrap_or_default();
    match value.kind() {
        JsonKind::Null => Shape::Null,
        JsonKind::Bool(on) => Shape::Bool(on),
        JsonKind::Number => Shape::Number(value.number().unwrap_or_default().to_bits()),
        JsonKind::Text => Shape::Text(value.string().unwrap_or_default().into_owned()),
        JsonKind::Array => Shape::Array(value.children().map(number).collect()),
        JsonKind::Object => Shape::Object(
            value
                .children()
                .filter(|child| counts(&child.key()))
                .map(|child| (child.key().into_owned(), number(child)))
                .collect(),
        ),
    }
}

impl Conflist {
    /// True if both files have the same first plugin, which creates the interface. Spelling, order of keys and the
    /// form of the file (a list or one plugin object) do not matter.
    pub fn has_first_plugin_of(&self, other: &Self) -> bool {
        let mut shapes = Shapes::default();
        let mut first =
            |conflist: &Self| conflist.plugins().next().map(|(plugin, _)| shapes.of_plugin(plugin));
        first(self) == first(other)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Conflist, Libcni};

    fn list(plugin: &str) -> Conflist {
        let text = format!(r#"{{"name":"n","plugins":[{plugin}]}}"#);
        Conflist::read("a.conflist", text.as_bytes(), Libcni::V1_1).unwrap()
    }

    #[test]
    fn the_same_plugin_is_known_however_it_is_written() {
        let plugin = list(r#"{"type":"a","mtu":1500,"x":[{"b":null,"c":"é"}],"on":true}"#);
        for same in [
            r#"{ "on":true, "x":[{"c":"\u00e9","b":null}], "mtu":1.5e3, "type":"\u0061" }"#,
            r#"{"type":"a","mtu":1,"mtu":1500,"x":[{"b":null,"c":"é"}],"on":true,"name":"m","cniVersion":"1.0.0"}"#,
        ] {
            assert!(plugin.has_first_plugin_of(&list(same)), "{same}");
        }
        for other in [
            r#"{"type":"a","mtu":1501,"x":[{"b":null,"c":"é"}],"on":true}"#,
            r#"{"type":"a","mtu":"1500","x":[{"b":null,"c":"é"}],"on":true}"#,
            r#"{"type":"a","mtu":1500,"x":[{"b":null,"c":"é"},{}],"on":true}"#,
            r#"{"type":"a","mtu":1500,"x":[{"b":null,"name":"é"}],"on":true}"#,
            r#"{"type":"a","mtu":1500,"x":[{"b":null,"c":"\ud800"}],"on":true}"#,
            r#"{"type":"a"}"#,
        ] {
            assert!(!plugin.has_first_plugin_of(&list(other)), "{other}");
        }
    }

    #[test]
    fn one_plugin_object_is_compared_as_the_plugin_of_a_list() {
        let single = |text: &str| Conflist::read("a.conf", text.as_bytes(), Libcni::V1_1).unwrap();
        let bridge = single(r#"{"name":"a","cniVersion":"0.3.1","type":"bridge","bridge":"cni0"}"#);
        assert!(bridge.has_first_plugin_of(&list(r#"{"bridge":"cni0","type":"bridge"}"#)));
        assert!(!bridge.has_first_plugin_of(&single(r#"{"name":"a","type":"bridge","bridge":"br1"}"#)));
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = |inner: &str| {
            list(&format!(r#"{{"type":"a","x":{}{inner}{}}}"#, "[".repeat(9_900), "]".repeat(9_900)))
        };
        assert!(deep("1").has_first_plugin_of(&deep("1.0")));
        assert!(!deep("1").has_first_plugin_of(&deep("2")));
    }
}
