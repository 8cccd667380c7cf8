//! Writes a drop-in if the main file belongs to a distribution.

use super::super::file_edit::FileEdit;
use super::super::fold::Folding;
use super::super::imports::ConfigFiles;
use super::super::patch::{Patch, RuntimeConfig, patch, patch_to_say};
use super::super::refusal::Refusal;
use super::super::source::Source;
use super::by_hand;
use crate::node::HostPath;
use crate::node::Release;

/// Finds the edits that make the desired values effective without a change of the main file. If another drop-in sets
/// a value, that drop-in is patched. Otherwise the value goes into `path`, with the version of the main file
/// (containerd#13939 shows why). `files` are the files that containerd reads, and `path` with its bytes. If the
/// distribution merges drop-ins by its own rules, only the program's drop-in is written, and the live values have to
/// show the result.
pub fn patch_drop_in(
    files: &ConfigFiles,
    path: &HostPath,
    merged_by_distribution: bool,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<Patch, Refusal> {
    if !merged_by_distribution {
        let elsewhere = patch(files, release, runtime_config)?;
        if elsewhere.edits.iter().all(|edit| edit.path != files.main) {
            return Ok(elsewhere);
        }
    }
    let before = files.files.get(path).cloned().flatten();
    let mut alone =
        before.clone().unwrap_or_else(|| format!("version = {}\n", version(files, release)).into_bytes());
    let one = |bytes: &[u8]| ConfigFiles {
        main: path.clone(),
        files: [(path.clone(), Some(bytes.to_vec()))].into(),
        listings: super::super::Listings::new(),
    };
    let mut findings = Vec::new();
    for runtime_config in single(runtime_config) {
        let made = patch_to_say(&one(&alone), release, &runtime_config)?;
        findings.extend(made.findings);
        if let Some(edit) = made.edits.into_iter().next() {
            alone = edit.after;
        }
    }
    if before.as_deref() == Some(&alone[..]) {
        if merged_by_distribution {
            return Ok(Patch::default());
        }
        return Err(in_vain(files, path, release, runtime_config));
    }
    let edit = FileEdit { path: path.clone(), before, after: alone };
    if !merged_by_distribution && !patch(&with(files, &edit), release, runtime_config)?.edits.is_empty() {
        return Err(in_vain(files, path, release, runtime_config));
    }
    Ok(Patch { edits: vec![edit], findings })
}

/// One setting at a time, so that a setting that is in place already does not prevent the others.
fn single(runtime_config: &RuntimeConfig) -> Vec<RuntimeConfig> {
    let none = RuntimeConfig::default;
    let mut all = Vec::new();
    all.extend(
        runtime_config.max_conf_num.map(|number| RuntimeConfig { max_conf_num: Some(number), ..none() }),
    );
    all.extend(
        runtime_config
            .conf_template
            .clone()
            .map(|text| RuntimeConfig { conf_template: Some(text), ..none() }),
    );
    all.extend(
        runtime_config.systemd_cgroup.map(|flag| RuntimeConfig { systemd_cgroup: Some(flag), ..none() }),
    );
    all.extend(
        runtime_config
            .sandbox_image
            .clone()
            .map(|image| RuntimeConfig { sandbox_image: Some(image), ..none() }),
    );
    all
}

/// The version of the main file. A drop-in must have the same.
fn version(files: &ConfigFiles, release: Option<Release>) -> i64 {
    let bytes = files.files.get(&files.main).and_then(Option::as_deref);
    let written = Source::read(&files.main, bytes).ok().and_then(|source| {
        source.item("version", Folding::of(release)).and_then(toml_edit::Item::as_integer)
    });
    written.unwrap_or(if release.is_some_and(|release| release >= Release::new(2, 0, 0)) { 3 } else { 2 })
}

/// The files with the new drop-in.
fn with(files: &ConfigFiles, edit: &FileEdit) -> ConfigFiles {
    let mut files = files.clone();
    files.files.insert(edit.path.clone(), Some(edit.after.clone()));
    let names = files.listings.entry(edit.path.parent()).or_default().get_or_insert_with(Vec::new);
    if !names.iter().any(|name| name == edit.path.name()) {
        names.push(edit.path.name().to_owned());
    }
    files
}

fn in_vain(
    files: &ConfigFiles,
    path: &HostPath,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Refusal {
    Refusal::new(
        &files.main,
        format!(
            "containerd's distribution writes it at each start, and {path} would not override what it or another \
             drop-in says"
        ),
        format!("set {} in the file that has another value", by_hand::lines(runtime_config, release)),
    )
}
