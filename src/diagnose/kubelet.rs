//! The kubelet: its files, and releases that do not work with the runtime's.

use super::found::found;
use super::view::View;
use crate::node::Release;
use crate::plan::kubelet_says;
use crate::report::codes::check::{KUBELET_CONFIG, VERSIONS};
use crate::report::{Located, Severity};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let broken = kubelet_says(view.node).broken;
    let broken = broken.into_iter().map(|(path, why)| {
        found(
            &KUBELET_CONFIG,
            &path,
            format!("{path} is not a configuration that the kubelet can read ({why}), so the kubelet does not \
                start with it"),
            "journalctl -u kubelet -n 20   # it names the place; mend the file, then: systemctl restart kubelet",
        )
    });
    broken.chain(releases(view)).collect()
}

/// `Kubernetes v1.30.2`.
pub(super) fn release(view: &View<'_>) -> Option<Release> {
    Release::parse(view.kubelet()?.version.as_deref()?.rsplit(' ').next()?)
}

fn releases(view: &View<'_>) -> Option<Located> {
    let (containerd, kubelet) = (view.release()?, release(view)?);
    let (why, severity) = misfit(kubelet, containerd)?;
    Some(
        found(
            &VERSIONS,
            "kubelet",
            format!("the kubelet is {kubelet} and containerd is {containerd}: {why}"),
            "containerd --version; kubelet --version   # upgrade containerd (containerd.io/releases/#kubernetes-support), or hold the kubelet back",
        )
        .with(severity),
    )
}

/// The reason why two releases do not work together.
///
/// * A kubelet from 1.26 on does not register a node whose runtime lacks CRI v1 (kubernetes.io, "Container Runtime
///   Interface"). containerd has it from 1.6 on (kubernetes.io, "Removals, Deprecations, and Major Changes in 1.26").
/// * 1.35 is the last Kubernetes that supports containerd 1.x (kubernetes.io, "Kubernetes v1.34: Of Wind & Will").
/// * From 1.37 on the kubelet has no cgroup driver of its own, and does not start with a runtime that lacks
///   `RuntimeConfig` (KEP-4033), such as containerd before 2.0.
fn misfit(kubelet: Release, containerd: Release) -> Option<(&'static str, Severity)> {
    let (kubelet_is, containerd_is) = (
        |major, minor| kubelet >= Release::new(major, minor, 0),
        |major, minor| containerd >= Release::new(major, minor, 0),
    );
    if kubelet_is(1, 26) && !containerd_is(1, 6) {
        let why =
            "the kubelet speaks only CRI v1, which containerd has from 1.6 on, so the node never registers";
        Some((why, Severity::Error))
    } else if kubelet_is(1, 37) && !containerd_is(2, 0) {
        let why = "the kubelet asks the runtime for its cgroup driver and does not start if the runtime cannot \
                   answer; containerd answers from 2.0 on (KEP-4033)";
        Some((why, Severity::Error))
    } else if kubelet_is(1, 36) && !containerd_is(2, 0) {
        let why = "1.35 was the last kubelet that supports containerd 1.x, and 1.37 does not start with it";
        Some((why, Severity::Warning))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_fit_up_to_their_limits() {
        let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
        for (kubelet, containerd, severity) in [
            ((1, 25, 9), (1, 5, 18), None),
            ((1, 26, 0), (1, 5, 18), error),
            ((1, 26, 0), (1, 6, 0), None),
            ((1, 35, 9), (1, 7, 29), None),
            ((1, 36, 0), (1, 7, 29), warning),
            ((1, 37, 0), (1, 7, 29), error),
            ((1, 37, 0), (2, 0, 0), None),
        ] {
            let of = |(major, minor, patch)| Release::new(major, minor, patch);
            let found = misfit(of(kubelet), of(containerd)).map(|(_, severity)| severity);
            assert_eq!(found, severity, "{kubelet:?} with {containerd:?}");
        }
    }
}
