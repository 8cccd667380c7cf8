//! Compares the live values of the running containerd with the desired ones.

use crate::containerd;
use crate::node::{LiveValues, Release, Status};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::runtime::edit_target::config_files;
use crate::plan::runtime::main_file::started_with;
use crate::plan::settings::Goal;
use crate::plan::values::{Values, differences};

impl PlanContext<'_> {
    /// The desired values for this goal: those of the settings, or for `uninstall` the original ones.
    pub(in crate::plan) fn desired_values(&self) -> Values {
        match self.settings.goal {
            Goal::Install => self.desired.values.clone(),
            Goal::Uninstall => {
                let before = self.record().and_then(|record| record.live_before.clone());
                self.of_others().or(before.map_or_else(Values::default, Values::before))
            }
        }
    }

    /// The values that the other owners need. A chain that stays must be the only network, so the number of files is not
    /// changed under it.
    fn of_others(&self) -> Values {
        let others = self.desired.others.iter();
        let values = others.fold(Values::default(), |values, other| values.or(other.values()));
        let live = match self.runtime() {
            RuntimeState::Status(status) => status.live.max_conf_num,
            _ => None,
        };
        let live = live.filter(|_| self.desired.others.iter().any(|other| other.chain.is_some()));
        values.or(Values { max_conf_num: live, ..Values::default() })
    }

    /// True if the runtime serves no CRI, and did not before its config was changed.
    pub(in crate::plan) fn as_before_without_cri(&self) -> bool {
        self.node.without_cri() && self.had_no_cri()
    }

    /// True if the runtime served no CRI before its config was changed.
    pub(in crate::plan) fn had_no_cri(&self) -> bool {
        let before = self.record().and_then(|record| record.live_before.as_ref());
        before.is_some_and(|before| before.without_cri)
    }
}

/// The desired state of a runtime without CRI, in words.
pub(in crate::plan) const CRI_ENABLED: &str = "CRI enabled";

/// True if the running containerd reports other values than the desired ones.
pub(in crate::plan) fn has_drifted(cx: &PlanContext<'_>) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    let desired = cx.desired_values();
    !cx.differences(status).is_empty()
        || desired.sandbox_image.is_some() && status.live.sandbox_image.is_none()
}

/// True if the running containerd loads the right number of files, so that no pod gets two networks.
pub(in crate::plan) fn loads_one_network(cx: &PlanContext<'_>) -> bool {
    let RuntimeState::Status(status) = cx.runtime() else { return false };
    cx.desired_values().max_conf_num.is_none_or(|number| status.live.max_conf_num == Some(number))
}

impl PlanContext<'_> {
    /// The live values that differ from those of this goal, in words.
    pub(in crate::plan) fn differences(&self, status: &Status) -> Vec<String> {
        differences(&self.desired_values(), &self.used(status))
    }

    /// The live values that concern pods. containerd 2.x always adds a runtime `runc` of its own
    /// (`internal/cri/config/config_unix.go`). If the files have another default runtime and do not name `runc`, no pod
    /// uses it, so its values do not count.
    pub(in crate::plan) fn used(&self, status: &Status) -> LiveValues {
        let mut live = status.live.clone();
        let adds_its_own = status.release.is_some_and(|release| release >= Release::new(2, 0, 0));
        let other_default = live.default_runtime.as_ref().is_some_and(|name| name != RUNC);
        if adds_its_own
            && other_default
            && live.systemd_cgroup.contains_key(RUNC)
            && self.names_no_runc(status)
        {
            live.systemd_cgroup.remove(RUNC);
        }
        live
    }

    /// True if all config files are known and none of them has the runtime `runc`.
    fn names_no_runc(&self, status: &Status) -> bool {
        let service = self.node.answers.service.as_ref().and_then(|asked| asked.said.present());
        let Some(service) = service else { return false };
        let (files, missing) = config_files(self.node, &started_with(self.settings, service));
        missing.is_empty()
            && containerd::effective(&files, status.release)
                .is_ok_and(|config| !config.runtimes.contains_key(RUNC))
    }
}

/// The runtime that containerd 2.x always adds.
const RUNC: &str = "runc";
