//! The runtime behind a CRI socket, by its own answer. Nothing else of the program compares a runtime's name.

use std::fmt;

use super::status::{Condition, Status};
use crate::distro::RuntimeName;

/// The runtime that answered. `Runtime::read` creates it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// containerd, with its report.
    Containerd(Box<Status>),
    /// A runtime whose config and loaded networks the program cannot judge.
    NotJudged(NotJudged),
}

/// A runtime that the program cannot judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// The runtime, if the program knows it by name.
    pub known: Option<RuntimeName>,
    /// Its name in CRI: `cri-o`, `docker`.
    name: String,
    /// Its version, as it spells it; empty if it was not asked.
    version: String,
    /// The condition `NetworkReady`, if it was asked.
    pub network_ready: Option<bool>,
    /// The message of that condition.
    pub network_message: String,
}

impl Runtime {
    /// The report of containerd; `None` for another runtime.
    pub fn containerd(&self) -> Option<&Status> {
        match self {
            Self::Containerd(status) => Some(status),
            Self::NotJudged(_) => None,
        }
    }

    /// The name in CRI, to be shown and not to be compared.
    pub fn name(&self) -> impl fmt::Display {
        match self {
            Self::Containerd(_) => RuntimeName::Containerd.in_cri(),
            Self::NotJudged(other) => &other.name,
        }
    }

    /// The version, as the runtime spells it.
    pub fn version(&self) -> &str {
        match self {
            Self::Containerd(status) => &status.runtime_version,
            Self::NotJudged(other) => &other.version,
        }
    }
}

/// CRI-O, by the settings or by its socket alone.
pub static CRI_O: NotJudged = NotJudged {
    known: Some(RuntimeName::CriO),
    name: String::new(),
    version: String::new(),
    network_ready: None,
    network_message: String::new(),
};

impl NotJudged {
    /// A runtime that gives itself this name in CRI, and this condition `NetworkReady`.
    pub fn new(name: String, version: String, network: Condition) -> Self {
        Self {
            known: RuntimeName::of_cri(&name),
            name,
            version,
            network_ready: Some(network.status),
            network_message: network.message,
        }
    }

    /// The name in the runtime's own spelling, without the version.
    pub fn title(&self) -> String {
        self.known.map_or_else(|| self.name.clone(), |known| known.to_string())
    }
}

/// `CRI-O 1.36.3`.
impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title())?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " {}", self.version) }
    }
}
