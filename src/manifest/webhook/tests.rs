use super::super::tests::{codes, of, only};
use crate::report::Severity;

const BLOCKS: &[&str] = &["webhook-blocks-network"];
const NODE: &[&str] = &["webhook-blocks-node"];
const RULE: &str = r#"{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}"#;

/// The codes about new pods.
fn about_pods(text: &str) -> Vec<&'static str> {
    codes(text).into_iter().filter(|code| *code != NODE[0]).collect()
}

/// A webhook configuration of v1 with one rule and more fields.
fn hook(rule: &str, fields: &str) -> String {
    format!(
        "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {{name: hooks}}\n\
         webhooks:\n- name: h.example.com\n  clientConfig: {{service: {{name: s, namespace: n}}}}\n  rules: [{rule}]\n{fields}"
    )
}

#[test]
fn a_webhook_is_told_if_it_fails_closed_on_new_pods() {
    assert_eq!(codes(&hook(RULE, "")), BLOCKS);
    assert_eq!(codes(&hook(RULE, "  failurePolicy: Fail\n")), BLOCKS);
    assert_eq!(codes(&hook(RULE, "  failurePolicy: Ignore\n")), [""; 0]);
    let beta = hook(RULE, "  timeoutSeconds: 10\n").replace("k8s.io/v1\n", "k8s.io/v1beta1\n");
    assert_eq!(codes(&beta), [""; 0]);
    assert_eq!(codes(&format!("{beta}  failurePolicy: Fail\n")), BLOCKS);
    let validating = hook(RULE, "").replace("Mutating", "Validating");
    let remedy = &only(&validating).finding.remedy;
    assert!(remedy.contains("kubectl patch validatingwebhookconfiguration hooks --type=json"), "{remedy}");
}

#[test]
fn rules_match_as_the_api_server_matches_them() {
    for rule in [
        r#"{operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"]}"#,
        r#"{operations: [UPDATE, CREATE], apiGroups: ["", apps], apiVersions: [v1], resources: [pods/*]}"#,
        r#"{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: ["*/*"], scope: Namespaced}"#,
    ] {
        assert_eq!(about_pods(&hook(rule, "")), BLOCKS, "{rule}");
    }
    for rule in [
        r#"{operations: [UPDATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}"#,
        "{operations: [CREATE], apiGroups: [apps], apiVersions: [v1], resources: [pods]}",
        r#"{operations: [CREATE], apiGroups: [""], apiVersions: [v2], resources: [pods]}"#,
        r#"{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods/exec]}"#,
        r#"{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: ["*"], scope: Cluster}"#,
    ] {
        assert_eq!(about_pods(&hook(rule, "")), [""; 0], "{rule}");
    }
}

#[test]
fn selectors_are_evaluated() {
    let daemon = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: net, namespace: net-system}\n\
                  spec: {template: {metadata: {labels: {app: net}}, spec: {volumes: [{hostPath: {path: /opt/cni/bin}}]}}}\n\
                  ---\napiVersion: v1\nkind: Namespace\nmetadata: {name: net-system, labels: {tier: infra}}\n";
    for (selector, blocked) in [
        ("objectSelector: {matchLabels: {app: net}}", true),
        ("objectSelector: {matchLabels: {app: other}}", false),
        ("objectSelector: {matchExpressions: [{key: app, operator: NotIn, values: [net]}]}", false),
        ("objectSelector: {matchExpressions: [{key: missing, operator: NotIn, values: [x]}]}", true),
        ("objectSelector: {matchExpressions: [{key: controller-revision-hash, operator: Exists}]}", true),
        ("objectSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
        ("namespaceSelector: {matchExpressions: [{key: tier, operator: In, values: [infra]}]}", true),
        ("namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [infra]}]}", false),
        ("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: net-system}}", true),
        (
            "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}",
            true,
        ),
        ("namespaceSelector: {}", true),
    ] {
        let found = codes(&format!("{}{daemon}", hook(RULE, &format!("  {selector}\n"))));
        assert_eq!(found == BLOCKS, blocked, "{selector}: {found:?}");
    }
    let excluded = "  namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}\n";
    assert_eq!(codes(&hook(RULE, excluded)), [""; 0]);
}

