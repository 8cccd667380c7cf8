//! Annotations for bandwidth and quality of service. containerd reads `kubernetes.io/*-bandwidth` too and refuses the
//! pod for a wrong value. Wrong values of `qos.projectcalico.org/*` are ignored or clamped by Calico
//! (`handleQoSControlsAnnotations`).

use super::super::annotation::value;
use super::super::go_json::yaml_line;
use super::super::nearest::nearest;
use super::super::object::Object;
use super::super::quantity;
use super::super::sink::Sink;
use super::super::yaml::Spot;
use crate::report::codes::lint as codes;

const PREFIX: &str = "qos.projectcalico.org/";

/// The part after `ingress` or `egress`, with the smallest and the largest value as numbers and as text.
const LIMITS: &[(&str, i128, i128, &str, &str)] = &[
    ("Bandwidth", 1_000, 1_000_000_000_000_000, "1k", "1P"),
    ("Burst", 1_000, 34_359_738_360, "1k", "34359738360"),
    ("Peakrate", 1_010, 1_010_000_000_000_000, "1.01k", "1.01P"),
    ("Minburst", 1_000, 100_000_000, "1k", "100M"),
    ("PacketRate", 1, 10_000, "1", "10k"),
    ("PacketBurst", 1, 10_000, "1", "10k"),
    ("MaxConnections", 1, 4_294_967_295, "1", "4294967295"),
];

/// Annotations that have no effect without another one.
const NEEDS: &[(&str, &str)] = &[
    ("Burst", "Bandwidth"),
    ("Peakrate", "Bandwidth"),
    ("Minburst", "Peakrate"),
    ("PacketBurst", "PacketRate"),
];

pub(super) fn check(object: &Object<'_>, annotations: &[(&str, Spot<'_>)], sink: &mut Sink) {
    for (key, spot) in annotations {
        let Some(text) = value(spot) else { continue };
        if matches!(*key, "kubernetes.io/ingress-bandwidth" | "kubernetes.io/egress-bandwidth") {
            bandwidth(object, key, spot, text, sink);
        } else if let Some(name) = key.strip_prefix(PREFIX) {
            control(object, key, name, spot, text, sink);
        }
    }
    for direction in ["ingress", "egress"] {
        together(object, annotations, direction, sink);
    }
}

fn bandwidth(object: &Object<'_>, key: &str, spot: &Spot<'_>, text: &str, sink: &mut Sink) {
    let why = match quantity::value(text) {
        None => "is not a quantity",
        Some(bits) if bits < 1_000 => "is less than 1k",
        Some(bits) if bits > 1_000_000_000_000_000 => "is more than 1P",
        Some(_) => return,
    };
    let message = format!(
        "{key} is {text:?}, which {why} (bits per second, 1k to 1P, such as 10M); containerd refuses to start the pod."
    );
    sink.add(&codes::BANDWIDTH, object, spot, message, yaml_line(key, &suggestion(text, "10M")));
}

fn control(object: &Object<'_>, key: &str, name: &str, spot: &Spot<'_>, text: &str, sink: &mut Sink) {
    if name == "dscp" {
        return;
    }
    let stem = name.strip_prefix("ingress").or_else(|| name.strip_prefix("egress"));
    let limits = LIMITS.iter().find(|limits| Some(limits.0) == stem);
    let Some((_, least, greatest, low, high)) = limits else {
        let known: Vec<_> = LIMITS
            .iter()
            .flat_map(|limits| ["ingress", "egress"].map(|way| format!("{way}{}", limits.0)))
            .collect();
        let meant = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
        let message = format!(
            "Calico does not read the annotation {key}; it has no effect. Nearest known name: {PREFIX}{meant}."
        );
        let remedy = yaml_line(&format!("{PREFIX}{meant}"), text);
        sink.add(&codes::CALICO_UNKNOWN, object, spot, message, remedy);
        return;
    };
    let (why, corrected) = match quantity::value(text) {
        None => ("is not a quantity, so Calico ignores it", suggestion(text, low)),
        Some(amount) if amount < *least => ("is too small, so Calico takes the least", (*low).to_owned()),
        Some(amount) if amount > *greatest => {
            ("is too large, so Calico takes the greatest", (*high).to_owned())
        }
        Some(_) => return,
    };
    let message = format!("{key} is {text:?}, which {why} ({low} to {high}).");
    sink.add(&codes::QOS, object, spot, message, yaml_line(key, &corrected));
}

/// Controls that need another annotation.
fn together(object: &Object<'_>, annotations: &[(&str, Spot<'_>)], direction: &str, sink: &mut Sink) {
    let find = |stem: &str| {
        let own = format!("{PREFIX}{direction}{stem}");
        let shared = format!("kubernetes.io/{direction}-bandwidth");
        let of = |desired: &str| annotations.iter().find(|(key, _)| *key == desired);
        of(&own).or_else(|| if stem == "Bandwidth" { of(&shared) } else { None })
    };
    let amount = |entry: Option<&(&str, Spot<'_>)>| entry.and_then(|(_, spot)| quantity::value(value(spot)?));
    for (stem, needed) in NEEDS {
        let (Some((key, spot)), Some(have)) = (find(stem), amount(find(stem))) else { continue };
        let base = find(needed);
        let why = match (base, amount(base)) {
            (None, _) => format!("needs {PREFIX}{direction}{needed} beside it"),
            (Some((base, _)), Some(limit)) if *stem == "Peakrate" && have <= limit => {
                format!("must be greater than {base}")
            }
            _ => continue,
        };
        let message = format!("{key} {why}; Calico ignores it.");
        let remedy = format!("Set {PREFIX}{direction}{needed}, or remove {key}.");
        sink.add(&codes::QOS, object, spot, message, remedy);
    }
}

/// `10Mbit`, `10 Mbps`, `10MB` as the intended quantity; `default` if it cannot be guessed.
fn suggestion(text: &str, default: &str) -> String {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let end = compact.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(compact.len());
    let (number, unit) = compact.split_at(end);
    let scale = match unit.chars().next() {
        Some('k' | 'K') => "k",
        Some('m' | 'M') => "M",
        Some('g' | 'G') => "G",
        _ => return default.to_owned(),
    };
    let meant = format!("{number}{scale}");
    if quantity::value(&meant).is_some() { meant } else { default.to_owned() }
}
