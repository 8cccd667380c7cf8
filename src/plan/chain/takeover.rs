//! A file that is already at the output path: it is kept, adopted, or a reason to refuse the chain.

use crate::cni::{Conflist, output_file};
use crate::node::{Content, Digest, HostPath, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::report::codes::install;
use crate::report::{FailureCode, Finding, Severity};

/// Checks that the chain may replace the file at its path.
pub(in crate::plan) fn check_takeover(
    cx: &PlanContext<'_>,
    path: &HostPath,
) -> Result<Option<Finding>, Blocked> {
    let unread = |why: &str| {
        Blocked::refused(
            FailureCode::OutputPathOccupied,
            format!("{path} cannot be read: {why}"),
            "look at what it is; the chain must be written there",
        )
    };
    match cx.node.files.get(path) {
        None | Some(Observed::Absent) => not_a_file(cx, path).map_or(Ok(None), |what| {
            Err(Blocked::refused(
                FailureCode::OutputPathOccupied,
                format!("{path} is {what}, but the chain must be written there"),
                "move it away, or choose another name with --output-file",
            ))
        }),
        Some(Observed::Unknown(why)) => Err(unread(why)),
        Some(Observed::Present(file)) => match &file.content {
            Content::Bytes(bytes) if cx.is_explained(path, &Digest::of(bytes)) => Ok(None),
            Content::Bytes(bytes) => adopt(cx, path, bytes).map(Some),
            Content::Digest(_) => Err(unread("only its hash was taken")),
            Content::Unread(why) => Err(unread(why)),
        },
    }
}

/// What is at a path that has no readable file: a directory, or a dangling link; `None` if nothing is there.
fn not_a_file(cx: &PlanContext<'_>, path: &HostPath) -> Option<&'static str> {
    let dir = cx.node.dirs.get(&path.parent()).and_then(Observed::present)?;
    let link = dir.names.contains(path.name()).then_some("a dangling symbolic link");
    if dir.dirs.contains(path.name()) { Some("a directory") } else { link }
}

/// Reasons to refuse the output path that need no primary, so that the run does not wait for one first.
pub(in crate::plan) fn output_refusal(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let name =
        output_file(&cx.desired.first_owner(), cx.desired.output_file(), None, []).map_err(|error| {
            Blocked::refused(
                FailureCode::OutputFileInvalid,
                error.to_string(),
                "choose another name with --output-file",
            )
        })?;
    check_takeover(cx, &cx.desired.dirs.conf.join(&name))?;
    Ok(())
}

/// A file at the output path is adopted if it does not load, has one of the owners' plugins, or lies where a chain
/// was published before: another program has written over the chain (`antrea#3974`).
fn adopt(cx: &PlanContext<'_>, path: &HostPath, bytes: &[u8]) -> Result<Finding, Blocked> {
    let read = Conflist::read(path.name(), bytes, cx.rules());
    let message = match &read {
        Err(violation) => format!("{path} {violation}; the chain replaces it"),
        Ok(conflist) => {
            let mut types = cx.desired.added().map(|(_, plugin)| plugin.plugin_type());
            match types.find(|name| conflist.types().contains(name)) {
                Some(name) => format!(
                    "{path} was not written by this program and has the plugin {name:?} of --plugin; the chain \
                     replaces it"
                ),
                None if cx.chains().contains(path) => {
                    format!(
                        "another program wrote the network {:?} over the chain; the chain replaces it",
                        conflist.network()
                    )
                }
                None => {
                    return Err(Blocked::refused(
                        FailureCode::OutputPathOccupied,
                        format!(
                            "{path} is somebody else's network {:?}, but the chain must be written there",
                            conflist.network()
                        ),
                        "move that file away, or choose another name with --output-file",
                    ));
                }
            }
        }
    };
    Ok(Finding {
        code: install::ADOPTED_FILE.name,
        severity: Severity::Info,
        subject: path.to_string(),
        message,
        remedy: String::new(),
    })
}
