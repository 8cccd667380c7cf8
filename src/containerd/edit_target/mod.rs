//! Where a change of containerd's config lasts.
//!
//! Some distributions make the file that containerd is started with anew, at each start or at each boot, or keep it where
//! nobody can write. A value is written where it lasts, or refused with the sentence that tells its reader what to type.
//!
//! | who | config file | place |
//! |---|---|---|
//! | k3s, rke2 | `agent/etc/containerd/config.toml`, anew at each start | a drop-in, if the file imports `*.toml.d`; else the user's `config-v3.toml.tmpl` or `config.toml.tmpl`, if it is plain TOML; else refused |
//! | microk8s | `args/containerd.toml`, anew at each start | `args/containerd-template.toml` |
//! | k0s | `/etc/k0s/containerd.toml`, while its first line says `k0s_managed=true` | a drop-in in `/etc/k0s/containerd.d`, which k0s merges |
//! | Flatcar, `NixOS` | below `/usr`, `/nix/store` | refused |
//! | Bottlerocket | `/etc/containerd/config.toml` on a tmpfs, from the API | refused |
//! | EKS, AKS, COS | anew at each boot | the file, with a finding |

mod by_hand;
mod drop_in;
mod generated;
mod image;
#[cfg(test)]
mod tests;

pub use drop_in::patch_drop_in;

use super::imports::{ConfigFiles, Request};
use super::patch::RuntimeConfig;
use super::refusal::Refusal;
use crate::node::HostPath;
use crate::node::Release;

/// The name of a drop-in of ours: it sorts behind those that people write.
const DROP_IN: &str = "zz-cni-bootstrap.toml";

/// Where a change lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditTarget {
    /// In the files that containerd reads.
    Plain,
    /// In the files that containerd reads, until this program makes them anew at the next boot.
    UntilBoot(&'static str),
    /// In the file that containerd's is made from at each start.
    Source(HostPath),
    /// In a drop-in of our own.
    DropIn {
        /// The drop-in.
        path: HostPath,
        /// Whether the distribution merges it, and not containerd: then its rules decide, and only the runtime tells.
        merged_by_distribution: bool,
    },
}

/// What has to be looked at to say where a change of this config file lasts. Answers go into a [`ConfigFiles`] of their
/// own, whose main file is the config file.
pub fn surroundings(config: &HostPath) -> Vec<Request> {
    let mut desired = vec![Request::File(config.clone())];
    desired.extend(generated::surroundings(config));
    desired.extend(image::surroundings());
    desired
}

/// Where a change of the config lasts. Refused where it lasts nowhere that this program may write.
pub fn edit_target(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<EditTarget, Refusal> {
    if let Some(edit_target) = generated::edit_target(around, release, runtime_config) {
        return edit_target;
    }
    image::edit_target(around, release, runtime_config)
}

/// The text of a file that was seen.
fn text<'a>(around: &'a ConfigFiles, path: &HostPath) -> Option<&'a str> {
    std::str::from_utf8(around.files.get(path)?.as_deref()?).ok()
}
