//! `check --pod`: what a pod showed that did not start, and which finding explains it.

use super::found::found;
use super::why::why;
use crate::node::{Node, Observed, PodAnswer, heard};
use crate::plan::left_findings;
use crate::report::codes::check::POD_FAILED;
use crate::report::{Located, Pod};

/// The findings, and what the pod showed. If a finding explains its failure, that finding is the diagnosis; else the
/// failure itself is, because nothing is more certain.
pub fn with_pod(node: &Node, mut findings: Vec<Located>) -> Vec<Located> {
    let left = left_findings(&node.answers).into_iter().map(|finding| Located {
        finding,
        file: String::new(),
        document: 0,
        path: String::new(),
        line: 0,
        column: 0,
    });
    findings.extend(left);
    let Some(words) = words(node) else { return findings };
    let told = why(words, &findings);
    let first = told.first();
    let meaning = first.map(|why| format!(". {}", why.meaning)).unwrap_or_default();
    let codes = first.map(|why| why.on_this_node.join(", ")).filter(|codes| !codes.is_empty());
    let (explained, remedy) = match (&codes, first) {
        (Some(codes), _) => (
            format!(" Explained by {codes}."),
            format!("cni-bootstrap check --pod   # once {codes} is mended"),
        ),
        (None, Some(why)) => (String::new(), why.remedy.clone()),
        (None, None) => {
            (String::new(), "journalctl -u containerd --since -15min | grep -i sandbox".to_owned())
        }
    };
    let message = format!("a pod does not start: {}{meaning}{explained}", heard(words));
    let failed = found(&POD_FAILED, "pod", message, remedy);
    match codes {
        Some(_) => findings.push(failed),
        None => findings.insert(0, failed),
    }
    findings
}

/// The runtime's words about the pod that did not start.
fn words(node: &Node) -> Option<&str> {
    match node.answers.pod.as_ref()?.1.said.present()? {
        PodAnswer::Failed(words) => Some(words),
        PodAnswer::Started(_) | PodAnswer::NotKnown(_) => None,
    }
}

/// The pod for the report; `None` if it is not known if one starts.
pub fn pod_of(node: &Node) -> Option<Pod> {
    match node.answers.pod.as_ref()?.1.said.present()? {
        PodAnswer::Started(addresses) => {
            Some(Pod { started: true, addresses: addresses.clone(), words: None })
        }
        PodAnswer::Failed(words) => {
            Some(Pod { started: false, addresses: Vec::new(), words: Some(heard(words)) })
        }
        PodAnswer::NotKnown(_) => None,
    }
}

/// The reason why it is not known if a pod starts, after it was asked.
pub fn pod_not_known(node: &Node) -> Option<String> {
    match &node.answers.pod.as_ref()?.1.said {
        Observed::Present(PodAnswer::NotKnown(why)) | Observed::Unknown(why) => Some(heard(why)),
        Observed::Absent => Some("no runtime socket exists".to_owned()),
        Observed::Present(PodAnswer::Started(_) | PodAnswer::Failed(_)) => None,
    }
}
