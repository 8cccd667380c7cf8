//! Finds the edits that make the desired values effective and change nothing else.
//!
//! The rules are in the description of the module `containerd`.

use super::attempt::{achieve, holds, said};
use super::dialect::{CRI, Key};
use super::effective::view;
use super::file_edit::FileEdit;
use super::files::Files;
use super::findings;
use super::fold::Folding;
use super::imports::ConfigFiles;
use super::judge::{Judgement, judge};
use super::loader::Loader;
use super::refusal::{Refusal, RefusalKind};
use super::splice;
use super::tree::Scalar;
use crate::node::{HostPath, Observed, Release};
use crate::report::Finding;

/// The desired values of containerd's config. `None` keeps the current value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeConfig {
    /// `max_conf_num`.
    pub max_conf_num: Option<i64>,
    /// `conf_template`: a host path, or empty to unset it.
    pub conf_template: Option<String>,
    /// `SystemdCgroup` of the default runtime and of every runtime of type runc.
    pub systemd_cgroup: Option<bool>,
    /// The sandbox (pause) image.
    pub sandbox_image: Option<String>,
    /// True if CRI may be enabled in a config that disables it.
    pub enable_cri: bool,
}

/// The edits to make. Without edits the files already have the desired values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// At most one edit for each file.
    pub edits: Vec<FileEdit>,
    /// Findings about the files.
    pub findings: Vec<Finding>,
}

/// Finds the edits for a release. If the release is not known, the edits must work on all releases that read these
/// files.
pub fn patch(
    files: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<Patch, Refusal> {
    patch_until(holds, files, release, runtime_config)
}

/// Like [`patch`], for a file that is merged with others: it also writes values that equal the default.
pub(super) fn patch_to_say(
    files: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<Patch, Refusal> {
    patch_until(said, files, release, runtime_config)
}

/// A check that a setting needs no edit.
type Enough = fn(&Files, &[Loader], &Key, &Scalar) -> Result<bool, Refusal>;

fn patch_until(
    enough: Enough,
    files: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<Patch, Refusal> {
    let before = Files::read(files)?;
    let mut now = before.clone();
    for loader in Loader::of(release) {
        enable_cri(&mut now, loader.folding(), runtime_config.enable_cri)?;
    }
    let loaders = readers(&now, release)?;
    for (key, value) in desired(&now, &loaders, runtime_config)? {
        if !enough(&now, &loaders, &key, &value)? {
            now = achieve(&now, &loaders, release, &key, &value)?;
        }
    }
    let edits = now
        .sources
        .iter()
        .filter_map(|(path, source)| {
            let before = files.files.get(path)?.clone();
            let after = source.bytes();
            (before.as_deref().unwrap_or_default() != after).then(|| FileEdit {
                path: path.clone(),
                before,
                after,
            })
        })
        .collect::<Vec<_>>();
    if let (Some(release), false) = (release, edits.is_empty()) {
        lost_default_runtime(files, release)?;
    }
    let findings = findings::of(files, &now, release, &loaders, &edits)?;
    Ok(Patch { edits, findings })
}

/// Refuses files that lost the default runtime. A setting of that runtime would add it again with a type that its author
/// may not want.
fn lost_default_runtime(files: &ConfigFiles, release: Release) -> Result<(), Refusal> {
    let unseen = |_: &HostPath| Observed::Unknown("not looked at".to_owned());
    let Judgement::Fails(refusals) = judge(files, release, &unseen) else { return Ok(()) };
    refusals
        .into_iter()
        .find(|refusal| refusal.kind == RefusalKind::DefaultRuntimeMissing)
        .map_or(Ok(()), Err)
}

/// The loaders that start with these files.
fn readers(files: &Files, release: Option<Release>) -> Result<Vec<Loader>, Refusal> {
    let mut readers = Vec::new();
    let mut refused = None;
    for loader in Loader::of(release) {
        match files.load(loader) {
            Ok(_) => readers.push(loader),
            Err(refusal) => {
                refused.get_or_insert(refusal);
            }
        }
    }
    match refused {
        // One release may resolve relative patterns in two ways: the edit must be safe for both.
        Some(refusal) if readers.is_empty() || release.is_some() => Err(refusal),
        _ => Ok(readers),
    }
}

/// The desired values as settings of this config.
fn desired(
    files: &Files,
    loaders: &[Loader],
    runtime_config: &RuntimeConfig,
) -> Result<Vec<(Key, Scalar)>, Refusal> {
    let mut desired = Vec::new();
    if let Some(number) = runtime_config.max_conf_num {
        desired.push((Key::MaxConfNum, Scalar::Int(number)));
    }
    if let Some(template) = &runtime_config.conf_template {
        desired.push((Key::ConfTemplate, Scalar::Text(template.clone())));
    }
    if let Some(image) = &runtime_config.sandbox_image {
        desired.push((Key::SandboxImage, Scalar::Text(image.clone())));
    }
    if let Some(flag) = runtime_config.systemd_cgroup {
        let mut names = Vec::new();
        for loader in loaders {
            names.extend(view(files, *loader)?.runc_runtimes());
        }
        names.sort();
        names.dedup();
        desired.extend(names.into_iter().map(|name| (Key::SystemdCgroup(name), Scalar::Bool(flag))));
    }
    Ok(desired)
}

/// Removes CRI from `disabled_plugins`, if that is needed and allowed.
fn enable_cri(files: &mut Files, folding: Folding, allowed: bool) -> Result<(), Refusal> {
    let paths: Vec<HostPath> = files.sources.keys().cloned().collect();
    for path in paths {
        let Some(source) = files.sources.get(&path).cloned() else { continue };
        let Some(key) = source.spelled("disabled_plugins", folding) else { continue };
        let named =
            source.strings("disabled_plugins", folding).into_iter().find(|name| CRI.contains(&name.as_str()));
        let Some(name) = named else {
            continue;
        };
        if !allowed {
            return Err(Refusal::new(
                &path,
                format!(
                    "disabled_plugins names {name:?}, so this containerd does not serve CRI and no kubelet can \
                     use it"
                ),
                "pass --enable-cri to remove it from the list (Docker's containerd.io package ships it so)",
            )
            .of_kind(RefusalKind::CriDisabled));
        }
        if let Some(text) = splice::remove_from_list(&source, key, &CRI) {
            *files = files.with(&path, &text)?;
        }
    }
    Ok(())
}
