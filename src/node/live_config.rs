//! The live config of the running containerd.

use std::collections::BTreeMap;

/// The live values of the CRI plugin, by their keys without case and underscores. Registry credentials are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveConfig(pub(crate) BTreeMap<Vec<String>, String>);
