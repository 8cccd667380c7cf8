//! The runtime's observed config files, and the edits in files where they last.

use std::collections::BTreeMap;

use crate::containerd::{
    self, ConfigFiles, EditTarget, Patch, Refusal, Request, RuntimeConfig, patch, patch_drop_in, surroundings,
};
use crate::node::{Content, File, HostPath, Node, Observed, Release};
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The files that the runtime reads, and what to write so that it has the desired values from now on.
pub(in crate::plan) fn patched(
    node: &Node,
    config: &HostPath,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<(ConfigFiles, Patch), Refusal> {
    let (mut files, _) = config_files(node, config);
    let mut told = None;
    let patch = match containerd::edit_target(&around(node, config), release, runtime_config) {
        // If nothing is written, the place does not matter.
        Err(refusal) => match patch(&files, release, runtime_config) {
            Ok(patch) if patch.edits.is_empty() => patch,
            Ok(_) | Err(_) => return Err(refusal),
        },
        Ok(EditTarget::Plain) => patch(&files, release, runtime_config)?,
        Ok(EditTarget::UntilBoot(who)) => {
            told = Some(who);
            patch(&files, release, runtime_config)?
        }
        Ok(EditTarget::Source(source)) => {
            files = config_files(node, &source).0;
            patch(&files, release, runtime_config)?
        }
        Ok(EditTarget::DropIn { path, merged_by_distribution }) => {
            let seen = node.bytes(&path).map(<[u8]>::to_vec);
            files.files.entry(path.clone()).or_insert(seen);
            patch_drop_in(&files, &path, merged_by_distribution, release, runtime_config)?
        }
    };
    let mut patch = patch;
    if let (Some(who), false) = (told, patch.edits.is_empty()) {
        patch.findings.push(Finding {
            code: install::MADE_AT_BOOT.name,
            severity: Severity::Info,
            subject: config.to_string(),
            message: format!("{who} writes {config} at each boot, so this edit lasts until the next boot"),
            remedy:
                "run this program at each boot (a DaemonSet does that), or set the value in the node's own \
                     configuration"
                    .to_owned(),
        });
    }
    Ok((files, patch))
}

/// The files that decide what the runtime reads at its next start: if its file is generated, the files that it is
/// generated from.
pub fn read_at_start(node: &Node, config: &HostPath, release: Option<Release>) -> ConfigFiles {
    match containerd::edit_target(&around(node, config), release, &RuntimeConfig::default()) {
        Ok(EditTarget::Source(source)) => config_files(node, &source).0,
        _ => config_files(node, config).0,
    }
}

/// The requests that are missing for the config that containerd was started with: imports are found only by reading.
pub fn config_requests(node: &Node, main: &HostPath) -> Vec<Request> {
    let mut missing = config_files(node, main).1;
    missing.extend(surroundings(main).into_iter().filter(|request| !is_known(node, request)));
    let release = node.containerd_release();
    if let Ok(EditTarget::Source(source)) =
        containerd::edit_target(&around(node, main), release, &RuntimeConfig::default())
    {
        missing.extend(config_files(node, &source).1);
    }
    if let Some(release) = release {
        let desired = containerd::judge_requests(&read_at_start(node, main, Some(release)), release);
        missing.extend(desired.into_iter().filter(|request| !is_known(node, request)));
    }
    missing.sort();
    missing.dedup();
    missing
}

/// The files that show where a change of the config lasts.
fn around(node: &Node, config: &HostPath) -> ConfigFiles {
    let mut around =
        ConfigFiles { main: config.clone(), files: BTreeMap::new(), listings: containerd::Listings::new() };
    for request in surroundings(config) {
        take(node, &mut around, request);
    }
    around
}

/// The observed config files of a containerd that was started with `main`, and the missing requests: imports are
/// found only by reading.
pub fn config_files(node: &Node, main: &HostPath) -> (ConfigFiles, Vec<Request>) {
    let mut files =
        ConfigFiles { main: main.clone(), files: BTreeMap::new(), listings: containerd::Listings::new() };
    loop {
        let (known, missing): (Vec<_>, Vec<_>) =
            containerd::wants_read(&files, None).into_iter().partition(|request| is_known(node, request));
        let mut grown = false;
        for request in known {
            grown |= take(node, &mut files, request);
        }
        if !grown {
            return (files, missing);
        }
    }
}

fn is_known(node: &Node, request: &Request) -> bool {
    match request {
        Request::File(path) => node.files.contains_key(path),
        Request::Directory(path) => node.dirs.contains_key(path),
    }
}

fn take(node: &Node, files: &mut ConfigFiles, request: Request) -> bool {
    match request {
        Request::File(path) => {
            let bytes = match node.file(&path) {
                Observed::Present(File { content: Content::Bytes(bytes), .. }) => Some(bytes.to_vec()),
                Observed::Absent => None,
                Observed::Present(_) | Observed::Unknown(_) => return false,
            };
            files.files.insert(path, bytes).is_none()
        }
        Request::Directory(path) => {
            let names = match node.dirs.get(&path) {
                Some(Observed::Present(dir)) => Some(dir.names.iter().cloned().collect()),
                Some(Observed::Absent) => None,
                Some(Observed::Unknown(_)) | None => return false,
            };
            files.listings.insert(path, names).is_none()
        }
    }
}
