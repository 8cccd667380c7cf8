//! libcni's cache of each pod's network. Before libcni 1.2 (containerd 2.0) a file that is empty or cut, as after a power
//! cut, keeps the runtime from taking its pod down, and so from starting the pod anew (libcni `api.go`,
//! `DelNetworkList`; measured on 1.6 and 1.7, and on 2.1, where the pod ends).

use super::found::found;
use super::paths;
use super::view::{MOST_ENTRIES, View};
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::codes::check::RESULT_EMPTY;
use crate::report::{Located, join_truncated};

/// The number of files that a line of a remedy names.
const A_LINE: usize = 32;

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let Ok(dir) = HostPath::new(paths::CNI_CACHE) else { return Vec::new() };
    let listed = view.node.dirs.get(&dir).and_then(Observed::present);
    let names = listed.into_iter().flat_map(|listed| &listed.names).take(MOST_ENTRIES);
    let stamps: Vec<ReadRequest> = names.map(|name| ReadRequest::Stamp(dir.join(name))).collect();
    std::iter::once(ReadRequest::Dir(dir)).chain(stamps).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    if !view.rules().fails_on_broken_results() {
        return Vec::new();
    }
    let Ok(dir) = HostPath::new(paths::CNI_CACHE) else { return Vec::new() };
    let Some(listed) = view.node.dirs.get(&dir).and_then(Observed::present) else { return Vec::new() };
    let paths = listed.names.iter().map(|name| dir.join(name));
    let bad: Vec<HostPath> = paths.filter(|path| is_empty(view, path) || is_cut(view, path)).collect();
    let Some(first) = bad.first() else { return Vec::new() };
    let names: Vec<&str> = bad.iter().map(HostPath::name).collect();
    let (is, their) = if bad.len() == 1 { ("is", "its pod") } else { ("are", "their pods") };
    let message = format!(
        "{} in {dir} {is} empty or cut: the runtime cannot take {their} down (failed to get network ... cached result), so a \
         pod of that name does not end and does not start anew",
        join_truncated(&names)
    );
    let lines = bad.chunks(A_LINE).map(|paths| {
        let words: Vec<String> = paths.iter().map(|path| view.word(path)).collect();
        format!("rm {}", words.join(" "))
    });
    vec![found(&RESULT_EMPTY, first, message, lines.collect::<Vec<_>>().join("\n"))]
}

fn is_empty(view: &View<'_>, path: &HostPath) -> bool {
    view.stamp(path.as_str()).is_some_and(|stamp| stamp.size == 0)
}

/// True for a result that ends in the middle, among those that were read for another rule.
fn is_cut(view: &View<'_>, path: &HostPath) -> bool {
    view.node.bytes(path).is_some_and(|bytes| bytes.trim_ascii_end().last() != Some(&b'}'))
}