#[test]
fn what_cannot_be_evaluated_makes_it_a_warning() {
    let located = only(&hook(RULE, "  matchConditions: [{name: c, expression: 'true'}]\n"));
    assert_eq!(located.finding.severity, Severity::Warning);
    assert_eq!(only(&hook(RULE, "")).finding.severity, Severity::Error);
}

#[test]
fn a_backend_outside_the_pod_network_blocks_nothing() {
    let url =
        |url: &str| hook(RULE, "").replace("service: {name: s, namespace: n}", &format!("url: '{url}'"));
    assert_eq!(codes(&url("https://127.0.0.1:23443/mutate")), [""; 0]);
    assert_eq!(codes(&url("https://hooks.example.com/mutate")), [""; 0]);
    assert_eq!(codes(&url("https://s.n.svc:443/mutate")), BLOCKS);
    let backend = |host: bool| {
        format!(
            "{}---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: n}}\nspec: {{selector: {{app: s}}}}\n\
             ---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: s, namespace: n}}\n\
             spec: {{template: {{metadata: {{labels: {{app: s}}}}, spec: {{hostNetwork: {host}}}}}}}\n",
            hook(RULE, "")
        )
    };
    assert_eq!(codes(&backend(true)), [""; 0]);
    assert_eq!(codes(&backend(false)), BLOCKS);
    // A Service without a selector has no pods of its own.
    assert_eq!(codes(&backend(true).replace("{selector: {app: s}}", "{ports: []}")), BLOCKS);
}

#[test]
fn a_base_of_kustomize_is_not_judged_before_its_placeholders_are_filled() {
    let base =
        hook(RULE, "").replace("{name: s, namespace: n}", "{name: webhook-service, namespace: system}");
    assert_eq!(codes(&base), [""; 0]);
    assert_eq!(codes(&base.replace("namespace: system", "namespace: jobset-system")), BLOCKS);
}

#[test]
fn a_backend_needs_replicas_and_a_budget() {
    let cluster = |replicas: &str, budget: &str| {
        let text = format!(
            "{}---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: n}}\nspec: {{selector: {{app: s}}}}\n\
             ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: s, namespace: n}}\n\
             spec: {{{replicas}selector: {{matchLabels: {{app: s}}}}, template: {{metadata: {{labels: {{app: s}}}}}}}}\n{budget}",
            hook(RULE, "")
        );
        of(&text).into_iter().skip(1).map(|located| located.finding.remedy).collect::<Vec<_>>()
    };
    let budget = "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: s, namespace: n}\nspec: {selector: {matchLabels: {app: s}}}\n";
    let scale = "kubectl -n n scale deployment/s --replicas=2";
    assert_eq!(cluster("", budget), [scale]);
    assert_eq!(cluster("replicas: 1, ", budget), [scale]);
    assert_eq!(
        cluster("replicas: 2, ", ""),
        ["kubectl -n n create poddisruptionbudget s --selector=app=s --min-available=1"]
    );
    assert_eq!(cluster("replicas: 2, ", budget), [""; 0]);
}

#[test]
fn a_long_timeout_is_told_even_if_the_webhook_fails_open() {
    assert_eq!(codes(&hook(RULE, "  failurePolicy: Ignore\n  timeoutSeconds: 30\n")), ["webhook-slow"]);
    assert_eq!(codes(&hook(RULE, "  timeoutSeconds: 11\n")), ["webhook-blocks-network", "webhook-slow"]);
    let beta = hook(RULE, "").replace("k8s.io/v1\n", "k8s.io/v1beta1\n");
    assert_eq!(codes(&beta), ["webhook-slow"]);
}

/// The operations of a remedy's second patch.
fn second_patch(fields: &str) -> serde_json::Value {
    let remedy = only(&hook(RULE, fields)).finding.remedy;
    let patch = remedy.lines().last().and_then(|line| line.split_once("-p '")).unwrap().1;
    serde_json::from_str(patch.rsplit_once('\'').unwrap().0).unwrap()
}

