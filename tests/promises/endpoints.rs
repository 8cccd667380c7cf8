//! The endpoints of `watch`: what they say, and what slow or hostile clients cost.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};

use rustix::process::Signal;

use crate::support::{AZURE, CONF, PRIMARY, Running, Scratch, TUNING, eventually};

/// A client that closes its connection to hear the answer.
trait Client: std::io::Read + std::io::Write {}
impl<T: std::io::Read + std::io::Write> Client for T {}

/// The status and the body of the answer.
fn answer(mut client: impl Client, request: &str) -> Option<(u16, String)> {
    client.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    client.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
}

/// `watch` with endpoints on a Unix socket.
struct Watched {
    scratch: Scratch,
    running: Running,
    socket: String,
}

impl Watched {
    fn start(scratch: Scratch, more: &[&str]) -> Self {
        let socket = scratch.inputs().join("probes.sock").to_str().unwrap().to_owned();
        let address = format!("unix:{socket}");
        let words = [&["watch", "--plugin", TUNING, "--listen", &address], more].concat();
        let running = scratch.start(&words);
        eventually("it listens", || UnixStream::connect(&socket).is_ok());
        Self { scratch, running, socket }
    }

    fn ask(&self, request: &str) -> (u16, String) {
        answer(UnixStream::connect(&self.socket).unwrap(), request).unwrap()
    }

    fn says(&self, path: &str) -> (u16, String) {
        self.ask(&get(path))
    }

    /// Waits until the path has this status.
    fn becomes(&self, path: &str, status: u16) -> String {
        eventually(&format!("{path} says {status}"), || self.says(path).0 == status);
        self.says(path).1
    }
}

#[test]
fn the_probes_follow_the_node() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "portmap", "tuning"]);
    let watched = Watched::start(scratch, &["--stale-after", "1ms"]);
    let told = watched.becomes("/startupz", 503);
    eventually("the reason", || watched.says("/startupz").1.contains("no primary"));
    assert_eq!(watched.says("/readyz").0, 503, "{told}");
    assert_eq!(watched.says("/healthz").0, 200);
    let primary = watched.scratch.path(CONF).join(AZURE);
    fs::write(&primary, PRIMARY).unwrap();
    assert_eq!(watched.becomes("/startupz", 200), "started\n");
    assert_eq!(watched.becomes("/readyz", 200), "the chain is in place\n");
    // The primary goes, and the chain is stale at once; what has started stays so.
    fs::remove_file(&primary).unwrap();
    let why = watched.becomes("/readyz", 503);
    assert!(why.contains("primary"), "{why}");
    assert_eq!(watched.says("/startupz").0, 200);
    fs::write(&primary, PRIMARY).unwrap();
    watched.becomes("/readyz", 200);
    let (status, metrics) = watched.says("/metrics");
    assert_eq!(status, 200);
    let labels = r#"{owner="tuning",network="azure"}"#;
    assert!(metrics.contains(&format!("cni_bootstrap_chain_intact{labels} 1\n")), "{metrics}");
    // Without a runtime nobody knows the pods: no number is not 0.
    assert!(!metrics.contains("pods_without_chain"), "{metrics}");
    fs::remove_file(watched.scratch.chain()).unwrap();
    let removed = r#"cause="removed"} 1"#;
    eventually("the repair is counted", || watched.says("/metrics").1.contains(removed));
    watched.running.signal(Signal::TERM);
    watched.running.end().exits(0);
}

#[test]
fn without_file_events_readiness_says_so() {
    if !crate::support::root_or_skip("a user without inotify") {
        return;
    }
    let scratch = Scratch::ready();
    let socket = scratch.inputs().join("probes.sock");
    let address = format!("unix:{}", socket.display());
    let script = r#"echo 0 > /proc/sys/user/max_inotify_instances && exec "$@""#;
    let words = ["watch", "--plugin", TUNING, "--listen", &address, "--backoff-max", "50ms"];
    let mut command = scratch.within(&["unshare", "-Ur", "sh", "-ec", script, "sh"], &words);
    let watch = Running::start(&mut command).until("no file events").until("the chain is in place");
    let said = answer(UnixStream::connect(&socket).unwrap(), &get("/readyz")).unwrap();
    assert_eq!(said.0, 200);
    assert!(said.1.contains("no file events") && said.1.contains("only polls"), "{said:?}");
    fs::remove_file(scratch.chain()).unwrap();
    eventually("polling finds the damage", || scratch.chain().exists());
    drop(watch);
}

