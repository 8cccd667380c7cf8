//! Versions of the CNI specification, and a plugin's answer with those that it supports.

use serde::Deserialize;

use super::rules::Libcni;

/// A version of the specification as libcni compares them (`pkg/version`, `ParseVersion`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpecVersion(i64, i64, i64);

/// The newest version that libcni 1.2 and 1.3 know.
pub(super) const SPEC: SpecVersion = SpecVersion(1, 1, 0);

/// The meaning of a missing version.
const UNDECLARED: &str = "0.1.0";

/// The versions whose results libcni 1.2 and 1.3 read, by their exact text (libcni `pkg/types/create`,
/// `types/100` and `types/020`). libcni 1.1 does not read the last one.
const WITH_RESULTS: [&str; 7] = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", NEWEST];
const NEWEST: &str = "1.1.0";

/// The newest version that the release can use, and if it can use `version`; `None` if that depends on a release that
/// is not known. A runtime loads a list of any version, and fails when it reads the first plugin's result.
pub(super) fn is_usable(version: Option<&str>, rules: Libcni) -> Option<(bool, &'static str)> {
    let version = version.unwrap_or(UNDECLARED);
    let newest = if rules.reads_spec_1_1() { NEWEST } else { "1.0.0" };
    if version == NEWEST && rules == Libcni::Any {
        return None;
    }
    Some((WITH_RESULTS.contains(&version) && (version != NEWEST || newest == NEWEST), newest))
}

impl SpecVersion {
    /// Parses one to three numbers with dots; an empty text is 0.1.0.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = if text.is_empty() { UNDECLARED } else { text };
        let mut numbers = [0; 3];
        for (at, part) in text.split('.').enumerate() {
            *numbers.get_mut(at)? = part.parse().ok()?;
        }
        Some(Self(numbers[0], numbers[1], numbers[2]))
    }
}

/// The versions that a plugin supports, by its answer to `CNI_COMMAND=VERSION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(Vec<String>);

/// The reason why an answer has no versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// The answer is not JSON, or its fields have other types.
    #[error("the plugin's answer to VERSION cannot be read: {0}")]
    Unreadable(String),
    /// The answer has no `cniVersion`.
    #[error("the plugin's answer to VERSION is missing 'cniVersion'")]
    NoVersion,
    /// The answer has no `supportedVersions`.
    #[error("the plugin's answer to VERSION is missing 'supportedVersions'")]
    NoSupportedVersions,
    /// The plugin answered with an error.
    #[error("the plugin answered VERSION with an error: {0}")]
    Refused(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "cniVersion")]
    cni_version: Option<String>,
    #[serde(default, rename = "supportedVersions")]
    supported_versions: Option<Vec<String>>,
    #[serde(default)]
    msg: Option<String>,
}

impl Versions {
    /// Parses a plugin's standard output with libcni's exceptions for old plugins: 0.2.0 alone includes 0.1.0
    /// (`pkg/version/plugin.go`), and a plugin that does not know the command supports 0.1.0
    /// (`pkg/invoke/raw_exec.go`).
    pub fn parse(answer: &[u8]) -> Result<Self, VersionError> {
        let answer: Answer =
            serde_json::from_slice(answer).map_err(|error| VersionError::Unreadable(error.to_string()))?;
        let supported = answer.supported_versions.filter(|versions| !versions.is_empty());
        let version = answer.cni_version.filter(|version| !version.is_empty());
        match (version, supported, answer.msg) {
            (Some(_), Some(supported), _) => Ok(Self(supported)),
            (_, _, Some(message)) if message == "unknown CNI_COMMAND: VERSION" => {
                Ok(Self(vec![UNDECLARED.to_owned()]))
            }
            (_, _, Some(message)) => Err(VersionError::Refused(message)),
            (Some(version), None, None) if version == "0.2.0" => {
                Ok(Self(vec![UNDECLARED.to_owned(), version]))
            }
            (Some(_), None, None) => Err(VersionError::NoSupportedVersions),
            (None, _, None) => Err(VersionError::NoVersion),
        }
    }

    /// True if a list of this version may contain the plugin. `None` and an empty text mean 0.1.0; the texts are
    /// compared literally (libcni `api.go`, `validatePlugin`).
    pub fn supports(&self, list_version: Option<&str>) -> bool {
        let desired = list_version.filter(|version| !version.is_empty()).unwrap_or(UNDECLARED);
        self.0.iter().any(|version| version == desired)
    }

    /// The versions in the plugin's order.
    pub fn all(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
