//! Under which names containerd's config files know the CRI plugin.

/// The CRI plugin in a file without `version`, and in version 1.
pub(crate) const SHORT: &str = "cri";
/// The CRI plugin in version 2; in later versions only its streaming server.
pub(crate) const GRPC: &str = "io.containerd.grpc.v1.cri";
/// The runtime half of the CRI plugin from version 3 on.
pub(crate) const RUNTIME: &str = "io.containerd.cri.v1.runtime";
/// The image half of the CRI plugin from version 3 on.
pub(crate) const IMAGES: &str = "io.containerd.cri.v1.images";

/// Every name under which `disabled_plugins` takes CRI away.
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
    /// The plugin that holds everything but the sandbox image.
    pub(crate) fn runtime(self) -> &'static str {
        match self {
            Self::Short => SHORT,
            Self::Grpc => GRPC,
            Self::Split => RUNTIME,
        }
    }

    /// The keys from the root of a file to the setting.
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
    /// The setting as a person would name it.
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
