//! Rare behaviour of systemd, played by a peer that shows it every time.

use super::wire::{FIXED, Fixed, Message, MessageKind, Value};
use super::{JobEnd, Manager, SystemdError, Unit};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

const PATIENT: Duration = Duration::from_secs(60);

/// The next call on `stream`.
fn next(stream: &mut UnixStream) -> Message {
    let mut first = [0; FIXED];
    stream.read_exact(&mut first).unwrap();
    let fixed = Fixed::read(&first).unwrap();
    let mut rest = vec![0; fixed.rest()];
    stream.read_exact(&mut rest).unwrap();
    Message::read(fixed, &rest).unwrap()
}

fn answer(call: &Message, kind: MessageKind, body: Vec<Value>) -> Message {
    let empty = Message::call(9, "/", "a.b", "C", body);
    Message { kind, reply_to: Some(call.serial), ..empty }
}

fn job_removed(job: &str, result: &str) -> Message {
    let body =
        vec![Value::U32(1), Value::Path(job.to_owned()), Value::text("x.service"), Value::text(result)];
    let signal = Message::call(8, "/org/freedesktop/systemd1", super::manager::MANAGER, "JobRemoved", body);
    Message { kind: MessageKind::Signal, ..signal }
}

/// The result of `with` for a manager that is connected to `peer`, after the handshake.
fn beside<T>(peer: impl FnOnce(UnixStream) + Send + 'static, with: impl FnOnce(&Path) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("private");
    let listener = UnixListener::bind(&socket).unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 64];
        let count = stream.read(&mut hello).unwrap();
        assert!(
            hello[..count].starts_with(b"\0AUTH EXTERNAL ") && hello[..count].ends_with(b"\r\nBEGIN\r\n")
        );
        peer(stream);
    });
    let result = with(&socket);
    thread.join().unwrap();
    result
}

/// Restarts `x.service` at a peer that accepts the subscription and then sends the messages that `say` returns.
fn restart(say: impl FnOnce(&Message) -> Vec<Message> + Send + 'static) -> Result<JobEnd, SystemdError> {
    let peer = move |mut stream: UnixStream| {
        stream.write_all(b"OK 0123\r\n").unwrap();
        let subscribe = next(&mut stream);
        assert_eq!(subscribe.member.as_deref(), Some("Subscribe"));
        stream.write_all(&answer(&subscribe, MessageKind::Return, vec![]).write().unwrap()).unwrap();
        let call = next(&mut stream);
        assert_eq!(call.body, [Value::text("x.service"), Value::text("replace")]);
        for message in say(&call) {
            stream.write_all(&message.write().unwrap()).unwrap();
        }
    };
    beside(peer, |socket| Manager::connect(socket, PATIENT).unwrap().restart("x.service", PATIENT))
}

fn named(call: &Message) -> Message {
    answer(call, MessageKind::Return, vec![Value::Path("/job/7".to_owned())])
}

#[test]
fn a_job_that_ends_before_the_answer_that_names_it_is_not_missed() {
    let end =
        restart(|call| vec![job_removed("/job/6", "failed"), job_removed("/job/7", "done"), named(call)]);
    assert_eq!(end.unwrap(), JobEnd::Done);
}

#[test]
fn the_end_of_another_job_is_not_ours() {
    for (word, expected) in [("canceled", JobEnd::Canceled), ("once", JobEnd::Other("once".to_owned()))] {
        let end = restart(move |call| {
            vec![named(call), job_removed("/job/6", "done"), job_removed("/job/7", word)]
        });
        assert_eq!(end.unwrap(), expected);
    }
}

#[test]
fn a_connection_that_breaks_during_the_job_is_told_from_a_refused_one() {
    let end = restart(|call| vec![named(call)]);
    assert!(matches!(end, Err(SystemdError::Closed { .. })), "{end:?}");
    assert!(!end.unwrap_err().nothing_was_asked());
}

#[test]
fn an_access_check_that_says_no_is_told_with_its_remedy() {
    let end = restart(|call| {
        let refusal = answer(call, MessageKind::Error, vec![Value::text("SELinux policy denies access.")]);
        vec![Message { error: Some("org.freedesktop.DBus.Error.AccessDenied".to_owned()), ..refusal }]
    });
    let error = end.unwrap_err();
    assert!(matches!(error, SystemdError::Denied { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("SELinux policy denies access.") && text.contains("spc_t"), "{text}");
}

/// Bytes come as the peer's writes and the kernel cut them: in the middle of a line, or with the first message.
#[test]
fn a_handshake_in_pieces_and_a_message_right_behind_it_are_read() {
    let signal = job_removed("/job/6", "failed").write().unwrap();
    let hello = [&b"OK 0123\r\nAGREE_UNIX_FD\r\n"[..], &signal].concat();
    for cut in [1, 8, 9, 12, 24, 25, hello.len()] {
        let hello = hello.clone();
        let peer = move |mut stream: UnixStream| {
            let (first, rest) = hello.split_at(cut);
            stream.write_all(first).unwrap();
            stream.write_all(rest).unwrap();
            let call = next(&mut stream);
            assert_eq!(call.body, [Value::text("x.service")]);
            stream.write_all(&answer(&call, MessageKind::Return, vec![]).write().unwrap()).unwrap();
        };
        let reset = beside(peer, |socket| {
            Manager::connect_to_run(socket, PATIENT).unwrap().reset_failed("x.service")
        });
        assert!(reset.is_ok(), "cut at {cut}: {reset:?}");
    }
}

#[test]
fn a_handshake_that_is_refused_is_told_in_the_peers_words() {
    let refuse = |mut stream: UnixStream| stream.write_all(b"REJECTED EXTERNAL\r\n").unwrap();
    let error = beside(refuse, |socket| Manager::connect(socket, PATIENT).unwrap_err());
    assert!(
        matches!(&error, SystemdError::Denied { why, .. } if why.contains("REJECTED EXTERNAL")),
        "{error:?}"
    );
    let endless = |mut stream: UnixStream| while stream.write_all(&[b'x'; 1024]).is_ok() {};
    let error = beside(endless, |socket| Manager::connect(socket, PATIENT).unwrap_err());
    assert!(matches!(error, SystemdError::Denied { .. }), "{error:?}");
}

#[test]
fn an_answer_that_is_no_dbus_is_an_error() {
    let babble = |mut stream: UnixStream| {
        stream.write_all(b"OK 0123\r\n").unwrap();
        next(&mut stream);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    };
    let error =
        beside(babble, |socket| Manager::connect(socket, PATIENT).unwrap().unit("x.service").unwrap_err());
    assert!(matches!(error, SystemdError::Protocol { .. }), "{error:?}");
}

#[test]
fn a_unit_whose_start_came_to_nothing_is_told_from_one_that_starts() {
    for (active, sub, restarts, came_to_nothing) in [
        ("failed", "failed", 0, true),
        ("activating", "auto-restart", 0, true),
        // Between two automatic restarts the state is the same as in any other start.
        ("activating", "start-pre", 3, true),
        ("activating", "start", 0, false),
        ("active", "running", 3, false),
        ("inactive", "dead", 0, false),
    ] {
        let (active_state, sub_state) = (active.to_owned(), sub.to_owned());
        let unit = Unit { active_state, sub_state, restarts, ..Unit::default() };
        assert_eq!(unit.came_to_nothing(), came_to_nothing, "{unit:?}");
    }
}
