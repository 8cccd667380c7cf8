//! The fields of a plugin object that libcni decodes into typed Go structs (`types.go`, `NetConf` and `PluginConf`).

use super::json::{JsonKind, Value};
use super::rules::Libcni;
use super::violation::{Rule, Violation};

/// The values that Go accepts for a field. `null` is accepted too and leaves the field empty.
enum Shape {
    Text,
    Switches,
    AnyObject,
    Struct(&'static [(&'static str, Shape)]),
    List(&'static Shape),
}

const DNS: &[(&str, Shape)] = &[
    ("nameservers", Shape::List(&Shape::Text)),
    ("domain", Shape::Text),
    ("search", Shape::List(&Shape::Text)),
    ("options", Shape::List(&Shape::Text)),
];

const PLUGIN: &[(&str, Shape)] = &[
    ("cniVersion", Shape::Text),
    ("name", Shape::Text),
    ("type", Shape::Text),
    ("capabilities", Shape::Switches),
    ("ipam", Shape::Struct(&[("type", Shape::Text)])),
    ("dns", Shape::Struct(DNS)),
    ("prevResult", Shape::AnyObject),
];

/// Used by the GC verb only, but decoded at every load since libcni 1.2.
const ATTACHMENTS: &[(&str, Shape)] = &[(
    "cni.dev/valid-attachments",
    Shape::List(&Shape::Struct(&[("containerID", Shape::Text), ("ifname", Shape::Text)])),
)];

/// The type of the plugin object `plugin`, if libcni accepts it (`conf.go`, `NetworkPluginConfFromBytes`). `place`
/// names the object in messages, after "in": `plugins[1]`; it is empty for a file that is one plugin object.
pub(super) fn plugin_type(plugin: Value<'_>, place: &str, rules: Libcni) -> Result<String, Violation> {
    let inside = if place.is_empty() { String::new() } else { format!(" in {place}") };
    if plugin.kind() != JsonKind::Object {
        let subject = if place.is_empty() { "a plugin" } else { place };
        let message = format!("has {} where {subject} must be an object", plugin.kind().name());
        return Err(plugin.violation(Rule::Type, message));
    }
    fields(plugin, PLUGIN, place)?;
    if rules.reads_spec_1_1() {
        fields(plugin, ATTACHMENTS, place)?;
    }
    for key in ["type", "name", "cniVersion"] {
        if let Some(second) = plugin.fields(key).nth(1) {
            let message = format!(
                "has '{key}' twice{inside}; the runtime uses one of them, and another reader may use the other"
            );
            return Err(second.violation(Rule::DuplicateKey, message));
        }
    }
    match plugin.fields("type").next().and_then(Value::string) {
        Some(name) if !name.is_empty() => Ok(name.into_owned()),
        _ => Err(plugin.violation(Rule::Type, format!("is missing 'type'{inside}"))),
    }
}

fn fields(object: Value<'_>, shapes: &'static [(&'static str, Shape)], place: &str) -> Result<(), Violation> {
    for (key, shape) in shapes {
        for field in object.fields(key) {
            fits(field, shape, &if place.is_empty() { (*key).to_owned() } else { format!("{place}.{key}") })?;
        }
    }
    Ok(())
}

fn fits(value: Value<'_>, shape: &'static Shape, place: &str) -> Result<(), Violation> {
    let desired = match (shape, value.kind()) {
        (_, JsonKind::Null) | (Shape::Text, JsonKind::Text) | (Shape::AnyObject, JsonKind::Object) => {
            return Ok(());
        }
        (Shape::Struct(shapes), JsonKind::Object) => return fields(value, shapes, place),
        (Shape::List(element), JsonKind::Array) => {
            return value
                .children()
                .enumerate()
                .try_for_each(|(at, child)| fits(child, element, &format!("{place}[{at}]")));
        }
        (Shape::Switches, JsonKind::Object) => {
            let odd =
                value.children().find(|child| !matches!(child.kind(), JsonKind::Bool(_) | JsonKind::Null));
            let Some(child) = odd else { return Ok(()) };
            let message =
                format!("has {} at {place}.{}, which must be a boolean", child.kind().name(), child.key());
            return Err(child.violation(Rule::Field, message));
        }
        (Shape::Text, _) => "a string",
        (Shape::List(_), _) => "a list",
        (Shape::Switches | Shape::AnyObject | Shape::Struct(_), _) => "an object",
    };
    let message = format!("has {} at {place}, which must be {desired}", value.kind().name());
    Err(value.violation(Rule::Field, message))
}
