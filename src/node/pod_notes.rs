//! The notes of sandboxes in `/run`, and what a pod started on last.

use super::{Digest, HostPath, Node, Observed, RUN_DIR, STARTED_POD};

/// The first letters of the name of a note: a sandbox is noted in `/run` before it is made, by its uid.
pub const POD_NOTE: &str = "pod-";

/// The uid in the name of a note; `None` for another file.
pub fn noted_pod(name: &str) -> Option<&str> {
    let uid = name.strip_prefix(POD_NOTE)?;
    let is_uid = uid.len() == 16 && uid.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
    is_uid.then_some(uid)
}

impl Node {
    /// True if sandboxes are noted: those of killed runs, or of a run that is at it.
    pub fn has_noted_pods(&self) -> bool {
        let dir = self.dirs.get(&HostPath::known(RUN_DIR)).and_then(Observed::present);
        dir.is_some_and(|dir| dir.names.iter().any(|name| noted_pod(name).is_some()))
    }

    /// True if a pod started on this already, in this boot.
    pub fn has_started_pod(&self, key: &Digest) -> bool {
        self.text(&HostPath::known(STARTED_POD)).is_some_and(|text| text == started_pod(key))
    }
}

/// The bytes of the file that says what a pod started on.
pub fn started_pod(key: &Digest) -> String {
    format!("\"{key}\"\n")
}

#[cfg(test)]
mod tests {
    use super::noted_pod;

    #[test]
    fn only_the_names_of_notes_are_notes() {
        assert_eq!(noted_pod("pod-0123456789abcdef"), Some("0123456789abcdef"));
        for other in ["pod-", "pod-0123", "pod-0123456789ABCDEF", "pod-0123456789abcde/", "attempt.json"] {
            assert_eq!(noted_pod(other), None, "{other}");
        }
    }
}
