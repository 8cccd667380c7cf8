//! Drop-ins beside containerd's config that nothing imports. containerd reads no file that `imports` does not name.

use super::found::found;
use super::view::{View, of_containerd};
use crate::containerd::{self, ConfigFiles};
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::codes::check::DROP_IN_UNREAD;
use crate::report::{Located, join_truncated, word};

/// The directory that installers write drop-ins to (NVIDIA's toolkit, kata-deploy, EKS).
fn dir(main: &HostPath) -> HostPath {
    main.parent().join("conf.d")
}

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let Some(main) = &view.config else { return Vec::new() };
    let dir = dir(main);
    let names = view.node.dirs.get(&dir).and_then(Observed::present).map(|dir| &dir.names);
    let files = names.into_iter().flatten().filter(|name| is_drop_in(name)).take(64);
    let files: Vec<ReadRequest> = files.map(|name| ReadRequest::File(dir.join(name))).collect();
    std::iter::once(ReadRequest::Dir(dir)).chain(files).collect()
}

fn is_drop_in(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(stem, end)| end == "toml" && !stem.is_empty() && !stem.starts_with('.'))
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    judge(view).into_iter().collect()
}

fn judge(view: &View<'_>) -> Option<Located> {
    let (main, _) = (view.config.as_ref()?, view.values()?);
    let dir = dir(main);
    let names = &view.node.dirs.get(&dir)?.present()?.names;
    let read = of_containerd(view.node, main);
    let has_settings = |path: &HostPath| {
        let lines = view.text(path).unwrap_or_default().lines();
        lines.map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#'))
    };
    let paths = names.iter().filter(|name| is_drop_in(name)).map(|name| dir.join(name));
    let unread: Vec<HostPath> =
        paths.filter(|path| !read.files.contains_key(path) && has_settings(path)).collect();
    let first = unread.first()?;
    let text = view.text(main)?;
    let told: Vec<&str> = unread.iter().map(HostPath::name).collect();
    let misspelt = misspelt(text);
    let why = match &misspelt {
        Some((line, key)) => {
            format!("{main}:{line} has {key}, which containerd does not know: the key is imports")
        }
        None => format!("no imports of {main} names them"),
    };
    let message =
        format!("nothing reads {} in {dir}: {why}, so what they set has no effect", join_truncated(&told));
    let file = view.word(main);
    let (changed, script) = if let Some((line, key)) = misspelt {
        (renamed(text, line, key), format!("{line}s/{key}/imports/"))
    } else {
        let imports = format!("imports = [\"{dir}/*.toml\"]");
        (format!("{imports}\n{text}"), format!("1i {imports}"))
    };
    let command = format!("sed -i {} {file}", word(&script));
    let remedy = if is_safe(view, &read, &changed, &unread) {
        view.then_restart(&command)
    } else if has_imports(text) {
        format!("grep -n imports {file}   # add {:?} to the list", format!("{dir}/*.toml"))
    } else {
        format!(
            "grep -n . {}   # see what it sets; imported as it is, it takes settings away",
            view.word(first)
        )
    };
    Some(found(&DROP_IN_UNREAD, first, message, remedy))
}

fn has_imports(text: &str) -> bool {
    text.lines().any(|line| line.split_once('=').is_some_and(|(key, _)| key.trim() == "imports"))
}

/// A key at the top of the file that was meant as `imports`, with its line from 1.
fn misspelt(text: &str) -> Option<(usize, &str)> {
    let top = text.lines().enumerate().take_while(|(_, line)| !line.trim_start().starts_with('['));
    let keys = top.filter_map(|(at, line)| Some((at + 1, line.split_once('=')?.0.trim())));
    let is_meant = |key: &str| matches!(key, "includes" | "include" | "import" | "Includes" | "Include");
    keys.into_iter().find(|(_, key)| is_meant(key))
}

fn renamed(text: &str, line: usize, key: &str) -> String {
    let lines = text.split_inclusive('\n').enumerate();
    lines
        .map(|(at, text)| if at + 1 == line { text.replacen(key, "imports", 1) } else { text.to_owned() })
        .collect()
}

/// True if the config with the drop-ins can be read and loses no setting of the main file: on 1.x a drop-in replaces a
/// whole table (containerd#5837).
fn is_safe(view: &View<'_>, read: &ConfigFiles, changed: &str, unread: &[HostPath]) -> bool {
    let mut files = read.clone();
    files.files.insert(files.main.clone(), Some(changed.as_bytes().to_vec()));
    for path in unread {
        files.files.insert(path.clone(), view.node.bytes(path).map(<[u8]>::to_vec));
    }
    if let Some(listed) = unread.first().and_then(|path| view.node.dirs.get(&path.parent())?.present()) {
        files.listings.insert(dir(&files.main), Some(listed.names.iter().cloned().collect()));
    }
    containerd::effective(&files, view.release()).is_ok()
        && containerd::lost(&files, view.release()).is_empty()
        && containerd::wants_read(&files, view.release()).is_empty()
}
