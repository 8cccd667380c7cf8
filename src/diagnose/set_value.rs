//! A command that changes one text in containerd's config, tried on the file before it is printed.

use super::view::{View, of_containerd};
use crate::containerd::{self, Effective, Sourced};
use crate::node::HostPath;
use crate::report::word;

/// The command that replaces a text value in its line, and restarts the runtime; `None` if it would not have the
/// effect that `mends` asks for. `keys` are the names that the setting has in the releases.
pub(super) fn set_value(
    view: &View<'_>,
    main: &HostPath,
    set: &Sourced<String>,
    keys: &[&str],
    value: &str,
    mends: impl Fn(&Effective) -> bool,
) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./-_:@".contains(c);
    let text = view.text(&set.file).filter(|_| value.chars().all(is_plain))?;
    keys.iter().find_map(|key| {
        let changed = replaced(text, set.line, key, value)?;
        let mut files = of_containerd(view.node, main);
        files.files.insert(set.file.clone(), Some(changed.into_bytes()));
        containerd::effective(&files, view.release()).ok().filter(|values| mends(values))?;
        let pattern = format!("({key}[\"']?[[:space:]]*=[[:space:]]*)(\"[^\"]*\"|'[^']*')");
        let script = format!("{}s#{pattern}#\\1\"{value}\"#", set.line);
        Some(view.then_restart(&format!("sed -i -E {} {}", word(&script), view.word(&set.file))))
    })
}

/// The text after the command: the first quoted text behind the key and its `=` in that line is another.
fn replaced(text: &str, line: usize, key: &str, value: &str) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let found = lines.get_mut(line.checked_sub(1)?)?;
    let at = found.match_indices(key).map(|(at, _)| at + key.len()).find_map(|end| {
        let rest = found[end..].strip_prefix(['"', '\'']).unwrap_or(&found[end..]);
        let rest = rest.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_start_matches([' ', '\t']);
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let length = rest[1..].find(quote)? + 2;
        let start = found.len() - rest.len();
        Some(start..start + length)
    })?;
    found.replace_range(at, &format!("\"{value}\""));
    Some(lines.concat())
}
