//! Rules for the directory as a whole: it exists, it is the one that the runtime watches, and it is not empty.

use super::elsewhere;
use super::found::found;
use super::put_aside;
use super::view::{MOST_ENTRIES, View};
use super::winner::Winner;
use crate::cni::Conflist;
use crate::node::{Dir, Observed, ReadRequest, heard};
use crate::plan::{AddedFault, added};
use crate::report::codes::check::{
    CONF_DIR_CROWDED, CONF_DIR_EMPTY, CONF_DIR_MISSING, CONF_DIR_REPLACED, CONF_DIR_UNREADABLE,
    CONF_SUBDIRECTORY, CONF_TAKEN_AWAY, NETWORK_FILE, RUNS_TWICE,
};
use crate::report::{Located, Severity};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let dir = &view.conf_dir;
    // The directory is empty or missing because the file lies elsewhere.
    if elsewhere::is_told(view) {
        return Vec::new();
    }
    match view.node.dirs.get(dir) {
        Some(Observed::Absent) => vec![found(
            &CONF_DIR_MISSING,
            dir,
            format!(
                "{dir} does not exist, so the runtime cannot load a network, and every pod waits in \
                 ContainerCreating"
            ),
            format!(
                "mkdir -p {}   # then see why the pod that writes into it does not start:\n{}",
                view.word(dir),
                see_pods(view)
            ),
        )],
        Some(Observed::Unknown(why)) => vec![found(
            &CONF_DIR_UNREADABLE,
            dir,
            format!("{dir} cannot be read: {why}"),
            format!(
                "ls -ldZ {}   # its owner must be root and its mode 0700 or 0755; run this program as root",
                view.word(dir)
            ),
        )],
        Some(Observed::Present(seen)) => {
            let mut findings: Vec<Located> = replaced(view).into_iter().collect();
            let taken = taken_away(view, seen).or_else(|| put_aside::judge(view, seen));
            if taken.is_none() {
                findings.extend(empty(view, seen));
            }
            findings.extend(taken);
            let networks = seen.names.iter().filter(|name| crate::cni::extension(name).is_some()).count();
            let too_many = Some(dir).filter(|_| seen.unread == 0 && networks > MOST_ENTRIES);
            for dir in too_many.into_iter().chain(crate::plan::crowded_dirs(view.node)) {
                let (message, remedy) = crate::plan::crowded(dir);
                findings.push(found(&CONF_DIR_CROWDED, dir, message, remedy));
            }
            findings.extend(view.winner.as_ref().and_then(|winner| subdirectory(view, winner)));
            findings
        }
        None => Vec::new(),
    }
}

/// Shows the pods of the node: one of them writes the network.
fn see_pods(view: &View<'_>) -> String {
    format!(
        "kubectl get pods -A -o wide {}   # calico-node, antrea-agent, cilium, aws-node, azure-cni or another that brings \
         the network",
        view.of_this_node()
    )
}

/// The directory was replaced after the runtime's start.
fn replaced(view: &View<'_>) -> Option<Located> {
    let dir = &view.conf_dir;
    view.status()?;
    view.node.is_replaced(dir).then(|| {
        found(
            &CONF_DIR_REPLACED,
            dir,
            format!(
                "{dir} was replaced after the runtime started; the runtime still watches the former directory \
                 and does not notice a change in this one"
            ),
            format!("{}   # and find what removes the directory; it must empty the directory instead", view.restart()),
        )
    })
}

fn empty(view: &View<'_>, dir: &Dir) -> Option<Located> {
    let path = &view.conf_dir;
    if view.listing().loadable().next().is_some() {
        return None;
    }
    let installer = INSTALLERS.iter().find(|(_, sign)| dir.names.iter().any(|name| name.starts_with(sign)));
    let there = match (installer, dir.names.len()) {
        (Some((network, sign)), _) => format!(
            "; {sign} exists, so {network} has begun to install itself, but its configuration is still missing"
        ),
        (None, 0) => String::new(),
        (None, _) => {
            let names: Vec<&str> = dir.names.iter().map(String::as_str).take(8).collect();
            format!("; it has only {}", names.join(", "))
        }
    };
    let says = view.status().map(|status| status.network_message.as_str()).filter(|words| !words.is_empty());
    let says = says.map_or_else(
        || "cni plugin not initialized".to_owned(),
        |words| heard(&words.replace("Network plugin returns error: ", "")),
    );
    let remedy = match installer {
        Some(("Calico", _)) => format!(
            "kubectl get pods -A -l k8s-app=calico-node {}   # what it waits for: kubectl logs -c install-cni\n{SEE_EVENTS}",
            view.of_this_node()
        ),
        Some((network, _)) => format!(
            "kubectl get pods -A -o wide {}   # the {network} pod: its install container's log says what it waits \
             for\n{SEE_EVENTS}",
            view.of_this_node()
        ),
        None => format!("{}\n{SEE_EVENTS}", see_pods(view)),
    };
    Some(found(
        &CONF_DIR_EMPTY,
        path,
        format!(
            "{path} has no CNI configuration (*.conflist, *.conf, *.json), so the node stays NotReady with \
             {says:?}: the pod that writes it has not written it yet{there}"
        ),
        remedy,
    ))
}

