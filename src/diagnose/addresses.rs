//! Leases that fill a range of host-local: no pod gets an address any more. A lease of a pod that is gone stays if the
//! pod was never taken down, as after a power cut.

use super::found::found;
use super::view::View;
use crate::cni::{AddressRange, HostLocal};
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::Located;
use crate::report::codes::check::ADDRESSES;

/// The largest range whose leases are counted: a node has no more pods.
const MOST: u128 = 4096;
/// The number of leases that a remedy names; one is enough for the next pod.
const NAMED: usize = 64;

/// A set of ranges that has no address left.
struct Full {
    dir: HostPath,
    room: u128,
    leases: Vec<HostPath>,
}

/// The directories of leases, and the leases themselves if they fill a range.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let uses = uses(view);
    let files = uses.iter().filter_map(|used| HostPath::new(used.subnet_file.as_ref()?).ok());
    let dirs = uses.iter().filter_map(|used| HostPath::new(&used.dir).ok());
    let leases = full(view).into_iter().flat_map(|full| full.leases);
    files.chain(leases).map(ReadRequest::File).chain(dirs.map(ReadRequest::Dir)).collect()
}

/// True if it must be known which pods run.
pub(super) fn needs_pods(view: &View<'_>) -> bool {
    !full(view).is_empty()
}

fn uses(view: &View<'_>) -> Vec<HostLocal> {
    view.winner.as_ref().map(|winner| winner.conflist.host_local()).unwrap_or_default()
}

fn full(view: &View<'_>) -> Vec<Full> {
    uses(view).iter().flat_map(|used| full_sets(view, used)).collect()
}

fn full_sets(view: &View<'_>, used: &HostLocal) -> Vec<Full> {
    let Ok(dir) = HostPath::new(&used.dir) else { return Vec::new() };
    let Some(listed) = view.node.dirs.get(&dir).and_then(Observed::present) else { return Vec::new() };
    let of_flannel = used.subnet_file.as_ref().and_then(|file| flannel_range(view, file));
    let sets = used.sets.iter().cloned().chain(of_flannel.map(|range| vec![range]));
    sets.filter_map(|set| {
        let room: u128 = set.iter().map(AddressRange::room).fold(0, u128::saturating_add);
        let is_lease = |name: &&String| set.iter().any(|range| range.has(name));
        let leases: Vec<HostPath> = listed.names.iter().filter(is_lease).map(|name| dir.join(name)).collect();
        let is_full = room <= MOST && leases.len() as u128 >= room;
        is_full.then(|| Full { dir: dir.clone(), room, leases })
    })
    .collect()
}

/// The subnet that flanneld wrote: `FLANNEL_SUBNET=10.244.1.1/24` (flannel-io/cni-plugin `flannel.go`).
fn flannel_range(view: &View<'_>, file: &str) -> Option<AddressRange> {
    let text = view.text(&HostPath::new(file).ok()?)?;
    let subnet = text.lines().find_map(|line| line.strip_prefix("FLANNEL_SUBNET="))?;
    AddressRange::of_subnet(subnet.trim())
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    full(view).iter().map(|full| judge(view, full)).collect()
}

fn judge(view: &View<'_>, full: &Full) -> Located {
    let asked = view.node.answers.running_pods.as_ref();
    let running = asked.and_then(|asked| asked.said.present());
    let Full { dir, room, leases } = full;
    let told = format!("{} leases in {dir} fill the range of {room} addresses", leases.len());
    let harm = "no new pod gets an address (no IP addresses available in range set)";
    let Some(running) = running else {
        return found(
            &ADDRESSES,
            dir,
            format!("{told}, so {harm}; which of them are of pods that are gone is not known from here"),
            format!(
                "crictl pods --no-trunc -q   # the first line of a lease is the id of its pod; remove the files in {} \
                 whose pod is not among these",
                view.word(dir)
            ),
        );
    };
    let owner = |path: &HostPath| Some(view.text(path)?.lines().next()?.trim().to_owned());
    let is_gone = |path: &&HostPath| owner(path).is_some_and(|id| running.iter().all(|pod| pod.id != id));
    let gone: Vec<&HostPath> = leases.iter().filter(is_gone).collect();
    if gone.is_empty() {
        return found(
            &ADDRESSES,
            dir,
            format!("{told}, and all are of pods that run, so {harm}"),
            format!(
                "kubectl get pods -A -o wide {}   # the node has room for {room} pods with an address of their own: move \
                 some away, or give the node a larger range",
                view.of_this_node()
            ),
        );
    }
    let mut words: Vec<String> = gone.iter().take(NAMED).map(|path| view.word(path)).collect();
    words.insert(0, "rm".to_owned());
    if gone.len() > NAMED {
        words.push(format!("  # and {} more, which check names then", gone.len() - NAMED));
    }
    found(
        &ADDRESSES,
        dir,
        format!("{told}, and {} of them are of pods that are gone, so {harm}", gone.len()),
        words.join(" "),
    )
}
