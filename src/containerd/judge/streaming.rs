//! CRI's streaming server: `newStreamServer` (1.6, 1.7: `pkg/cri/server/streaming.go`), `StreamingConfig` and
//! `ValidateServerConfig` (2.x: `internal/cri/config/streaming.go`).

use super::context::{Context, Loss, Part};
use super::duration::is_duration;
use super::read::{filled, is_true, text};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::node::Observed;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(idle_timeout(context));
    refusals.extend(key_pair(context));
    refusals.extend(key_pair_files(context));
    refusals
}

fn idle_timeout(context: &Context<'_>) -> Option<Refusal> {
    let source =
        if context.is_split() { "config.go ValidateServerConfig" } else { "config.go ValidatePluginConfig" };
    let tree = context.cri(Part::Server, &["stream_idle_timeout"]);
    let text = filled(tree).filter(|text| !is_duration(text.value))?;
    let rule = format!("is {:?}, which is not a duration", text.value);
    Some(context.refuse(text.tree, Loss::Cri, source, &rule, "write it as 4h or 30m"))
}

/// `getStreamListenerMode`.
fn key_pair(context: &Context<'_>) -> Option<Refusal> {
    let source = "streaming.go getStreamListenerMode";
    let key = |name| context.cri(Part::Server, &["x509_key_pair_streaming", name]);
    let (cert, private) = (filled(key("tls_cert_file")), filled(key("tls_key_file")));
    let given = cert.or(private)?;
    if !is_true(context.cri(Part::Server, &["enable_tls_streaming"])) {
        let rule = "is set, but enable_tls_streaming is not true";
        let remedy = "set enable_tls_streaming = true, or remove x509_key_pair_streaming";
        return Some(context.refuse(given.tree, Loss::Cri, source, rule, remedy));
    }
    let (missing, other) = if cert.is_none() {
        ("tls_cert_file", key("tls_cert_file"))
    } else {
        ("tls_key_file", key("tls_key_file"))
    };
    // A placeholder is not missing.
    let is_missing =
        (cert.is_none() || private.is_none()) && other.is_none_or(|tree| text(Some(tree)).is_some());
    let rule = format!("is set without {missing}");
    is_missing.then(|| context.refuse(given.tree, Loss::Cri, source, &rule, format!("set {missing} as well")))
}

/// `tls.LoadX509KeyPair`; the content of the files is not judged.
fn key_pair_files(context: &Context<'_>) -> Vec<Refusal> {
    if !is_true(context.cri(Part::Server, &["enable_tls_streaming"])) {
        return Vec::new();
    }
    let refuse = |name| {
        let path = filled(context.cri(Part::Server, &["x509_key_pair_streaming", name]))?;
        let rule = match context.look(path.value) {
            Observed::Absent => "names a file that does not exist",
            Observed::Present(SeenKind::Directory(_)) => "names a directory",
            Observed::Present(SeenKind::File(Some(bytes))) if bytes.is_empty() => "names an empty file",
            Observed::Present(SeenKind::File(_)) | Observed::Unknown(_) => return None,
        };
        Some(context.refuse(path.tree, Loss::Cri, "tls.LoadX509KeyPair", rule, "put the PEM file there"))
    };
    ["tls_cert_file", "tls_key_file"].into_iter().filter_map(refuse).collect()
}
