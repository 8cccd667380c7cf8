//! Multus configurations that delegate to Multus: each call starts another one, until the node has no processes left
//! (multus-cni#1108, #1130, #1162, #1324).

use super::super::cluster::{Cluster, config_of};
use super::super::object::Object;
use super::super::pods::Pod;
use super::super::sink::Sink;
use super::super::yaml::{Node, Spot, Value};
use super::nad_conf;
use crate::cni::{Wrap, is_file_of_multus, is_multus, wraps_itself};
use crate::report::codes::lint as codes;

/// Options of Multus' installer that name the file of the network to wrap or to wait for.
const FILE_FLAGS: &[&str] =
    &["multus-master-cni-file-name", "multus-master-cni-file", "readiness-indicator-file"];

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for definition in cluster.network_definitions() {
        let Some(config) = config_of(definition) else { continue };
        if nad_conf::types(definition).iter().any(|kind| is_multus(kind)) {
            let message = "This definition's plugin is Multus itself: for every pod that names it, Multus would \
                           call itself without end.";
            let remedy = "Name the plugin that makes the interface, such as \"type\": \"macvlan\".";
            sink.add(&codes::MULTUS_WRAPS, definition, &config, message.to_owned(), remedy.to_owned());
        }
    }
    for map in cluster.of_kind("", "ConfigMap") {
        let Some(data) = map.spot.get("data") else { continue };
        for (key, spot) in data.entries() {
            let why = match spot.text().and_then(|text| wraps_itself(text.as_bytes())) {
                None => continue,
                Some(Wrap::Delegate) => "has Multus among its \"delegates\"".to_owned(),
                Some(Wrap::File(key, file)) => {
                    format!("has {key:?}: {file:?}, which is the file that Multus itself writes")
                }
            };
            add(map, &spot, &format!("{key} {why}"), sink);
        }
    }
    for pod in cluster.pods() {
        flags(&pod, sink);
    }
}

/// True for the text of a file in a ConfigMap that makes Multus call itself.
pub(in crate::manifest) fn wraps(node: &Node<'_>) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if wraps_itself(scalar.text.as_bytes()).is_some())
}

fn flags(pod: &Pod<'_>, sink: &mut Sink) {
    let spec = pod.template.get("spec");
    for list in ["initContainers", "containers"] {
        let containers = spec.as_ref().and_then(|spec| spec.get(list));
        for container in containers.map_or_else(Vec::new, |containers| containers.items()) {
            for part in ["command", "args"] {
                let words = container.get(part).map_or_else(Vec::new, |words| words.items());
                for (index, word) in words.iter().enumerate() {
                    let next = words.get(index + 1).and_then(Spot::text);
                    if let Some((flag, file)) = word.text().and_then(|text| file_flag(text, next)) {
                        let what =
                            format!("--{flag} names {file:?}, which is the file that Multus itself writes");
                        add(pod.object, word, &what, sink);
                    }
                }
            }
        }
    }
}

fn file_flag<'t>(word: &'t str, next: Option<&'t str>) -> Option<(&'t str, &'t str)> {
    let word = word.trim_start_matches('-');
    let (flag, file) = word.split_once('=').or_else(|| Some((word, next?)))?;
    (FILE_FLAGS.contains(&flag) && is_file_of_multus(file)).then_some((flag, file))
}

fn add(object: &Object<'_>, spot: &Spot<'_>, what: &str, sink: &mut Sink) {
    let message =
        format!("{what}: Multus would wrap or wait for itself instead of the node's primary network.");
    let remedy = "Name the primary's file, such as 10-calico.conflist or 05-cilium.conflist (on a node: ls /etc/cni/net.d).";
    sink.add(&codes::MULTUS_WRAPS, object, spot, message, remedy.to_owned());
}
