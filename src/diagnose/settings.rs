//! The values of containerd's config that decide the network of pods: in the files, and live.

use std::fmt::Display;

use crate::containerd::{Effective, Sourced};
use crate::node::LiveValues;

/// One value.
pub(super) struct ConfigSetting {
    pub(super) key: &'static str,
    /// The value in the files, and its place.
    pub(super) file: Option<Sourced<String>>,
    /// The value without a line in the files, if every release has the same.
    default: Option<&'static str>,
    /// The value with which containerd runs, if it tells.
    pub(super) live: Option<String>,
    /// True if both are written alike, so that they can be compared.
    is_comparable: bool,
}

impl ConfigSetting {
    /// The value that the files give.
    pub(super) fn in_files(&self) -> Option<&str> {
        self.file.as_ref().map(|file| file.value.as_str()).or(self.default)
    }

    /// True if containerd runs with another value than the files give.
    pub(super) fn differs(&self) -> bool {
        let compared = self.live.as_deref().zip(self.in_files()).filter(|_| self.is_comparable);
        compared.is_some_and(|(live, file)| live != file)
    }
}

/// The values, in a fixed order. `None` for files that give no values, or for a containerd that does not answer.
pub(super) fn settings(values: Option<&Effective>, live: Option<&LiveValues>) -> Vec<ConfigSetting> {
    let default_runtime = values.map(|values| values.default_runtime.as_str());
    let runtime = default_runtime.or_else(|| live?.default_runtime.as_deref()).unwrap_or("runc");
    let cgroup = values.and_then(|values| values.runtimes.get(runtime)?.systemd_cgroup.as_ref());
    let bin_dirs = values.map(|values| values.bin_dirs.as_slice()).unwrap_or_default();
    let setting = |key, file, default, live| ConfigSetting { key, file, default, live, is_comparable: true };
    // Without values it is not known that the default counts.
    let of_files = |default: &'static str| values.map(|_| default);
    vec![
        setting(
            "max_conf_num",
            values.and_then(|values| text(values.max_conf_num.as_ref())),
            of_files("1"),
            live.and_then(|live| live.max_conf_num.map(|number| number.to_string())),
        ),
        setting(
            "conf_template",
            values.and_then(|values| text(values.conf_template.as_ref())),
            of_files(""),
            live.and_then(|live| live.conf_template.clone()),
        ),
        setting(
            "conf_dir",
            values.and_then(|values| text(values.conf_dir.as_ref())),
            None,
            live.and_then(|live| live.conf_dir.clone()),
        ),
        ConfigSetting {
            key: "bin_dirs",
            file: bin_dirs.first().map(|first| Sourced {
                value: bin_dirs.iter().map(|dir| dir.value.as_str()).collect::<Vec<_>>().join(", "),
                file: first.file.clone(),
                line: first.line,
            }),
            default: None,
            live: live.map(|live| live.bin_dirs.join(", ")).filter(|dirs| !dirs.is_empty()),
            is_comparable: false,
        },
        setting(
            "default_runtime_name",
            values.and_then(|values| text(values.default_runtime_set.as_ref())),
            of_files("runc"),
            live.and_then(|live| live.default_runtime.clone()),
        ),
        setting(
            "SystemdCgroup",
            text(cgroup),
            of_files("false"),
            live.and_then(|live| live.systemd_cgroup.get(runtime).map(bool::to_string)),
        ),
        setting(
            "sandbox_image",
            values.and_then(|values| text(values.sandbox_image.as_ref())),
            None,
            live.and_then(|live| live.sandbox_image.clone()),
        ),
    ]
}

fn text<T: Display>(value: Option<&Sourced<T>>) -> Option<Sourced<String>> {
    value.map(|value| Sourced { value: value.value.to_string(), file: value.file.clone(), line: value.line })
}
