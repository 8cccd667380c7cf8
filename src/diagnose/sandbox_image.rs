//! The image of each pod's sandbox.

use super::found::found;
use super::set_value::set_value;
use super::view::View;
use crate::containerd::is_image_reference;
use crate::node::Release;
use crate::report::codes::check::SANDBOX_IMAGE;
use crate::report::{Located, word};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    judge(view).into_iter().collect()
}

fn judge(view: &View<'_>) -> Option<Located> {
    let main = view.config.as_ref()?;
    let set = view.values()?.sandbox_image.as_ref()?;
    let live = view.status().and_then(|status| status.live.sandbox_image.as_deref());
    // On 1.x an empty name fails unless the node has exactly one image (`image_store.go`, a prefix of its digest).
    // From 2.0 on an empty name means the release's own image (`sandbox_run.go`, `getSandboxImageName`).
    let is_default = set.value.is_empty() && view.release().is_none_or(|release| release.major >= 2);
    // A value that is not loaded yet is told as a pending edit.
    let is_loaded = live.is_none_or(|live| live == set.value);
    if is_default || is_placeholder(&set.value) || is_image_reference(&set.value) || !is_loaded {
        return None;
    }
    let trimmed = set.value.trim();
    let image = if is_image_reference(trimmed) { trimmed } else { default_image(view.release()) };
    let message = format!(
        "{} sets the sandbox image to {:?}, which is not a reference to an image: every pod fails with invalid \
         reference format",
        set.place(),
        set.value
    );
    let remedy = set_value(view, main, set, &["sandbox_image", "sandbox"], image, |values| {
        values.sandbox_image.as_ref().is_some_and(|set| set.value == image)
    });
    let remedy = remedy.unwrap_or_else(|| {
        format!("# write {} there, then: {}", word(&format!("{image:?}")), view.restart())
    });
    Some(found(&SANDBOX_IMAGE, &set.file, message, remedy).at(set.line, 1))
}

/// A template's variable, which its owner fills in (microk8s, k3s).
fn is_placeholder(text: &str) -> bool {
    text.starts_with("${") || text.contains("{{")
}

/// The image that the release would use without the setting (`internal/cri/config/config.go`, `DefaultSandboxImage`).
fn default_image(release: Option<Release>) -> &'static str {
    let is_before = |major, minor| release.is_some_and(|release| release < Release::new(major, minor, 0));
    if is_before(1, 7) {
        "registry.k8s.io/pause:3.6"
    } else if is_before(2, 0) {
        "registry.k8s.io/pause:3.8"
    } else {
        "registry.k8s.io/pause:3.10"
    }
}
