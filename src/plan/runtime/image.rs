//! The sandbox image. containerd does not report it from 2.0 on, so the times of the file and of the runtime's start
//! decide if it is in use.

use crate::containerd::{ConfigFiles, effective};
use crate::node::{Digest, HostPath, Phase, Release};
use crate::plan::context::PlanContext;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// Has the running containerd read the file with the desired image?
pub(in crate::plan) enum Loaded {
    /// It was started after the file was written.
    Yes,
    /// This program wrote the file after the start.
    No,
    /// Another program wrote the file after the start, and may have changed other values.
    Unknown(Finding),
}

/// Compares the file's time with that of the socket, which containerd creates anew at each start.
pub(in crate::plan) fn loaded(cx: &PlanContext<'_>, files: &ConfigFiles, release: Option<Release>) -> Loaded {
    let said = effective(files, release).ok().and_then(|effective| effective.sandbox_image);
    let Some(path) = said.map(|said| said.file) else { return Loaded::Yes };
    let written = cx.node.file(&path).present().map(|file| file.stamp.mtime);
    let started = cx.node.socket().map(|(_, stamp)| stamp.mtime);
    let settled = cx.attempt.as_ref().is_some_and(|attempt| {
        attempt.phase == Phase::Settled && attempt.incarnation == cx.node.incarnation()
    });
    if settled || !later(written, started) {
        return Loaded::Yes;
    }
    if cx.node.bytes(&path).is_some_and(|bytes| cx.is_ours(&path, &Digest::of(bytes))) {
        return Loaded::No;
    }
    Loaded::Unknown(unverified(&path))
}

/// True if a file was written after the socket was created; false if that is not known.
fn later(written: Option<i128>, started: Option<i128>) -> bool {
    matches!((written, started), (Some(written), Some(started)) if written > started)
}

fn unverified(path: &HostPath) -> Finding {
    Finding {
        code: install::IMAGE_NOT_VERIFIED.name,
        severity: Severity::Warning,
        subject: path.to_string(),
        message: format!(
            "{path} names the desired sandbox image and was changed after containerd started; this release does \
             not report which image it uses"
        ),
        remedy: "restart containerd if the image was changed by hand since".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::later;

    #[test]
    fn a_file_is_later_only_if_both_times_are_known() {
        assert!(later(Some(2), Some(1)));
        assert!(!later(Some(1), Some(1)) && !later(Some(1), Some(2)));
        assert!(!later(None, Some(1)) && !later(Some(1), None));
    }
}
