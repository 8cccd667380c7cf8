//! An address to listen on.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// One `--listen`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listen {
    /// An address and a port.
    Tcp(SocketAddr),
    /// The path of a socket, in the program's own file system.
    Unix(PathBuf),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err(format!("{text:?} is not an absolute path; write unix:/run/NAME.sock")),
            None => text.parse().map(Self::Tcp).map_err(|_| {
                format!("{text:?} is not ADDRESS:PORT; write 127.0.0.1:9470, [::]:9470 or unix:PATH")
            }),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_tcp_or_a_socket_and_reads_as_it_was_typed() {
        for text in ["127.0.0.1:9470", "[::1]:80", "0.0.0.0:0", "unix:/run/x.sock"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in ["", "9470", ":9470", "localhost:9470", "unix:run/x.sock", "unix:", "127.0.0.1:70000"] {
            assert!(text.parse::<Listen>().is_err(), "{text:?}");
        }
    }
}
