//! The network of a list: its name, and the directory of that name, from which libcni 1.3 adds plugins.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cni::{Composed, Conflist, Libcni, Listing, Rule, Violation, would_load};
use crate::node::{Content, HostPath, Node, Observed};
use crate::plan::chain::primary::{Ready, refused};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::dirs::Dirs;
use crate::plan::owners::own_chains;
use crate::plan::settings::Settings;
use crate::report::{FailureCode, Finding, Severity};

/// The directories that a release may add plugins from: one for the network of each file, in the conf dir; those of the
/// files called `first` before all others.
pub fn network_dirs(node: &Node, settings: &Settings, first: &[String]) -> Vec<HostPath> {
    let conf = Dirs::of(settings, &node.answers).conf;
    let files = node.files.iter().filter_map(|(path, observed)| match &observed.present()?.content {
        Content::Bytes(bytes) => Some((path.name(), Conflist::of(path.name(), bytes, Libcni::V1_3).ok()?)),
        Content::Digest(_) | Content::Unread(_) => None,
    });
    let named = files.filter(|(_, file)| file.has_usable_name());
    let named =
        named.map(|(name, file)| (first.iter().any(|other| other == name), conf.join(file.network())));
    let (before, after): (Vec<_>, Vec<_>) = named.partition(|(is_first, _)| *is_first);
    let mut seen = BTreeSet::new();
    let dirs = before.into_iter().chain(after).map(|(_, dir)| dir);
    dirs.filter(|dir| seen.insert(dir.clone())).collect()
}

/// The plugins that the release adds to a list in the directory `dir`, each with its file; or the file that fails the
/// load of the list.
pub fn appended(
    node: &Node,
    dir: &HostPath,
    list: &Conflist,
) -> Result<Vec<(HostPath, Conflist)>, (HostPath, Violation)> {
    let Some(name) = list.network_directory() else { return Ok(Vec::new()) };
    let path = dir.join(name);
    // libcni passes over a directory that is not there, and fails on a file in its place.
    if node.dirs.get(&path).is_some_and(Observed::is_absent)
        && matches!(node.file(&path), Observed::Present(_))
    {
        let message = "is a file, where the runtime reads a directory of this name and fails";
        return Err((
            path,
            Violation { rule: Rule::Readable, line: 0, column: 0, message: message.to_owned() },
        ));
    }
    match listing(node, &path).appended(list.rules()) {
        Ok(files) => Ok(files.into_iter().map(|(name, file)| (path.join(name), file)).collect()),
        Err(unloadable) => Err((path.join(&unloadable.name), unloadable.violation)),
    }
}

/// The types of the plugins that are added; none where the load fails.
pub fn appended_types(node: &Node, dir: &HostPath, list: &Conflist) -> Vec<String> {
    let files = appended(node, dir, list).unwrap_or_default();
    files.iter().flat_map(|(_, file)| file.types()).map(str::to_owned).collect()
}

fn listing<'n>(node: &'n Node, dir: &HostPath) -> Listing<'n> {
    use crate::cni::Content as Listed;
    let Some((own, listed)) = node.dirs.get_key_value(dir) else { return Listing::default() };
    let Some(listed) = listed.present() else { return Listing::default() };
    listed
        .names
        .iter()
        .filter(|name| !listed.dirs.contains(*name))
        .filter_map(|name| {
            Some((
                name.as_str(),
                match node.files.get(&own.join(name))? {
                    Observed::Present(file) => match &file.content {
                        Content::Bytes(bytes) => Listed::Bytes(Arc::clone(bytes)),
                        Content::Unread(why) => Listed::Unreadable(why),
                        Content::Digest(_) => Listed::Unreadable("only its hash was taken"),
                    },
                    Observed::Unknown(why) => Listed::Unreadable(why),
                    Observed::Absent => Listed::Unreadable("it leads to no file"),
                },
            ))
        })
        .collect()
}

/// Reasons to refuse the chain for its network; what was wrong before it is told.
pub(in crate::plan) fn refusal(
    cx: &PlanContext<'_>,
    primary: &Ready,
    chain: &HostPath,
    composed: &Composed,
) -> Plan {
    let Ok(list) = Conflist::of(chain.name(), &composed.bytes, cx.rules()) else { return Plan::done() };
    match appended(cx.node, &chain.parent(), &list) {
        Err((path, violation)) => {
            return refused(
                FailureCode::NetworkFileInvalid,
                format!(
                    "the runtime adds the files of {} to the network {:?}, and would not load the chain: {path} {violation}",
                    path.parent(),
                    list.network()
                ),
                "mend or remove that file",
            );
        }
        Ok(files) => {
            let twice = files.iter().find_map(|(path, file)| {
                let ours = cx.desired.plugins.iter().map(crate::cni::Plugin::plugin_type);
                Some((path, ours.into_iter().find(|own| file.types().contains(own))?))
            });
            if let Some((path, plugin)) = twice {
                return refused(
                    FailureCode::PluginRunsTwice,
                    format!(
                        "{path} adds the plugin {plugin:?} to the network already, so it would run twice"
                    ),
                    "remove that file, or leave the plugin out of --plugin",
                );
            }
        }
    }
    if list.has_usable_name() { Plan::done() } else { unusable(cx, primary, &list) }
}

/// A name with which libcni loads a list and refuses each pod (libcni `utils.go`, `ValidateNetworkName`).
fn unusable(cx: &PlanContext<'_>, primary: &Ready, list: &Conflist) -> Plan {
    let message = format!(
        "{} has the network name {:?}, with which the runtime loads it and fails each pod (invalid characters found in \
         network name)",
        primary.path,
        list.network()
    );
    let remedy = "a name starts with a letter or a digit, and has only these, '_', '.' and '-': mend it where the file is made";
    if !was_so_before(cx, primary) {
        return refused(FailureCode::NetworkNameInvalid, message, remedy);
    }
    Plan::done().with_finding(Finding {
        code: "network-name-invalid",
        severity: Severity::Error,
        subject: primary.path.to_string(),
        message,
        remedy: remedy.to_owned(),
    })
}

/// Whether pods get the primary's network without the chain: then what is wrong with it is not new.
fn was_so_before(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    let dir = &cx.desired.dirs.conf;
    let own = own_chains(cx);
    let listing = cx.listing(dir);
    let others = listing.without(|name| own.contains(&dir.join(name)));
    let loads = would_load(&others, 1, cx.rules());
    loads.is_ok_and(|files| files.first().is_some_and(|(name, _)| dir.join(name) == primary.path))
}
