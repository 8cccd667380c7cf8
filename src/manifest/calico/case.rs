//! One annotation that is judged.

use super::super::go_json::yaml_line;
use super::super::object::Object;
use super::super::sink::Sink;
use super::super::yaml::Spot;
use crate::report::Code;

/// An annotation to judge, and the values that its rules need.
pub(super) struct Case<'a> {
    pub(super) object: &'a Object<'a>,
    pub(super) key: &'a str,
    pub(super) spot: &'a Spot<'a>,
    pub(super) value: &'a str,
    /// True if Multus calls Calico for the pod, so that the error message has Multus' name.
    pub(super) through_multus: bool,
}

impl Case<'_> {
    /// A finding about the value, with the corrected line.
    pub(super) fn add(
        &self,
        sink: &mut Sink,
        code: &Code,
        message: String,
        corrected: Option<&str>,
        hint: &str,
    ) {
        let line = corrected.map(|value| yaml_line(self.key, value));
        let remedy = [line.as_deref(), Some(hint)];
        let remedy =
            remedy.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        sink.add(code, self.object, self.spot, message, remedy);
    }
}
