//! Does the program run in a container?

use std::path::Path;

/// True in a container, where everything that is not mounted from the host is lost with the container.
///
/// No single sign is sure: a pod without the host's PIDs sees itself as PID 1, a pod with the host's PIDs sees that
/// PID 1 has another root, and the kubelet sets `KUBERNETES_SERVICE_HOST` in every pod. None of these signs exists on
/// a host.
pub fn inside() -> bool {
    is_first_process()
        || has_another_root_than_init()
        || std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
        || ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
}

fn is_first_process() -> bool {
    rustix::process::getpid().is_init()
}

fn has_another_root_than_init() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &str| std::fs::metadata(path).map(|root| (root.dev(), root.ino()));
    match (id("/proc/1/root/."), id("/.")) {
        (Ok(init), Ok(own)) => init != own,
        // Access is denied: an unprivileged test run on a host, or a container without CAP_SYS_PTRACE.
        (Err(_), _) | (_, Err(_)) => false,
    }
}
