use super::super::tests::{annotated, codes, only, pod};

fn networks(value: &str) -> Vec<&'static str> {
    annotated(&format!("k8s.v1.cni.cncf.io/networks: '{}'", value.replace('\'', "''")))
}

/// The first line of the remedy, without the key.
fn corrected(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    let located = only(&pod(&[&format!("k8s.v1.cni.cncf.io/networks: {quoted}")]));
    let line = located.finding.remedy.lines().next().unwrap_or("").to_owned();
    line.strip_prefix("k8s.v1.cni.cncf.io/networks: ").unwrap_or(&line).to_owned()
}

#[test]
fn the_comma_syntax_is_read_as_multus_reads_it() {
    for good in ["net-a", "ns/net-a@if0", " net-a , ns/net-b ", "1a,b2", "a@exactly15bytes_"] {
        assert_eq!(networks(good), [""; 0], "{good}");
    }
    for bad in ["Net-A", "a/b/c", "a@b@c", "-a", "a-", "a_b", "a.b", ",", "a,,b", "a,", "ns/", "@if0"] {
        assert_eq!(networks(bad), ["multus-networks-invalid"], "{bad}");
    }
    for bad in ["a@sixteen_bytes_ab", "a@net 1", "a@eth0", "a@x,b@x"] {
        assert_eq!(networks(bad), ["multus-interface-invalid"], "{bad}");
    }
    assert_eq!(corrected("Net-A@if0"), "'net-a@if0'");
    assert_eq!(corrected("a,,b"), "'a,b'");
}

