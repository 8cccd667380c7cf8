//! Asks a plugin binary for its versions: `CNI_COMMAND=VERSION`.

use std::path::PathBuf;
use std::time::Duration;

use crate::host::Root;
use crate::host::enter::{HostCommand, How};
use crate::node::{Binary, Observed, VersionQuestion, VersionReply, heard};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Runs the plugin as a runtime does, in the host's root, where its loader and libraries are. The plugin gets only
/// the command: VERSION is the one verb that changes nothing (CNI specification).
pub(super) fn version(root: &Root, question: &VersionQuestion) -> Observed<VersionReply> {
    let (root, path) = match &question.binary {
        Binary::Host(path) => (root.mounted_at().to_owned(), path.as_str().to_owned()),
        // The child process that runs the plugin has `/` as its working directory.
        Binary::Source(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.into());
            (PathBuf::from("/"), path.to_string_lossy().into_owned())
        }
    };
    let command = HostCommand {
        how: How::Root(root),
        argv: vec![path.into()],
        env: vec![("CNI_COMMAND".into(), "VERSION".into())],
        stdin: br#"{"cniVersion":"1.0.0"}"#.to_vec(),
        timeout: TIMEOUT,
        leaves_nothing: true,
        max_output: 64 * 1024,
    };
    Observed::Present(match command.run() {
        Ok(output) if !output.stdout.is_empty() => VersionReply::Said(output.stdout),
        // A plugin that was killed reported no versions. A sandbox here may forbid what the host allows.
        Ok(output) if output.status.code().is_none() => VersionReply::NotFromHere(format!(
            "it was killed while it was asked for its versions ({})",
            output.status
        )),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = if said.trim().is_empty() { "without a message".to_owned() } else { heard(&said) };
            VersionReply::Failed(format!(
                "it was asked for its versions and ended with {}: {said}",
                output.status
            ))
        }
        Err(error) => VersionReply::NotFromHere(error.to_string()),
    })
}
