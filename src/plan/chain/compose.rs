//! The desired chain, and the path where it is published.

use crate::cni::{Composed, output_file};
use crate::node::{Digest, HostPath};
use crate::plan::blocked::Blocked;
use crate::plan::chain::not_composed;
use crate::plan::chain::ready::Ready;
use crate::plan::context::PlanContext;
use crate::plan::layout::{Publication, publication};
use crate::plan::settings::Layout;
use crate::report::FailureCode;

/// The chain of all owners as it should be, and its file. It is composed once in a planning pass.
pub(in crate::plan) fn compose_chain<'a>(
    cx: &PlanContext<'_>,
    primary: &'a Ready,
) -> Result<&'a (HostPath, Composed), Blocked> {
    primary.chain.get_or_init(|| compose_from(cx, primary)).as_ref().map_err(Blocked::clone)
}

fn compose_from(cx: &PlanContext<'_>, primary: &Ready) -> Result<(HostPath, Composed), Blocked> {
    let layout = cx.desired.chain_layout();
    let (dir, own) = match layout {
        Layout::OwnFile => (cx.desired.dirs.conf.clone(), own_name(cx, primary)?),
        Layout::InPlace | Layout::None => (primary.path.parent(), String::new()),
    };
    let layers = cx.desired.layers(cx.settings);
    let made = publication((primary.path.name(), &primary.conflist), &layers, layout, &own);
    let Publication { name, composed } = made.map_err(|error| {
        Blocked::refused(
            not_composed::code(&error),
            format!("{} cannot be chained: {error}", primary.path),
            "see --position and --plugin",
        )
    })?;
    Ok((dir.join(&name), composed))
}

/// The name of a file of the chain's own.
fn own_name(cx: &PlanContext<'_>, primary: &Ready) -> Result<String, Blocked> {
    let dir = &cx.desired.dirs.conf;
    let own: Vec<HostPath> = cx.chains();
    // A dangling link counts too: the runtime fails on it.
    let listing = cx.listing(dir);
    let others = listing.names().filter(|name| !own.contains(&dir.join(name)));
    let in_dir = (primary.path.parent() == *dir).then(|| primary.path.name());
    let (owner, given) = (cx.desired.first_owner(), cx.desired.output_file());
    // A file at the output path itself need not be sorted behind the chain: `check_takeover` adopts or refuses it.
    let names: Vec<&str> = others.collect();
    let usual = given.map_or_else(|| format!("05-{owner}.conflist"), str::to_owned);
    let names = names.into_iter().filter(|name| *name != usual);
    output_file(&owner, given, in_dir, names).map_err(|error| {
        Blocked::refused(
            FailureCode::OutputFileInvalid,
            error.to_string(),
            "look at what is in the directory first",
        )
    })
}

/// True if this program published the chain as desired: then its plugins were asked for their versions before.
pub(in crate::plan) fn is_current(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    compose_chain(cx, primary).is_ok_and(|(path, composed)| {
        cx.node.bytes(path) == Some(&composed.bytes) && cx.is_ours(path, &Digest::of(&composed.bytes))
    })
}
