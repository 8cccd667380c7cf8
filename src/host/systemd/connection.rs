//! One connection to systemd: handshake, calls, signals.

use super::SystemdError;
use super::wire::{FIXED, Fixed, Message, MessageKind, Value};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags,
    SocketType, sockopt,
};
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// The limit in bytes for a line of the handshake, which has some dozens.
const MAX_LINE: usize = 4096;
/// The number of descriptors of one call: a program's standard input, output and error.
const MAX_DESCRIPTORS: usize = 3;

/// A time limit, and the name of the operation for the error message.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    doing: String,
    after: Duration,
    at: Instant,
}

impl Deadline {
    pub(super) fn new(doing: impl Into<String>, after: Duration) -> Self {
        Self { doing: doing.into(), after, at: Instant::now() + after }
    }

    pub(super) fn doing(&self) -> &str {
        &self.doing
    }

    /// The remaining time; an error if the limit passed.
    fn left(&self) -> Result<Duration, SystemdError> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.passed()) } else { Ok(left) }
    }

    fn passed(&self) -> SystemdError {
        SystemdError::Timeout { doing: self.doing.clone(), after: self.after }
    }

    fn failed(&self, source: io::Error) -> SystemdError {
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => self.passed(),
            _ => SystemdError::Closed { doing: self.doing.clone(), source },
        }
    }
}

/// A connection after the handshake.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    serial: u32,
    /// Bytes that were read together with the handshake.
    early: Vec<u8>,
}

impl Connection {
    /// Connects. `descriptors` is true if calls may carry file descriptors.
    pub(super) fn open(socket: &Path, timeout: Duration, descriptors: bool) -> Result<Self, SystemdError> {
        let deadline = Deadline::new(format!("connect to {}", socket.display()), timeout);
        let stream = connect(socket, timeout).map_err(|e| SystemdError::connecting(socket, &e, timeout))?;
        let mut connection = Self { stream, serial: 0, early: Vec::new() };
        connection.authenticate(descriptors, &deadline).map_err(|error| match error {
            // systemd closes the connection of a peer that it does not accept, without a message.
            SystemdError::Closed { source, .. } => {
                SystemdError::Denied { socket: socket.to_owned(), why: format!("systemd hung up ({source})") }
            }
            SystemdError::Protocol { what, .. } => {
                SystemdError::Denied { socket: socket.to_owned(), why: what }
            }
            other => other,
        })?;
        Ok(connection)
    }

    /// `BEGIN` is sent in one write with `AUTH`, as sd-bus does it. Sent later it races with the first call: systemd
    /// reads both at once and never answers that call (measured: always if they are one write, 1 in 100 if they are
    /// two).
    fn authenticate(&mut self, descriptors: bool, deadline: &Deadline) -> Result<(), SystemdError> {
        let uid = super::hex(rustix::process::geteuid().as_raw().to_string().into_bytes());
        let negotiate = if descriptors { "NEGOTIATE_UNIX_FD\r\n" } else { "" };
        self.write(format!("\0AUTH EXTERNAL {uid}\r\n{negotiate}BEGIN\r\n").as_bytes(), deadline)?;
        self.answers(if descriptors { &["OK", "AGREE_UNIX_FD"] } else { &["OK"] }, deadline)
    }

    /// Reads the lines of the handshake, each of which must begin with its word of `good`.
    fn answers(&mut self, good: &[&str], deadline: &Deadline) -> Result<(), SystemdError> {
        let mut text = Vec::new();
        for good in good {
            let end = loop {
                if let Some(end) = text.windows(2).position(|two| two == b"\r\n") {
                    break end + 2;
                }
                if text.len() >= MAX_LINE {
                    return Err(SystemdError::protocol(deadline.doing(), &"its answer to AUTH has no end"));
                }
                let mut chunk = [0; 256];
                let count = self.read_some(&mut chunk, deadline)?;
                text.extend_from_slice(&chunk[..count]);
            };
            let line: Vec<u8> = text.drain(..end).collect();
            if !line.starts_with(good.as_bytes()) {
                let line = String::from_utf8_lossy(&line);
                let what = format!("it answers {:?} to AUTH", line.trim_end());
                return Err(SystemdError::protocol(deadline.doing(), &what));
            }
        }
        // What follows is the beginning of the first message.
        self.early = text;
        Ok(())
    }

