//! Judges a definition's configuration by libcni's rules in `cni`: a list has `plugins`, a single network has `type`;
//! a missing name is the definition's own (multus-cni `k8sclient.go`).

use super::super::cluster::config_of;
use super::super::object::Object;
use super::super::yaml::Spot;
use crate::cni::{Conflist, Rule};

/// The reason why a configuration does not load, and its place; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    /// The remedy; empty if the message is enough.
    pub(super) remedy: String,
}

/// The first rule that `text` breaks.
pub(super) fn conf_violation(text: &str) -> Option<Violation> {
    let violation = Conflist::of_definition("definition", text).err()?;
    let (line, column) = (violation.line.max(1), violation.column.max(1));
    let remedy = remedy(&violation).to_owned();
    Some(Violation { line, column, message: format!("it {}", violation.message), remedy })
}

fn remedy(violation: &crate::cni::Violation) -> &'static str {
    match violation.rule {
        Rule::Object => "{\"cniVersion\": \"1.0.0\", \"type\": \"macvlan\"}",
        Rule::Plugins => "\"plugins\": [{\"type\": \"macvlan\"}]",
        Rule::Type => "Add \"type\": the file name of the plugin's binary.",
        Rule::Name | Rule::CniVersion => "Quote it, such as \"cniVersion\": \"1.0.0\".",
        // For other fields the message is enough.
        Rule::Field if !["ipam", "capabilities"].iter().any(|field| violation.message.contains(field)) => "",
        Rule::Field => "\"ipam\": {\"type\": \"host-local\"}, \"capabilities\": {\"ips\": true}",
        _ => "",
    }
}

/// The plugin types of a definition; empty if its configuration does not load.
pub(super) fn types(definition: &Object<'_>) -> Vec<String> {
    let config = config_of(definition);
    let text = config.as_ref().and_then(Spot::text);
    let conflist = text.and_then(|text| Conflist::of_definition(definition.name, text).ok());
    conflist.map_or_else(Vec::new, |conflist| conflist.types().into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::conf_violation;

    #[test]
    fn a_name_that_multus_fills_in_moves_no_place() {
        assert_eq!(conf_violation(r#"{"plugins": [{"type": "macvlan"}]}"#), None);
        let one_line = conf_violation(r#"{"plugins": [{"type": ""}]}"#).unwrap();
        let with_name = conf_violation(r#"{"name": "n", "plugins": [{"type": ""}]}"#).unwrap();
        assert_eq!((one_line.line, with_name.column - one_line.column), (1, r#""name": "n", "#.len()));
        let lines = conf_violation("{\n  \"plugins\": [{\"type\": \"\"}]\n}").unwrap();
        assert_eq!((lines.line, lines.column > 10), (2, true));
    }
}
