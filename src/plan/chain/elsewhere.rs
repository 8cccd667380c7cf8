//! Directories where the runtime does not look: nothing is installed or published there.

use crate::node::{HostPath, Node, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::layers::is_same_dir;
use crate::report::FailureCode;

/// Refuses a `--conf-dir` or `--bin-dir` that the runtime does not use, before anything else is planned.
pub(in crate::plan) fn refusal(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let RuntimeState::Status(status) = cx.runtime() else { return Ok(()) };
    let theirs = |dirs: &[String]| dirs.iter().filter_map(|dir| HostPath::new(dir).ok()).collect::<Vec<_>>();
    let conf: Vec<HostPath> = theirs(status.conf_dir.as_slice());
    if let Some(typed) = outside(cx.node, cx.settings.conf_dir.as_ref(), &conf) {
        return Err(Blocked::refused(
            FailureCode::ConfDirElsewhere,
            format!(
                "the runtime loads its networks from {}, but --conf-dir {typed} is another directory: no pod \
                 would get the chain from it",
                conf[0]
            ),
            "leave --conf-dir out (--primary-dir names the directory of a primary that is staged elsewhere), or set \
             conf_dir in the runtime's config",
        ));
    }
    let bins = theirs(&status.bin_dirs);
    if let Some(typed) = outside(cx.node, cx.settings.bin_dir.as_ref(), &bins) {
        let names: Vec<&str> = bins.iter().map(HostPath::as_str).collect();
        return Err(Blocked::refused(
            FailureCode::BinDirElsewhere,
            format!(
                "the runtime looks for plugins in {}, but --bin-dir {typed} is another directory: no pod would \
                 find a plugin in it",
                names.join(", ")
            ),
            "leave --bin-dir out, or set bin_dir (from 2.1 on: bin_dirs) in the runtime's config",
        ));
    }
    shadowed(cx)
}

/// Refuses to install a binary in a directory after one with the same name: libcni takes the first
/// (`invoke/find.go`), so pods would run that one.
fn shadowed(cx: &PlanContext<'_>) -> Result<(), Blocked> {
    let dirs = &cx.desired.dirs;
    let before = dirs.bins.iter().take_while(|dir| !is_same_dir(cx.node, dir, &dirs.install));
    for dir in before {
        for (name, source) in &cx.desired.binaries {
            let path = dir.join(name);
            let Observed::Present(file) = cx.node.file(&path) else { continue };
            let input = cx.node.sources.get(source).and_then(Observed::present);
            if input.is_none_or(|input| input.content.digest() == file.content.digest()) {
                continue;
            }
            return Err(Blocked::refused(
                FailureCode::BinaryShadowed,
                format!(
                    "the runtime would run {path} and not {}, because it looks in {dir} first",
                    dirs.install.join(name)
                ),
                format!("use --bin-dir {dir}, or remove {path}"),
            ));
        }
    }
    Ok(())
}

/// The directory of the option, if the runtime reports its directories and this is not one of them.
fn outside<'a>(node: &Node, typed: Option<&'a HostPath>, theirs: &[HostPath]) -> Option<&'a HostPath> {
    typed.filter(|typed| !theirs.is_empty() && !theirs.iter().any(|dir| is_same_dir(node, dir, typed)))
}
