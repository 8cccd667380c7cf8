//! The command that takes what keeps the runtime from coming up out of its config: a line, or a drop-in. It is tried on
//! the files before it is printed, and a copy of the file is kept.

use super::view::View;
use crate::containerd::{self, ConfigFiles, Effective, Judgement, Refusal, RefusalKind};
use crate::node::HostPath;
use crate::plan::{judgement, judgement_without, read_at_start};
use crate::report::word;

/// What the copy's name ends in.
const COPY: &str = ".wrong";

/// Keys that decide where the runtime's data, its socket and the pods' network are. If their old value cannot be read,
/// nobody knows what is lost with the line.
const KEPT: [&str; 15] = [
    "address",
    "bin_dir",
    "bin_dirs",
    "conf_dir",
    "conf_template",
    "default_runtime_name",
    "imports",
    "root",
    "runtime_type",
    "sandbox",
    "sandbox_image",
    "snapshotter",
    "state",
    "systemdcgroup",
    "version",
];

/// A change of one file, and the command that does it.
struct Mend {
    command: String,
    /// The new text; `None` if the file is renamed.
    text: Option<String>,
}

/// The command after which the refusal is gone, no other has come, and the values of the network are the same.
pub(super) fn taken_out(view: &View<'_>, refusal: &Refusal) -> Option<String> {
    let main = view.config.as_ref()?;
    let files = read_at_start(view.node, main, view.release());
    let text = String::from_utf8(files.files.get(&refusal.file)?.clone()?).ok()?;
    let line = refusal.position.and_then(|position| line_of(&text, position.line));
    let of_line = line.into_iter().flat_map(|(number, line)| {
        let quoted = unquoted(line).map(|new| (new, format!("{number}s/[\"']//g")));
        let out = is_known_to_be_free(view, line).then(|| (format!("#{line}"), format!("{number}s/^/#/")));
        quoted.into_iter().chain(out).map(move |(new, script)| (number, new, script))
    });
    let mut mends: Vec<Mend> = of_line
        .map(|(number, new, script)| Mend {
            command: format!("sed -i{COPY} {} {}", word(&script), view.word(&refusal.file)),
            text: Some(with_line(&text, number, &new)),
        })
        .collect();
    if refusal.file != files.main {
        let copy = view.word(&copy_of(&refusal.file)?);
        mends.push(Mend { command: format!("mv {} {copy}", view.word(&refusal.file)), text: None });
    }
    let mend = mends.into_iter().find(|mend| is_mended(view, &files, refusal, mend))?;
    let copy = copy_of(&refusal.file)?;
    Some(format!(
        "{}\n# {} keeps the old text; {}",
        view.then_restart(&mend.command),
        view.word(&copy),
        refusal.remedy
    ))
}

/// The command that renames the file that is where one of the release's own directories must be.
pub(super) fn out_of_the_way(view: &View<'_>, refusal: &Refusal) -> Option<String> {
    let RefusalKind::InTheWay(file) = &refusal.kind else { return None };
    let files = read_at_start(view.node, view.config.as_ref()?, view.release());
    let (was, is) = (
        judgement(view.node, &files, view.release()),
        judgement_without(view.node, &files, view.release(), file),
    );
    let command = format!("mv {} {}", view.word(file), view.word(&copy_of(file)?));
    is_better(view, refusal, &was, &is).then(|| view.then_restart(&command))
}

fn copy_of(file: &HostPath) -> Option<HostPath> {
    HostPath::new(&format!("{file}{COPY}")).ok()
}

/// The line, if it is a key and a value of its own.
fn line_of(text: &str, number: usize) -> Option<(usize, &str)> {
    let line = text.split('\n').nth(number.checked_sub(1)?)?;
    let (key, _) = line.split_once('=')?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.\"' \t".contains(c);
    (!key.trim().is_empty() && key.chars().all(is_key)).then_some((number, line))
}

/// A number or a boolean that was written as a string.
fn unquoted(line: &str) -> Option<String> {
    let (key, value) = line.split_once('=')?;
    let is_quote = |c: char| c == '"' || c == '\'';
    let inner = value.trim().strip_prefix(is_quote)?.strip_suffix(is_quote)?;
    let is_plain = inner.parse::<i64>().is_ok() || matches!(inner, "true" | "false");
    (is_plain && !key.contains(is_quote)).then(|| line.replace(is_quote, ""))
}

/// True if it is known what is lost with the line.
fn is_known_to_be_free(view: &View<'_>, line: &str) -> bool {
    let (key, value) = line.split_once('=').unwrap_or((line, ""));
    let key = key.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    // A key without a value has nothing to lose.
    let is_empty = value.trim().is_empty() || value.trim_start().starts_with('#');
    let is_read = matches!(view.effective, Some(Ok(_)));
    // Clients of the daemon, other files and the meaning of all keys depend on these.
    let is_of_others = matches!(key.as_str(), "address" | "imports" | "version");
    !is_of_others && (is_read || is_empty || !KEPT.contains(&key.as_str()))
}

fn with_line(text: &str, number: usize, new: &str) -> String {
    let lines = text.split('\n').enumerate();
    lines.map(|(at, line)| if at + 1 == number { new } else { line }).collect::<Vec<_>>().join("\n")
}

fn is_mended(view: &View<'_>, before: &ConfigFiles, refusal: &Refusal, mend: &Mend) -> bool {
    let (mut after, file) = (before.clone(), &refusal.file);
    let Some(copy) = copy_of(file) else { return false };
    after.files.insert(file.clone(), mend.text.clone().map(String::into_bytes));
    // A pattern of imports may match the copy.
    if let Some(Some(names)) = after.listings.get_mut(&file.parent()) {
        names.retain(|name| mend.text.is_some() || name != file.name());
        names.push(copy.name().to_owned());
    }
    if !containerd::wants_read(&after, view.release()).is_empty() {
        return false;
    }
    let (was, is) =
        (judgement(view.node, before, view.release()), judgement(view.node, &after, view.release()));
    let read = |files: &ConfigFiles| containerd::effective(files, view.release()).ok();
    is_better(view, refusal, &was, &is)
        && read(&after).is_some_and(|after| read(before).is_none_or(|before| is_same(before, &after)))
}

/// True if the refusal is gone and no other has come.
fn is_better(view: &View<'_>, refusal: &Refusal, was: &Judgement, is: &Judgement) -> bool {
    match (was, is) {
        (_, Judgement::ComesUp) => true,
        (Judgement::Fails(was), Judgement::Fails(is)) => {
            is.iter().all(|other| other != refusal && was.contains(other))
        }
        (_, Judgement::Fails(_)) => false,
        // Then all releases must read the files, which the caller tries.
        (_, Judgement::NotJudged(_)) => view.release().is_none(),
    }
}

/// True if the values of the network are the same; the files that they stand in do not count.
fn is_same(before: Effective, after: &Effective) -> bool {
    let files = after.files.clone();
    Effective { files, ..before } == *after
}
