//! Decides what to do about one recorded path: who wrote its current bytes, and which change restores the old ones.

use crate::node::{Before, Digest, HostPath, Kind, Observed, Record, Written};
use crate::plan::change::{Change, Mode, Publish, Source};
use crate::plan::context::PlanContext;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// True if the layer of another owner needs the file that is at a path now.
fn is_needed(cx: &PlanContext<'_>, path: &HostPath, kind: Kind, now: &Digest) -> bool {
    let sharers = cx.desired.sharers();
    let mut others = cx.usable_records().filter(|record| record.owner != cx.desired.owner && !record.leaving);
    others.any(|record| match kind {
        Kind::Chain => sharers.contains(&record.owner) && record.wrote(path, now),
        Kind::Config => record.shares_config(),
        Kind::Binary => record.paths.contains_key(path.as_str()),
        Kind::Directory | Kind::Mark => false,
    })
}

/// What to do about one recorded path.
pub(in crate::plan) enum Back {
    /// The path is as it was before.
    AsBefore,
    /// This change restores it.
    Change(Box<Change>),
    /// This change restores it, but another owner's layer needs the file.
    Shared(Box<Change>),
    /// Another program changed it since; it stays.
    Foreign,
}

pub(in crate::plan) fn back(cx: &PlanContext<'_>, path: &HostPath, written: &Written) -> Back {
    // This program writes no links. So a link is either the old one, or another program made it since.
    let link = cx.node.symlinks.get(path).filter(|_| written.kind != Kind::Config);
    if let Some(text) = link {
        return if written.before == Before::Link(text.clone()) { Back::AsBefore } else { Back::Foreign };
    }
    let file = cx.node.file(path);
    // The file was removed, so it is not restored.
    let Some((file, now)) = file.present().and_then(|file| Some((file, file.content.digest()?))) else {
        return Back::AsBefore;
    };
    let as_before = match &written.before {
        Before::Absent | Before::Link(_) => false,
        Before::Bytes(bytes) => Digest::of(bytes) == now,
        Before::Saved(digest, mode) => *digest == now && *mode == file.stamp.mode,
    };
    let is_needed = is_needed(cx, path, written.kind, &now);
    if is_needed && written.kind != Kind::Config {
        return Back::Shared(Box::new(restore(path, written)));
    }
    if as_before {
        return Back::AsBefore;
    }
    if !written.wrote.contains(&now) {
        return Back::Foreign;
    }
    let restore = Box::new(restore(path, written));
    if is_needed { Back::Shared(restore) } else { Back::Change(restore) }
}

/// The files that another program changed since, or removed although they existed before.
pub(in crate::plan) fn foreign_files(cx: &PlanContext<'_>, record: &Record) -> Vec<(HostPath, Kind)> {
    let kinds = [Kind::Chain, Kind::Config, Kind::Binary];
    let recorded = kinds.into_iter().flat_map(|kind| record.of_kind(kind));
    let is_foreign = |(path, written): &(HostPath, &Written)| match cx.node.file(path) {
        // This program never removes a config file that existed before.
        Observed::Absent => written.kind == Kind::Config && matches!(written.before, Before::Bytes(_)),
        _ => matches!(back(cx, path, written), Back::Foreign),
    };
    recorded.filter(is_foreign).map(|(path, written)| (path, written.kind)).collect()
}

/// The change that restores a path.
fn restore(path: &HostPath, written: &Written) -> Change {
    let publish =
        |source, mode| Change::Publish(Publish { path: path.clone(), kind: written.kind, source, mode });
    match &written.before {
        Before::Absent => Change::Remove { path: path.clone(), kind: written.kind },
        Before::Bytes(bytes) => publish(Source::Bytes(bytes.clone().into()), Mode::New(0o600)),
        Before::Saved(digest, mode) => publish(Source::Saved(digest.clone()), Mode::Exactly(*mode)),
        Before::Link(target) => {
            Change::Link { path: path.clone(), target: target.clone(), kind: written.kind }
        }
    }
}

pub(in crate::plan) fn foreign(path: &HostPath) -> Finding {
    Finding {
        code: install::CHANGED_SINCE.name,
        severity: Severity::Warning,
        subject: path.to_string(),
        message: format!("somebody else changed {path} after this program wrote it, so it stays as it is"),
        remedy: String::new(),
    }
}
