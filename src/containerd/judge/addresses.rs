//! Checks of the addresses of the daemon and of CRI's streaming server (`cmd/containerd/command/main.go`).

use super::context::{Context, Loss, Part};
use super::directories::obstacle;
use super::local;
use super::read::{Text, filled, text};
use super::seen::SeenKind;
use crate::containerd::refusal::Refusal;
use crate::node::Observed;

/// The limit in bytes for the path of a socket (`sys.CreateUnixSocket`).
const LONGEST_SOCKET: usize = 104;
/// The suffix that makes the path of the ttrpc socket from the other socket's, by default.
const TTRPC: &str = ".ttrpc";
const SOURCE: &str = "command/main.go";
/// Service names that Go knows without a file (`lookup.go`).
const SERVICES: [&str; 16] = [
    "domain",
    "ftp",
    "ftps",
    "gopher",
    "http",
    "https",
    "imap2",
    "imap3",
    "imaps",
    "pop3",
    "pop3s",
    "smtp",
    "submissions",
    "ssh",
    "telnet",
    "0",
];

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(stream_port(context));
    refusals.extend(stream_address(context));
    // From 2.3 on the daemon's servers are plugins (`io.containerd.server.v1.*`), which are not judged.
    if context.is_from(2, 3) {
        return refusals;
    }
    for address in tcp(context) {
        if let Some(rule) = tcp_problem(context, address.value) {
            refusals.push(context.refuse(address.tree, Loss::Daemon, SOURCE, &rule, "write HOST:PORT"));
        }
    }
    refusals.extend(taken_twice(context));
    for (path, own_ttrpc) in [("debug", false), ("grpc", true), ("ttrpc", false)] {
        let Some(address) = filled(context.at(&[path, "address"])).filter(|text| text.value.starts_with('/'))
        else {
            continue;
        };
        let has_second = own_ttrpc && filled(context.at(&["ttrpc", "address"])).is_none();
        if let Some(rule) = socket_problem(context, address.value, has_second) {
            refusals.push(context.refuse(address.tree, Loss::Daemon, SOURCE, &rule, "name another path"));
        }
    }
    refusals
}

/// The addresses for `net.Listen("tcp", ...)`. A debug address that is a path is a socket.
fn tcp<'a>(context: &'a Context<'_>) -> Vec<Text<'a>> {
    let debug = filled(context.at(&["debug", "address"])).filter(|text| !text.value.starts_with('/'));
    let others = [["metrics", "address"], ["grpc", "tcp_address"]];
    debug.into_iter().chain(others.iter().filter_map(|path| filled(context.at(path)))).collect()
}

fn socket_problem(context: &Context<'_>, path: &str, has_second: bool) -> Option<String> {
    let length = path.len() + if has_second { TTRPC.len() } else { 0 };
    if length > LONGEST_SOCKET {
        let of = if has_second { format!("with {TTRPC} behind it has") } else { "has".to_owned() };
        return Some(format!("{of} {length} bytes, more than the {LONGEST_SOCKET} of a socket's path"));
    }
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    if let Some(obstacle) = obstacle(context, dir) {
        return Some(format!("lies below {obstacle}, which is not a directory"));
    }
    matches!(context.look(path), Observed::Present(SeenKind::Directory(_)))
        .then(|| "names a directory".to_owned())
}

/// The fault of an address that `net.Listen("tcp", ...)` refuses by its text alone.
fn tcp_problem(context: &Context<'_>, address: &str) -> Option<String> {
    let Some((host, port)) = address.rsplit_once(':') else {
        return Some(format!("is {address:?}, which has no port"));
    };
    if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
        return Some(format!("is {address:?}, an address with colons but without brackets"));
    }
    host_problem(context, host).or_else(|| port_problem(context, port))
}

/// Four numbers that are not an address are not a host name either. An address must belong to this host.
fn host_problem(context: &Context<'_>, host: &str) -> Option<String> {
    let like_an_address =
        host.contains('.') && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if like_an_address && host.parse::<std::net::Ipv4Addr>().is_err() {
        return Some(format!("has the host {host:?}, which is not an IP address"));
    }
    local::is_foreign(context, host)
        .then(|| format!("has the host {host:?}, but no interface of this host has this address"))
}

/// A port is a number up to 65535 or the name of a service. A name is refused only if the host's list of services was
/// read and lacks it.
fn port_problem(context: &Context<'_>, port: &str) -> Option<String> {
    let none = || Some(format!("has the port {port:?}, which is not a port"));
    let digits = port.strip_prefix(['-', '+']).unwrap_or(port);
    if port.is_empty() {
        return None;
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: Option<u32> = digits.parse().ok();
        let is_negative = port.starts_with('-') && number != Some(0);
        return if is_negative || number.is_none_or(|number| number > 65535) { none() } else { None };
    }
    let Observed::Present(SeenKind::File(Some(services))) = context.look("/etc/services") else {
        return None;
    };
    let services = String::from_utf8_lossy(&services).to_lowercase();
    let name = port.to_lowercase();
    let known = SERVICES.contains(&name.as_str()) || services.split_whitespace().any(|word| word == name);
    if known { None } else { none() }
}

/// The streaming server starts after CRI; if it fails, the daemon ends (`service.go` `Run`).
fn stream_port(context: &Context<'_>) -> Option<Refusal> {
    let port = text(context.cri(Part::Server, &["stream_server_port"]))?;
    let rule = port_problem(context, port.value)?;
    Some(context.refuse(port.tree, Loss::Daemon, "service.go Run", &rule, "write a port, or \"0\" for any"))
}

fn stream_address(context: &Context<'_>) -> Option<Refusal> {
    let host = filled(context.cri(Part::Server, &["stream_server_address"]))?;
    let rule = host_problem(context, host.value)?;
    Some(context.refuse(host.tree, Loss::Daemon, "service.go Run", &rule, "write an address of this host"))
}

/// Two servers with the same address. Port 0 is any free port.
fn taken_twice(context: &Context<'_>) -> Option<Refusal> {
    let stream = |key, default: &str| match context.cri(Part::Server, &[key]) {
        None => Some(default.to_owned()),
        tree => text(tree).map(|text| text.value.to_owned()),
    };
    let port = stream("stream_server_port", "0")?;
    let host = stream("stream_server_address", "127.0.0.1")?;
    let all = tcp(context);
    for (index, address) in all.iter().enumerate() {
        let is_any = address.value.ends_with(":0") || address.value.ends_with(':');
        let by_stream = address.value == format!("{host}:{port}");
        if !is_any && (by_stream || all[..index].iter().any(|other| other.value == address.value)) {
            let rule = format!("is {:?}, but another server of this config listens on it too", address.value);
            return Some(context.refuse(address.tree, Loss::Daemon, SOURCE, &rule, "write another port"));
        }
    }
    None
}
