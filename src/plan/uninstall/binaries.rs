//! Removes the binaries, the directories and the record, at last.

use crate::node::{HostPath, Kind, Observed, Record};
use crate::plan::chain::binaries::names_type;
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::plan::settings::RuntimeKind;
use crate::plan::uninstall::back::{Back, back, foreign};
use crate::report::codes::install;
use crate::report::{Finding, Severity};

pub(in crate::plan) fn binaries(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    record: &Record,
    going: &[HostPath],
) {
    let mut stays = false;
    for (path, written) in record.of_kind(Kind::Binary) {
        let change = match back(cx, &path, written) {
            Back::AsBefore | Back::Shared(_) => continue,
            Back::Foreign => {
                draft.findings.push(foreign(&path));
                continue;
            }
            Back::Change(change) => *change,
        };
        let removed = match &change {
            Change::Remove { .. } => true,
            // A dangling link is not a binary.
            Change::Link { target, .. } => cx.node.file(&cx.node.led_to(&path, target)).present().is_none(),
            _ => false,
        };
        if removed && let Some(file) = names_type(cx, path.name(), going) {
            stays = true;
            draft.findings.push(Finding {
                code: install::BINARY_NAMED.name,
                severity: Severity::Warning,
                subject: path.to_string(),
                message: format!("{file} still names the plugin {:?}, so its binary stays", path.name()),
                remedy: "remove the plugin from that file, then run uninstall again".to_owned(),
            });
            continue;
        }
        draft.change(change);
    }
    // Subdirectories are removed first.
    let dirs: Vec<_> = record.of_kind(Kind::Directory).map(|(path, _)| path).collect();
    for path in dirs.into_iter().rev() {
        // containerd 2.1 ends when the directory that it watches is removed (`cni_conf_syncer.go`).
        let watched = cx.settings.runtime != RuntimeKind::None && cx.desired.dirs.conf.is_within(&path);
        if watched {
            continue;
        }
        if cx.node.dirs.get(&path).is_some_and(|dir| matches!(dir, Observed::Present(_))) && !stays {
            draft.change(Change::RemoveDir(path));
        }
    }
    if !stays {
        draft.change(Change::Forget);
        draft.look("nothing of this owner");
    }
}
