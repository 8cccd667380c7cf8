//! Finds the file in which a change of containerd's config lasts.
//!
//! Some distributions write containerd's config file again at each start or each boot, or keep it on a read-only file
//! system. The value is written where it lasts, or refused with a sentence that tells the user what to type.
//!
//! The data of each distribution says which it does (`crate::distro`):
//!
//! | its [`crate::distro::Edit`] | where the value is written |
//! |---|---|
//! | `InPlace` | the files that containerd reads |
//! | `UntilBoot` | the same, with a finding |
//! | `Generated` from `UserTemplates` | a drop-in, if the file imports `*.toml.d`; else the user's template, if it is plain TOML; else refused |
//! | `Generated` from a `Template` | the template |
//! | `Generated` from `DropIns` | a drop-in, while the file has the distribution's mark |
//! | `Image`, `Built`, `Api` | refused |

mod by_hand;
mod drop_in;
mod generated;
mod image;
mod target;
#[cfg(test)]
mod tests;

pub use drop_in::patch_drop_in;
pub use target::EditTarget;

use super::imports::{ConfigFiles, Request};
use super::patch::RuntimeConfig;
use super::refusal::Refusal;
use crate::node::HostPath;
use crate::node::Release;

/// The requests that [`edit_target`] needs answered for this config file. The answers go into a separate
/// [`ConfigFiles`], whose main file is the config file.
pub fn surroundings(config: &HostPath) -> Vec<Request> {
    let mut desired = vec![Request::File(config.clone())];
    desired.extend(generated::surroundings(config));
    desired.extend(image::surroundings());
    desired
}

/// Finds the place where a change of the config lasts. Refused if this program may not write any such place.
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
