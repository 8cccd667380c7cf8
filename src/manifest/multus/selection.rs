//! The two syntaxes of a network annotation. Like Multus, any of `[`, `{`, `"` makes it JSON
//! (`parsePodNetworkAnnotation`).

use serde_json::Value;

use super::super::go_json::{self, syntax_error, type_name};
use super::element::{self, Element};
use super::fields;
use super::problem::Problem;
use crate::report::codes::lint as codes;

/// The networks that `text` selects, and its faults. A part that cannot be parsed selects nothing. `is_default` is
/// true for the default network, whose interface is `eth0`.
pub(super) fn read(text: &str, is_default: bool) -> (Vec<Element>, Vec<Problem>) {
    let mut problems = Vec::new();
    let elements =
        if text.contains(['[', '{', '"']) { json(text, &mut problems) } else { list(text, &mut problems) };
    let seen = if is_default { &["lo"][..] } else { &["eth0", "lo"] };
    taken(&elements, seen.to_vec(), &mut problems);
    (elements, problems)
}

fn json(text: &str, problems: &mut Vec<Problem>) -> Vec<Element> {
    let value = match go_json::read(text) {
        Ok(value) => value,
        Err(error) => {
            let message = format!(
                "is {text:?}; Multus reads a value with '[', '{{' or '\"' as JSON, but this is not JSON: {}",
                syntax_error(text, &error)
            );
            problems.push(Problem::new(codes::NETWORKS, message).with(repaired(text)));
            return Vec::new();
        }
    };
    let items = match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => {
            let message = format!("is a JSON {}; Multus needs an array of objects", type_name(&other));
            let corrected = match &other {
                Value::Object(_) => Some(format!("[{other}]")),
                Value::String(name) => Some(name.clone()),
                _ => None,
            };
            problems.push(Problem::new(codes::NETWORKS, message).with(corrected));
            return Vec::new();
        }
    };
    let names: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
    if let Some(names) = names.filter(|names| !names.is_empty()) {
        let message = "is a JSON array of strings; Multus needs an array of objects, or a plain comma list";
        problems.push(Problem::new(codes::NETWORKS, message).with(Some(names.join(","))));
        return Vec::new();
    }
    items.iter().enumerate().filter_map(|(index, item)| fields::from_json(index, item, problems)).collect()
}

/// The JSON that was likely meant by a text with single quotes, an extra comma or comments.
fn repaired(text: &str) -> Option<String> {
    let quoted = without_comments(text).replace('\'', "\"");
    let mut compact: String = quoted.split_whitespace().collect::<Vec<_>>().join(" ");
    for (wrong, right) in [(", ]", "]"), (",]", "]"), (", }", "}"), (",}", "}")] {
        compact = compact.replace(wrong, right);
    }
    let value = go_json::read(&compact).ok()?;
    value.is_array().then(|| value.to_string())
}

/// The text without `//`, `#` and `/* */` outside of quotes.
fn without_comments(text: &str) -> String {
    let (mut out, mut rest, mut quoted) = (String::with_capacity(text.len()), text, false);
    while let Some(next) = rest.chars().next() {
        let end = match next {
            _ if quoted => None,
            '/' if rest.starts_with("/*") => Some(rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
            '#' => Some(rest.find('\n').unwrap_or(rest.len())),
            _ => None,
        };
        let length = match (end, rest.as_bytes()) {
            (Some(end), _) => end,
            // An escaped quote does not end the string.
            (None, [b'\\', after, ..]) if quoted && after.is_ascii() => 2,
            (None, _) => next.len_utf8(),
        };
        if end.is_none() {
            quoted ^= next == '"';
            out.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    out
}

fn list(text: &str, problems: &mut Vec<Problem>) -> Vec<Element> {
    let mut elements = Vec::new();
    for item in text.split(',') {
        match element::from_item(item.trim()) {
            Ok(element) => elements.push(element),
            Err(problem) => problems.push(problem),
        }
    }
    let named: Vec<_> =
        elements.iter().filter(|element| !element.name.is_empty()).map(Element::short).collect();
    if named.len() < elements.len() {
        let message = format!("is {text:?}, which has an empty name between its commas");
        let corrected = (!named.is_empty()).then(|| named.join(","));
        problems.push(Problem::new(codes::NETWORKS, message).with(corrected));
        elements.retain(|element| !element.name.is_empty());
    }
    elements
}

/// An interface that is requested twice, or that already exists (multus-cni `validateIfName`).
fn taken<'e>(elements: &'e [Element], mut seen: Vec<&'e str>, problems: &mut Vec<Problem>) {
    for element in elements {
        let Some(interface) = element.interface.as_deref() else { continue };
        if seen.contains(&interface) {
            let owner = match interface {
                "eth0" => "the default network has this name",
                "lo" => "it is the name of the loopback",
                _ => "another network of the pod requests it",
            };
            let message = format!("requests the interface {interface:?} for {:?}, but {owner}", element.name);
            problems.push(Problem::new(codes::INTERFACE, message).hint(
                "Request another name, such as net1, or leave the name out: Multus then numbers the \
                        interfaces.",
            ));
        }
        seen.push(interface);
    }
}