    /// Calls a method and waits for its answer. `other` receives every signal that comes before the answer.
    pub(super) fn call(
        &mut self,
        target: (&str, &str, &str),
        body: Vec<Value>,
        deadline: &Deadline,
        other: impl FnMut(Message),
    ) -> Result<Vec<Value>, SystemdError> {
        self.call_with(target, body, &[], deadline, other)
    }

    /// Like [`Connection::call`], with file descriptors: a [`Value::Fd`] in the body is an index into them.
    pub(super) fn call_with(
        &mut self,
        target: (&str, &str, &str),
        body: Vec<Value>,
        descriptors: &[BorrowedFd<'_>],
        deadline: &Deadline,
        mut other: impl FnMut(Message),
    ) -> Result<Vec<Value>, SystemdError> {
        // 0 is not a valid serial.
        self.serial = self.serial.checked_add(1).unwrap_or(1);
        let serial = self.serial;
        let (path, interface, member) = target;
        let bytes = Message::call(serial, path, interface, member, body).write();
        let bytes = bytes.map_err(SystemdError::wire(deadline.doing()))?;
        let sent = if descriptors.is_empty() { 0 } else { self.send(&bytes, descriptors, deadline)? };
        self.write(&bytes[sent..], deadline)?;
        loop {
            let message = self.message(deadline)?;
            match message.kind {
                MessageKind::Return if message.reply_to == Some(serial) => return Ok(message.body),
                MessageKind::Error if message.reply_to == Some(serial) => {
                    return Err(refusal(message, deadline));
                }
                MessageKind::Signal => other(message),
                _ => {}
            }
        }
    }

    /// The next message of any kind.
    pub(super) fn message(&mut self, deadline: &Deadline) -> Result<Message, SystemdError> {
        let mut first = [0; FIXED];
        self.read(&mut first, deadline)?;
        let fixed = Fixed::read(&first).map_err(SystemdError::wire(deadline.doing()))?;
        let mut rest = vec![0; fixed.rest()];
        self.read(&mut rest, deadline)?;
        Message::read(fixed, &rest).map_err(SystemdError::wire(deadline.doing()))
    }

    /// Fills `buffer`.
    fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<(), SystemdError> {
        let early = self.early.len().min(buffer.len());
        for (byte, early) in buffer.iter_mut().zip(self.early.drain(..early)) {
            *byte = early;
        }
        let mut buffer = &mut buffer[early..];
        while !buffer.is_empty() {
            let count = self.read_some(buffer, deadline)?;
            buffer = &mut buffer[count..];
        }
        Ok(())
    }

    /// Reads at least one byte. The kernel's timeout is set before each read, so a peer that sends single bytes cannot
    /// extend the deadline.
    fn read_some(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, SystemdError> {
        loop {
            self.stream.set_read_timeout(Some(deadline.left()?)).map_err(|e| deadline.failed(e))?;
            match self.stream.read(buffer) {
                Ok(0) => return Err(deadline.failed(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => return Ok(count),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(deadline.failed(e)),
            }
        }
    }

    /// Sends the first part of the bytes together with the descriptors.
    fn send(
        &mut self,
        bytes: &[u8],
        descriptors: &[BorrowedFd<'_>],
        deadline: &Deadline,
    ) -> Result<usize, SystemdError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(SystemdError::protocol(deadline.doing(), &"too many descriptors"));
        }
        self.stream.set_write_timeout(Some(deadline.left()?)).map_err(|e| deadline.failed(e))?;
        let parts = [io::IoSlice::new(bytes)];
        rustix::net::sendmsg(&self.stream, &parts, &mut control, SendFlags::NOSIGNAL)
            .map_err(|error| deadline.failed(error.into()))
    }

    fn write(&mut self, mut bytes: &[u8], deadline: &Deadline) -> Result<(), SystemdError> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(deadline.left()?)).map_err(|e| deadline.failed(e))?;
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(deadline.failed(e)),
            }
        }
        Ok(())
    }
}

/// Connects within `timeout`. A full backlog blocks the connect of a Unix socket, and only the send timeout ends it.
fn connect(socket: &Path, timeout: Duration) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(socket)?;
    let fd = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&fd, sockopt::Timeout::Send, Some(timeout.max(Duration::from_millis(1))))?;
    rustix::net::connect(&fd, &address)?;
    Ok(UnixStream::from(fd))
}

fn refusal(message: Message, deadline: &Deadline) -> SystemdError {
    let words = message.body.first().and_then(Value::as_text).unwrap_or_default();
    let words = crate::node::heard(words);
    let name = message.error.unwrap_or_default();
    SystemdError::Remote { doing: deadline.doing().to_owned(), name, message: words }
}
