//! The annotations below `cni.projectcalico.org/`.

use super::super::net::Family;

/// The prefix of the annotations that Calico's CNI plugin reads.
pub(super) const PREFIX: &str = "cni.projectcalico.org/";

/// The form that the value of an annotation must have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// JSON array of IP pools, by CIDR or name.
    Pools(Family),
    /// JSON array of `IPv4`, `IPv6`.
    Families,
    /// JSON array with at most one address of each family.
    Addresses,
    /// JSON array of addresses.
    FloatingAddresses,
    /// JSON array of CIDRs.
    Prefixes,
    /// A MAC address, not JSON.
    Mac,
    /// Only Calico itself writes it.
    Written,
    /// An annotation of Calico Enterprise; its value is not judged.
    Any,
}

/// A known annotation.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) form: Form,
    /// True if Calico also reads it from the pod's Namespace.
    pub(super) on_namespace: bool,
}

const fn key(name: &'static str, form: Form, on_namespace: bool) -> Key {
    Key { name, form, on_namespace }
}

pub(super) const KEYS: &[Key] = &[
    key("ipv4pools", Form::Pools(Family::V4), true),
    key("ipv6pools", Form::Pools(Family::V6), true),
    key("ipFamilies", Form::Families, true),
    key("ipAddrs", Form::Addresses, false),
    key("ipAddrsNoIpam", Form::Addresses, false),
    key("floatingIPs", Form::FloatingAddresses, false),
    key("allowedSourcePrefixes", Form::Prefixes, false),
    key("hwAddr", Form::Mac, false),
    key("podIP", Form::Written, false),
    key("podIPs", Form::Written, false),
    key("containerID", Form::Written, false),
    key("awsElasticIPs", Form::Any, false),
];
