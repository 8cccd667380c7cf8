//! A runtime that loads every file, with one file.

use super::found::found;
use super::view::View;
use crate::report::Located;
use crate::report::codes::check::NO_LIMIT;

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    judge(view).into_iter().collect()
}

fn judge(view: &View<'_>) -> Option<Located> {
    let number = view.max_conf_num();
    let has_one = view.winner.is_some() && view.listing().loadable().nth(1).is_none();
    if number == 1 || !has_one || !view.is_of_containerd() {
        return None;
    }
    let set =
        view.values().and_then(|values| values.max_conf_num.as_ref()).filter(|set| set.value == number)?;
    let limit = if number <= 0 { "has no limit".to_owned() } else { format!("loads up to {number} files") };
    let message = format!(
        "{} sets max_conf_num to {number}, so the runtime {limit}: a second file in {} would attach every pod to both \
         networks",
        set.place(),
        view.conf_dir
    );
    let file = view.word(&set.file);
    let command = format!("sed -i -E '{}s/(max_conf_num[^=]*=[[:space:]]*)-?[0-9]+/\\11/I' {file}", set.line);
    let remedy = format!("{}   # a chain in a file of its own needs it", view.then_restart(&command));
    Some(found(&NO_LIMIT, &set.file, message, remedy).at(set.line, 1))
}
