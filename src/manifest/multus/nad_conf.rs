//! A definition's configuration, judged by libcni's rules as `cni` has them: a list has `plugins`, a single network
//! has `type`; a missing name is the definition's own (multus-cni `k8sclient.go`).

use serde_json::Value;

use crate::cni::{Conflist, Libcni, Rule};

/// Why a configuration does not load, and where; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    /// Empty where the place says all.
    pub(super) remedy: String,
}

/// Stands in for the definition's own name where a list has none.
const NAME: &str = r#""name":"definition","#;

/// The first rule that `text` breaks. Which libcni the cluster's Multus has is not known, so none may refuse it.
pub(super) fn conf_violation(text: &str) -> Option<Violation> {
    let fields: Option<serde_json::Map<String, Value>> = serde_json::from_str(text).ok();
    let has = |key: &str| fields.as_ref().is_some_and(|fields| fields.contains_key(key));
    let file = if has("plugins") { "definition.conflist" } else { "definition.conf" };
    let brace = text.find('{').filter(|_| has("plugins") && !has("name"));
    let named = brace.map(|brace| format!("{}{NAME}{}", &text[..=brace], &text[brace + 1..]));
    let violation = Conflist::read(file, named.as_deref().unwrap_or(text).as_bytes(), Libcni::Any).err()?;
    let (line, mut column) = (violation.line.max(1), violation.column.max(1));
    if let Some(brace) = brace {
        let line_start = text[..brace].rfind('\n').map_or(0, |newline| newline + 1);
        let opened = text[line_start..brace].chars().count() + 1;
        if text[..brace].matches('\n').count() + 1 == line && column > opened {
            column = column.saturating_sub(NAME.len()).max(opened);
        }
    }
    let remedy = remedy(&violation).to_owned();
    Some(Violation { line, column, message: format!("it {}", violation.message), remedy })
}

fn remedy(violation: &crate::cni::Violation) -> &'static str {
    match violation.rule {
        Rule::Object => "{\"cniVersion\": \"1.0.0\", \"type\": \"macvlan\"}",
        Rule::Plugins => "\"plugins\": [{\"type\": \"macvlan\"}]",
        Rule::Type => "Add \"type\": the file name of the plugin's binary.",
        Rule::Name | Rule::CniVersion => "Quote it, such as \"cniVersion\": \"1.0.0\".",
        // Of the other fields the message says all.
        Rule::Field if !["ipam", "capabilities"].iter().any(|field| violation.message.contains(field)) => "",
        Rule::Field => "\"ipam\": {\"type\": \"host-local\"}, \"capabilities\": {\"ips\": true}",
        _ => "",
    }
}

/// The plugin types of a configuration, single or list.
pub(super) fn types(config: &Value) -> Vec<String> {
    let plugins = config.get("plugins").and_then(Value::as_array);
    let plugins = plugins.map_or_else(|| vec![config], |plugins| plugins.iter().collect());
    plugins.iter().filter_map(|plugin| plugin.get("type")?.as_str().map(str::to_owned)).collect()
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
