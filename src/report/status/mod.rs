//! What `status` tells: the node as it is, without a judgement.

mod parts;
mod table;
mod text;

use serde::Serialize;

pub use parts::{
    ConfDir, ConfFile, Config, ConfigValue, LoadedNow, Network, NetworkPlugin, Owner, OwnerOfPod, PodInGap,
    PodsInGap, Restart, RuntimeNow, Verdict,
};
pub use text::status_text;

/// The name of the schema.
pub const STATUS_SCHEMA: &str = "cni-bootstrap.status/1";

/// The node as `status` tells it. A part that does not apply is left out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// Always "cni-bootstrap.status/1".
    pub schema: &'static str,
    /// The runtime.
    pub runtime: RuntimeNow,
    /// The directory of the network's files.
    pub conf_dir: ConfDir,
    /// The network that pods get, by the files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The runtime's config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
    /// The owners that have a record on this node.
    pub owners: Vec<Owner>,
    /// A restart that is not settled, or that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<Restart>,
    /// The pods that run without the chain's plugins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_without_chain: Option<PodsInGap>,
    /// What could not be looked at, and why.
    pub unseen: Vec<String>,
}
