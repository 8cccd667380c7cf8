//! Config files that another author is writing. A file that is not complete is not used, and its author gets time to
//! restart the runtime.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::containerd::{ConfigFiles, cut_off};
use crate::node::{Digest, HostPath, Kind, Moment, Node, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Poll, Reason, ReasonKind, Wait};
use crate::plan::history::History;
use crate::plan::runtime::edit_target;
use crate::plan::runtime::main_file::started_with;
use crate::plan::settings::Settings;
use crate::report::{Exit, Failure, FailureCode};

/// A file counts as complete when it has not changed for this long.
const REST: Duration = Duration::from_secs(5);
/// How long a file that is empty or cut off may take to become complete.
const UNFINISHED: Duration = Duration::from_secs(60);
/// How much time the author of an edit has, after the last change, to restart the runtime.
const AUTHOR: Duration = Duration::from_secs(30);

/// Blocked while one of the files is being written.
pub(in crate::plan) fn awaited(cx: &PlanContext<'_>, files: &ConfigFiles) -> Result<(), Blocked> {
    awaited_of(cx, &files.files, others(cx, files))
}

/// Like [`awaited`], also for files that are older than the runtime's start: the runtime may have read them half
/// written.
pub(in crate::plan) fn awaited_of_all(cx: &PlanContext<'_>, files: &ConfigFiles) -> Result<(), Blocked> {
    let is_foreign = |(path, bytes): &(&HostPath, &Option<Vec<u8>>)| match bytes {
        Some(bytes) => !is_recorded(cx, path, bytes),
        None => **path == files.main,
    };
    let foreign = files.files.iter().filter(is_foreign);
    awaited_of(cx, &files.files, foreign.filter_map(|(path, _)| Some((path, age(cx, path)?))).collect())
}

/// Like [`awaited`], for files that a rollback would restore but that another program has changed. That program may
/// still be writing, so nobody knows yet which bytes they will have.
pub(in crate::plan) fn awaited_back(
    cx: &PlanContext<'_>,
    foreign: &[(HostPath, Kind)],
) -> Result<(), Blocked> {
    let aged = foreign.iter().filter_map(|(path, kind)| Some((path, kind, age(cx, path)?)));
    let (config, others): (Vec<_>, Vec<_>) = aged.partition(|(_, kind, _)| **kind == Kind::Config);
    let bytes = |path: &HostPath| cx.node.bytes(path).map(<[u8]>::to_vec);
    let files = config.iter().map(|(path, ..)| ((*path).clone(), bytes(path))).collect();
    let config = config.into_iter().map(|(path, _, age)| (path, age)).collect();
    awaited_of(cx, &files, config)?;
    let Some((path, _, age)) = others.into_iter().min_by_key(|(.., age)| *age) else { return Ok(()) };
    let gives_up = cx.history.since(ReasonKind::ConfigAtWork, cx.now).after(UNFINISHED);
    let rests_in = REST.saturating_sub(age);
    if rests_in.is_zero() || cx.now >= gives_up {
        return Ok(());
    }
    let reason = Reason { kind: ReasonKind::ConfigAtWork, text: just_changed(path) };
    if cx.settings.no_wait {
        return Err(Blocked::skipped(reason));
    }
    Err(wait(reason, cx.now.after(rests_in).min(gives_up), None))
}

fn just_changed(path: &HostPath) -> String {
    format!("{path} was changed a moment ago")
}

fn awaited_of(
    cx: &PlanContext<'_>,
    files: &BTreeMap<HostPath, Option<Vec<u8>>>,
    at_work: Vec<(&HostPath, Duration)>,
) -> Result<(), Blocked> {
    let mut youngest: Option<(Duration, String)> = None;
    for (path, age) in at_work {
        let why = match files.get(path).and_then(Option::as_deref) {
            None => None,
            Some([]) => Some("it is empty".to_owned()),
            Some(bytes) => cut_off(path, bytes).map(|refusal| refusal.rule),
        };
        let rests_in = if why.is_some() { UNFINISHED } else { REST }.saturating_sub(age);
        if why.is_some()
            && rests_in.is_zero()
            && files.get(path) == Some(&Some(Vec::new()))
            && !is_loaded(cx, path)
        {
            return Err(left_empty(path).into());
        }
        let text = match why {
            Some(why) => format!("{path} is not complete yet: {why}"),
            None => just_changed(path),
        };
        if !rests_in.is_zero() && youngest.as_ref().is_none_or(|(longest, _)| rests_in > *longest) {
            youngest = Some((rests_in, text));
        }
    }
    let Some((rests_in, text)) = youngest else { return Ok(()) };
    let reason = Reason { kind: ReasonKind::ConfigAtWork, text };
    if cx.settings.no_wait {
        return Err(Blocked::skipped(reason));
    }
    let gives_up = cx.history.since(ReasonKind::ConfigAtWork, cx.now).after(UNFINISHED);
    if cx.now >= gives_up {
        return Err(Blocked::refused(
            FailureCode::ConfigUnsettled,
            format!("the runtime's config kept changing for {UNFINISHED:?}: {}", reason.text),
            "find out which program writes the file again and again (lsof, auditctl -w), and run this again when \
             it is done",
        ));
    }
    Err(wait(reason, cx.now.after(rests_in).min(gives_up), Some(gives_up)))
}

fn left_empty(path: &HostPath) -> Failure {
    Failure::new(
        FailureCode::ConfigEmpty,
        format!(
            "{path} has been empty for {UNFINISHED:?}, and the runtime was not started on it; whoever emptied it \
             has not written it again"
        ),
        "write the file, or remove it to use containerd's defaults; then restart containerd",
    )
}

