//! Rules for this program's chain: it exists, is complete, is loaded, and matches the current primary.

use super::conf_file::aside;
use super::found::found;
use super::reinstall::{name_before, plugins, reinstall};
use super::view::View;
use super::winner::{Winner, is_package_default};
use crate::cni::{ChainLayer, Conflist, Libcni, Listing, compose};
use crate::node::{
    ATTEMPT_FILE, Digest, HostPath, Kind, Observed, Phase, Place, RECORD_DIR, ReadRequest, Record,
    RestartReason, Written,
};
use crate::plan::parsed;
use crate::report::codes::check::{
    CHAIN_ALTERED, CHAIN_MISSING, CHAIN_SHADOWED, CHAIN_STALE, RECORD_UNREADABLE, RESTART_ROLLED_BACK,
};
use crate::report::{Located, word};

/// The chains in the records, in any directory.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let records = view.node.records();
    let chains = records.values().flatten().flat_map(|record| record.of_kind(Kind::Chain));
    chains.map(|(path, _)| ReadRequest::File(path)).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let mut findings = Vec::new();
    let records = view.node.records();
    // A layer whose uninstall has begun is not expected in the chain.
    let staying: Vec<&Record> = records.values().flatten().filter(|record| !record.leaving).collect();
    for (owner, record) in &records {
        match record {
            Ok(record) if record.leaving => {}
            Ok(record) => findings.extend(chain(view, record, &staying)),
            Err(error) => {
                let path = format!("{RECORD_DIR}/{owner}.json");
                findings.push(found(
                    &RECORD_UNREADABLE,
                    &path,
                    format!("{path} cannot be used: {error}; uninstall does not know what to undo"),
                    HostPath::new(&path).map_or_else(
                        |_| format!("cat {}", word(&path)),
                        |path| {
                            format!(
                                "cat {}   # undo by hand what it names, then: mv {0} {}",
                                view.word(&path),
                                aside(view, &path)
                            )
                        },
                    ),
                ));
            }
        }
    }
    if let Some(attempt) = view.node.attempt().filter(|attempt| attempt.phase == Phase::Failed) {
        let what = match &attempt.reason {
            RestartReason::Values { desired, .. } => format!("with {desired}"),
            RestartReason::Chain { .. } => "so that it loads the chain".to_owned(),
        };
        let ended = match view.node.overwritten(&attempt) {
            Some(path) => format!("that failed; {}", crate::plan::somebody_elses(path)),
            None if attempt.changed.is_empty() => "that failed".to_owned(),
            None => "that failed and was rolled back".to_owned(),
        };
        let again = view.node.records().into_values().flatten().next();
        let again = again.map(|record| {
            format!("\n# and: {}", reinstall(view, &record, None, None).trim_start_matches("# "))
        });
        let again = again.unwrap_or_default();
        findings.push(found(
            &RESTART_ROLLED_BACK,
            ATTEMPT_FILE,
            format!(
                "the runtime was restarted {what}; {ended}; the program tries it \
                again once somebody restarts the runtime or changes its config"
            ),
            format!(
                "journalctl -u {0} | tail -50   # it says what to mend\n# then: {1}{2}",
                view.unit(),
                view.restart(),
                again
            ),
        ));
    }
    findings
}

fn chain(view: &View<'_>, record: &Record, staying: &[&Record]) -> Option<Located> {
    let owner = &record.owner;
    let again = |network| reinstall(view, record, None, network);
    let is_list = |(_, written): &(HostPath, &Written)| written.place != Place::Retired;
    let chains: Vec<_> = record.of_kind(Kind::Chain).filter(is_list).collect();
    // After a change of the output's name the record has the old name too.
    let present = || chains.iter().filter(|(path, _)| view.node.bytes(path).is_some());
    let is_first =
        |path: &HostPath| view.winner.as_ref().is_some_and(|winner| view.conf_dir.join(winner.name) == *path);
    let there = present().find(|(path, _)| is_first(path)).or_else(|| present().next());
    let Some((path, _)) = there else {
        let (path, _) = chains.iter().find(|(path, _)| view.node.file(path).is_absent())?;
        let bak = path.parent().join(&format!("{}.cilium_bak", path.name()));
        let renamed = matches!(view.node.files.get(&bak), Some(Observed::Present(_)));
        let why = if renamed { format!(": Cilium renamed it to {}", bak.name()) } else { String::new() };
        return Some(found(
            &CHAIN_MISSING,
            path,
            format!(
                "{path}, the chain of {owner}, was removed by another program{why}; pods start without {}",
                plugins(record)
            ),
            again(None),
        ));
    };
    let bytes = view.node.bytes(path)?;
    let network = Conflist::read(path.name(), bytes, view.rules()).ok();
    let network = network.map(|conflist| conflist.network().to_owned());
    let digest = Digest::of(bytes);
    let is_chain =
        |record: &&Record| record.paths.get(path.as_str()).is_some_and(|written| written.is_chain(&digest));
    if !staying.iter().any(is_chain) {
        return Some(altered(view, record, path, bytes, again(network.as_deref())));
    }
    if let Some(winner) =
        view.winner.as_ref().filter(|winner| path.parent() == view.conf_dir && winner.name != path.name())
    {
        let other = view.conf_dir.join(winner.name);
        return Some(found(
            &CHAIN_SHADOWED,
            &other,
            format!(
                "{} sorts before {path}, so pods get the network {:?} without {}",
                winner.name,
                winner.conflist.network(),
                plugins(record)
            ),
            in_front(view, record, winner),
        ));
    }
    if lacks(view, record, staying, path, bytes) {
        return Some(found(
            &CHAIN_MISSING,
            path,
            format!(
                "{path}, the chain of several owners, lacks the layer of {owner}; pods start without {}",
                plugins(record)
            ),
            again(network.as_deref()),
        ));
    }
    stale(view, staying, path, bytes).map(|primary| {
        found(
            &CHAIN_STALE,
            path,
            format!("{path} was made from an older {primary}: pods do not get what changed there since"),
            again(network.as_deref()),
        )
    })
}

