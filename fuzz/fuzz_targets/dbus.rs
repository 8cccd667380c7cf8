//! For any answer of a peer on systemd's socket the client ends, without a panic, a hang or unlimited memory.
#![no_main]

use std::io::Write as _;
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use cni_bootstrap::host::systemd::Manager;
use libfuzzer_sys::fuzz_target;

static SOCKET: LazyLock<(PathBuf, UnixListener)> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("cni-bootstrap-fuzz-{}", std::process::id()));
    let listener = UnixListener::bind(&path).expect("a socket");
    (path, listener)
});

/// The peer's bytes are sent before any question: the socket holds them until they are read.
fn peer(listener: &UnixListener, bytes: &[u8]) -> UnixStream {
    let (mut stream, _) = listener.accept().expect("the client");
    stream.set_nonblocking(true).expect("a socket");
    stream.write_all(b"OK 0123456789abcdef0123456789abcdef\r\n").expect("module in the socket");
    // Bytes beyond the socket's buffer are cut off.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    stream
}

fuzz_target!(|bytes: &[u8]| {
    let (path, listener) = &*SOCKET;
    std::thread::scope(|scope| {
        let peer = scope.spawn(|| peer(listener, bytes));
        if let Ok(mut manager) = Manager::connect(path, Duration::from_secs(5)) {
            let _ = manager.unit("containerd.service");
        }
        drop(peer.join());
    });
});
