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

/// The node's name that the pod's manifest hands on (`spec.nodeName`), under the names that are usual. On a host such a
/// variable says nothing.
pub fn node_name() -> Option<String> {
    let is_name = |name: &String| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        !name.is_empty() && name.len() < 254 && name.chars().all(is_part)
    };
    let told = NODE_NAMES.iter().filter_map(|variable| std::env::var(variable).ok()).find(is_name);
    told.filter(|_| inside())
}

const NODE_NAMES: [&str; 4] = ["NODE_NAME", "K8S_NODE_NAME", "KUBERNETES_NODE_NAME", "MY_NODE_NAME"];

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
