//! The desired chain, and the path where it is published.

use crate::cni::{ChainLayer, Composed, compose, output_file};
use crate::node::{Digest, HostPath};
use crate::plan::blocked::Blocked;
use crate::plan::chain::not_composed;
use crate::plan::chain::ready::Ready;
use crate::plan::context::PlanContext;
use crate::plan::owners;
use crate::report::FailureCode;

/// The chain as it should be, and its file. It is composed once in a planning pass.
pub(in crate::plan) fn compose_chain<'a>(
    cx: &PlanContext<'_>,
    primary: &'a Ready,
) -> Result<&'a (HostPath, Composed), Blocked> {
    primary.chain.get_or_init(|| compose_from(cx, primary)).as_ref().map_err(Blocked::clone)
}

fn compose_from(cx: &PlanContext<'_>, primary: &Ready) -> Result<(HostPath, Composed), Blocked> {
    let dir = &cx.desired.dirs.conf;
    owners::refusal(cx)?;
    let own: Vec<HostPath> = cx.own_chains();
    // A dangling link counts too: the runtime fails on it.
    let listing = cx.listing(dir);
    let others = listing.names().filter(|name| !own.contains(&dir.join(name)));
    let in_dir = (primary.path.parent() == *dir).then(|| primary.path.name());
    let given = cx.settings.output_file.as_deref();
    // A file at the output path itself need not be sorted behind the chain: `check_takeover` adopts or refuses it.
    let names: Vec<&str> = others.collect();
    let usual = given.map_or_else(|| format!("05-{}.conflist", cx.desired.owner), str::to_owned);
    let names = names.into_iter().filter(|name| *name != usual);
    let name = output_file(&cx.desired.owner, given, in_dir, names).map_err(|error| {
        Blocked::refused(
            FailureCode::OutputFileInvalid,
            error.to_string(),
            "look at what is in the directory first",
        )
    })?;
    let layer = ChainLayer {
        owner: cx.desired.owner.clone(),
        plugins: cx.desired.plugins.clone(),
        position: cx.settings.position.clone(),
    };
    let composed = compose(&primary.conflist, &[layer]).map_err(|error| {
        Blocked::refused(
            not_composed::code(&error),
            format!("{} cannot be chained: {error}", primary.path),
            "see --position and --plugin",
        )
    })?;
    Ok((dir.join(&name), composed))
}

/// True if this program published the chain as desired: then its plugins were asked for their versions before.
pub(in crate::plan) fn is_current(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    compose_chain(cx, primary).is_ok_and(|(path, composed)| {
        cx.node.bytes(path) == Some(&composed.bytes) && cx.is_ours(path, &Digest::of(&composed.bytes))
    })
}
