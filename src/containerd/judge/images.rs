//! The image part of CRI: registries and the pull timeout.
//!
//! `ValidatePluginConfig` (1.6, 1.7) and `ValidateImageConfig` (2.x).

use super::context::{Context, Loss, Part};
use super::duration::is_duration;
use super::read::{entries, filled};
use super::storage::is_no_platform;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(beside_config_path(context));
    refusals.extend(auths(context));
    refusals.extend(pull_timeout(context));
    refusals.extend(stats_period(context));
    refusals.extend(runtime_platforms(context));
    refusals
}

fn source(context: &Context<'_>) -> &'static str {
    if context.is_split() { "config.go ValidateImageConfig" } else { "config.go ValidatePluginConfig" }
}

fn beside_config_path(context: &Context<'_>) -> Vec<Refusal> {
    let registry = |key| context.cri(Part::Images, &["registry", key]);
    if filled(registry("config_path")).is_none() {
        return Vec::new();
    }
    let remedy = "move it into hosts.toml files below registry.config_path, or remove config_path";
    let mut refusals = Vec::new();
    if let Some(mirrors) = registry("mirrors")
        && entries(Some(mirrors)).next().is_some()
    {
        let rule = "is set beside registry.config_path";
        refusals.push(context.refuse(mirrors, Loss::Cri, source(context), rule, remedy));
    }
    // 2.x does not read tls here.
    let tls = entries(registry("configs")).find_map(|(_, config)| config.get(&["tls"]));
    if let (Some(tls), false) = (tls, context.is_split()) {
        let rule = "is set beside registry.config_path";
        refusals.push(context.refuse(tls, Loss::Cri, source(context), rule, remedy));
    }
    refusals
}

fn auths(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(endpoint, auth): (&String, &Tree)| {
        let rule = format!("is for {endpoint:?}, which is not a URL");
        breaks_as_url(endpoint)
            .then(|| context.refuse(auth, Loss::Cri, source(context), &rule, "name a host or a URL"))
    };
    entries(context.cri(Part::Images, &["registry", "auths"])).filter_map(refuse).collect()
}

/// True for common texts that Go's `net/url` does not parse: with control characters, a port after a scheme that is
/// not a number, `:` at the start or in the first part of a path, `%` without two digits, or a space in the host.
fn breaks_as_url(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) || text.starts_with(':') {
        return true;
    }
    let before = text.split('#').next().unwrap_or(text);
    if has_bad_escape(before.split('?').next().unwrap_or(before)) {
        return true;
    }
    let Some((scheme, rest)) = before.split_once("://") else {
        // Without a scheme the text is a path, whose first part must not have a colon: `10.0.0.1:5000`.
        let first = before.split(['/', '?']).next().unwrap_or(before);
        let scheme = first.split(':').next().unwrap_or(first);
        return first.contains(':') && !is_scheme(scheme);
    };
    if !is_scheme(scheme) {
        return false;
    }
    let host = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = host.rsplit('@').next().unwrap_or(host);
    if host.contains(' ') {
        return true;
    }
    if host.starts_with('[') {
        return !host.contains(']');
    }
    match host.rsplit_once(':') {
        Some((_, port)) => !port.bytes().all(|byte| byte.is_ascii_digit()),
        None => false,
    }
}

fn has_bad_escape(text: &str) -> bool {
    let is_hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
    let bytes = text.as_bytes();
    let mut signs = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    signs.any(|(at, _)| !is_hex(bytes.get(at + 1)) || !is_hex(bytes.get(at + 2)))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn pull_timeout(context: &Context<'_>) -> Option<Refusal> {
    if !context.is_from(1, 7) {
        return None;
    }
    let tree = context.cri(Part::Images, &["image_pull_progress_timeout"]);
    let text = filled(tree).filter(|text| !is_duration(text.value))?;
    let rule = format!("is {:?}, which is not a duration", text.value);
    Some(context.refuse(text.tree, Loss::Cri, source(context), &rule, "write it as 5m or 1m30s"))
}

/// Go's `time.NewTicker` panics if its period is not above zero (`snapshots.go`).
fn stats_period(context: &Context<'_>) -> Option<Refusal> {
    let at = context.cri(Part::Images, &["stats_collect_period"])?;
    let Tree::Leaf(Scalar::Int(period), _) = at else { return None };
    let rule = format!("is {period}, but a period must be above zero");
    (*period <= 0)
        .then(|| context.refuse(at, Loss::Daemon, "time NewTicker", &rule, "write 10, or remove it"))
}

/// `platforms.Parse` in `images/plugin.go`.
fn runtime_platforms(context: &Context<'_>) -> Vec<Refusal> {
    if !context.is_split() {
        return Vec::new();
    }
    let refuse = |(_, runtime): (&String, &Tree)| {
        let text = filled(runtime.get(&["platform"])).filter(|text| is_no_platform(text.value))?;
        let rule = format!("is {:?}, which is not a platform", text.value);
        Some(context.refuse(text.tree, Loss::Cri, "images/plugin.go", &rule, "write OS/ARCHITECTURE"))
    };
    entries(context.cri(Part::Images, &["runtime_platforms"])).filter_map(refuse).collect()
}
