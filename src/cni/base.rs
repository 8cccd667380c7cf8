//! Finds the base of a chain again in the chain's own text: the list without the plugins that owners added.

use super::conflist::Conflist;
use super::plugin::Plugin;
use super::same::Shapes;

/// The text of `chain` without the plugins that `added` has; `None` if it has no other plugin.
///
/// It is the inverse of [`compose`](super::compose()): the bytes that composing added go, and no others. A plugin
/// counts as added if its content is that of a plugin of `added`, in any spelling, because another installer may write
/// the whole file anew. Where the base `before` has a plugin of that type itself, that one takes its place again. A
/// single plugin object is never a chain, so it stays as it is.
pub fn without(chain: &Conflist, added: &[Plugin], before: Option<&Conflist>) -> Option<Vec<u8>> {
    let text = chain.bytes();
    let Some(parts) = chain.parts() else { return Some(text.to_vec()) };
    let mut shapes = Shapes::default();
    let added: Vec<usize> = added.iter().map(|plugin| shapes.of_plugin(plugin.object())).collect();
    let original = |name: &str| {
        let mut of_type = before?.plugins().filter(|(_, there)| *there == name);
        let (plugin, _) = of_type.next()?;
        of_type.next().is_none().then(|| plugin.raw())
    };
    let kept: Vec<Option<&[u8]>> = parts
        .plugins
        .iter()
        .map(|(plugin, name)| {
            let is_added = added.contains(&shapes.of_plugin(*plugin));
            if is_added { original(name) } else { Some(plugin.raw()) }
        })
        .collect();
    let last = kept.iter().rposition(Option::is_some)?;
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    // Composing adds a plugin with the separator behind it, except behind the last plugin of the list.
    let mut begins = None;
    for (at, ((plugin, _), kept)) in parts.plugins.iter().zip(&kept).enumerate() {
        let span = plugin.span();
        match kept {
            Some(raw) => {
                let until = begins.take().unwrap_or(span.start);
                out.extend_from_slice(&text[copied..until]);
                out.extend_from_slice(raw);
                copied = span.end;
            }
            None if at > last => copied = span.end,
            None => begins = begins.or(Some(span.start)),
        }
    }
    out.extend_from_slice(&text[copied..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::{ChainLayer, Libcni, Position, compose};
    use super::*;

    fn list(text: &str) -> Conflist {
        Conflist::read("a.conflist", text.as_bytes(), Libcni::Any).unwrap()
    }

    fn added(text: &str) -> Vec<Plugin> {
        vec![text.parse().unwrap()]
    }

    #[test]
    fn the_bytes_around_the_added_plugins_stay() {
        let tuning = added(r#"{"type":"tuning","mtu":1}"#);
        for (chain, base) in [
            (
                r#"{"name":"n","plugins":[{"type":"a"},{"type":"tuning","mtu":1}]}"#,
                r#"{"name":"n","plugins":[{"type":"a"}]}"#,
            ),
            (
                r#"{"name":"n","plugins":[ {"mtu":1.0,"type":"tuning"} , {"type":"a"}]}"#,
                r#"{"name":"n","plugins":[ {"type":"a"}]}"#,
            ),
            (
                r#"{"name":"n","plugins":[{"type":"a"} ,{"type":"tuning","mtu":1}, {"type":"b"}  ]}"#,
                r#"{"name":"n","plugins":[{"type":"a"} ,{"type":"b"}  ]}"#,
            ),
        ] {
            let found = without(&list(chain), &tuning, None).unwrap();
            assert_eq!(String::from_utf8(found).unwrap(), base);
        }
    }

    #[test]
    fn somebody_else_s_plugin_of_the_type_stays_and_a_replaced_one_comes_back() {
        let tuning = added(r#"{"type":"tuning","mtu":1}"#);
        let theirs = r#"{"name":"n","plugins":[{"type":"a"},{"type":"tuning","mtu":2}]}"#;
        assert_eq!(without(&list(theirs), &tuning, None).unwrap(), theirs.as_bytes());
        let ours = list(&theirs.replace("2}", "1}"));
        assert_eq!(without(&ours, &tuning, Some(&list(theirs))).unwrap(), theirs.as_bytes());
        let only = r#"{"name":"n","plugins":[{"type":"tuning","mtu":1}]}"#;
        assert_eq!(without(&list(only), &tuning, None), None);
    }

    #[test]
    fn a_base_that_has_the_same_plugin_itself_is_found_with_its_spelling() {
        let base = list(r#"{"name":"n","plugins":[{"type":"a"},{ "type":"tuning" }]}"#);
        let layer = ChainLayer {
            owner: "o".to_owned(),
            plugins: added(r#"{"type":"tuning"}"#),
            position: Position::Last,
        };
        let chain = compose(&base, std::slice::from_ref(&layer)).unwrap();
        let chain = Conflist::of("a.conflist", &chain.bytes, Libcni::Any).unwrap();
        assert_eq!(without(&chain, &layer.plugins, Some(&base)).unwrap(), base.bytes());
    }
}
