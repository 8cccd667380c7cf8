//! Pods that got their network before the chain did: a chain reaches new pods only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::codes::PODS_OLDER;
use super::view::View;
use super::{found, places, word};
use crate::cni::{Conflist, Libcni};
use crate::node::{Glance, HostPath};
use crate::report::Located;

/// What libcni keeps of a pod's attachment (`cachedInfo`, libcni `api.go`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cached {
    #[serde(default)]
    config: String,
    #[serde(default)]
    network_name: String,
    #[serde(default)]
    cni_args: Option<Vec<(String, String)>>,
}

pub(super) fn wants(view: &View<'_>) -> Vec<Glance> {
    let Ok(dir) = HostPath::new(places::CNI_CACHE) else { return Vec::new() };
    if chain(view).is_none() { Vec::new() } else { view.node.files_of(&dir, "") }
}

/// Our chain, if it is what pods get.
fn chain<'v>(view: &'v View<'_>) -> Option<&'v Conflist> {
    let winner = view.winner.as_ref()?;
    let path = view.conf_dir.join(winner.name);
    view.is_our_chain(&path, winner.conflist.bytes()).then_some(&winner.conflist)
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let (Some(chain), Ok(dir)) = (chain(view), HostPath::new(places::CNI_CACHE)) else { return Vec::new() };
    let wanted = chain.types();
    let mut pods: Vec<(String, String)> = Vec::new();
    for (path, _) in view.node.files.iter().filter(|(path, _)| path.parent() == dir) {
        let cached = view.node.bytes(path).and_then(|bytes| serde_json::from_slice::<Cached>(bytes).ok());
        let Some(cached) = cached.filter(|cached| cached.network_name == chain.network()) else { continue };
        let Some(config) = STANDARD.decode(&cached.config).ok() else { continue };
        let Ok(config) = Conflist::read("cached.conflist", &config, Libcni::V1_1) else { continue };
        let arg = |name: &str| {
            let args = cached.cni_args.iter().flatten();
            args.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let lacks = wanted.iter().any(|plugin| !config.types().contains(plugin));
        if let (true, Some(namespace), Some(name)) = (lacks, arg("K8S_POD_NAMESPACE"), arg("K8S_POD_NAME")) {
            pods.push((namespace, name));
        }
    }
    pods.sort();
    pods.dedup();
    let Some((namespace, name)) = pods.first() else { return Vec::new() };
    let more = if pods.len() > 1 { format!(" and {} more", pods.len() - 1) } else { String::new() };
    let commands: Vec<String> = pods
        .iter()
        .take(10)
        .map(|(namespace, name)| format!("kubectl -n {} delete pod {}", word(namespace), word(name)))
        .collect();
    vec![found(
        &PODS_OLDER,
        &format!("pod {namespace}/{name}"),
        format!(
            "{namespace}/{name}{more} got the network {:?} before the chain ({}) was there and run without it until they start anew",
            chain.network(),
            wanted.join(" -> ")
        ),
        commands.join("\n"),
    )]
}