/// Blocked while the author of a file that nobody has loaded has time to restart the runtime.
pub(in crate::plan) fn author_may_restart(cx: &PlanContext<'_>, files: &ConfigFiles) -> Result<(), Blocked> {
    let youngest = others(cx, files).into_iter().min_by_key(|(_, age)| *age);
    let Some((path, age)) = youngest.filter(|_| !cx.settings.no_wait) else { return Ok(()) };
    let left = AUTHOR.saturating_sub(age);
    if left.is_zero() {
        return Ok(());
    }
    let text = format!(
        "{path} was changed, and the runtime was not restarted since; whoever changed it has {AUTHOR:?} to \
         restart the runtime"
    );
    let until = cx.now.after(left);
    Err(wait(Reason { kind: ReasonKind::AuthorMayRestart, text }, until, None))
}

/// Delays a refusal while the author may still correct the file.
pub(in crate::plan) fn after_its_author(
    cx: &PlanContext<'_>,
    files: &ConfigFiles,
    refused: Blocked,
) -> Blocked {
    if refused.failure().is_none_or(|failure| failure.exit() != Exit::Config) {
        return refused;
    }
    author_may_restart(cx, files).err().unwrap_or(refused)
}

fn wait(reason: Reason, until: Moment, gives_up: Option<Moment>) -> Blocked {
    Blocked::wait(Wait {
        reason,
        until: Some(until),
        gives_up,
        poll: Poll::Every(Duration::from_millis(250)),
        interruptible: true,
    })
}

/// The files that were changed after the runtime's start, and whose bytes no owner's record has: another author's
/// edits.
pub(in crate::plan) fn never_loaded<'f>(cx: &PlanContext<'_>, files: &'f ConfigFiles) -> Vec<&'f HostPath> {
    others(cx, files).into_iter().map(|(path, _)| path).collect()
}

/// Like [`never_loaded`], each with the time since its last change.
fn others<'f>(cx: &PlanContext<'_>, files: &'f ConfigFiles) -> Vec<(&'f HostPath, Duration)> {
    let is_other = |(path, bytes): &(&HostPath, &Option<Vec<u8>>)| match bytes {
        Some(bytes) => !is_loaded(cx, path) && !is_recorded(cx, path, bytes),
        None => **path == files.main && !is_loaded(cx, path),
    };
    let others = files.files.iter().filter(is_other);
    others.filter_map(|(path, _)| Some((path, age(cx, path)?))).collect()
}

/// True if the runtime was started after the last change of this file. For a link it is not known: its target may
/// have changed.
pub(in crate::plan) fn is_loaded(cx: &PlanContext<'_>, path: &HostPath) -> bool {
    let (RuntimeState::Status(_), Some((_, start))) = (cx.runtime(), cx.node.socket()) else { return false };
    changed_at(cx, path).is_some_and(|changed| changed < start.mtime) && !cx.node.links.contains_key(path)
}

/// The time of a file's last change by the wall clock. For a missing file it is that of its directory.
pub(in crate::plan) fn changed_at(cx: &PlanContext<'_>, path: &HostPath) -> Option<i128> {
    match cx.node.files.get(path)? {
        Observed::Present(file) => Some(file.stamp.ctime),
        Observed::Absent => Some(cx.node.dirs.get(&path.parent()).and_then(Observed::present)?.stamp.mtime),
        Observed::Unknown(_) => None,
    }
}

fn is_recorded(cx: &PlanContext<'_>, path: &HostPath, bytes: &[u8]) -> bool {
    let digest = Digest::of(bytes);
    let mut records = cx.records.values().filter_map(|record| record.as_ref().ok());
    records.any(|record| {
        record.of_kind(Kind::Config).any(|(own, written)| own == *path && written.wrote.contains(&digest))
    })
}

/// The time since a file's last change: by the clock that stamps files, or, if that clock was set back, by how long
/// it was observed unchanged.
fn age(cx: &PlanContext<'_>, path: &HostPath) -> Option<Duration> {
    let nanos = u64::try_from(cx.node.wall.saturating_sub(changed_at(cx, path)?)).unwrap_or(0);
    Some(Duration::from_nanos(nanos).max(cx.history.seen_so(path, cx.now)))
}

impl History {
    /// Records the current state of the runtime's config files, and of the files in the records.
    pub fn note_config(&mut self, node: &Node, settings: &Settings, now: Moment) {
        let service = node.answers.service.as_ref().and_then(|asked| asked.said.present());
        let config =
            service.map(|service| edit_target::read_at_start(node, &started_with(settings, service), None));
        let config = config.into_iter().flat_map(|config| config.files.into_keys());
        let records = node.records().into_values().flatten();
        let recorded =
            records.flat_map(|record| record.paths.into_keys()).filter_map(|path| HostPath::new(&path).ok());
        for path in config.chain(recorded) {
            let stamp = node.file(&path).present().map(|file| file.stamp);
            match self.config.get_mut(&path) {
                Some((known, _)) if *known == stamp => {}
                Some(known) => *known = (stamp, now),
                None => drop(self.config.insert(path, (stamp, now))),
            }
        }
    }

    /// How long a config file was observed as it is now.
    fn seen_so(&self, path: &HostPath, now: Moment) -> Duration {
        self.config.get(path).map_or(Duration::ZERO, |(_, since)| now.since(*since))
    }
}
