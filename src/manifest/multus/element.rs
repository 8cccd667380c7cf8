//! One selected network (`types.NetworkSelectionElement`).

use super::problem::Problem;
use crate::report::codes::lint as codes;

/// A network that a pod asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    /// `None` for the pod's own namespace.
    pub(super) namespace: Option<String>,
    /// `None` if Multus chooses the name (`net1`).
    pub(super) interface: Option<String>,
}

impl Element {
    /// The element in the comma syntax: `namespace/name@interface`.
    pub(super) fn short(&self) -> String {
        let namespace = self.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let interface = self.interface.as_ref().map(|interface| format!("@{interface}")).unwrap_or_default();
        format!("{namespace}{}{interface}", self.name)
    }
}

/// Parses one item of the comma syntax (`parsePodNetworkObjectName`).
pub(super) fn from_item(item: &str) -> Result<Element, Problem> {
    let wrong = |why: &str| {
        Problem::new(
            codes::NETWORKS,
            format!("has {item:?}, {why}; the form is [NAMESPACE/]NAME[@INTERFACE]"),
        )
    };
    let mut parts = item.split('/');
    let (namespace, rest) = match (parts.next(), parts.next(), parts.next()) {
        (Some(namespace), Some(rest), None) => (namespace.trim(), rest),
        (Some(rest), None, _) => ("", rest),
        _ => return Err(wrong("with more than one '/'")),
    };
    let mut parts = rest.split('@');
    let (name, interface) = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(interface), None) => (name.trim(), interface.trim()),
        (Some(name), None, _) => (name.trim(), ""),
        _ => return Err(wrong("with more than one '@'")),
    };
    for part in [namespace, name] {
        if !part.is_empty() && !is_label(part) {
            let fixed = format!(
                "{}{}{}",
                lower(namespace, "/"),
                lower(name, ""),
                if interface.is_empty() { String::new() } else { format!("@{interface}") }
            );
            let legal = from_item_is_legal(namespace, name);
            return Err(wrong("which has characters other than lower case letters, digits and '-'")
                .with(legal.then_some(fixed)));
        }
    }
    if !interface.is_empty() {
        interface_name(interface, name)?;
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Element { name: name.to_owned(), namespace: some(namespace), interface: some(interface) })
}

/// True if lower case alone would make the item valid.
fn from_item_is_legal(namespace: &str, name: &str) -> bool {
    is_label(&name.to_lowercase()) && (namespace.is_empty() || is_label(&namespace.to_lowercase()))
}

fn lower(text: &str, behind: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{}{behind}", text.to_lowercase()) }
}

/// `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(inner) && text.ends_with(inner) && text.chars().all(|c| inner(c) || c == '-')
}

/// The rule of Multus' comma syntax, and of libcni's `ValidateInterfaceName` for the JSON syntax.
pub(super) fn interface_name(interface: &str, network: &str) -> Result<(), Problem> {
    let why = if interface.len() > 15 {
        "is longer than 15 bytes"
    } else if matches!(interface, "." | "..") || interface.contains(['/', ':']) {
        "contains '/' or ':', or is a dot"
    } else if interface.contains(char::is_whitespace) {
        "contains white space"
    } else {
        return Ok(());
    };
    let message =
        format!("requests the interface {interface:?} for {network:?}, which {why}; Linux refuses it");
    Err(Problem::new(codes::INTERFACE, message)
        .hint("Request a name such as net1, or leave the name out: Multus then numbers the interfaces."))
}
