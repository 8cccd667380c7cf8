//! `conf_template`: containerd uses it only when the kubelet sends a pod CIDR and no other network is loaded.

use super::found::found;
use super::view::View;
use super::winner::CONTAINERD_NET;
use crate::cni::Conflist;
use crate::containerd::check_template;
use crate::node::{HostPath, ReadRequest};
use crate::report::codes::check::{TEMPLATE_BARE, TEMPLATE_INVALID, TEMPLATE_MISSING};
use crate::report::{Located, word};

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    view.conf_template()
        .and_then(|text| HostPath::new(&text).ok())
        .map(ReadRequest::File)
        .into_iter()
        .collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(text) = view.conf_template().filter(|text| !text.is_empty()) else { return Vec::new() };
    let said = view.values().and_then(|values| values.conf_template.as_ref());
    let file = said.map(|said| said.file.clone()).or_else(|| view.config.clone());
    let subject = file.as_ref().map_or("containerd", HostPath::as_str);
    let without = format!(
        "{}   # unless the node uses a template",
        view.then_restart(&format!(
            "sed -i '/conf_template/d' {}",
            file.as_ref().map_or_else(|| word(subject), |file| view.word(file))
        ))
    );
    let Ok(path) = HostPath::new(&text) else {
        return vec![found(
            &TEMPLATE_BARE,
            subject,
            format!(
                "conf_template is {text:?}, which containerd looks for in its working directory / and not in {}; \
                 and it does not choose the network: pods get the file that sorts first in {}",
                view.conf_dir, view.conf_dir
            ),
            without,
        )];
    };
    let observed = view.node.file(&path);
    if observed.is_absent() {
        return vec![found(
            &TEMPLATE_MISSING,
            subject,
            format!(
                "conf_template is {path}, which does not exist; while no other file loads, each update of the \
                 pod CIDR fails"
            ),
            // AKS with kubenet and GKE make the network from it.
            if is_needed(view) { restored(view, &path) } else { without },
        )];
    }
    let Some(bytes) = view.node.bytes(&path) else { return Vec::new() };
    let read =
        |rendered: &str| Conflist::read("10-containerd-net.conflist", rendered.as_bytes(), view.rules());
    let (why, line, column) = match check_template(&path, bytes) {
        Err(refusal) => (
            refusal.rule,
            refusal.position.map_or(0, |at| at.line),
            refusal.position.map_or(0, |at| at.column),
        ),
        Ok(()) => {
            match rendered(&String::from_utf8_lossy(bytes)).and_then(|rendered| read(&rendered).err()) {
                Some(violation) => (format!("its result {violation}"), 0, 0),
                None => return Vec::new(),
            }
        }
    };
    let message = format!(
        "the template {path} would not make a network: {why}; containerd would leave a broken \
         10-containerd-net.conflist in {}",
        view.conf_dir
    );
    let remedy = format!(
        "cat {}   # its fields are {{{{.PodCIDR}}}}, {{{{range .PodCIDRRanges}}}} and {{{{range .Routes}}}}; its \
         result must be a conflist",
        view.word(&path)
    );
    vec![found(&TEMPLATE_INVALID, &path, message, remedy).at(line, column)]
}

/// True if nothing but the template gives pods a network.
fn is_needed(view: &View<'_>) -> bool {
    view.winner.as_ref().is_none_or(|winner| winner.name == CONTAINERD_NET)
}

/// Only who provisioned the node has the template's bytes.
fn restored(view: &View<'_>, path: &HostPath) -> String {
    format!(
        "ls -l {}   # copy {} from a node of the same pool, or make this node anew: the pods' network comes from it",
        view.word(&path.parent()),
        path.name()
    )
}

/// The template with its field filled in; `None` if it has other fields than this one.
fn rendered(text: &str) -> Option<String> {
    let text = text.replace("{{.PodCIDR}}", "10.0.0.0/24").replace("{{ .PodCIDR }}", "10.0.0.0/24");
    (!text.contains("{{")).then_some(text)
}
