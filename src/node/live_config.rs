//! The config that the running containerd has in memory.

use std::collections::BTreeMap;

/// The values of the CRI plugin that containerd runs with, each under its keys without case and underscores. Registry
/// credentials are not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveConfig(pub(crate) BTreeMap<Vec<String>, String>);
