//! Absolute paths on the host.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::one_line;

/// An absolute, normalised path on the host (`/etc/cni/net.d`). The host's root may be mounted anywhere.
///
/// It has no `.`, `..`, empty component or trailing slash, so two paths to the same place have the same text.
/// Symbolic links are resolved by `host::root` inside the host root, never by text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPath(String);

/// The reason why a text is not a [`HostPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostPathError {
    /// The text does not start with `/`.
    #[error("{0:?} is not an absolute path; host paths start with '/'")]
    Relative(String),
    /// The text contains `..`.
    #[error("{0:?} contains '..'; write the path without it")]
    Parent(String),
    /// The text contains a NUL byte.
    #[error("{0:?} contains a NUL byte")]
    Nul(String),
}

impl TryFrom<String> for HostPath {
    type Error = HostPathError;

    fn try_from(text: String) -> Result<Self, HostPathError> {
        Self::new(&text)
    }
}

impl From<HostPath> for String {
    fn from(path: HostPath) -> Self {
        path.0
    }
}

impl HostPath {
    /// Parses an absolute path; `.` and double slashes are dropped.
    pub fn new(text: &str) -> Result<Self, HostPathError> {
        if !text.starts_with('/') {
            return Err(HostPathError::Relative(text.to_owned()));
        }
        if text.contains('\0') {
            return Err(HostPathError::Nul(text.to_owned()));
        }
        let mut path = String::with_capacity(text.len());
        for part in text.split('/').filter(|p| !p.is_empty() && *p != ".") {
            if part == ".." {
                return Err(HostPathError::Parent(text.to_owned()));
            }
            path.push('/');
            path.push_str(part);
        }
        Ok(Self(if path.is_empty() { "/".to_owned() } else { path }))
    }

    /// A path that the source code spells out; `text` must be absolute and normalised.
    pub(crate) fn known(text: &'static str) -> Self {
        debug_assert!(Self::new(text).is_ok_and(|path| path.0 == text), "{text:?} is not in its normal form");
        Self(text.to_owned())
    }

    /// `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file called `name` in this directory. `name` is a single component; a relative path with slashes is
    /// normalised.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut path = self.0.trim_end_matches('/').to_owned();
        for part in name.split('/').filter(|p| !p.is_empty() && *p != "." && *p != "..") {
            path.push('/');
            path.push_str(part);
        }
        Self(if path.is_empty() { "/".to_owned() } else { path })
    }

    /// The path that a symbolic link in this directory leads to. The directory itself is not a link.
    #[must_use]
    pub fn linked(&self, text: &str) -> Self {
        let mut path = if text.starts_with('/') { Self::root() } else { self.clone() };
        for part in text.split('/') {
            // The root's parent is the root, for the kernel as well (path_resolution(7)).
            path = if part == ".." { path.parent() } else { path.join(part) };
        }
        path
    }

    /// The parent directory; the root is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.rfind('/') {
            Some(0) | None => Self("/".to_owned()),
            Some(at) => Self(self.0[..at].to_owned()),
        }
    }

    /// The last component; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// True if this path is `other` or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        other.0 == "/"
            || self.0 == other.0
            || self.0.strip_prefix(&other.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// For people: one line, with invisible characters escaped. The exact path is [`HostPath::as_str`].
impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.0))
    }
}

impl std::str::FromStr for HostPath {
    type Err = HostPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::HostPath;

    #[test]
    fn one_place_has_one_path() {
        let path = HostPath::new("/etc//cni/./net.d/").unwrap();
        assert_eq!(path.as_str(), "/etc/cni/net.d");
        assert_eq!(path.parent().as_str(), "/etc/cni");
        assert_eq!(path.name(), "net.d");
        assert_eq!(HostPath::new("/").unwrap().join("run").as_str(), "/run");
        assert_eq!(HostPath::new("/run").unwrap().parent().as_str(), "/");
    }

    #[test]
    fn a_path_in_a_sentence_is_one_line_and_the_path_itself_is_what_it_is() {
        let path = HostPath::new("/etc/a\nb\u{202e}").unwrap();
        assert_eq!(path.to_string(), "/etc/a\\nb\\u{202e}");
        assert_eq!(path.as_str(), "/etc/a\nb\u{202e}");
    }

    #[test]
    fn a_relative_path_or_one_that_climbs_is_refused() {
        for text in ["", "etc", "../etc", "/etc/../root", "/a\0b"] {
            assert!(HostPath::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn within_is_by_component_not_by_text() {
        let dir = HostPath::new("/etc/cni").unwrap();
        assert!(HostPath::new("/etc/cni/net.d").unwrap().is_within(&dir));
        assert!(!HostPath::new("/etc/cni2").unwrap().is_within(&dir));
    }
}