/// The kernel drops events when its queue is full, also the one of the chain.
#[test]
fn lost_file_events_are_told_and_what_they_hid_is_repaired() {
    let watched = Watched::start(Scratch::ready(), &[]);
    watched.becomes("/readyz", 200);
    let conf = watched.scratch.path(CONF);
    let longest = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    watched.running.signal(Signal::STOP);
    // Each makes several events of different kinds, and equal ones in a row would be one.
    for at in 0..longest.trim().parse::<u32>().unwrap() {
        let path = conf.join(format!("noise-{}", at % 2));
        fs::write(&path, "x").unwrap();
        fs::remove_file(&path).unwrap();
    }
    fs::remove_file(watched.scratch.chain()).unwrap();
    watched.running.signal(Signal::CONT);
    eventually("the chain is back", || watched.scratch.chain().exists());
    eventually("readiness tells the loss", || {
        let (status, line) = watched.says("/readyz");
        status == 200 && line.contains("file events were lost")
    });
}

#[test]
fn only_get_and_only_these_paths() {
    let watched = Watched::start(Scratch::ready(), &[]);
    watched.becomes("/readyz", 200);
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "BREW"] {
        let path = if method == "CONNECT" { "node:1" } else { "/readyz" };
        let (status, _) = watched.ask(&get(path).replace("GET", method));
        assert_eq!(status, 405, "{method}");
    }
    for path in ["/", "/readyz/", "/metricsx", "/../etc/passwd", "/%2e%2e/", "/healthz%00"] {
        assert_eq!(watched.says(path).0, 404, "{path}");
    }
    assert_eq!(watched.says("/readyz?verbose=1").0, 200);
}

#[test]
fn slow_and_hostile_clients_are_cut_and_the_loop_goes_on() {
    let watched = Watched::start(Scratch::ready(), &[]);
    watched.becomes("/readyz", 200);
    let open = || UnixStream::connect(&watched.socket).unwrap();
    // More than the places there are: each sends a part and waits.
    let mut slow: Vec<UnixStream> = (0..40).map(|_| open()).collect();
    for client in &mut slow {
        let _ = client.write_all(b"GET /readyz HTTP/1.1\r\nX-Slow: ");
    }
    let chain = watched.scratch.chain();
    fs::remove_file(&chain).unwrap();
    eventually("the loop repairs meanwhile", || chain.exists());
    // Each is cut by itself: its end is read without an answer, or with a refusal.
    for client in &mut slow {
        let _ = client.read_to_end(&mut Vec::new());
    }
    assert_eq!(watched.says("/healthz").0, 200);
    let big = format!("GET /readyz HTTP/1.1\r\nX-Big: {}\r\n\r\n", "x".repeat(1 << 20));
    let mut client = open();
    let _ = client.write_all(big.as_bytes());
    let mut said = Vec::new();
    let _ = client.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&said));
    for nonsense in ["\r\n\r\n", "GET\r\n\r\n", "\0\0\0\0", "GET /readyz HTTP/9.9\r\n\r\n"] {
        let mut client = open();
        let _ = client.write_all(nonsense.as_bytes());
        let _ = client.shutdown(std::net::Shutdown::Write);
        let _ = client.read_to_end(&mut Vec::new());
    }
    assert_eq!(watched.says("/readyz").0, 200);
}

#[test]
fn a_busy_port_is_a_finding_and_the_loop_goes_on() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let watched = Watched::start(Scratch::ready(), &["--listen", &address]);
    watched.becomes("/readyz", 200);
    watched.running.signal(Signal::TERM);
    let ran = watched.running.end().exits(0);
    assert!(ran.findings().contains(&"listen-failed".to_owned()), "{:?}", ran.findings());
}

#[test]
fn a_port_that_is_free_again_is_taken() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let watched = Watched::start(Scratch::ready(), &["--listen", &address]);
    watched.becomes("/readyz", 200);
    drop(busy);
    eventually("it listens there", || {
        let client = TcpStream::connect(&address).ok();
        client.and_then(|client| answer(client, &get("/healthz"))).is_some_and(|said| said.0 == 200)
    });
}

#[test]
fn a_socket_that_a_killed_run_left_is_replaced_and_a_used_one_is_not() {
    let scratch = Scratch::ready();
    let path = scratch.inputs().join("probes.sock");
    // Dropping the listener leaves its name, as a kill does.
    drop(UnixListener::bind(&path).unwrap());
    let watched = Watched::start(scratch, &[]);
    watched.becomes("/readyz", 200);
    let other = Scratch::ready();
    let words = ["watch", "--plugin", TUNING, "--listen", &format!("unix:{}", watched.socket)];
    let second = other.start(&words).until("the chain is in place");
    second.signal(Signal::TERM);
    let ran = second.end().exits(0);
    assert!(ran.findings().contains(&"listen-failed".to_owned()), "{:?}", ran.findings());
    assert_eq!(watched.says("/readyz").0, 200);
}

#[test]
fn an_address_that_is_none_is_a_usage_error() {
    let scratch = Scratch::ready();
    for address in ["9470", "unix:relative.sock", "nowhere"] {
        scratch.run(&["watch", "--plugin", TUNING, "--listen", address]).exits(2).says(&["--listen"]);
    }
}
