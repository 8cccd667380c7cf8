//! The live config of the running containerd.

use std::collections::BTreeMap;

/// The live values of the CRI plugin, by their keys without case and underscores. Registry credentials are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveConfig(pub(crate) BTreeMap<Vec<String>, String>);

impl LiveConfig {
    /// The value at these keys, in any case and with or without underscores.
    pub fn value(&self, keys: &[&str]) -> Option<&str> {
        let keys: Vec<String> = keys.iter().map(|key| key.to_lowercase().replace('_', "")).collect();
        self.0.get(&keys).map(String::as_str)
    }
}
