//! `ipv4pools` and `ipv6pools`: each entry is a pool's CIDR or name (`utils.ResolvePools`; IPAM then searches for an
//! enabled pool with that CIDR).

use super::super::go_json::array;
use super::super::net::{Cidr, Family, ip};
use super::super::sink::Sink;
use super::case::Case;
use super::lists;
use super::pool::{Pool, Pools};
use crate::report::codes::lint as codes;
use crate::report::word;

/// The command that lists the names and CIDRs.
const LIST: &str = "kubectl get ippools.crd.projectcalico.org -o custom-columns=NAME:.metadata.name,CIDR:.spec.cidr,DISABLED:.spec.disabled";

pub(super) fn check(case: &Case<'_>, family: Family, pools: &Pools<'_>, sink: &mut Sink) {
    if case.value.is_empty() {
        return;
    }
    let Some(entries) = lists::read(case, LIST, sink) else { return };
    for entry in &entries {
        if !one(case, family, pools, &entries, entry, sink) {
            return;
        }
    }
}

/// Judges one entry. Returns false after a finding, so that one annotation has at most one.
fn one(
    case: &Case<'_>,
    family: Family,
    pools: &Pools<'_>,
    entries: &[String],
    entry: &str,
    sink: &mut Sink,
) -> bool {
    let cidr = Cidr::parse(entry);
    let pool = pools.find(cidr, entry);
    let found = cidr.map(Cidr::family).or_else(|| pool.and_then(Pool::family));
    if let Some(found) = found.filter(|found| *found != family) {
        let (found, desired) = (found.name(), family.name());
        let message = format!(
            "{} names {entry:?}, a pool of {found}; Calico fails the pod (\"isn't a {desired} address\").",
            case.key
        );
        let other = if family == Family::V4 { "ipv6pools" } else { "ipv4pools" };
        let remedy = format!("cni.projectcalico.org/{other}: '{}'", array(&[entry.to_owned()]));
        case.add(sink, &codes::CALICO_POOL_FAMILY, message, None, &remedy);
        return false;
    }
    if let Some(pool) = pool {
        if pool.disabled {
            let message = format!(
                "{} names {entry:?}, but the IPPool {} is disabled: no address comes from it.",
                case.key, pool.name
            );
            let remedy = format!(
                "kubectl patch ippools.crd.projectcalico.org {} --type=merge -p '{{\"spec\":{{\"disabled\":false}}}}'",
                word(pool.name)
            );
            case.add(sink, &codes::CALICO_POOL_DISABLED, message, None, &remedy);
        }
        return !pool.disabled;
    }
    if cidr.is_none() && !could_be_name(entry) {
        let message = format!(
            "{} names {entry:?}, which is not a CIDR and cannot be the name of an IPPool (lower case letters, \
             digits, '-', '.').",
            case.key
        );
        case.add(sink, &codes::CALICO_VALUE, message, None, LIST);
        return false;
    }
    if pools.is_empty() || pools.may_be_unread(entry) {
        return true;
    }
    let message = format!(
        "{} names {entry:?}, but no IPPool among the documents ({}) has that {}.",
        case.key,
        pools.words(),
        if cidr.is_some() { "CIDR" } else { "name" }
    );
    let meant = pools.nearest(entry, family);
    let corrected = meant.map(|meant| {
        let replaced = entries.iter().map(|text| if text == entry { meant.to_owned() } else { text.clone() });
        array(&replaced.collect::<Vec<_>>())
    });
    case.add(sink, &codes::CALICO_POOL_UNKNOWN, message, corrected.as_deref(), LIST);
    false
}

/// True if an IPPool can have this name. An address without a length is a valid name, but never meant as one.
fn could_be_name(entry: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    ip(entry).is_none()
        && entry.len() <= 253
        && entry.starts_with(ends)
        && entry.ends_with(ends)
        && entry.chars().all(legal)
}
