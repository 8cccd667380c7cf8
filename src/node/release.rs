//! Releases of containerd.

use std::fmt;

/// A release of containerd, ordered by age.
///
/// A suffix after the three numbers (`-rc.1`, `~ds1`, `-k3s1`, `+dfsg`) is dropped: no rule here depends on a
/// packager's change, and a release candidate already behaves like its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// The first number: 1 or 2.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number; 0 if the text has none.
    pub patch: u32,
}

impl Release {
    /// The release with these numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Parses containerd's own version text (`1.6.20~ds1`, `v2.1.9`, `1.7.24-k3s1`); `None` if it does not start with
    /// two numbers, as in a build without version information (`unknown`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (major, rest) = number(text)?;
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let patch = rest.strip_prefix('.').and_then(number).map_or(0, |(patch, _)| patch);
        Some(Self { major, minor, patch })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The decimal number at the start of `text`, and the rest.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::Release;
    use proptest::prelude::*;

    #[test]
    fn what_packagers_append_is_dropped() {
        for (text, release) in [
            ("1.6.20~ds1", Release::new(1, 6, 20)),
            ("v2.1.9", Release::new(2, 1, 9)),
            ("1.7.24-k3s1", Release::new(1, 7, 24)),
            ("v1.7.23-k3s2", Release::new(1, 7, 23)),
            ("2.2.0-rc.1", Release::new(2, 2, 0)),
            ("2.1.4+dfsg", Release::new(2, 1, 4)),
            ("1.7.5+azure-ubuntu22.04u1", Release::new(1, 7, 5)),
            ("1.6.26.m", Release::new(1, 6, 26)),
            ("2.0", Release::new(2, 0, 0)),
            (" 1.7.28\n", Release::new(1, 7, 28)),
        ] {
            assert_eq!(Release::parse(text), Some(release), "{text}");
        }
    }

    #[test]
    fn a_text_without_two_numbers_is_no_release() {
        for text in ["", "unknown", "2", "v", "v.1.2", "1.x", "99999999999.1.2", "-1.2.3", "vv1.2.3"] {
            assert_eq!(Release::parse(text), None, "{text}");
        }
    }

    #[test]
    fn older_is_less() {
        assert!(Release::new(1, 6, 20) < Release::new(1, 7, 0));
        assert!(Release::new(1, 10, 0) > Release::new(1, 9, 30));
        assert!(Release::new(2, 0, 0) > Release::new(1, 7, 99));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(major: u32, minor: u32, patch: u32) {
            let release = Release::new(major, minor, patch);
            prop_assert_eq!(Release::parse(&release.to_string()), Some(release));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Release::parse(&text);
        }
    }
}
