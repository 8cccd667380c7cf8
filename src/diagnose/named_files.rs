//! The files that the plugins of the network read for each pod: kubeconfigs, certificates, an agent's own files.

use super::found::found;
use super::host_file::{self, host_file};
use super::view::View;
use crate::cni::NamedFile;
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::Located;
use crate::report::codes::check::PLUGIN_FILE;

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    named(view).iter().flat_map(|(path, _)| host_file::wants(path)).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    named(view).iter().filter_map(|(path, file)| judge(view, path, file)).collect()
}

/// What could not be observed of them.
pub(super) fn unseen(view: &View<'_>) -> Vec<String> {
    let why = |(path, file): &(HostPath, NamedFile)| match host_file(view, path) {
        Observed::Unknown(why) => Some(format!("{path}, which the plugin {} reads: {why}", file.plugin)),
        Observed::Present(_) | Observed::Absent => None,
    };
    named(view).iter().filter_map(why).collect()
}

/// The files, each once. A path that is not absolute is one below the runtime's working directory, which is `/` under
/// systemd.
fn named(view: &View<'_>) -> Vec<(HostPath, NamedFile)> {
    let mut named: Vec<(HostPath, NamedFile)> = Vec::new();
    for file in view.winner.iter().flat_map(|winner| winner.conflist.named_files()) {
        let absolute = if file.path.starts_with('/') { file.path.clone() } else { format!("/{}", file.path) };
        let Ok(path) = HostPath::new(&absolute) else { continue };
        if named.iter().all(|(other, _)| *other != path) {
            named.push((path, file));
        }
    }
    named
}

fn judge(view: &View<'_>, path: &HostPath, file: &NamedFile) -> Option<Located> {
    let winner = view.winner.as_ref()?;
    let why = match host_file(view, path) {
        Observed::Absent => "does not exist",
        Observed::Present(stamp) if stamp.size == 0 && !file.may_be_empty => "is empty",
        Observed::Present(_) | Observed::Unknown(_) => return None,
    };
    let list = view.conf_dir.join(winner.name);
    let NamedFile { plugin, key, line, .. } = file;
    let names = if *line > 0 {
        format!("{list}:{line} names {path} as {key} of the plugin {plugin:?}")
    } else {
        format!("the plugin {plugin:?} of {list} reads {path}")
    };
    let message = format!("{names}, and that file {why}: every pod fails in the plugin");
    Some(found(&PLUGIN_FILE, path, message, remedy(view, plugin)))
}

/// Only the network's own agent can write the file.
fn remedy(view: &View<'_>, plugin: &str) -> String {
    let (namespace, label) = match plugin {
        "calico" => ("-A", "k8s-app=calico-node"),
        "flannel" => ("-A", "app=flannel"),
        "multus" => ("-A", "app=multus"),
        "istio-cni" => ("-A", "k8s-app=istio-cni-node"),
        "linkerd-cni" => ("-A", "k8s-app=linkerd-cni"),
        _ => ("-n kube-system", ""),
    };
    let selector = if label.is_empty() { String::new() } else { format!(" -l {label}") };
    format!(
        "kubectl get pods {namespace}{selector} -o wide --field-selector spec.nodeName={}   # this pod writes it: \
         read its log, then delete it, so that it writes the file again",
        view.node_name()
    )
}
