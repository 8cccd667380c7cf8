//! `NetworkAttachmentDefinition`: the API server accepts any string for `spec.config`, so errors show only when pods
//! start.

use super::super::cluster::{Cluster, config_of};
use super::super::object::Object;
use super::super::sink::Sink;
use super::super::yaml::{Place, Scalar, Spot, Style, Value};
use super::nad_conf;
use crate::report::codes::lint as codes;

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for definition in cluster.network_definitions() {
        // Without a config Multus reads the file with the definition's name from its own directory.
        let Some(config) = config_of(definition) else { continue };
        judge(definition, &config, sink);
    }
}

fn judge(definition: &Object<'_>, config: &Spot<'_>, sink: &mut Sink) {
    let Value::Scalar(scalar) = &config.node.value else {
        let message =
            "spec.config is YAML; it must be a string that holds the CNI configuration as JSON.".to_owned();
        let remedy =
            "spec:\n  config: |\n    {\"cniVersion\": \"1.0.0\", \"type\": \"macvlan\", ...}".to_owned();
        sink.add(&codes::NAD_CONFIG, definition, config, message, remedy);
        return;
    };
    if scalar.text.trim().is_empty() || scalar.text.contains("{{") {
        return;
    }
    if let Some(violation) = nad_conf::conf_violation(&scalar.text) {
        let at = place(config, scalar, violation.line, violation.column);
        let message = format!(
            "spec.config does not load: {} (line {}, column {} of the config). Every pod that names this network fails.",
            violation.message, violation.line, violation.column
        );
        let remedy = if violation.remedy.is_empty() {
            format!("Mend the JSON at line {}, column {} of the file.", at.line, at.column)
        } else {
            violation.remedy
        };
        sink.tell_at(&codes::NAD_CONFIG, definition, config, at, message, remedy);
    }
}

/// The place in the file of a place in the config. It is exact for block scalars, and for one line without escapes.
fn place(config: &Spot<'_>, scalar: &Scalar<'_>, line: usize, column: usize) -> Place {
    let start = config.node.at;
    let after = |start: u32, count: usize| start.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    match scalar.style {
        Style::Block => Place { line: after(start.line, line - 1), column: after(start.column, column - 1) },
        _ if line == 1 => Place { line: start.line, column: after(start.column, column) },
        _ => start,
    }
}
