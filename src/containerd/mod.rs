//! containerd: its config files, what each release makes of them, and the running daemon's report.
//!
//! [`wants_read`] returns the files to read, [`fn@effective`] the values that the release makes of them, [`fn@patch`]
//! the edits.
//!
//! **The place of a value.** If a file sets the value, it is changed there (also in a drop-in that overrides the main
//! file; a finding then names the drop-in). Otherwise it goes beside its neighbours, in their table and file; else
//! into the main file. A new drop-in is not written: on 1.x it would reset the rest of the CRI plugin
//! (containerd#5837), on 2.0 to 2.2 its version decides about all files, on 2.3 its version can stop containerd, and
//! without an import it has no effect.
//!
//! **The table of a value.** The program tries each place: it reads all files again as the release does, and accepts
//! the place only if the desired value is effective and no other value has changed. A file without version and
//! plugins gets `version = 2`, the only version that every release reads. If the release is not known, the place must
//! be right on every release that starts with these files.

mod attempt;
mod compare;
mod declared;
mod dialect;
mod edit_target;
mod effective;
mod file_edit;
mod file_tree;
mod files;
mod findings;
mod fold;
mod glob;
mod ignored_settings;
mod image_reference;
mod imports;
mod judge;
mod live;
mod load;
mod loader;
mod merge;
mod migrate;
mod patch;
mod refusal;
mod source;
mod splice;
mod strict;
mod supervisor;
mod template;
mod tree;
mod unit;

pub use compare::{Difference, differences};
pub use declared::{declared_version, has_relative_imports};
pub use dialect::{CRI as DISABLES_CRI, RUNC_V2};
pub use edit_target::{EditTarget, edit_target, patch_drop_in, surroundings};
pub use effective::{Effective, RuntimeView, Sourced, effective};
pub use file_edit::FileEdit;
pub use glob::Listings;
pub use ignored_settings::{IgnoredSetting, alone, ignored, lost};
pub use image_reference::is_image_reference;
pub use imports::{ConfigFiles, Request, wants_read};
pub use judge::{Judgement, SeenKind, judge, judge_of_any, judge_requests};
pub use patch::{Patch, RuntimeConfig, patch};
pub use refusal::{Position, Refusal, RefusalKind};
pub use source::cut_off;
pub use supervisor::Supervisor;
pub use template::check_template;
pub use unit::{ConfigPath, UnitFile, config_path, expand};

#[cfg(test)]
mod tests;
