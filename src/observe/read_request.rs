//! Reads what the rules of `check` request, and asks the kubelet.

use std::time::Duration;

use super::eye::MOST_BYTES;
use crate::host::enter::{self, HostCommand};
use crate::host::interpreter::interpreter_of;
use crate::host::read::{CROWDED, How, entry_of, host_dir, host_file, program_of, stamp_of};
use crate::host::{Root, process};
use crate::node::{
    Content, File, HostPath, Kubelet, Node, Observed, ReadRequest, Release, Remembered, Stamp, heard,
};
use crate::plan::Settings;

/// Carries out each request.
pub fn read(root: &Root, requests: Vec<ReadRequest>, node: &mut Node) {
    root.forget_mounts();
    for request in requests {
        match request {
            ReadRequest::File(path) => file(root, path, node),
            ReadRequest::Dir(path) => {
                let dir = host_dir(root, &path);
                node.dirs.insert(path, dir);
            }
            ReadRequest::Entry(path) => {
                let entry = entry_of(root, &path);
                node.observations.entries.insert(path, entry);
            }
            ReadRequest::Program(path) => {
                let program = program_of(root, &path, None);
                node.observations.programs.insert(path, program);
            }
            ReadRequest::Interpreter(path) => {
                let seen = interpreter_of(root, &path, node.in_container);
                node.observations.interpreters.insert(path, seen);
            }
            ReadRequest::Stamp(path) => {
                let stamp = stamp_of(root, &path);
                node.observations.stamps.insert(path, stamp);
            }
        }
    }
}

/// Reads a file in any directory, unless the size limit is reached.
fn file(root: &Root, path: HostPath, node: &mut Node) {
    let dir = path.parent();
    let held = node.files.values().map(|file| match file {
        Observed::Present(File { content: Content::Bytes(bytes), .. }) => bytes.len() as u64,
        _ => 0,
    });
    let file = host_file(root, &path, How::Within(MOST_BYTES.saturating_sub(held.sum())), None);
    if let (Observed::Present(File { content: Content::Unread(why), .. }), Some(Observed::Present(dir))) =
        (&file, node.dirs.get_mut(&dir))
        && why == CROWDED
    {
        dir.unread += 1;
    }
    node.files.insert(path, file);
}

/// The runtime sockets that exist, of those that were searched for.
pub fn sockets(root: &Root, settings: &Settings) -> Vec<(HostPath, Observed<Stamp>)> {
    settings.endpoints.iter().map(|path| (path.clone(), stamp_of(root, path))).collect()
}

/// The running kubelet, as far as its process is visible. Its version is asked of its program, if that may be started and
/// no earlier run has asked this file.
pub fn kubelet(
    root: &Root,
    usual: &[HostPath],
    starts_program: bool,
    remembered: &Remembered,
) -> Observed<Kubelet> {
    let argv = process::argv_of("kubelet").unwrap_or_default();
    let stamp = |path: HostPath| {
        let stamp = program_of(root, &path, None).present()?.stamp;
        Some((path, stamp))
    };
    let running = argv.first().and_then(|program| HostPath::new(program).ok()).and_then(stamp);
    let program = running.or_else(|| usual.iter().cloned().find_map(stamp)).filter(|_| starts_program);
    let version = program.as_ref().and_then(|(path, stamp)| match remembered.of(path, stamp) {
        Some(words) => Some(words.to_owned()),
        None => words_of_version(root, path).ok().filter(|text| !text.is_empty()),
    });
    if argv.is_empty() && version.is_none() {
        return Observed::Unknown(
            "no process of it is visible: it does not run, or hostPID: true is needed".to_owned(),
        );
    }
    Observed::Present(Kubelet { argv, version, program })
}

/// The release that a containerd program prints for `--version`, run in the host's root: `containerd
/// github.com/containerd/containerd v1.7.24 88bf19b2105c`.
pub fn containerd_release(root: &Root, program: &HostPath) -> Observed<Release> {
    match words_of_version(root, program) {
        Ok(words) => words.split_whitespace().nth(2).and_then(Release::parse).map_or_else(
            || Observed::Unknown(format!("{program} --version says {:?}", heard(&words))),
            Observed::Present,
        ),
        Err(why) => Observed::Unknown(format!("{program} --version: {why}")),
    }
}

/// The output of a host program for `--version`.
fn words_of_version(root: &Root, program: &HostPath) -> Result<String, String> {
    let command = HostCommand {
        how: enter::How::Root(root.mounted_at().to_owned()),
        argv: vec![program.as_str().into(), "--version".into()],
        env: Vec::new(),
        stdin: Vec::new(),
        timeout: Duration::from_secs(5),
        leaves_nothing: true,
        max_output: 4096,
    };
    let said = command.run().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
