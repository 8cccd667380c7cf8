//! The predicted result of the runtime's next start, by the same rules as in `install`.

use super::disabled_cri::enabled;
use super::found::found;
use super::taken_out::{out_of_the_way, taken_out};
use super::view::{View, of_containerd};
use crate::containerd::{self, Judgement, Refusal, RefusalKind};
use crate::node::HostPath;
use crate::plan::will_not_come_up;
use crate::report::codes::check::{
    DEFAULT_RUNTIME_MISSING, RUNTIME_CONFIG_REFUSED, RUNTIME_IMPORT_MISSING, WILL_NOT_COME_UP,
};
use crate::report::{Code, Located, join_truncated, word};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(start) = view.next_start() else { return Vec::new() };
    let unread = match (&start.judgement, &view.effective) {
        // There are no rules for the release, and no release can read the files.
        (Judgement::NotJudged(_), Some(Err(refusal))) if refusal.kind != RefusalKind::ReleasesDiffer => {
            Some(refusal)
        }
        _ => None,
    };
    start.refusals().iter().chain(unread).filter_map(|refusal| judged(view, refusal)).collect()
}

/// True if the next start fails while the runtime still serves CRI. All reasons then have one code.
pub(super) fn is_told_as_next_start(view: &View<'_>) -> bool {
    view.status().is_some() && view.next_start().is_some_and(|start| !start.refusals().is_empty())
}

fn judged(view: &View<'_>, refusal: &Refusal) -> Option<Located> {
    let code = code(view, refusal)?;
    let message = if view.status().is_some() { will_not_come_up(refusal) } else { refusal.sentence() };
    let (line, column) = refusal.position.map_or((0, 0), |position| (position.line, position.column));
    Some(found(code, &refusal.file, message, remedy(view, refusal)).at(line, column))
}

/// The code for a runtime that is down, if the reason has its own code.
fn code(view: &View<'_>, refusal: &Refusal) -> Option<&'static Code> {
    if view.status().is_some() {
        return Some(&WILL_NOT_COME_UP);
    }
    if matches!(refusal.kind, RefusalKind::ImportMissing(_)) {
        return Some(&RUNTIME_IMPORT_MISSING);
    }
    if matches!(view.effective, Some(Err(_))) {
        return Some(&RUNTIME_CONFIG_REFUSED);
    }
    if refusal.kind == RefusalKind::DefaultRuntimeMissing {
        return Some(&DEFAULT_RUNTIME_MISSING);
    }
    // `cri-disabled` names the entry.
    let is_told = refusal.kind == RefusalKind::CriDisabled
        && view.values().is_some_and(|values| values.cri_disabled.is_some());
    (!is_told).then_some(&WILL_NOT_COME_UP)
}

fn remedy(view: &View<'_>, refusal: &Refusal) -> String {
    let (file, restart) = (view.word(&refusal.file), view.restart());
    // A drop-in alone does not say what is merged.
    let main = view.word(view.config.as_ref().unwrap_or(&refusal.file));
    if let RefusalKind::ImportMissing(missing) = &refusal.kind {
        return without_import(view, &refusal.file, missing).unwrap_or_else(|| {
            format!("grep -n imports {file}   # remove the line, or: touch {}", view.word(missing))
        });
    }
    let Some(values) = view.values() else {
        return taken_out(view, refusal)
            .unwrap_or_else(|| format!("containerd --config {file} config dump   # {}", refusal.remedy));
    };
    if let Some(disabled) = values.cri_disabled.as_ref().filter(|_| refusal.kind == RefusalKind::CriDisabled)
    {
        return view.then_restart(&enabled(view, disabled));
    }
    let is_named = view.text(&refusal.file).is_some_and(|text| text.contains("default_runtime_name"));
    let has_runc = values.runtimes.is_empty() || values.runtimes.contains_key("runc");
    if refusal.kind == RefusalKind::DefaultRuntimeMissing && is_named && has_runc {
        return view
            .then_restart(&format!("sed -i -E 's/(default_runtime_name *= *).*/\\1\"runc\"/' {file}"));
    }
    out_of_the_way(view, refusal).or_else(|| taken_out(view, refusal)).unwrap_or_else(|| {
        format!("containerd --config {main} config dump   # {}, then: {restart}", refusal.remedy)
    })
}

/// The command that takes the path out of the list, tried on the file before it is printed.
fn without_import(view: &View<'_>, file: &HostPath, missing: &HostPath) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./-_".contains(c);
    let (text, path) = (view.text(file)?, missing.as_str());
    let (at, _) = text.match_indices(path).next().filter(|_| path.chars().all(is_plain))?;
    let is_quote = |c: Option<char>| matches!(c, Some('"' | '\''));
    let end = at + path.len();
    if text.matches(path).count() > 1
        || !is_quote(text[..at].chars().next_back())
        || !is_quote(text[end..].chars().next())
    {
        return None;
    }
    let is_blank = |c: char| c == ' ' || c == '\t';
    let rest = text[end + 1..].trim_start_matches(is_blank);
    let rest = rest.strip_prefix(',').map_or(rest, |rest| rest.trim_start_matches(is_blank));
    let mut files = of_containerd(view.node, view.config.as_ref()?);
    files.files.insert(file.clone(), Some(format!("{}{rest}", &text[..at - 1]).into_bytes()));
    containerd::effective(&files, view.release()).ok()?;
    let quote = "[\"']";
    let script = format!("s#{quote}{}{quote}[[:space:]]*,?[[:space:]]*##", path.replace('.', "\\."));
    Some(view.then_restart(&format!("sed -i -E {} {}", word(&script), view.word(file))))
}

/// True for a directory that only this rule reads: it reports all of them in one line.
pub(super) fn looked_at(view: &View<'_>, path: &HostPath) -> bool {
    let others = view.bin_dirs.contains(path) || view.conf_dir == *path;
    !others && view.next_start().is_some_and(|start| start.looked_at.contains(path))
}

/// The parts of the next start that could not be judged, and why.
pub(super) fn unseen(view: &View<'_>) -> Vec<String> {
    let (Some(main), Some(start)) = (&view.config, view.next_start()) else { return Vec::new() };
    let mut unseen = Vec::new();
    if let Judgement::NotJudged(why) = &start.judgement {
        unseen.push(format!("whether containerd comes up with {main} at its next start: {why}"));
    }
    if !start.unseen.is_empty() {
        let paths: Vec<&str> = start.unseen.iter().map(|(path, _)| path.as_str()).collect();
        unseen.push(format!(
            "paths that containerd's next start depends on ({}): {}",
            start.unseen[0].1,
            join_truncated(&paths)
        ));
    }
    unseen
}
