//! The desired values as a person would write them.

use super::super::dialect::{Dialect, Key};
use super::super::patch::RuntimeConfig;
use super::super::splice;
use crate::node::Release;

/// `max_conf_num = 1 in [plugins."io.containerd.cri.v1.runtime".cni]`, and so on. If the release is not known, with
/// the names of version 2, which every release reads in a file of version 2.
pub(super) fn lines(runtime_config: &RuntimeConfig, release: Option<Release>) -> String {
    let two = release.is_some_and(|release| release >= Release::new(2, 0, 0));
    let dialect = if two { Dialect::Split } else { Dialect::Grpc };
    let mut lines = Vec::new();
    let mut line = |key: &Key, value: String| {
        let mut path = dialect.path(key);
        let name = path.pop().unwrap_or_default();
        lines.push(format!("{name} = {value} in [{}]", splice::dotted(&path)));
    };
    if let Some(number) = runtime_config.max_conf_num {
        line(&Key::MaxConfNum, number.to_string());
    }
    if let Some(template) = &runtime_config.conf_template {
        line(&Key::ConfTemplate, format!("{template:?}"));
    }
    if let Some(flag) = runtime_config.systemd_cgroup {
        line(&Key::SystemdCgroup("runc".to_owned()), flag.to_string());
    }
    if let Some(image) = &runtime_config.sandbox_image {
        line(&Key::SandboxImage, format!("{image:?}"));
    }
    lines.join(", ")
}
