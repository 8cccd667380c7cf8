//! A command that changes one text in the network's file, tried on the file before it is printed.

use super::view::View;
use super::winner::Winner;
use crate::cni::Conflist;
use crate::report::word;

/// The command that gives a key in this line another text; `None` if no such command has the effect that `mends` asks
/// for. A line may have the key several times.
pub(super) fn set_member(
    view: &View<'_>,
    winner: &Winner<'_>,
    line: usize,
    key: &str,
    value: &str,
    mends: impl Fn(&Conflist) -> bool,
) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let text = std::str::from_utf8(winner.conflist.bytes()).ok().filter(|_| value.chars().all(is_plain))?;
    let path = view.conf_dir.join(winner.name);
    (1..=9).find_map(|number| {
        let changed = replaced(text, line, key, value, number)?;
        let read = Conflist::read(winner.name, changed.as_bytes(), view.rules()).ok();
        read.filter(|conflist| mends(conflist))?;
        let pattern = format!("(\"{key}\"[[:space:]]*:[[:space:]]*)\"[^\"]*\"");
        let which = if number == 1 { String::new() } else { number.to_string() };
        let script = format!("{line}s#{pattern}#\\1\"{value}\"#{which}");
        Some(format!("sed -i -E {} {}", word(&script), view.word(&path)))
    })
}

/// The text in which the value of the key's `number`th occurrence in the line is another.
fn replaced(text: &str, line: usize, key: &str, value: &str, number: usize) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let found = lines.get_mut(line.checked_sub(1)?)?;
    let quoted = format!("\"{key}\"");
    let is_blank = |c: char| c.is_ascii_whitespace();
    let values = found.match_indices(&quoted).filter_map(|(at, _)| {
        let rest = found[at + quoted.len()..].trim_start_matches(is_blank).strip_prefix(':')?;
        let rest = rest.trim_start_matches(is_blank);
        let length = rest.strip_prefix('"')?.find('"')? + 2;
        let start = found.len() - rest.len();
        Some(start..start + length)
    });
    let span = values.collect::<Vec<_>>().into_iter().nth(number - 1)?;
    found.replace_range(span, &format!("\"{value}\""));
    Some(lines.concat())
}
