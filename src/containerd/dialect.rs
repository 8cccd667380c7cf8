//! The names of the CRI plugin in containerd's config files.

/// The CRI plugin in a file without `version`, and in version 1.
pub(crate) const SHORT: &str = "cri";
/// The CRI plugin in version 2; in later versions only its streaming server.
pub(crate) const GRPC: &str = "io.containerd.grpc.v1.cri";
/// The runtime part of the CRI plugin from version 3 on.
pub(crate) const RUNTIME: &str = "io.containerd.cri.v1.runtime";
/// The image part of the CRI plugin from version 3 on.
pub(crate) const IMAGES: &str = "io.containerd.cri.v1.images";

/// The names in `disabled_plugins` that disable CRI.
pub const CRI: [&str; 4] = [SHORT, GRPC, RUNTIME, IMAGES];

/// The `runtime_type` of runc.
pub const RUNC_V2: &str = "io.containerd.runc.v2";

/// A set of table names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `plugins.cri`.
    Short,
    /// `plugins."io.containerd.grpc.v1.cri"`.
    Grpc,
    /// `plugins."io.containerd.cri.v1.runtime"` and `plugins."io.containerd.cri.v1.images"`.
    Split,
}

/// A setting that a patch can touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    MaxConfNum,
    ConfTemplate,
    SandboxImage,
    /// Of the named runtime.
    SystemdCgroup(String),
    /// Of the named runtime.
    RuntimeType(String),
}

impl Dialect {
    /// The plugin with all settings except the sandbox image.
    pub(crate) fn runtime(self) -> &'static str {
        match self {
            Self::Short => SHORT,
            Self::Grpc => GRPC,
            Self::Split => RUNTIME,
        }
    }

    /// The keys of the setting, from the root of a file.
    pub(crate) fn path(self, key: &Key) -> Vec<String> {
        let keys: Vec<&str> = match key {
            Key::MaxConfNum => vec!["cni", "max_conf_num"],
            Key::ConfTemplate => vec!["cni", "conf_template"],
            Key::SandboxImage if self == Self::Split => vec!["pinned_images", "sandbox"],
            Key::SandboxImage => vec!["sandbox_image"],
            Key::SystemdCgroup(name) => vec!["containerd", "runtimes", name, "options", "SystemdCgroup"],
            Key::RuntimeType(name) => vec!["containerd", "runtimes", name, "runtime_type"],
        };
        let plugin = match key {
            Key::SandboxImage if self == Self::Split => IMAGES,
            _ => self.runtime(),
        };
        ["plugins", plugin].into_iter().chain(keys).map(str::to_owned).collect()
    }
}

impl Key {
    /// The name of the setting in messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::MaxConfNum => "max_conf_num",
            Self::ConfTemplate => "conf_template",
            Self::SandboxImage => "sandbox_image",
            Self::SystemdCgroup(_) => "SystemdCgroup",
            Self::RuntimeType(_) => "runtime_type",
        }
    }
}
