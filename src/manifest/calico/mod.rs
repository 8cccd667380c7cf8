//! Calico's annotations, by the rules of its CNI plugin (`cni-plugin/pkg/k8s/k8s.go`,
//! `libcalico-go/lib/backend/k8s/conversion`).

mod case;
mod keys;
mod lists;
mod pool;
mod pools;
mod qos;

#[cfg(test)]
mod tests;

use super::annotation::value;
use super::cluster::Cluster;
use super::go_json::yaml_line;
use super::nearest::nearest;
use super::net::is_mac;
use super::object::Object;
use super::sink::Sink;
use super::yaml::Spot;
use crate::report::codes::lint as codes;
use case::Case;
use keys::{Form, KEYS, PREFIX};
use pool::Pools;

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    let pools = Pools::of(cluster);
    for pod in cluster.pods() {
        let annotations = pod.annotations();
        let through_multus = pod.annotation("k8s.v1.cni.cncf.io/networks").is_some();
        check_all(pod.object, &annotations, &pools, through_multus, false, sink);
        qos::check(pod.object, &annotations, sink);
    }
    for namespace in cluster.of_kind("", "Namespace") {
        check_all(namespace, &namespace.annotations(), &pools, false, true, sink);
    }
}

fn check_all(
    object: &Object<'_>,
    annotations: &[(&str, Spot<'_>)],
    pools: &Pools<'_>,
    through_multus: bool,
    namespace: bool,
    sink: &mut Sink,
) {
    for (key, spot) in annotations {
        let (Some(name), Some(value)) = (key.strip_prefix(PREFIX), value(spot)) else { continue };
        let case = Case { object, key, spot, value, through_multus };
        match KEYS.iter().find(|known| known.name == name) {
            None => unknown(&case, name, sink),
            Some(known) if namespace && !known.on_namespace => ignored(&case, sink),
            Some(known) => judge(&case, known.form, pools, sink),
        }
    }
    let set = |name: &str| {
        annotations
            .iter()
            .find(|(key, spot)| key.strip_prefix(PREFIX) == Some(name) && spot.text() != Some(""))
    };
    if let (Some(_), Some((_, spot)), false) = (set("ipAddrs"), set("ipAddrsNoIpam"), namespace) {
        let message =
            "ipAddrs and ipAddrsNoIpam are both set; Calico fails the pod (\"can't have both annotations\").";
        let remedy = "Remove one: ipAddrs takes the address from an IP pool, ipAddrsNoIpam bypasses Calico's IPAM and \
                      needs feature_control.ip_addrs_no_ipam in its CNI configuration.";
        sink.add(&codes::CALICO_CONFLICT, object, spot, message.to_owned(), remedy.to_owned());
    }
}

fn judge(case: &Case<'_>, form: Form, pools: &Pools<'_>, sink: &mut Sink) {
    match form {
        Form::Pools(family) => pools::check(case, family, pools, sink),
        Form::Families => lists::families(case, sink),
        Form::Addresses => lists::addresses(case, sink),
        Form::FloatingAddresses => lists::floating(case, sink),
        Form::Prefixes => lists::prefixes(case, sink),
        Form::Mac => mac(case, sink),
        // Calico added them to a pod that comes from a cluster.
        Form::Written if case.object.kind != "Pod" || case.object.spot.get("status").is_none() => {
            written(case, sink);
        }
        Form::Written | Form::Any => {}
    }
}

fn mac(case: &Case<'_>, sink: &mut Sink) {
    let Case { key, value, .. } = case;
    if value.is_empty() || is_mac(value) {
        return;
    }
    let inner = value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"' | '\''));
    let corrected = if is_mac(inner) { inner } else { "02:00:00:00:00:01" };
    let message = format!("{key} is {value:?}, which is not a MAC address; it is a plain one, not JSON.");
    case.add(sink, &codes::CALICO_VALUE, message, Some(corrected), "");
}

fn written(case: &Case<'_>, sink: &mut Sink) {
    let message = format!(
        "{} is written by Calico when it wires the pod; a value set by hand makes Calico and its policies believe in \
         an address that the pod does not have.",
        case.key
    );
    let remedy = format!("Remove the line. To ask for an address: {PREFIX}ipAddrs: '[\"192.0.2.10\"]'");
    case.add(sink, &codes::CALICO_OWNED, message, None, &remedy);
}

fn unknown(case: &Case<'_>, name: &str, sink: &mut Sink) {
    let meant = nearest(name, KEYS.iter().map(|key| key.name)).unwrap_or_default();
    let message = format!(
        "Calico reads no annotation {}; it has no effect. Nearest known name: {PREFIX}{meant}.",
        case.key
    );
    let remedy = yaml_line(&format!("{PREFIX}{meant}"), case.value);
    case.add(sink, &codes::CALICO_UNKNOWN, message, None, &remedy);
}

fn ignored(case: &Case<'_>, sink: &mut Sink) {
    let message = format!(
        "Calico reads {} on pods only; on a Namespace it has no effect (ipv4pools, ipv6pools and ipFamilies have one).",
        case.key
    );
    let remedy = format!("Under the pod's metadata.annotations:\n{}", yaml_line(case.key, case.value));
    case.add(sink, &codes::CALICO_IGNORED, message, None, &remedy);
}
