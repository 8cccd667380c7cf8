//! The kubeconfigs of plugins, and the tokens in them.

use super::view::View;
use crate::manifest::credentials;
use crate::node::{HostPath, ReadRequest};

/// A token, and its file.
pub(super) struct Token {
    pub(super) file: HostPath,
    pub(super) text: String,
}

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let files = kubeconfigs(view);
    let tokens: Vec<HostPath> = files.iter().filter_map(|path| token_file(view, path)).collect();
    files.into_iter().chain(tokens).map(ReadRequest::File).collect()
}

/// The tokens that the network's plugins send to the API server.
pub(super) fn tokens(view: &View<'_>) -> Vec<Token> {
    kubeconfigs(view)
        .into_iter()
        .filter_map(|path| {
            if let Some(file) = token_file(view, &path)
                && let Some(text) = view.text(&file)
            {
                return Some(Token { file, text: text.trim().to_owned() });
            }
            let text = credentials(view.node.bytes(&path)?)?.token?;
            Some(Token { file: path, text })
        })
        .collect()
}

/// The kubeconfigs in the network's plugins.
fn kubeconfigs(view: &View<'_>) -> Vec<HostPath> {
    let named = view.winner.iter().flat_map(|winner| winner.conflist.kubeconfigs());
    named.filter_map(|path| HostPath::new(&path).ok()).collect()
}

/// The token file of a kubeconfig, relative to the kubeconfig's own directory (client-go `clientcmd/loader.go`,
/// `ResolveLocalPaths`).
fn token_file(view: &View<'_>, kubeconfig: &HostPath) -> Option<HostPath> {
    let file = credentials(view.node.bytes(kubeconfig)?)?.token_file?;
    let absolute = if file.starts_with('/') { file } else { format!("{}/{file}", kubeconfig.parent()) };
    HostPath::new(&absolute).ok()
}
