//! Pods that started before the chain existed: a chain reaches new pods only.

use super::found::found;
use super::paths;
use super::view::View;
use crate::cni::{Attachment, Conflist};
use crate::node::{HostPath, ReadRequest};
use crate::report::codes::check::PODS_OLDER;
use crate::report::{Located, word};

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let Ok(dir) = HostPath::new(paths::CNI_CACHE) else { return Vec::new() };
    if chain(view).is_none() { Vec::new() } else { view.node.files_of(&dir, "") }
}

/// This program's chain, if pods get it.
fn chain<'v>(view: &'v View<'_>) -> Option<&'v Conflist> {
    let winner = view.winner.as_ref()?;
    let path = view.conf_dir.join(winner.name);
    view.is_our_chain(&path, winner.conflist.bytes()).then_some(&winner.conflist)
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let (Some(chain), Ok(dir)) = (chain(view), HostPath::new(paths::CNI_CACHE)) else { return Vec::new() };
    let desired = chain.types();
    let mut pods: Vec<(String, String)> = Vec::new();
    for (path, _) in view.node.files.iter().filter(|(path, _)| path.parent() == dir) {
        let attachment = view.node.bytes(path).and_then(Attachment::read);
        let Some(pod) = attachment.filter(|pod| pod.network == chain.network()) else { continue };
        let lacks = desired.iter().any(|plugin| !pod.conflist.types().contains(plugin));
        if let (true, Some(namespace), Some(name)) =
            (lacks, pod.arg("K8S_POD_NAMESPACE"), pod.arg("K8S_POD_NAME"))
        {
            pods.push((namespace.to_owned(), name.to_owned()));
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
            "{namespace}/{name}{more} got the network {:?} before the chain ({}) existed; they run without it \
             until they are recreated",
            chain.network(),
            desired.join(" -> ")
        ),
        commands.join("\n"),
    )]
}
