//! Properties of a transient unit, in the forms that `StartTransientUnit` takes.

use super::{Type, Value};
use std::time::Duration;

/// A property of a unit: its name and its value.
pub type Property = (String, Value);

/// A property whose value is a text (`Description`, `Type`).
pub fn text(name: &str, text: &str) -> Property {
    (name.to_owned(), Value::text(text))
}

/// A boolean property (`RemainAfterExit`).
pub fn flag(name: &str, on: bool) -> Property {
    (name.to_owned(), Value::Bool(on))
}

/// A duration by its D-Bus name, which ends in `USec` (`TimeoutStartUSec`).
pub fn span(name: &str, span: Duration) -> Property {
    (name.to_owned(), Value::U64(micros(span)))
}

/// `ExecStart=` with one command; its first word is an absolute path on the host. systemd expands no variable in it
/// (`$` is doubled, the escape of systemd's command lines).
pub fn exec_start(argv: &[&str]) -> Property {
    let path = argv.first().copied().unwrap_or_default();
    let words = argv.iter().enumerate().map(|(at, word)| match at {
        0 => (*word).to_owned(),
        _ => word.replace('$', "$$"),
    });
    let command = Value::Struct(vec![Value::text(path), Value::texts(words), Value::Bool(false)]);
    ("ExecStart".to_owned(), Value::Array(command.kind(), vec![command]))
}

/// `OnActiveSec=`: a timer that fires once, `after` its start.
pub fn on_active(after: Duration) -> Property {
    let timer = Value::Struct(vec![Value::text("OnActiveSec"), Value::U64(micros(after))]);
    ("TimersMonotonic".to_owned(), Value::Array(timer.kind(), vec![timer]))
}

/// `a(sv)`
pub(super) fn list(properties: Vec<Property>) -> Value {
    let items =
        properties.into_iter().map(|(name, value)| Value::Struct(vec![Value::Text(name), value.boxed()]));
    Value::Array(Type::Struct(vec![Type::Text, Type::Variant]), items.collect())
}

/// `a(sa(sv))`
pub(super) fn auxiliary(units: Vec<(String, Vec<Property>)>) -> Value {
    let kind = Type::Struct(vec![Type::Text, list(Vec::new()).kind()]);
    let items =
        units.into_iter().map(|(name, properties)| Value::Struct(vec![Value::Text(name), list(properties)]));
    Value::Array(kind, items.collect())
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
