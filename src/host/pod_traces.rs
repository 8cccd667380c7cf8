//! What a sandbox that did not start can leave: the address and the result of a plugin that had succeeded.
//!
//! containerd attaches the networks of a pod at once. If one fails and its plugin is missing, its removal fails as well,
//! and containerd then removes no other network and forgets the sandbox (go-cni `Remove`; `sandbox_run.go`, "ignoring
//! failed to destroy networks"). Nobody takes these files away: each pod that fails like this costs an address.

use super::publish;
use super::read::{self, How};
use super::root::Root;
use crate::node::{Content, HostPath, Observed};

/// The directory of host-local: one directory for each network, one file for each address, with the sandbox's id in its
/// first line (plugins `host-local/backend/disk`).
const NETWORKS: &str = "/var/lib/cni/networks";

/// The results that libcni keeps, as `NETWORK-ID-INTERFACE` (libcni `api.go`).
const RESULTS: &str = "/var/lib/cni/results";

/// The id of the sandbox that did not start, in the runtime's words (containerd `sandbox_run.go`). An id that stands
/// elsewhere in them may be that of another pod.
pub(super) fn sandbox_id(words: &str) -> Option<&str> {
    let (_, behind) = words.split_once("for sandbox \"")?;
    let (id, _) = behind.split_once('"')?;
    (id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Removes the files that name this sandbox. It is one of this program's own, and the runtime has forgotten it.
pub(super) fn remove(root: &Root, id: &str) {
    let networks = HostPath::known(NETWORKS);
    let results = HostPath::known(RESULTS);
    let leases = entries(root, &networks).into_iter().flat_map(|dir| entries(root, &dir));
    let leases = leases.filter(|path| is_lease_of(root, path, id));
    let kept = entries(root, &results).into_iter().filter(|path| path.name().contains(&format!("-{id}-")));
    for path in leases.chain(kept) {
        // What cannot be removed costs an address, as before.
        let _ = publish::remove(root, &path);
    }
}

fn entries(root: &Root, dir: &HostPath) -> Vec<HostPath> {
    match read::host_dir(root, dir) {
        Observed::Present(listed) => listed.names.iter().map(|name| dir.join(name)).collect(),
        Observed::Absent | Observed::Unknown(_) => Vec::new(),
    }
}

fn is_lease_of(root: &Root, path: &HostPath, id: &str) -> bool {
    if path.name().parse::<std::net::IpAddr>().is_err() {
        return false;
    }
    let Observed::Present(file) = read::host_file(root, path, How::Whole, None) else { return false };
    let Content::Bytes(bytes) = &file.content else { return false };
    let line = bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    line == id.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_the_sandbox_goes() {
        let host = tempfile::tempdir().unwrap();
        let (own, other) = ("a".repeat(64), "b".repeat(64));
        let networks = host.path().join("var/lib/cni/networks/net");
        let results = host.path().join("var/lib/cni/results");
        std::fs::create_dir_all(&networks).unwrap();
        std::fs::create_dir_all(&results).unwrap();
        std::fs::write(networks.join("10.0.0.2"), format!("{own}\r\neth0")).unwrap();
        std::fs::write(networks.join("10.0.0.3"), format!("{other}\r\neth0")).unwrap();
        std::fs::write(networks.join("last_reserved_ip.0"), &own).unwrap();
        std::fs::write(results.join(format!("net-{own}-eth0")), "{}").unwrap();
        std::fs::write(results.join(format!("net-{other}-eth0")), "{}").unwrap();
        let words = format!("failed to setup network for sandbox \"{own}\": no loopback");
        remove(&Root::open(host.path()).unwrap(), sandbox_id(&words).unwrap());
        let names = |dir| {
            let mut names: Vec<_> =
                std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&networks), ["10.0.0.3", "last_reserved_ip.0"]);
        assert_eq!(names(&results), [format!("net-{other}-eth0").as_str()]);
        assert_eq!(sandbox_id("failed to get sandbox image \"pause\""), None);
        let foreign = format!("address 10.0.0.3 is in use by {other}, failed for sandbox \"{own}\": full");
        assert_eq!(sandbox_id(&foreign), Some(own.as_str()));
        assert_eq!(sandbox_id(&format!("10.0.0.3 is in use by {other}")), None);
    }
}
