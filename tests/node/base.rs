//! The real node itself, for the tiers that boot one besides this.

#[path = "cri.rs"]
pub(crate) mod cri;
#[path = "network.rs"]
pub(crate) mod network;
#[path = "node.rs"]
pub(crate) mod node;
#[path = "pod.rs"]
pub(crate) mod pod;
#[path = "program.rs"]
pub(crate) mod program;
#[path = "rig.rs"]
pub(crate) mod rig;
#[path = "systemd.rs"]
pub(crate) mod systemd;