#[test]
fn the_json_syntax_is_read_as_multus_reads_it() {
    for good in [
        "[]",
        r#"[{"name":"a"}]"#,
        r#"[{"Name":"a","namespace":null}]"#,
        r#"[{"name":"A_b","interface":"net7","ips":["10.0.0.1","fd00::1/64"],"mac":"02:00:00:00:00:01"}]"#,
    ] {
        assert_eq!(networks(good), [""; 0], "{good}");
    }
    for bad in [
        r#"[{"name":"a"}"#,
        r#"{"name":"a"}"#,
        r#"["a","b"]"#,
        r#""a""#,
        "[{'name':'a'}]",
        "[null]",
        r#"[{"interface":"net1"}]"#,
        r#"[{"name":7}]"#,
        r#"[{"name":"a","mac":"x"}]"#,
        r#"[{"name":"a","infiniband-guid":"x"}]"#,
        r#"[{"name":"a","ips":"10.0.0.1"}]"#,
        r#"[{"name":"a","ips":["10.0.0.300"]}]"#,
        r#"[{"name":"a","default-route":["x"]}]"#,
        r#"[{"name":"a","portMappings":[{"hostPort":70000}]}]"#,
        r#"[{"name":"a","bandwidth":{"ingressRate":"1M"}}]"#,
        r#"[{"name":"a","cni-args":[]}]"#,
        r#"[{"name":"a","deviceID":1}]"#,
    ] {
        assert_eq!(networks(bad), ["multus-networks-invalid"], "{bad}");
    }
    assert_eq!(networks(r#"[{"name":"a","iface":"net1"}]"#), ["multus-field-unknown"]);
    assert_eq!(networks(r#"[{"name":"a","interface":"a/b"}]"#), ["multus-interface-invalid"]);
    assert_eq!(corrected(r#"{"name":"a"}"#), r#"'[{"name":"a"}]'"#);
    assert_eq!(corrected(r#"["a","b"]"#), "'a,b'");
    assert_eq!(corrected("[{'name':'a'},]"), r#"'[{"name":"a"}]'"#);
    assert_eq!(corrected(r#""a""#), "'a'");
    assert_eq!(corrected("// x\n[{\"name\": \"a\"} /* é */] # y"), r#"'[{"name":"a"}]'"#);
    assert_eq!(
        corrected("[{\"name\": \"a\", \"cni-args\": {\"x\": \"\\\"//#\"}},]"),
        r#"'[{"cni-args":{"x":"\"//#"},"name":"a"}]'"#
    );
}

#[test]
fn there_is_one_default_network() {
    let default = |value: &str| annotated(&format!("v1.multus-cni.io/default-network: '{value}'"));
    assert_eq!(default("ns/net-a"), [""; 0]);
    assert_eq!(default("ns/net-a@eth0"), [""; 0]);
    assert_eq!(default("ns/net-a@lo"), ["multus-interface-invalid"]);
    for bad in ["", "[]", "a,b", r#"[{"name":"a"},{"name":"b"}]"#] {
        assert_eq!(default(bad), ["multus-networks-invalid"], "{bad}");
    }
    assert_eq!(networks(""), [""; 0]);
}

fn definition(namespace: &str, name: &str, config: &str) -> String {
    let config = config.replace('\'', "''");
    format!(
        "---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  config: '{config}'\n"
    )
}

#[test]
fn names_are_looked_up_where_the_documents_show_their_namespace() {
    let macvlan = r#"{"type":"macvlan"}"#;
    let with = |annotation: &str, namespace: &str| {
        codes(&format!("{}{}", pod(&[annotation]), definition(namespace, "net-a", macvlan)))
    };
    assert_eq!(with("k8s.v1.cni.cncf.io/networks: net-a", "default"), [""; 0]);
    assert_eq!(with("k8s.v1.cni.cncf.io/networks: net-b", "default"), ["multus-network-unknown"]);
    assert_eq!(with("k8s.v1.cni.cncf.io/networks: net-b", "other"), [""; 0]);
    assert_eq!(with("k8s.v1.cni.cncf.io/networks: other/net-b", "other"), ["multus-network-unknown"]);
    assert_eq!(with("v1.multus-cni.io/default-network: net-b", "default"), [""; 0]);
    assert_eq!(with("v1.multus-cni.io/default-network: net-b", "kube-system"), ["multus-network-unknown"]);
}

#[test]
fn a_definition_has_to_load() {
    for good in [
        r#"{"type":"macvlan"}"#,
        r#"{"name":"n","cniVersion":"9.9.9","plugins":[{"type":"a"},{"type":"b","ipam":{}}]}"#,
    ] {
        assert_eq!(codes(&definition("n", "d", good)), [""; 0], "{good}");
    }
    for bad in [
        "{",
        "[]",
        "{}",
        r#"{"type":""}"#,
        r#"{"type":"a","cniVersion":1}"#,
        r#"{"plugins":{}}"#,
        r#"{"plugins":[]}"#,
        r#"{"plugins":[{"type":"a"},{}]}"#,
        r#"{"type":"a","ipam":[]}"#,
        r#"{"type":"a","capabilities":{"ips":"yes"}}"#,
        r#"{"type":"a"} x"#,
    ] {
        assert_eq!(codes(&definition("n", "d", bad)), ["nad-config-invalid"], "{bad}");
    }
    let map = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: d}\nspec: {config: {type: macvlan}}\n";
    assert_eq!(codes(map), ["nad-config-invalid"]);
}

#[test]
fn the_remedy_of_a_definition_is_about_its_fault() {
    let remedy = |config: &str| only(&definition("n", "d", config)).finding.remedy;
    assert!(remedy(r#"{"plugins":[{"type":7}]}"#).starts_with("Mend the JSON at line"));
    assert!(remedy(r#"{"type":"a","ipam":[]}"#).contains("host-local"));
}

#[test]
fn a_fault_in_a_definition_is_shown_in_the_file() {
    let text = "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata:\n  name: d\nspec:\n  config: |\n    {\n      \"type\": \"macvlan\"\n      \"master\": \"eth0\"\n    }\n";
    let located = only(text);
    assert_eq!((located.line, located.column), (9, 7));
    let line = only(
        "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nspec:\n  config: '{\"type\": x}'\n",
    );
    assert_eq!((line.line, line.column), (4, 21));
}

#[test]
fn multus_around_multus_is_told() {
    let wraps = ["multus-wraps-itself"];
    assert_eq!(codes(&definition("n", "d", r#"{"type":"multus"}"#)), wraps);
    assert_eq!(codes(&definition("n", "d", r#"{"plugins":[{"type":"multus-shim"}]}"#)), wraps);
    let map = |json: &str| {
        let map = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"cni-conf.json": json, "note": "text"}});
        codes(&map.to_string())
    };
    assert_eq!(map(r#"{"type":"multus","delegates":[{"plugins":[{"type":"multus"}]}]}"#), wraps);
    assert_eq!(
        map(r#"{"plugins":[{"type":"multus","delegates":[{"type":"multus","delegates":[]}]}]}"#),
        wraps
    );
    assert_eq!(map(r#"{"multusMasterCNI":"00-multus.conf"}"#), wraps);
    assert_eq!(map(r#"{"readinessindicatorfile":"/host/etc/cni/net.d/00-multus.conflist"}"#), wraps);
    assert_eq!(map(r#"{"type":"multus","delegates":[{"type":"calico"}]}"#), [""; 0]);
    let flag = |args: &str| {
        codes(&format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nspec: {{template: {{spec: {{containers: [{{args: {args}}}]}}}}}}\n"
        ))
    };
    assert_eq!(flag("[\"--multus-master-cni-file-name=00-multus.conf\"]"), wraps);
    assert_eq!(flag("[\"--multus-master-cni-file-name\", 00-multus.conf]"), wraps);
    assert_eq!(flag("[\"--multus-master-cni-file-name=10-calico.conflist\", x]"), [""; 0]);
}

/// Multus reads JSON as Go does: a lone surrogate is U+FFFD, and keys match in any case.
#[test]
fn a_configuration_is_read_as_multus_reads_it() {
    let wraps = ["multus-wraps-itself"];
    assert_eq!(codes(&definition("n", "d", r#"{"x":"\ud800","Type":"multus"}"#)), wraps);
    assert_eq!(codes(&definition("n", "d", r#"{"plugins":[{"TYPE":"multus","x":"\udc00"}]}"#)), wraps);
    let map = |json: &str| {
        let map =
            serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"cni-conf.json": json}});
        codes(&map.to_string())
    };
    assert_eq!(map(r#"{"x":"\ud800","Delegates":[{"Type":"multus"}]}"#), wraps);
    assert_eq!(map(r#"{"MultusMasterCNI":"00-multus.conf"}"#), wraps);
    let calico = r#"{"x":"\ud800","Type":"calico"}"#;
    let pods =
        pod(&["k8s.v1.cni.cncf.io/networks: second", "cni.projectcalico.org/ipAddrs: '[\"10.0.0.1\"]'"]);
    let both = format!("{pods}{}", definition("default", "second", calico));
    assert_eq!(codes(&both), ["multus-calico-conflict"]);
}

#[test]
fn multus_and_calico_on_one_pod_are_compared() {
    let pods =
        pod(&["k8s.v1.cni.cncf.io/networks: second", "cni.projectcalico.org/ipAddrs: '[\"10.0.0.1\"]'"]);
    let second = |kind: &str| {
        codes(&format!("{pods}{}", definition("default", "second", &format!(r#"{{"type":"{kind}"}}"#))))
    };
    assert_eq!(second("calico"), ["multus-calico-conflict"]);
    assert_eq!(second("macvlan"), [""; 0]);
    let pods = pod(&["v1.multus-cni.io/default-network: main", "cni.projectcalico.org/ipv4pools: '[\"a\"]'"]);
    let main = |kind: &str| {
        codes(&format!("{pods}{}", definition("kube-system", "main", &format!(r#"{{"type":"{kind}"}}"#))))
    };
    assert_eq!(main("macvlan"), ["multus-calico-conflict"]);
    assert_eq!(main("calico"), [""; 0]);
}

#[test]
fn the_networks_of_a_virtual_machine_are_looked_up() {
    let text = |name: &str| {
        format!(
            "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: net-a}}\n---\n\
             apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {{name: v}}\nspec: {{template: {{spec: {{networks: \
             [{{name: default, pod: {{}}}}, {{name: n, multus: {{networkName: {name}}}}}]}}}}}}\n"
        )
    };
    assert_eq!(codes(&text("net-a")), [""; 0]);
    assert_eq!(codes(&text("other/net-b")), [""; 0]);
    assert_eq!(only(&text("net-b")).path, "spec.template.spec.networks[1].multus.networkName");
}
