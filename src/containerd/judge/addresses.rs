//! Addresses that the daemon listens on (`cmd/containerd/command/main.go`).

use super::context::{Context, Loss, filled};
use crate::containerd::refusal::Refusal;

/// The longest path of a Unix socket (`sun_path` without its NUL).
const LONGEST_SOCKET: usize = 107;
const SOURCE: &str = "command/main.go";

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for path in [&["metrics", "address"], &["grpc", "tcp_address"], &["debug", "address"]] {
        let Some(address) = filled(context.at(path)) else { continue };
        let is_socket = path[0] == "debug" && !address.value.contains(':');
        let rule = if is_socket { socket_problem(address.value) } else { tcp_problem(address.value) };
        if let Some(rule) = rule {
            refusals.push(context.refuse(address.tree, Loss::Daemon, SOURCE, &rule, "write HOST:PORT"));
        }
    }
    for path in [&["grpc", "address"], &["ttrpc", "address"]] {
        if let Some(address) = filled(context.at(path))
            && let Some(rule) = socket_problem(address.value)
        {
            refusals.push(context.refuse(address.tree, Loss::Daemon, SOURCE, &rule, "write a shorter path"));
        }
    }
    refusals
}

fn socket_problem(path: &str) -> Option<String> {
    (path.len() > LONGEST_SOCKET)
        .then(|| format!("has {} bytes, more than the {LONGEST_SOCKET} of a socket's path", path.len()))
}

/// What Go's `net.Listen("tcp", ...)` refuses by the text alone.
fn tcp_problem(address: &str) -> Option<String> {
    let Some((host, port)) = address.rsplit_once(':') else {
        return Some(format!("is {address:?}, which has no port"));
    };
    if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
        return Some(format!("is {address:?}, with too many colons for an address that is not in brackets"));
    }
    port_problem(port)
}

/// A port is a number up to 65535 or a name of a service; names are not judged unless no service can have them.
pub(super) fn port_problem(port: &str) -> Option<String> {
    let digits = port.strip_prefix(['-', '+']).unwrap_or(port);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: Option<u32> = digits.parse().ok();
    let is_negative = port.starts_with('-') && number != Some(0);
    (is_negative || number.is_none_or(|number| number > 65535))
        .then(|| format!("has {port:?} for its port, which is none"))
}
