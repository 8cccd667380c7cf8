//! Distributions that run their own containerd and write its config at each start.

use super::super::fold::Folding;
use super::super::imports::{ConfigFiles, Request};
use super::super::patch::RuntimeConfig;
use super::super::refusal::Refusal;
use super::super::source::Source;
use super::by_hand;
use super::target::{DROP_IN, EditTarget, text};
use crate::glob::Pattern;
use crate::node::HostPath;
use crate::node::Release;

/// A distribution, recognised by the path of the config file.
enum Distribution {
    /// k3s or rke2: the name.
    Rancher(&'static str),
    Microk8s,
    K0s,
}

fn distribution(config: &HostPath) -> Option<Distribution> {
    match config.as_str() {
        path if path.ends_with("/agent/etc/containerd/config.toml") => {
            Some(Distribution::Rancher(if path.contains("/rke2/") { "rke2" } else { "k3s" }))
        }
        path if path.contains("/microk8s/") && path.ends_with("/args/containerd.toml") => {
            Some(Distribution::Microk8s)
        }
        "/etc/k0s/containerd.toml" => Some(Distribution::K0s),
        _ => None,
    }
}

/// k3s and rke2: the templates of a user, newest format first, each with its directory of drop-ins.
const TEMPLATES: [(&str, &str); 2] =
    [("config-v3.toml.tmpl", "config-v3.toml.d"), ("config.toml.tmpl", "config.toml.d")];

pub(super) fn surroundings(config: &HostPath) -> Vec<Request> {
    let dir = config.parent();
    match distribution(config) {
        Some(Distribution::Rancher(_)) => TEMPLATES
            .iter()
            .flat_map(|(template, drop_ins)| {
                let drop_ins = dir.join(drop_ins);
                let ours = drop_ins.join(DROP_IN);
                [Request::File(dir.join(template)), Request::Directory(drop_ins), Request::File(ours)]
            })
            .collect(),
        Some(Distribution::Microk8s) => vec![Request::File(dir.join("containerd-template.toml"))],
        Some(Distribution::K0s) => {
            let drop_ins = dir.join("containerd.d");
            vec![Request::File(drop_ins.join(DROP_IN)), Request::Directory(drop_ins)]
        }
        None => Vec::new(),
    }
}

pub(super) fn edit_target(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Option<Result<EditTarget, Refusal>> {
    Some(match distribution(&around.main)? {
        Distribution::Rancher(name) => rancher(around, release, runtime_config, name),
        Distribution::Microk8s => microk8s(around, release, runtime_config),
        Distribution::K0s => Ok(k0s(around)),
    })
}

fn rancher(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
    name: &str,
) -> Result<EditTarget, Refusal> {
    let config = &around.main;
    let dir = config.parent();
    if let Some(path) = imported_drop_in(around, &dir, release)
        && release.is_some_and(|release| release >= Release::new(2, 0, 0))
    {
        return Ok(EditTarget::DropIn { path, merged_by_distribution: false });
    }
    // On an agent the unit has another name.
    let units = if name == "k3s" { "k3s (k3s-agent)" } else { "rke2-server (rke2-agent)" };
    let lines = by_hand::lines(runtime_config, release);
    let written =
        TEMPLATES.iter().map(|(name, _)| dir.join(name)).find_map(|path| Some((text(around, &path)?, path)));
    match written {
        Some((text, path)) if !text.contains("{{") => Ok(EditTarget::Source(path)),
        Some((_, path)) => Err(Refusal::new(
            &path,
            format!(
                "{name} makes {config} from this Go template at each start, and the template's actions are \
                not TOML"
            ),
            format!("set {lines} in the template by hand, then: systemctl restart {units}"),
        )),
        None => {
            let template = dir.join(template_for(around));
            Err(Refusal::new(
                config,
                format!(
                    "{name} writes it at each start, and this release of {name} does not import drop-ins"
                ),
                format!(
                    "cp {config} {template}; set {lines} in the copy; systemctl restart {units}; compare the copy after \
                     each upgrade of {name}"
                ),
            ))
        }
    }
}

/// The template that this release of k3s reads: the one for the version that it writes.
fn template_for(around: &ConfigFiles) -> &'static str {
    let bytes = around.files.get(&around.main).and_then(Option::as_deref);
    let version = Source::read(&around.main, bytes)
        .ok()
        .and_then(|source| source.item("version", Folding::AnyCase).and_then(toml_edit::Item::as_integer));
    if version.unwrap_or(2) >= 3 { TEMPLATES[0].0 } else { TEMPLATES[1].0 }
}

/// The program's drop-in, in the directory that the generated file imports.
fn imported_drop_in(around: &ConfigFiles, dir: &HostPath, release: Option<Release>) -> Option<HostPath> {
    let bytes = around.files.get(&around.main)?.as_deref();
    let source = Source::read(&around.main, bytes).ok()?;
    let imports = source.strings("imports", Folding::of(release));
    TEMPLATES.iter().map(|(_, drop_ins)| dir.join(drop_ins)).find_map(|drop_ins| {
        let imported = imports.iter().any(|pattern| {
            pattern.rsplit_once('/').is_some_and(|(parent, file)| {
                let fits = || Pattern::new(file).is_ok_and(|file| file.matches(DROP_IN));
                parent == drop_ins.as_str() && file.contains('*') && fits()
            })
        });
        imported.then(|| drop_ins.join(DROP_IN))
    })
}

/// microk8s replaces `${SNAP_DATA}` and similar names in the template. All of them are inside strings
/// (`run-containerd-with-args`).
fn microk8s(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<EditTarget, Refusal> {
    let template = around.main.parent().join("containerd-template.toml");
    if text(around, &template).is_some() {
        return Ok(EditTarget::Source(template));
    }
    Err(Refusal::new(
        &around.main,
        format!("microk8s writes it at each start from {template}, which cannot be read"),
        format!(
            "set {} in {template} by hand, then: snap restart microk8s.daemon-containerd",
            by_hand::lines(runtime_config, release)
        ),
    ))
}

/// k0s does not overwrite a file without its mark.
fn k0s(around: &ConfigFiles) -> EditTarget {
    let first = text(around, &around.main).and_then(|text| text.lines().next()).unwrap_or_default();
    if first.starts_with('#') && first.contains("k0s_managed=true") {
        let path = around.main.parent().join("containerd.d").join(DROP_IN);
        return EditTarget::DropIn { path, merged_by_distribution: true };
    }
    EditTarget::Plain
}
