//! The plugins that libcni 1.3 appends to a list, from the directory with the network's name.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cni::{Conflist, Libcni, Listing, Rule, Violation};
use crate::node::{Content, HostPath, Node, Observed};
use crate::plan::dirs::Dirs;
use crate::plan::settings::Settings;

/// The directories from which a release may append plugins: one for the network of each file in the conf dir. Those
/// of the files in `first` come first.
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

/// The plugins that the release appends to a list from the directory `dir`, each with its file; or the file that
/// fails the load of the list.
pub fn appended(
    node: &Node,
    dir: &HostPath,
    list: &Conflist,
) -> Result<Vec<(HostPath, Conflist)>, (HostPath, Violation)> {
    let Some(name) = list.network_directory() else { return Ok(Vec::new()) };
    let path = dir.join(name);
    // libcni ignores a missing directory, and fails on a file in its place.
    if node.dirs.get(&path).is_some_and(Observed::is_absent)
        && matches!(node.file(&path), Observed::Present(_))
    {
        let message = "is a file, but the runtime reads it as a directory and fails";
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

/// The types of the appended plugins; empty if the load fails.
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
                    Observed::Absent => Listed::Unreadable("it dangles"),
                },
            ))
        })
        .collect()
}
