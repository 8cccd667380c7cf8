//! Removes elements from a list.

use super::apply::{Splice, apply};
use crate::containerd::source::Source;

/// The text without the strings in `unwanted` in the list `key` at the root; `None` if the list has none of them.
pub(crate) fn remove_from_list(source: &Source, key: &str, unwanted: &[&str]) -> Option<String> {
    let array = source.root().get(key)?.as_array()?;
    let text = source.text();
    let spans: Vec<_> = array.iter().map(toml_edit::Value::span).collect::<Option<_>>()?;
    let drop: Vec<bool> =
        array.iter().map(|value| value.as_str().is_some_and(|name| unwanted.contains(&name))).collect();
    if !drop.contains(&true) {
        return None;
    }
    let mut splices = Vec::new();
    for (index, span) in spans.iter().enumerate().filter(|(index, _)| drop[*index]) {
        let until = spans.get(index + 1).map_or(array.span()?.end, |next| next.start);
        if let Some(comma) = comma(text, span.end, until) {
            // Removes the comma too, and the blanks after it if more follows on the line.
            let rest = text.get(comma + 1..until).unwrap_or("");
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let inline = text.get(span.end..comma).is_some_and(|gap| gap.trim().is_empty());
            if inline {
                splices.push(Splice { at: span.start..comma + 1 + blanks, text: String::new() });
            } else {
                splices.push(Splice { at: span.clone(), text: String::new() });
                splices.push(Splice { at: comma..comma + 1, text: String::new() });
            }
        } else {
            // For the last element: removes the comma before it, if the element before it stays.
            let before = index.checked_sub(1).filter(|before| !drop[*before]).map(|before| spans[before].end);
            let comma = before.and_then(|end| comma(text, end, span.start));
            let from = comma.filter(|at| text[at + 1..span.start].trim().is_empty()).unwrap_or(span.start);
            splices.push(Splice { at: from..span.end, text: String::new() });
        }
    }
    Some(apply(text, splices))
}

/// The comma between two offsets of a list, outside comments.
fn comma(text: &str, from: usize, until: usize) -> Option<usize> {
    let mut comment = false;
    text.get(from..until)?.char_indices().find_map(|(at, char)| {
        comment = (comment || char == '#') && char != '\n';
        (char == ',' && !comment).then_some(from + at)
    })
}

#[cfg(test)]
mod tests {
    use super::remove_from_list;
    use crate::containerd::source::Source;
    use crate::node::HostPath;

    #[test]
    fn elements_go_with_their_commas_and_leave_comments() {
        for (before, after) in [
            ("a = [\"cri\"]", "a = []"),
            ("a = [ \"cri\" ] # x\n", "a = [  ] # x\n"),
            ("a = [\"cri\", \"b\"]", "a = [\"b\"]"),
            ("a = [\"b\", \"cri\"]", "a = [\"b\"]"),
            ("a = [\"b\", \"cri\", 'c']", "a = [\"b\", 'c']"),
            ("a = ['cri', \"cri\"]", "a = []"),
            (
                "a = [\n  \"b\", # keep, this\n  \"cri\", # why\n]\n",
                "a = [\n  \"b\", # keep, this\n  # why\n]\n",
            ),
            ("a = [\n  \"cri\" # x, y\n  , \"b\"]\n", "a = [\n   # x, y\n   \"b\"]\n"),
        ] {
            let source = Source::read(&HostPath::root(), Some(before.as_bytes())).unwrap();
            assert_eq!(remove_from_list(&source, "a", &["cri"]).as_deref(), Some(after), "{before}");
            assert!(source.with_text(after).is_ok(), "{after}");
        }
    }
}