const SEE_EVENTS: &str = "kubectl get events -A --field-selector reason=FailedCreate   # an admission webhook may keep that pod from being created";

/// Files that a network's installer writes before its configuration, with the network.
const INSTALLERS: [(&str, &str); 4] = [
    ("Calico", "calico-kubeconfig"),
    ("Multus", "multus.d"),
    ("Istio CNI", "ZZZ-istio-cni-kubeconfig"),
    ("Linkerd CNI", "ZZZ-linkerd-cni-kubeconfig"),
];

/// Cilium with `cni.exclusive` renames every other file to `*.cilium_bak`, and never renames them back
/// (cilium#23159).
fn taken_away(view: &View<'_>, dir: &Dir) -> Option<Located> {
    let winner = view.winner.as_ref().filter(|winner| winner.conflist.types().contains(&"cilium-cni"))?;
    let mut baks = dir.names.iter().filter(|name| name.ends_with(".cilium_bak"));
    let name = baks.find(|name| needed(view, name))?;
    let message = format!(
        "{name} wraps or chains the node's network, and Cilium renamed it, so only Cilium's own network {} counts: pods \
         do not get what {name} adds",
        winner.name
    );
    let remedy = "helm upgrade cilium cilium/cilium -n kube-system --reuse-values --set cni.exclusive=false";
    Some(found(&CONF_TAKEN_AWAY, &view.conf_dir.join(name), message, remedy).with(Severity::Warning))
}

/// True if a renamed file should come first: one of a meta-plugin, or a chain of this program.
fn needed(view: &View<'_>, bak: &str) -> bool {
    let original = bak.trim_end_matches(".cilium_bak");
    let path = view.conf_dir.join(original);
    let ours = view.is_chain(&path);
    let bytes = view.node.bytes(&view.conf_dir.join(bak)).unwrap_or_default();
    ours || Conflist::read(original, bytes, view.rules()).is_ok_and(|conflist| conflist.delegates())
}

/// The paths that libcni 1.3 may read for the winner: the directory with its network's name, or a file with that
/// name.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let Some(winner) = &view.winner else { return Vec::new() };
    let Some(path) = winner.conflist.network_directory().map(|name| view.conf_dir.join(name)) else {
        return Vec::new();
    };
    let mut wants = vec![ReadRequest::Dir(path.clone())];
    match view.node.dirs.get(&path) {
        Some(Observed::Present(_)) => wants.extend(view.node.files_of(&path, ".conf")),
        Some(Observed::Absent) => wants.push(ReadRequest::File(path)),
        Some(Observed::Unknown(_)) | None => {}
    }
    wants
}

/// libcni 1.3 (containerd 2.1) appends the plugins of `NETWORK/*.conf` to the list; the directory is not watched.
fn subdirectory(view: &View<'_>, winner: &Winner<'_>) -> Option<Located> {
    let types = winner.conflist.types();
    let files = match added(view.node, &view.conf_dir, &winner.conflist, (winner.name, &types)) {
        Ok(files) => files,
        Err(AddedFault::Broken(path, violation, message)) => {
            let broken = found(&NETWORK_FILE, &path, message, format!("rm {}", view.word(&path)));
            return Some(broken.at(violation.line, violation.column));
        }
        Err(AddedFault::Twice(path, message)) => {
            return Some(found(&RUNS_TWICE, &path, message, format!("rm {}", view.word(&path))));
        }
    };
    let dir = files.first()?.0.parent();
    let names: Vec<&str> = files.iter().map(|(path, _)| path.name()).collect();
    Some(found(
        &CONF_SUBDIRECTORY,
        &dir,
        format!(
            "this containerd adds the plugins in {dir} ({}) to every pod of the network {:?}, though {} does not name \
             them; a change there is not noticed without a restart",
            names.join(", "),
            winner.conflist.network(),
            winner.name
        ),
        format!("ls -l {0}   # remove the directory if what wrote it is gone: rm -r {0}", view.word(&dir)),
    ))
}
