//! The small JSON files in `/run/cni-bootstrap` that a run can do without.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What one run notes for the next ones of this boot. A damaged note counts as empty: what it says is found out anew.
pub trait RunNote: Default + Serialize + DeserializeOwned {
    /// Parses the file; empty if it is damaged.
    fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The bytes of the file.
    fn bytes(&self) -> Vec<u8> {
        // Strings and numbers always serialise.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}
