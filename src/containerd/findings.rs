//! Findings about the files, beside the edits.

use std::collections::BTreeSet;

use super::dialect::CRI;
use super::effective::view;
use super::file_edit::FileEdit;
use super::files::Files;
use super::fold::Folding;
use super::imports::ConfigFiles;
use super::loader::Loader;
use super::refusal::Refusal;
use super::tree::Tree;
use crate::node::Release;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The findings of a patch.
pub(crate) fn of(
    before: &ConfigFiles,
    now: &Files,
    release: Option<Release>,
    loaders: &[Loader],
    edits: &[FileEdit],
) -> Result<Vec<Finding>, Refusal> {
    let mut findings = drop_ins(before, edits);
    findings.extend(enabled(before, now, Folding::of(release))?);
    if let Some(release) = release {
        findings.extend(unread(now, release, loaders)?);
    }
    findings.extend(own_directories(now, loaders)?);
    Ok(findings)
}

fn info(code: &'static str, subject: &impl ToString, message: String) -> Finding {
    Finding { code, severity: Severity::Info, subject: subject.to_string(), message, remedy: String::new() }
}

fn drop_ins(before: &ConfigFiles, edits: &[FileEdit]) -> Vec<Finding> {
    let drop_ins = edits.iter().filter(|edit| edit.path != before.main);
    let told = drop_ins.map(|edit| {
        let message = format!(
            "containerd takes the value from this drop-in and not from {}, so it is changed here",
            before.main
        );
        info(install::DROP_IN.name, &edit.path, message)
    });
    told.collect()
}

fn enabled(before: &ConfigFiles, now: &Files, folding: Folding) -> Result<Vec<Finding>, Refusal> {
    let disabled = |files: &Files, path| {
        let source = files.sources.get(path);
        source.is_some_and(|source| {
            source.strings("disabled_plugins", folding).iter().any(|name| CRI.contains(&name.as_str()))
        })
    };
    let before = Files::read(before)?;
    let mended = before.sources.keys().filter(|path| disabled(&before, path) && !disabled(now, path));
    Ok(mended
        .map(|path| info(install::CRI_ENABLED.name, path, "CRI is removed from disabled_plugins".to_owned()))
        .collect())
}

/// CRI tables that this release ignores completely.
fn unread(files: &Files, release: Release, loaders: &[Loader]) -> Result<Vec<Finding>, Refusal> {
    let mut read = BTreeSet::new();
    let mut order = Vec::new();
    for loader in loaders {
        let loaded = files.load(*loader)?;
        let origins = loaded.tree.origins();
        read.extend(
            origins.iter().filter_map(|origin| Some((origin.file.clone(), origin.path.get(1)?.clone()))),
        );
        order = loaded.order;
    }
    let mut findings = Vec::new();
    for source in order.iter().filter_map(|path| files.sources.get(path)) {
        let tree = Tree::of(source);
        for plugin in CRI {
            let said = tree.get(&["plugins", plugin]).is_some_and(|table| !table.origins().is_empty());
            if said && !read.contains(&(source.path().clone(), plugin.to_owned())) {
                findings.push(Finding {
                    code: install::TABLE_IGNORED.name,
                    severity: Severity::Warning,
                    subject: source.path().to_string(),
                    message: format!(
                        "nothing in [plugins.{plugin:?}] takes effect on containerd {release}: for this version \
                         of the file the table has another name, or another table or file replaces it"
                    ),
                    remedy: "remove the table, or write it under the name that this release reads".to_owned(),
                });
            }
        }
    }
    Ok(findings)
}

/// Runtimes with their own CNI directory.
fn own_directories(files: &Files, loaders: &[Loader]) -> Result<Vec<Finding>, Refusal> {
    let Some(loader) = loaders.first() else { return Ok(Vec::new()) };
    let view = view(files, *loader)?;
    let own = view.runtimes.iter().filter_map(|(name, runtime)| {
        let directory = runtime.cni_conf_dir.as_ref().filter(|directory| !directory.value.is_empty())?;
        let message = format!(
            "pods of runtime {name:?} get their networks from {}, so they do not get the chain",
            directory.value
        );
        Some(info(install::OWN_CONF_DIR.name, &directory.file, message))
    });
    Ok(own.collect())
}
