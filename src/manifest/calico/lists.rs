//! Annotations that are JSON arrays of addresses, prefixes or families.

use super::super::go_json::{array, strings};
use super::super::net::{Cidr, Family, ip};
use super::super::sink::Sink;
use super::case::Case;
use crate::report::codes::lint as codes;

/// The strings of the annotation; `None` after a finding with `hint` if the value is not an array of strings.
pub(super) fn read(case: &Case<'_>, hint: &str, sink: &mut Sink) -> Option<Vec<String>> {
    let error = match strings(case.value) {
        Ok(strings) => return Some(strings),
        Err(error) => error,
    };
    let Case { key, value, .. } = case;
    let mut message = format!(
        "{key} is {value:?}, but Calico needs a JSON array of strings and fails the pod with \"{}\".",
        error.why
    );
    if case.through_multus {
        message.push_str(
            " The pod's event names Multus (plugin type=\"multus\"), which only passes Calico's failure on; the \
             pod gets no other network either.",
        );
    }
    let corrected = error.meant.map(|meant| array(&meant));
    let hint = if corrected.is_none() && hint.is_empty() { "Write a JSON array of strings." } else { hint };
    case.add(sink, &codes::CALICO_NOT_JSON, message, corrected.as_deref(), hint);
    None
}

/// `ipFamilies`: an empty value counts as unset (k8s.go).
pub(super) fn families(case: &Case<'_>, sink: &mut Sink) {
    if case.value.is_empty() {
        return;
    }
    let Some(families) = read(case, "", sink) else { return };
    let wrong: Vec<_> = families.iter().filter(|name| !matches!(name.as_str(), "IPv4" | "IPv6")).collect();
    if let Some(wrong) = wrong.first() {
        let meant = |name: &String| match name.to_lowercase() {
            name if name.contains('6') => "IPv6".to_owned(),
            _ => "IPv4".to_owned(),
        };
        let mut corrected: Vec<_> = families.iter().map(meant).collect();
        corrected.dedup();
        let message = format!(
            "{} names the family {wrong:?}; Calico accepts only \"IPv4\" and \"IPv6\", in this spelling.",
            case.key
        );
        case.add(sink, &codes::CALICO_VALUE, message, Some(&array(&corrected)), "");
    }
}

/// `ipAddrs`, `ipAddrsNoIpam`: at least one plain address, at most one of each family (`validateAndExtractIPs`).
pub(super) fn addresses(case: &Case<'_>, sink: &mut Sink) {
    if case.value.is_empty() {
        return;
    }
    let Some(addresses) = read(case, "", sink) else { return };
    if addresses.is_empty() {
        let message =
            format!("{} is an empty list; Calico fails the pod (\"specified but empty\").", case.key);
        case.add(sink, &codes::CALICO_VALUE, message, None, "Remove the annotation, or name an address.");
        return;
    }
    if !plain_addresses(case, &addresses, sink) {
        return;
    }
    for family in [Family::V4, Family::V6] {
        let of_family = |text: &&String| ip(text).is_some_and(|ip| Family::of(ip) == family);
        let count = addresses.iter().filter(of_family).count();
        if count > 1 {
            let mut kept = Vec::new();
            let mut seen = Vec::new();
            for text in &addresses {
                let family = ip(text).map(Family::of);
                if !seen.contains(&family) {
                    seen.push(family);
                    kept.push(text.clone());
                }
            }
            let name = family.name();
            let message = format!(
                "{} asks for {count} {name} addresses; Calico gives a pod at most one of each family.",
                case.key
            );
            case.add(sink, &codes::CALICO_VALUE, message, Some(&array(&kept)), "");
            return;
        }
    }
}

/// `floatingIPs`: an empty value is an error (conversion's `podToDefaultWorkloadEndpoint`).
pub(super) fn floating(case: &Case<'_>, sink: &mut Sink) {
    if let Some(addresses) = read(case, "Remove the annotation if it should be empty.", sink) {
        plain_addresses(case, &addresses, sink);
    }
}

fn plain_addresses(case: &Case<'_>, addresses: &[String], sink: &mut Sink) -> bool {
    let Some(wrong) = addresses.iter().find(|text| ip(text).is_none()) else { return true };
    let bare = |text: &String| {
        let address = text.trim().split('/').next().unwrap_or("").to_owned();
        ip(&address).map(|_| address)
    };
    let corrected: Option<Vec<_>> = addresses.iter().map(bare).collect();
    let why = if Cidr::parse(wrong).is_some() { "has a prefix length" } else { "is not an IP address" };
    let message = format!("{} has {wrong:?}, which {why}; Calico needs plain addresses.", case.key);
    let hint = if corrected.is_none() { "Write plain addresses, such as '[\"192.0.2.10\"]'." } else { "" };
    case.add(sink, &codes::CALICO_VALUE, message, corrected.map(|list| array(&list)).as_deref(), hint);
    false
}

/// `allowedSourcePrefixes`: an empty value counts as unset. Each entry is parsed by Calico's `ParseCIDR`, which
/// refuses an address without a prefix length.
pub(super) fn prefixes(case: &Case<'_>, sink: &mut Sink) {
    if case.value.is_empty() {
        return;
    }
    let Some(prefixes) = read(case, "", sink) else { return };
    let Some(wrong) = prefixes.iter().find(|text| Cidr::parse(text).is_none()) else { return };
    let full = |text: &String| match ip(text) {
        Some(address) if address.is_ipv4() => Some(format!("{address}/32")),
        Some(address) => Some(format!("{address}/128")),
        None => Cidr::parse(text).map(|_| text.clone()),
    };
    let corrected: Option<Vec<_>> = prefixes.iter().map(full).collect();
    let message = format!("{} has {wrong:?}, which is not a CIDR.", case.key);
    let hint = if corrected.is_none() { "Write CIDRs, such as '[\"192.0.2.0/24\"]'." } else { "" };
    case.add(sink, &codes::CALICO_VALUE, message, corrected.map(|list| array(&list)).as_deref(), hint);
}
