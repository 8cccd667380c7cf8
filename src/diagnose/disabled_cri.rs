//! The command that enables CRI again.

use super::view::View;
use crate::containerd::{DISABLES_CRI, Sourced};

const LIST: &str = "disabled_plugins";

/// Removes every entry that disables CRI from the list, which may have several lines and other plugins. An entry is
/// named as the file spells it: an old file has `cri`, which newer releases read as another name.
pub(super) fn enabled(view: &View<'_>, disabled: &Sourced<String>) -> String {
    let text = view.text(&disabled.file).unwrap_or_default();
    let code = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    let line = text.lines().find(|line| line.trim_start().trim_start_matches(['"', '\'']).starts_with(LIST));
    let range = if line.is_none_or(|line| code(line).contains(']')) { "" } else { ",/^[^#]*\\]/" };
    let entries = DISABLES_CRI.map(|name| name.replace('.', "\\."));
    let quote = "[\"'\\'']";
    let file = view.word(&disabled.file);
    format!(
        "sed -i -E '/^[[:space:]]*{quote}?{LIST}{quote}?[[:space:]]*=/{range}s/{quote}({}){quote}[[:space:]]*,?[[:space:]]*//g' {file}",
        entries.join("|")
    )
}
