//! The desired values of the runtime, and how the live ones differ.

use std::collections::BTreeMap;

use crate::containerd::RuntimeConfig;
use crate::node::{DesiredValues, LiveValues, OriginalConfig};

/// The desired values of the runtime; `None` keeps the current value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// `max_conf_num`.
    pub max_conf_num: Option<i64>,
    /// `conf_template`; empty for none.
    pub conf_template: Option<String>,
    /// `SystemdCgroup`.
    pub systemd_cgroup: Option<Cgroup>,
    /// The sandbox (pause) image.
    pub sandbox_image: Option<String>,
}

/// The desired `SystemdCgroup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cgroup {
    /// One value for the default runtime and all others of type runc.
    All(bool),
    /// The original value of each runtime.
    Each(BTreeMap<String, bool>),
}

impl Values {
    /// The values in words, for the guard and for messages: `max_conf_num = 1`.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        if let Some(number) = self.max_conf_num {
            words.push(format!("max_conf_num = {number}"));
        }
        if let Some(template) = &self.conf_template {
            words.push(format!("conf_template = {template:?}"));
        }
        match &self.systemd_cgroup {
            None => {}
            Some(Cgroup::All(flag)) => words.push(format!("SystemdCgroup = {flag}")),
            Some(Cgroup::Each(each)) => {
                words.extend(each.iter().map(|(name, flag)| cgroup(name, *flag)));
            }
        }
        if let Some(image) = &self.sandbox_image {
            words.push(format!("sandbox image {image:?}"));
        }
        words.join(", ")
    }

    /// These values, completed by those of another owner.
    pub(in crate::plan) fn or(self, other: Self) -> Self {
        Self {
            max_conf_num: self.max_conf_num.or(other.max_conf_num),
            conf_template: self.conf_template.or(other.conf_template),
            systemd_cgroup: self.systemd_cgroup.or(other.systemd_cgroup),
            sandbox_image: self.sandbox_image.or(other.sandbox_image),
        }
    }

    /// The values for the record.
    pub(in crate::plan) fn desired(&self) -> DesiredValues {
        let RuntimeConfig { max_conf_num, conf_template, systemd_cgroup, sandbox_image, .. } =
            self.runtime_config(false);
        DesiredValues { max_conf_num, conf_template, systemd_cgroup, sandbox_image }
    }

    /// The values for the patcher.
    pub(in crate::plan) fn runtime_config(&self, enable_cri: bool) -> RuntimeConfig {
        RuntimeConfig {
            max_conf_num: self.max_conf_num,
            conf_template: self.conf_template.clone(),
            systemd_cgroup: match self.systemd_cgroup {
                Some(Cgroup::All(flag)) => Some(flag),
                Some(Cgroup::Each(_)) | None => None,
            },
            sandbox_image: self.sandbox_image.clone(),
            enable_cri,
        }
    }

    /// The values from before the config was changed.
    pub(in crate::plan) fn before(before: OriginalConfig) -> Self {
        Self {
            max_conf_num: before.max_conf_num,
            conf_template: before.conf_template,
            systemd_cgroup: (!before.systemd_cgroup.is_empty())
                .then_some(Cgroup::Each(before.systemd_cgroup)),
            sandbox_image: before.sandbox_image,
        }
    }
}

fn cgroup(name: &str, flag: bool) -> String {
    format!("SystemdCgroup = {flag} of runtime {name:?}")
}

/// The live values that differ from the desired ones, in words. A value that the runtime never reports (the sandbox
/// image, from 2.0 on) is not compared here: `runtime/image.rs` compares the files.
pub(in crate::plan) fn differences(desired: &Values, live: &LiveValues) -> Vec<String> {
    let mut differs = Vec::new();
    if desired.max_conf_num.is_some() && live.max_conf_num != desired.max_conf_num {
        let value = live.max_conf_num.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
        differs.push(format!("max_conf_num = {value}"));
    }
    if desired.conf_template.is_some() && live.conf_template != desired.conf_template {
        differs.push(format!("conf_template = {:?}", live.conf_template.as_deref().unwrap_or("unknown")));
    }
    differs.extend(desired.systemd_cgroup.iter().flat_map(|desired| cgroups(desired, live)));
    if let (Some(desired), Some(image)) = (&desired.sandbox_image, &live.sandbox_image)
        && desired != image
    {
        differs.push(format!("sandbox image {image:?}"));
    }
    differs
}

/// The desired values that the runtime does not report: a change of them could never be confirmed.
pub(in crate::plan) fn unknown(desired: &Values, live: &LiveValues) -> Vec<&'static str> {
    let says_runtimes = live.default_runtime.is_some() || !live.systemd_cgroup.is_empty();
    let all = [
        ("max_conf_num", desired.max_conf_num.is_some() && live.max_conf_num.is_none()),
        ("conf_template", desired.conf_template.is_some() && live.conf_template.is_none()),
        ("SystemdCgroup", desired.systemd_cgroup.is_some() && !says_runtimes),
    ];
    all.into_iter().filter(|(_, unknown)| *unknown).map(|(name, _)| name).collect()
}

fn cgroups(desired: &Cgroup, live: &LiveValues) -> Vec<String> {
    if live.default_runtime.is_none() && live.systemd_cgroup.is_empty() {
        return vec!["SystemdCgroup unknown".to_owned()];
    }
    let wants = |name: &String| match desired {
        Cgroup::All(flag) => Some(*flag),
        Cgroup::Each(each) => each.get(name).copied(),
    };
    let differs =
        live.systemd_cgroup.iter().filter(|(name, flag)| wants(name).is_some_and(|wants| wants != **flag));
    differs.map(|(name, flag)| cgroup(name, *flag)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(cgroups: &[(&str, bool)]) -> LiveValues {
        LiveValues {
            default_runtime: Some("runc".to_owned()),
            systemd_cgroup: cgroups.iter().map(|(name, flag)| ((*name).to_owned(), *flag)).collect(),
            ..LiveValues::default()
        }
    }

    #[test]
    fn every_runtime_of_type_runc_must_have_the_wanted_driver() {
        let desired = Values { systemd_cgroup: Some(Cgroup::All(true)), ..Values::default() };
        assert_eq!(differences(&desired, &live(&[("nvidia", true), ("runc", true)])), Vec::<String>::new());
        let one = differences(&desired, &live(&[("nvidia", false), ("runc", true)]));
        assert_eq!(one, ["SystemdCgroup = false of runtime \"nvidia\""]);
        assert_eq!(differences(&desired, &LiveValues::default()), ["SystemdCgroup unknown"]);
    }

    #[test]
    fn what_was_before_is_asked_of_each_runtime_that_is_still_there() {
        let before = OriginalConfig {
            systemd_cgroup: [("gone".to_owned(), true), ("runc".to_owned(), false)].into(),
            ..OriginalConfig::default()
        };
        let desired = Values::before(before);
        assert!(differences(&desired, &live(&[("runc", false), ("new", true)])).is_empty());
        assert_eq!(differences(&desired, &live(&[("runc", true)])).len(), 1);
    }

    #[test]
    fn a_sandbox_image_that_is_not_said_is_no_difference() {
        let desired = Values { sandbox_image: Some("pause:9".to_owned()), ..Values::default() };
        assert!(differences(&desired, &live(&[])).is_empty());
        let says = LiveValues { sandbox_image: Some("pause:1".to_owned()), ..live(&[]) };
        assert_eq!(differences(&desired, &says), ["sandbox image \"pause:1\""]);
    }
}
