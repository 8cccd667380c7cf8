//! Facts about the host from the kernel, if its `/proc` is visible: addresses and file systems.

use std::net::Ipv4Addr;

use super::context::Context;
use super::seen::SeenKind;
use crate::node::Observed;

/// The routes of the first process, which uses the host's network.
const ROUTES: &str = "/proc/1/net/fib_trie";
const NON_LOCAL: &str = "/proc/sys/net/ipv4/ip_nonlocal_bind";
const MOUNTS: &str = "/proc/1/mountinfo";

/// True if no process on this host can listen on the address: the routes were read and it is not local (ip(7)
/// `bind`).
pub(super) fn is_foreign(context: &Context<'_>, host: &str) -> bool {
    let Ok(address) = host.parse::<Ipv4Addr>() else { return false };
    if address.is_unspecified() || address.is_loopback() || address.is_multicast() || address.is_broadcast() {
        return false;
    }
    let (routes, non_local) = (text(context, ROUTES), text(context, NON_LOCAL));
    match (routes, non_local) {
        (Some(routes), Some(non_local)) => non_local.trim() == "0" && !is_local(&routes, address),
        _ => false,
    }
}

/// True if the routes (`/proc/net/fib_trie`) have the address as a local one, alone or within a prefix.
fn is_local(routes: &str, address: Ipv4Addr) -> bool {
    let mut leaf = None;
    routes.lines().any(|line| {
        let line = line.trim_start();
        if let Some(text) = line.strip_prefix("|-- ") {
            leaf = text.trim().parse::<Ipv4Addr>().ok();
        }
        let Some(length) = line.strip_prefix('/').filter(|line| line.ends_with(" LOCAL")) else {
            return false;
        };
        let length = length.split(' ').next().and_then(|length| length.parse::<u32>().ok());
        let (Some(leaf), Some(length)) = (leaf, length) else { return false };
        let shift = 32_u32.saturating_sub(length);
        u32::from(leaf).checked_shr(shift) == u32::from(address).checked_shr(shift)
    })
}

/// True if no file system of this kind is mounted on the host. The mount of a single directory is not checked,
/// because symbolic links may lead to another mount.
pub(super) fn is_mounted_nowhere(context: &Context<'_>, kind: &str) -> bool {
    let Some(mounts) = text(context, MOUNTS) else { return false };
    // proc(5): the type follows the hyphen. An empty table is not the host's, which has at least the root.
    let mut kinds = mounts.lines().filter_map(|line| line.split(" - ").nth(1)?.split(' ').next());
    !mounts.is_empty() && !kinds.any(|mounted| mounted == kind)
}

fn text(context: &Context<'_>, path: &str) -> Option<String> {
    match context.look(path) {
        Observed::Present(SeenKind::File(Some(bytes))) => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIE: &str = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
        \x20    +-- 10.1.2.0/24 2 0 2\n        |-- 10.1.2.0\n           /24 link UNICAST\n\
        \x20       |-- 10.1.2.3\n           /32 host LOCAL\n     |-- 10.9.0.0\n        /16 host LOCAL\n";

    #[test]
    fn an_address_is_local_by_itself_or_within_a_local_prefix() {
        for (address, local) in [
            ("10.1.2.3", true),
            ("10.9.255.1", true),
            ("10.1.2.4", false),
            ("10.1.2.0", false),
            ("10.10.0.0", false),
        ] {
            assert_eq!(is_local(TRIE, address.parse().unwrap()), local, "{address}");
        }
    }
}
