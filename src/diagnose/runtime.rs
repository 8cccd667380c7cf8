//! Compares the runtime's report with the files on disk.

use super::comes_up;
use super::disabled_cri::enabled;
use super::found::found;
use super::silent::silent;
use super::view::View;
use super::winner::Winner;
use crate::containerd::{DISABLES_CRI, Sourced};
use crate::node::{NO_CRI, Observed, ROOT_ONLY, Runtime, Status, heard};
use crate::plan::appended_types;
use crate::report::Located;
use crate::report::codes::check::{
    CHAIN_NOT_LOADED, CONF_NOT_LOADED, CRI_DISABLED, DEPRECATED, LOAD_FAILED, NETWORK_NOT_READY,
};
use crate::verify::is_from;

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let mut findings = Vec::new();
    let disabled = view.values().and_then(|values| values.cri_disabled.as_ref());
    // If the runtime serves CRI now, `comes_up` reports that its next start fails.
    if let Some(disabled) = disabled.filter(|_| !comes_up::is_told_as_next_start(view)) {
        findings.push(found(
            &CRI_DISABLED,
            &disabled.file,
            format!(
                "{} has {:?} in disabled_plugins (Docker's packages ship it so), so no kubelet can use this \
                 containerd",
                disabled.place(),
                written(view, disabled)
            ),
            view.then_restart(&enabled(view, disabled)),
        ));
    }
    match view.node.answers.runtime.as_ref().map(|asked| &asked.said) {
        Some(Observed::Present(Runtime::Containerd(status))) => findings.extend(says(view, status)),
        Some(Observed::Present(Runtime::NotJudged(_))) => findings.extend(unready(view)),
        Some(Observed::Unknown(why))
            if why.contains(NO_CRI) && disabled.is_none() && view.is_of_containerd() =>
        {
            findings.push(found(
                &CRI_DISABLED,
                "containerd",
                format!(
                    "containerd runs but does not serve CRI: {why}; its CRI plugin is disabled or failed to start"
                ),
                format!(
                    "journalctl -u {} | grep -i 'failed to load plugin\\|skip loading' | tail",
                    view.unit()
                ),
            ));
        }
        // Missing permission shows nothing about the runtime.
        Some(Observed::Unknown(why)) if why.contains(ROOT_ONLY) => {}
        Some(Observed::Unknown(why)) if disabled.is_none() => findings.push(silent(view, why)),
        Some(Observed::Absent) if view.is_live() && disabled.is_none() && view.is_of_containerd() => {
            let looked: Vec<&str> = view.node.sockets.iter().map(|(path, _)| path.as_str()).collect();
            findings.push(silent(view, &format!("no CRI socket exists; looked for {}", looked.join(", "))));
        }
        _ => {}
    }
    findings
}

/// The entry as the file spells it: 2.x reads the `cri` of an old file as another name.
fn written<'d>(view: &View<'_>, disabled: &'d Sourced<String>) -> &'d str {
    let text = view.text(&disabled.file).unwrap_or_default();
    let is_written =
        |name: &str| text.contains(&format!("\"{name}\"")) || text.contains(&format!("'{name}'"));
    let old = DISABLES_CRI.into_iter().find(|name| !is_written(&disabled.value) && is_written(name));
    old.unwrap_or(&disabled.value)
}

/// What `NetworkReady` says: every runtime has this condition.
fn unready(view: &View<'_>) -> Option<Located> {
    let other = view.other.filter(|other| other.network_ready == Some(false))?;
    view.listing().loadable().next()?;
    Some(found(
        &NETWORK_NOT_READY,
        &other.title(),
        format!(
            "{other} says NetworkReady=false, so the node is NotReady: {}",
            heard(&other.network_message)
        ),
        format!("journalctl -u {} -n 50   # it says which file or plugin it does not accept", view.unit()),
    ))
}

fn says(view: &View<'_>, status: &Status) -> Vec<Located> {
    // The texts are containerd's own (`pkg/deprecation`), and so is the choice of subjects
    // (`internal/cri/server/status.go`).
    let mut findings: Vec<Located> = status
        .deprecations
        .iter()
        .map(|words| {
            found(
                &DEPRECATED,
                "containerd",
                format!("containerd {} warns: {}", status.runtime_version, heard(words)),
                "ctr deprecations list",
            )
        })
        .collect();
    let nothing_there = view.listing().loadable().next().is_none();
    // A file that appeared since the last load is not a failure of that file.
    let is_older = |words: &str| words.contains("no network config found") && view.winner.is_some();
    let failed = status.load_status.as_deref().filter(|words| *words != "OK" && !is_older(words));
    if let Some(words) = failed.filter(|_| !nothing_there) {
        findings.push(found(
            &LOAD_FAILED,
            &view.conf_dir,
            format!("the runtime's last load of {} failed: {}", view.conf_dir, heard(words)),
            nudge(view),
        ));
        return findings;
    }
    let not_loaded = view.winner.as_ref().and_then(|winner| not_loaded(view, status, winner));
    let is_explained = not_loaded.is_some() && status.pod_networks().next().is_none();
    findings.extend(not_loaded);
    if !status.network_ready && !nothing_there && !is_explained {
        findings.push(found(
            &NETWORK_NOT_READY,
            "containerd",
            format!("the runtime says NetworkReady=false, so the node is NotReady: {}", heard(&status.network_message)),
            "crictl info | head -20   # and the log of the plugin's own agent (kubectl -n kube-system get pods -o wide)",
        ));
    }
    findings
}

/// The runtime has loaded another network than the one on disk: it did not notice the new file.
fn not_loaded(view: &View<'_>, status: &Status, winner: &Winner<'_>) -> Option<Located> {
    status.networks.as_ref()?;
    let types: Vec<String> = winner.conflist.types().into_iter().map(str::to_owned).collect();
    let network = status.pod_networks().next();
    // Files that were added to the directory with the network's name since the load have their own warning.
    let more = appended_types(view.node, &view.conf_dir, &winner.conflist);
    let is_loaded = |more: &[String]| {
        network.is_some_and(|network| is_from(network, winner.name, &winner.conflist, more))
    };
    if is_loaded(&more) || !more.is_empty() && is_loaded(&[]) {
        return None;
    }
    let path = view.conf_dir.join(winner.name);
    let bytes = winner.conflist.bytes();
    let ours = view.is_our_chain(&path, bytes);
    let loaded = status.pod_networks().next();
    let loaded = loaded.map_or_else(
        || "no network".to_owned(),
        |network| format!("{:?} ({})", network.name, network.types.join(", ")),
    );
    let code = if ours { &CHAIN_NOT_LOADED } else { &CONF_NOT_LOADED };
    Some(found(
        code,
        &path,
        format!(
            "{} is on disk ({:?}: {}), but the runtime has {loaded} loaded; it does not notice a file that was \
             moved in from another directory, linked or touched (containerd#11715)",
            winner.name,
            winner.conflist.network(),
            types.join(", ")
        ),
        nudge(view),
    ))
}

/// Any write in the directory makes the runtime list it again; only a dead watch needs a restart.
fn nudge(view: &View<'_>) -> String {
    let dir = view.word(&view.conf_dir);
    format!(
        "echo > {dir}/.reload && rm {dir}/.reload   # any write in the directory makes the runtime read it \
         again\n{}   # if that changes nothing",
        view.restart()
    )
}
