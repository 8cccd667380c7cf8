//! The sandbox image, which containerd does not say from 2.0 on: whether it runs with what its files say.

use crate::containerd::{ConfigFiles, effective};
use crate::node::{Digest, HostPath, Phase, Release};
use crate::plan::context::PlanContext;
use crate::report::{Finding, Severity};

/// Whether the running containerd has read the file that names the wanted image.
pub(in crate::plan) enum Loaded {
    /// It was started after the file was written.
    Yes,
    /// We wrote the file since it was started.
    No,
    /// Somebody else wrote the file since it was started, and may have changed another thing in it.
    Unknown(Finding),
}

/// By the file's time and that of the socket, which containerd makes anew at each start.
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

/// Whether a file was written after the socket was made; what cannot be seen was not.
fn later(written: Option<i128>, started: Option<i128>) -> bool {
    matches!((written, started), (Some(written), Some(started)) if written > started)
}

fn unverified(path: &HostPath) -> Finding {
    Finding {
        code: "sandbox-image-not-verified",
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
