//! The kubeconfigs of plugins, and the tokens in them.

use serde_json::Value;

use super::view::View;
use crate::node::{Glance, HostPath};

/// A token, and the file that holds it.
pub(super) struct Token<'a> {
    pub(super) file: HostPath,
    pub(super) text: &'a str,
}

pub(super) fn wants(view: &View<'_>) -> Vec<Glance> {
    let files = kubeconfigs(view);
    let tokens: Vec<HostPath> = files.iter().filter_map(|path| token_file(view.text(path)?)).collect();
    files.into_iter().chain(tokens).map(Glance::File).collect()
}

/// The tokens by which the plugins of the network speak to the API server.
pub(super) fn tokens<'a>(view: &View<'a>) -> Vec<Token<'a>> {
    kubeconfigs(view)
        .into_iter()
        .filter_map(|path| {
            let text = view.text(&path)?;
            if let Some(token) = field(text, "token") {
                return Some(Token { file: path, text: token });
            }
            let file = token_file(text)?;
            let text = view.text(&file)?.trim();
            Some(Token { file, text })
        })
        .collect()
}

/// Whatever the plugins of the network call `kubeconfig`, however deep (`kubernetes.kubeconfig` of Calico, Istio,
/// Linkerd; Multus' own).
fn kubeconfigs(view: &View<'_>) -> Vec<HostPath> {
    let mut paths = Vec::new();
    if let Some(winner) = &view.winner
        && let Ok(document) = serde_json::from_slice(winner.conflist.bytes())
    {
        collect(&document, &mut paths);
    }
    paths
}

fn collect(value: &Value, paths: &mut Vec<HostPath>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                if key.eq_ignore_ascii_case("kubeconfig") {
                    paths.extend(field.as_str().and_then(|text| HostPath::new(text).ok()));
                }
                collect(field, paths);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, paths)),
        _ => {}
    }
}

fn token_file(text: &str) -> Option<HostPath> {
    HostPath::new(field(text, "tokenFile")?).ok()
}

/// The value of a key on a line of its own, as installers write kubeconfigs.
fn field<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (name, value) = line.trim().trim_start_matches("- ").trim_end_matches(',').split_once(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().trim_matches('"') == key && !value.is_empty()).then_some(value)
    })
}