/// The finding about a chain with bytes that no owner wrote.
fn altered(view: &View<'_>, record: &Record, path: &HostPath, bytes: &[u8], remedy: String) -> Located {
    if let Some(lost) = rewritten(view, record, path, bytes) {
        return found(&CHAIN_MISSING, path, lost, remedy);
    }
    found(
        &CHAIN_ALTERED,
        path,
        format!(
            "{path}, the chain of {}, has other bytes than those that were published; another program writes the file \
             as well",
            record.owner
        ),
        remedy,
    )
}

/// The sentence about a chain in the primary's own file that was written anew without the plugins of this owner.
fn rewritten(view: &View<'_>, record: &Record, path: &HostPath, bytes: &[u8]) -> Option<String> {
    let written = record.paths.get(path.as_str()).filter(|written| written.place == Place::Primary)?;
    let types = Conflist::read(path.name(), bytes, view.rules()).ok();
    let types: Vec<String> = types.iter().flat_map(Conflist::types).map(str::to_owned).collect();
    let lacks = record.plugin_types().iter().any(|plugin| !types.contains(plugin));
    let is_base = written.before.digest() == Some(Digest::of(bytes));
    (lacks || is_base).then(|| {
        format!(
            "{path} is the primary's own file, and its writer wrote it anew without {}, which {} had added; pods start \
             without it",
            plugins(record),
            record.owner
        )
    })
}

/// Brings the chain before the file that hides it. That file may be the cluster's new network, so it stays, unless a
/// package brought it for its own containers or no name of a chain sorts before it.
fn in_front(view: &View<'_>, record: &Record, winner: &Winner<'_>) -> String {
    let other = view.conf_dir.join(winner.name);
    let aside = format!("mv {} {}", view.word(&other), aside(view, &other));
    let is_in_place = record.of_kind(Kind::Chain).any(|(_, written)| written.place == Place::Primary);
    if is_in_place {
        return reinstall(view, record, None, Some(winner.conflist.network()));
    }
    let is_network = !is_package_default(winner.name)
        && !winner.conflist.is_loopback_only()
        && !view.is_chain(&other)
        && !winner.conflist.delegates();
    match name_before(record, winner.name).filter(|_| is_network) {
        Some(name) => {
            let output = Some(name.as_str()).filter(|name| !name.is_empty());
            let network = Some(winner.conflist.network());
            format!(
                "{}\n# or, if nothing uses that network any more: {aside}",
                reinstall(view, record, output, network)
            )
        }
        None => format!("{aside}   # if nothing needs it"),
    }
}

/// True if other owners have the chain, and it has no plugin of this one: an install was killed before it published.
fn lacks(view: &View<'_>, record: &Record, staying: &[&Record], path: &HostPath, bytes: &[u8]) -> bool {
    let others = staying.iter().filter(|other| other.owner != record.owner);
    let is_shared = others.clone().any(|other| other.paths.contains_key(path.as_str()));
    let Ok(chain) = Conflist::read(path.name(), bytes, view.rules()) else { return false };
    let own = parsed(record).map(|layer| layer.plugins).unwrap_or_default();
    is_shared && own.iter().any(|plugin| !chain.types().contains(&plugin.plugin_type()))
}

/// The primary that no longer matches the chain: a file of the same network that would give another chain, while no
/// file gives this one.
fn stale(view: &View<'_>, staying: &[&Record], path: &HostPath, bytes: &[u8]) -> Option<HostPath> {
    let in_it = staying.iter().filter(|record| record.paths.contains_key(path.as_str()));
    let in_it: Vec<_> = in_it.collect();
    if in_it.iter().any(|record| record.layer.layout != "own-file") {
        return None;
    }
    let layers = in_it.into_iter().map(|record| parsed(record)).collect::<Option<Vec<ChainLayer>>>()?;
    let network = Conflist::read(path.name(), bytes, view.rules()).ok()?.network().to_owned();
    let listing = view.listing();
    let mut older = None;
    for name in listing.loadable().filter(|name| view.conf_dir.join(name) != *path) {
        let Some(Ok(conflist)) = listing.read(name, view.rules()) else { continue };
        if conflist.network() != network {
            continue;
        }
        if same_by_some_release(&listing, name, &layers, bytes) {
            return None;
        }
        older = older.or(Some(view.conf_dir.join(name)));
    }
    older
}

/// True if this file gives this chain by the rules of some release: the release that wrote it is not known any more.
fn same_by_some_release(listing: &Listing<'_>, name: &str, layers: &[ChainLayer], bytes: &[u8]) -> bool {
    [Libcni::Any, Libcni::V1_1, Libcni::V1_2, Libcni::V1_3].into_iter().any(|rules| {
        let Some(Ok(conflist)) = listing.read(name, rules) else { return false };
        compose(&conflist, layers).is_ok_and(|composed| *composed.bytes == *bytes)
    })
}