#[test]
fn a_name_in_a_manifest_is_no_command() {
    let text = hook(RULE, "").replace("{name: hooks}", "{name: \"x; touch /tmp/it's\"}");
    for line in only(&text).finding.remedy.lines() {
        assert!(
            line.starts_with(
                r"kubectl patch mutatingwebhookconfiguration 'x; touch /tmp/it'\''s' --type=json"
            ),
            "{line}"
        );
    }
    let daemon = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: net, namespace: \"a'; b '\"}\n\
                  spec: {template: {spec: {volumes: [{hostPath: {path: /opt/cni/bin}}]}}}\n";
    let remedy = only(&format!("{}{daemon}", hook(RULE, ""))).finding.remedy;
    assert!(remedy.contains(r#"["a'\''; b '\''"]"#), "{remedy}");
}

#[test]
fn the_mend_keeps_what_the_selector_says_already() {
    let expression = serde_json::json!({"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]});
    let at = |fields| (second_patch(fields)[0]["path"].clone(), second_patch(fields)[0]["value"].clone());
    assert_eq!(
        at(""),
        ("/webhooks/0/namespaceSelector".into(), serde_json::json!({"matchExpressions": [expression]}))
    );
    let labels = "  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}\n";
    assert_eq!(at(labels).0, "/webhooks/0/namespaceSelector/matchExpressions");
    assert_eq!(at(labels).1, serde_json::json!([expression]));
    let listed = "  namespaceSelector: {matchExpressions: [{key: a, operator: DoesNotExist}]}\n";
    assert_eq!(at(listed), ("/webhooks/0/namespaceSelector/matchExpressions/-".into(), expression));
    assert_eq!(second_patch("")[1]["value"], "Fail");
}

fn rule(operation: &str, group: &str, resource: &str, more: &str) -> String {
    format!(
        "{{operations: [{operation}], apiGroups: ['{group}'], apiVersions: ['*'], resources: ['{resource}']{more}}}"
    )
}

#[test]
fn what_nodes_and_agents_write_is_asked_about_only_by_rules_that_match() {
    for (operation, group, resource, more) in [
        ("CREATE", "", "nodes", ""),
        ("UPDATE", "", "nodes/status", ""),
        ("'*'", "*", "*", ", scope: Cluster"),
        ("UPDATE", "", "nodes/*", ""),
        ("UPDATE", "", "*/status", ""),
        ("UPDATE", "coordination.k8s.io", "leases", ", scope: Namespaced"),
        ("CREATE", "", "serviceaccounts/token", ""),
        ("CREATE", "", "pods/binding", ""),
        ("CREATE", "crd.projectcalico.org", "ipamblocks", ""),
        ("UPDATE", "cilium.io", "*", ""),
    ] {
        let text = hook(&rule(operation, group, resource, more), "");
        assert_eq!(codes(&text), NODE, "{operation} {group} {resource} {more}");
        assert_eq!(codes(&format!("{text}  failurePolicy: Ignore\n")), [""; 0]);
    }
    for (operation, group, resource, more) in [
        ("UPDATE", "", "nodes", ""),
        ("DELETE", "", "nodes", ""),
        // Without a slash, subresources are not meant.
        ("UPDATE", "", "*", ""),
        ("CREATE", "", "nodes", ", scope: Namespaced"),
        ("CREATE", "apps", "nodes", ""),
        ("CREATE", "", "serviceaccounts", ""),
        ("UPDATE", "", "pods/status", ""),
        ("CREATE", "cert-manager.io", "*", ""),
        ("CREATE", "crd.projectcalico.org", "globalnetworkpolicies", ""),
        ("CONNECT", "", "pods/exec", ""),
    ] {
        assert_eq!(
            codes(&hook(&rule(operation, group, resource, more), "")),
            [""; 0],
            "{operation} {resource}"
        );
    }
}

#[test]
fn a_namespace_selector_excludes_no_object_without_a_namespace() {
    let excluded = |names: &str| {
        format!(
            "  namespaceSelector: {{matchExpressions: [{{key: kubernetes.io/metadata.name, operator: NotIn, values: [{names}]}}]}}\n"
        )
    };
    let nodes = rule("CREATE", "", "nodes", "");
    assert_eq!(codes(&hook(&nodes, &excluded("kube-system"))), NODE);
    let leases = rule("UPDATE", "coordination.k8s.io", "leases", "");
    assert_eq!(codes(&hook(&leases, &excluded("kube-system"))), NODE);
    assert_eq!(codes(&hook(&leases, &excluded("kube-node-lease"))), [""; 0]);
    let tokens = rule("CREATE", "", "serviceaccounts/token", "");
    assert_eq!(codes(&hook(&tokens, &excluded("kube-system"))), [""; 0]);
    // A node has none of the labels of applications.
    assert_eq!(codes(&hook(&nodes, "  objectSelector: {matchLabels: {app: x}}\n")), [""; 0]);
    assert_eq!(codes(&hook(&nodes, "  objectSelector: {matchLabels: {kubernetes.io/os: linux}}\n")), NODE);
}

#[test]
fn the_defaults_of_policy_engines_are_no_finding() {
    // Gatekeeper: all objects fail open, the labels of namespaces fail closed. cert-manager: its own objects.
    let gatekeeper =
        hook(&rule("CREATE, UPDATE", "*", "*", ""), "  failurePolicy: Ignore\n  timeoutSeconds: 3\n");
    assert_eq!(codes(&gatekeeper), [""; 0]);
    assert_eq!(
        codes(&hook(&rule("CREATE, UPDATE", "", "namespaces", ""), "  failurePolicy: Fail\n")),
        [""; 0]
    );
    assert_eq!(
        codes(&hook(&rule("CREATE, UPDATE", "cert-manager.io", "*/*", ""), "  failurePolicy: Fail\n")),
        [""; 0]
    );
    // Kyverno: its own policies fail closed.
    assert_eq!(
        codes(&hook(&rule("'*'", "kyverno.io", "clusterpolicies/*", ""), "  failurePolicy: Fail\n")),
        [""; 0]
    );
}

#[test]
fn the_remedy_for_nodes_excludes_exactly_what_was_told() {
    let text = hook(&rule("CREATE, UPDATE", "", "nodes/*", ""), "");
    let remedy = only(&text).finding.remedy;
    let patch = remedy.lines().last().unwrap().split_once("-p '").unwrap().1;
    let patch = patch.rsplit_once('\'').unwrap().0;
    let operations: serde_json::Value = serde_json::from_str(patch).unwrap();
    assert_eq!(operations[0]["path"], "/webhooks/0/matchConditions");
    let mended = format!("{text}  matchConditions: {}\n", operations[0]["value"]);
    assert_eq!(codes(&mended), [""; 0]);
    // It excludes nothing else, and a condition of somebody else is not evaluated.
    let all = hook(&rule("CREATE, UPDATE", "", "nodes/*", "").replace("nodes/*", "*/*"), "");
    assert_eq!(
        codes(&format!("{all}  matchConditions: {}\n", operations[0]["value"])),
        ["webhook-blocks-network", NODE[0]]
    );
    let other = format!("{text}  matchConditions: [{{name: c, expression: 'true'}}]\n");
    assert_eq!(only(&other).finding.severity, Severity::Warning);
}

#[test]
fn time_limits_of_webhooks_that_fail_open_add_up() {
    let many = |count: usize, kind: &str, fields: &str| {
        let one = hook(RULE, &format!("  failurePolicy: Ignore\n{fields}")).replace("Mutating", kind);
        let documents: Vec<_> = (0..count)
            .map(|number| one.replace("{name: hooks}", &format!("{{name: hooks-{number}}}")))
            .collect();
        codes(&documents.join("---\n"))
    };
    let long = ["webhook-timeouts-add-up"];
    assert_eq!(many(3, "Mutating", ""), [""; 0]);
    assert_eq!(many(4, "Mutating", ""), long);
    assert_eq!(many(7, "Mutating", "  timeoutSeconds: 5\n"), long);
    assert_eq!(many(6, "Mutating", "  timeoutSeconds: 5\n"), [""; 0]);
    // Validating webhooks are asked at the same time.
    assert_eq!(many(9, "Validating", ""), [""; 0]);
    assert_eq!(many(4, "Mutating", "  objectSelector: {matchLabels: {app: other}}\n"), [""; 0]);
}
