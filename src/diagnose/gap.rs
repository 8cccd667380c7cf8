//! The gap: pods that run without the plugins of a published chain, since a chain reaches new pods only.
//!
//! libcni keeps the list that attached a pod, so that list is the evidence. For a pod without it the time of its sandbox
//! is compared with the time at which the chain was first published with these plugins.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses;
use super::paths;
use super::view::View;
use crate::cni::Attachment;
use crate::node::{
    FirstPublished, HostPath, Kind, Node, Observed, PodOwner, PodSandbox, Question, ReadRequest,
};
use crate::plan::chained_since;

/// A pod that runs without plugins of the chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GapPod {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's uid, if it is known.
    pub uid: Option<String>,
    /// When its sandbox was made, in nanoseconds since the epoch; `None` if the runtime was not asked.
    pub created: Option<i128>,
    /// The object that makes it anew, as far as its labels tell.
    pub owner: Option<PodOwner>,
    /// True for a static pod, which cannot be evicted.
    pub is_static: bool,
    /// The types of the chain's plugins that it lacks.
    pub lacks: BTreeSet<String>,
}

/// The files that tell what attached each pod, as far as they were not read.
pub fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let Ok(dir) = HostPath::new(paths::CNI_CACHE) else { return Vec::new() };
    if layers(view).is_empty() {
        return Vec::new();
    }
    let files = view.node.files_of(&dir, "");
    files.into_iter().filter(|request| view.node.lacks(request)).collect()
}

/// The question for the pods that run, if a chain was published or leases fill a range, and nobody asked since the
/// runtime's start.
pub fn question(view: &View<'_>) -> Option<Question> {
    let asked = view.node.answers.running_pods.as_ref();
    let is_asked = asked.is_some_and(|asked| asked.incarnation == view.node.incarnation());
    let answers = view.node.answers.running().is_some();
    let needs_pods = || !layers(view).is_empty() || addresses::needs_pods(view);
    (answers && !is_asked && needs_pods()).then_some(Question::RunningPods)
}

/// The pods in the gap, in the order of their names; `None` if neither the runtime nor the cache tells any pod.
pub fn gap(view: &View<'_>) -> Option<Vec<GapPod>> {
    let layers = layers(view);
    if layers.is_empty() {
        return Some(Vec::new());
    }
    let attached = attached(view.node);
    let running = view.node.answers.running_pods.as_ref().and_then(|asked| asked.said.present());
    let mut pods: Vec<GapPod> = match (running, &attached) {
        (Some(running), attached) => running
            .iter()
            .filter(|pod| !pod.on_host_network)
            .filter_map(|pod| lacking(pod, &layers, attached.as_ref().and_then(|of| of.get(&pod.id))))
            .collect(),
        (None, Some(attached)) => {
            let networks = networks(view);
            attached.values().filter_map(|lists| lacking_by_cache(lists, &layers, &networks)).collect()
        }
        (None, None) => return None,
    };
    pods.sort();
    pods.dedup();
    Some(pods)
}

/// True if an owner's plugins are chained in the conf dir.
pub fn is_chained(view: &View<'_>) -> bool {
    !layers(view).is_empty()
}

/// The plugins of each owner's chain in the conf dir, and since when the chain has them.
fn layers(view: &View<'_>) -> Vec<FirstPublished> {
    let records = view.node.records();
    // A layer whose uninstall has begun is not missed.
    let records = records.values().flatten().filter(|record| !record.leaving);
    let chains = records.flat_map(|record| record.of_kind(Kind::Chain).map(move |(path, _)| (record, path)));
    chains
        .filter(|(_, path)| path.parent() == view.conf_dir)
        .filter_map(|(record, path)| chained_since(view.node, record, &path))
        .filter(|first| !first.plugins.is_empty())
        .collect()
}

/// The networks of the chains in the conf dir.
fn networks(view: &View<'_>) -> BTreeSet<String> {
    let listing = view.listing();
    let is_chain = |name: &&str| {
        let path = view.conf_dir.join(name);
        view.node.bytes(&path).is_some_and(|bytes| view.is_our_chain(&path, bytes))
    };
    let lists = listing.loadable().filter(is_chain).filter_map(|name| listing.read(name, view.rules())?.ok());
    lists.map(|list| list.network().to_owned()).collect()
}

/// The cached attachments by sandbox; `None` if the cache cannot be listed. A pod has several with a meta-plugin.
fn attached(node: &Node) -> Option<BTreeMap<String, Vec<Attachment>>> {
    let dir = HostPath::new(paths::CNI_CACHE).ok()?;
    let mut of: BTreeMap<String, Vec<Attachment>> = BTreeMap::new();
    match node.dirs.get(&dir)? {
        Observed::Unknown(_) => return None,
        Observed::Absent => return Some(of),
        Observed::Present(_) => {}
    }
    let files = node.files.keys().filter(|path| path.parent() == dir);
    for attachment in files.filter_map(|path| Attachment::read(node.bytes(path)?)) {
        of.entry(attachment.sandbox.clone()).or_default().push(attachment);
    }
    Some(of)
}

/// The plugins of the chain that none of these lists has.
fn missing(lists: &[Attachment], layers: &[FirstPublished]) -> BTreeSet<String> {
    let has = |plugin: &&String| lists.iter().any(|list| list.conflist.types().contains(&plugin.as_str()));
    layers.iter().flat_map(|layer| &layer.plugins).filter(|plugin| !has(plugin)).cloned().collect()
}

/// The plugins that the chain got after the pod was made.
fn older(pod: &PodSandbox, layers: &[FirstPublished]) -> BTreeSet<String> {
    let is_older = |layer: &&FirstPublished| pod.created < i128::from(layer.wall_ms) * 1_000_000;
    layers.iter().filter(is_older).flat_map(|layer| layer.plugins.iter().cloned()).collect()
}

/// A pod that the runtime told, if it lacks plugins.
fn lacking(pod: &PodSandbox, layers: &[FirstPublished], lists: Option<&Vec<Attachment>>) -> Option<GapPod> {
    let lacks = lists.map_or_else(|| older(pod, layers), |lists| missing(lists, layers));
    (!lacks.is_empty()).then(|| GapPod {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        uid: Some(pod.uid.clone()).filter(|uid| !uid.is_empty()),
        created: Some(pod.created),
        owner: pod.owner(),
        is_static: pod.is_static,
        lacks,
    })
}

/// A pod that only the cache tells, if it was attached to the chain's network without plugins of the chain.
fn lacking_by_cache(
    lists: &[Attachment],
    layers: &[FirstPublished],
    networks: &BTreeSet<String>,
) -> Option<GapPod> {
    let first = lists.iter().find(|list| networks.contains(&list.network))?;
    let lacks = missing(lists, layers);
    let arg = |name: &str| first.arg(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let (namespace, name) = (arg("K8S_POD_NAMESPACE")?, arg("K8S_POD_NAME")?);
    let uid = arg("K8S_POD_UID");
    (!lacks.is_empty()).then_some(GapPod {
        namespace,
        name,
        uid,
        created: None,
        owner: None,
        is_static: false,
        lacks,
    })
}
