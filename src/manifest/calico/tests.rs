use super::super::tests::{annotated, codes, of, only, pod};

const POOLS: &str = "---\napiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata: {name: pool-a}\nspec: {cidr: 10.48.0.0/16}\n\
                     ---\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: pool-off}\nspec: {cidr: 10.49.0.0/16, disabled: true}\n\
                     ---\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: pool-six}\nspec: {cidr: 'fd00::/48'}\n";

/// The code and the first line of the remedy, for a pod with one annotation.
fn remedy(annotation: &str) -> (&'static str, String) {
    let located = only(&pod(&[annotation]));
    (located.finding.code, located.finding.remedy.lines().next().unwrap_or("").to_owned())
}

fn with_pools(annotation: &str) -> Vec<&'static str> {
    codes(&format!("{}{POOLS}", pod(&[annotation])))
}

#[test]
fn what_is_no_json_array_is_told_with_the_line_that_should_be_there() {
    let corrected = r#"cni.projectcalico.org/ipv4pools: '["pool-a"]'"#;
    for value in
        ["pool-a", "'[''pool-a'']'", r#"'["pool-a",]'"#, r#"'"pool-a"'"#, "'[pool-a]'", "|\n      [pool-a]"]
    {
        let annotation = format!("cni.projectcalico.org/ipv4pools: {value}");
        assert_eq!(remedy(&annotation), ("calico-annotation-not-json", corrected.to_owned()), "{value}");
    }
    let two = r#"cni.projectcalico.org/ipv6pools: '["a","fd00::/64"]'"#;
    assert_eq!(remedy("cni.projectcalico.org/ipv6pools: a, fd00::/64").1, two);
    assert_eq!(
        remedy(r#"cni.projectcalico.org/ipAddrs: '{"ip": "10.0.0.1"}'"#).1,
        "Write a JSON array of strings."
    );
    assert_eq!(annotated("cni.projectcalico.org/ipv4pools: ''"), [""; 0]);
    assert_eq!(annotated("cni.projectcalico.org/floatingIPs: ''"), ["calico-annotation-not-json"]);
}

#[test]
fn pools_are_looked_up_where_the_documents_have_some() {
    for (annotation, expected) in [
        (r#"ipv4pools: '["pool-a"]'"#, &[][..]),
        (r#"ipv4pools: '["10.48.0.0/16"]'"#, &[]),
        (r#"ipv6pools: '["pool-six"]'"#, &[]),
        (r#"ipv4pools: '["pool-x"]'"#, &["calico-pool-unknown"]),
        (r#"ipv4pools: '["10.50.0.0/16"]'"#, &["calico-pool-unknown"]),
        (r#"ipv4pools: '["10.48.0.0/17"]'"#, &["calico-pool-unknown"]),
        (r#"ipv4pools: '["pool-six"]'"#, &["calico-pool-family"]),
        (r#"ipv6pools: '["10.48.0.0/16"]'"#, &["calico-pool-family"]),
        (r#"ipv4pools: '["pool-a", "pool-off"]'"#, &["calico-pool-disabled"]),
    ] {
        assert_eq!(with_pools(&format!("cni.projectcalico.org/{annotation}")), expected, "{annotation}");
    }
    let unknown = only(&format!("{}{POOLS}", pod(&[r#"cni.projectcalico.org/ipv4pools: '["poool-a"]'"#])));
    assert!(unknown.finding.remedy.contains("kubectl get ippools.crd.projectcalico.org"));
    assert!(unknown.finding.remedy.starts_with(r#"cni.projectcalico.org/ipv4pools: '["pool-a"]'"#));
}

#[test]
fn without_pools_only_what_no_pool_can_be_is_told() {
    assert_eq!(annotated(r#"cni.projectcalico.org/ipv4pools: '["pool-x", "10.0.0.0/8"]'"#), [""; 0]);
    assert_eq!(annotated(r#"cni.projectcalico.org/ipv4pools: '["fd00::/48"]'"#), ["calico-pool-family"]);
    for value in ["Pool_A", "10.0.0.1", "10.0.0.0/33", "", "a b"] {
        let annotation = format!(r#"cni.projectcalico.org/ipv4pools: '["{value}"]'"#);
        assert_eq!(annotated(&annotation), ["calico-annotation-value"], "{value}");
    }
}

#[test]
fn addresses_are_counted_by_family() {
    for (annotation, expected) in [
        (r#"ipAddrs: '["10.0.0.1", "10.0.0.2"]'"#, r#"cni.projectcalico.org/ipAddrs: '["10.0.0.1"]'"#),
        (
            r#"ipAddrs: '["fd00::1", "10.0.0.1", "fd00::2"]'"#,
            r#"cni.projectcalico.org/ipAddrs: '["fd00::1","10.0.0.1"]'"#,
        ),
        (r#"ipAddrsNoIpam: '["10.0.0.1/24"]'"#, r#"cni.projectcalico.org/ipAddrsNoIpam: '["10.0.0.1"]'"#),
        (r#"ipAddrs: '["10.0.0"]'"#, r#"Write plain addresses, such as '["192.0.2.10"]'."#),
        ("ipAddrs: '[]'", "Remove the annotation, or name an address."),
        (r#"floatingIPs: '["10.0.0.1/32"]'"#, r#"cni.projectcalico.org/floatingIPs: '["10.0.0.1"]'"#),
        (
            r#"allowedSourcePrefixes: '["10.0.0.1", "fd00::1"]'"#,
            r#"cni.projectcalico.org/allowedSourcePrefixes: '["10.0.0.1/32","fd00::1/128"]'"#,
        ),
        (r#"ipFamilies: '["ipv4", "IPV6"]'"#, r#"cni.projectcalico.org/ipFamilies: '["IPv4","IPv6"]'"#),
        (r#"hwAddr: '["0a:58:0a:31:03:07"]'"#, "cni.projectcalico.org/hwAddr: '0a:58:0a:31:03:07'"),
    ] {
        let expected = ("calico-annotation-value", expected.to_owned());
        assert_eq!(remedy(&format!("cni.projectcalico.org/{annotation}")), expected, "{annotation}");
    }
    assert_eq!(annotated(r#"cni.projectcalico.org/ipAddrs: '["::ffff:10.0.0.1", "fd00::1"]'"#), [""; 0]);
}

#[test]
fn annotations_that_exclude_each_other_or_have_no_effect_are_told() {
    let both = pod(&[
        r#"cni.projectcalico.org/ipAddrs: '["10.0.0.1"]'"#,
        r#"cni.projectcalico.org/ipAddrsNoIpam: '["10.0.0.1"]'"#,
    ]);
    assert_eq!(codes(&both), ["calico-annotation-conflict"]);
    assert_eq!(annotated("cni.projectcalico.org/podIP: 10.0.0.1/32"), ["calico-annotation-owned"]);
    let unknown = only(&pod(&["cni.projectcalico.org/ipv4Pool: '[\"a\"]'"]));
    assert_eq!(unknown.finding.code, "calico-annotation-unknown");
    assert!(
        unknown.finding.message.ends_with("cni.projectcalico.org/ipv4pools."),
        "{}",
        unknown.finding.message
    );
    let namespace = |line: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: n\n  annotations:\n    {line}\n")
    };
    assert_eq!(
        codes(&namespace(r#"cni.projectcalico.org/ipAddrs: '["10.0.0.1"]'"#)),
        ["calico-annotation-ignored"]
    );
    assert_eq!(codes(&namespace("cni.projectcalico.org/ipv4pools: pool-a")), ["calico-annotation-not-json"]);
}

#[test]
fn a_failure_through_multus_says_so() {
    let message = |annotations: &[&str]| only(&pod(annotations)).finding.message;
    let pools = "cni.projectcalico.org/ipv4pools: pool-a";
    assert!(!message(&[pools]).contains("Multus"));
    assert!(message(&[pools, "k8s.v1.cni.cncf.io/networks: net-a"]).contains("Multus"));
}

#[test]
fn bandwidths_and_controls_have_bounds() {
    for (annotation, code, line) in [
        (
            "kubernetes.io/ingress-bandwidth: 10Mbit",
            "bandwidth-value",
            "kubernetes.io/ingress-bandwidth: '10M'",
        ),
        ("kubernetes.io/egress-bandwidth: '500'", "bandwidth-value", "kubernetes.io/egress-bandwidth: '10M'"),
        ("kubernetes.io/egress-bandwidth: 2P", "bandwidth-value", "kubernetes.io/egress-bandwidth: '10M'"),
        (
            "qos.projectcalico.org/ingressPacketRate: 20k",
            "calico-qos-value",
            "qos.projectcalico.org/ingressPacketRate: '10k'",
        ),
        (
            "qos.projectcalico.org/egressMaxConnections: '0'",
            "calico-qos-value",
            "qos.projectcalico.org/egressMaxConnections: '1'",
        ),
        (
            "qos.projectcalico.org/egressBandwidth: fast",
            "calico-qos-value",
            "qos.projectcalico.org/egressBandwidth: '1k'",
        ),
        (
            "qos.projectcalico.org/egress-bandwidth: 10M",
            "calico-annotation-unknown",
            "qos.projectcalico.org/egressBandwidth: '10M'",
        ),
    ] {
        assert_eq!(remedy(annotation), (code, line.to_owned()), "{annotation}");
    }
    assert_eq!(annotated("kubernetes.io/ingress-bandwidth: 1k"), [""; 0]);
    assert_eq!(annotated("qos.projectcalico.org/ingressBurst: 1M"), ["calico-qos-value"]);
    let peak = |rate: &str| {
        let rate = format!("qos.projectcalico.org/ingressPeakrate: {rate}");
        codes(&pod(&[&rate, "kubernetes.io/ingress-bandwidth: 10M"]))
    };
    assert_eq!(peak("10M"), ["calico-qos-value"]);
    assert_eq!(peak("11M"), [""; 0]);
    let message = &of(&pod(&["qos.projectcalico.org/ingressMinburst: 2k"]))[0].finding.message;
    assert!(message.contains("needs qos.projectcalico.org/ingressPeakrate"), "{message}");
}
