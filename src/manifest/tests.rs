use super::{CODES, Input, Linter, Located};
use crate::report::Severity;
use proptest::prelude::*;

/// The findings of files.
pub(super) fn lint(inputs: &[Input]) -> Vec<Located> {
    let found = linted(Linter::default(), inputs);
    let mut whole = Linter::default();
    whole.kept.is_whole = true;
    assert_eq!(found, linted(whole, inputs), "a rule reads what `keep` does not keep");
    found
}

fn linted(mut linter: Linter, inputs: &[Input]) -> Vec<Located> {
    for input in inputs {
        linter.read(input, &|_| {});
    }
    linter.judged().findings
}

/// The findings of one file.
pub(super) fn of(text: &str) -> Vec<Located> {
    lint(&[Input { name: "x.yaml".to_owned(), bytes: text.as_bytes().to_vec() }])
}

/// The codes of the findings, in order.
pub(super) fn codes(text: &str) -> Vec<&'static str> {
    of(text).iter().map(|located| located.finding.code).collect()
}

/// A pod with these annotations, each a line of YAML.
pub(super) fn pod(annotations: &[&str]) -> String {
    let lines: Vec<_> = annotations.iter().map(|line| format!("    {line}\n")).collect();
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n{}spec:\n  containers: []\n",
        lines.concat()
    )
}

/// The codes of a pod with one annotation.
pub(super) fn annotated(annotation: &str) -> Vec<&'static str> {
    codes(&pod(&[annotation]))
}

/// The only finding.
pub(super) fn only(text: &str) -> Located {
    let mut found = of(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

pub(super) const MULTUS_CALICO: &str = include_str!("../../examples/multus-calico/manifests.yaml");
pub(super) const KOPS: &str = include_str!("../../examples/kops-rolling-update/manifests.yaml");
pub(super) const HEALTHY: &[&str] = &[
    include_str!("../../tests/manifest/healthy-calico.yaml"),
    include_str!("../../tests/manifest/healthy-multus.yaml"),
    include_str!("../../tests/manifest/healthy-webhooks.yaml"),
];

#[test]
fn healthy_manifests_yield_nothing() {
    for text in HEALTHY {
        assert_eq!(of(text), []);
    }
    let all: Vec<_> = HEALTHY.iter().enumerate().map(|(index, text)| input(index, text)).collect();
    assert_eq!(lint(&all), []);
}

fn input(index: usize, text: &str) -> Input {
    Input { name: format!("{index}.yaml"), bytes: text.as_bytes().to_vec() }
}

#[test]
fn the_multus_and_calico_case_is_told_by_its_annotation() {
    let located = only(MULTUS_CALICO);
    assert_eq!(located.finding.code, "calico-annotation-not-json");
    assert_eq!(located.path, r#"spec.template.metadata.annotations["cni.projectcalico.org/ipv4pools"]"#);
    let line = MULTUS_CALICO.lines().position(|line| line.contains("ipv4pools: streaming-pool")).unwrap() + 1;
    assert_eq!((located.document, located.line, located.column), (4, line, 9));
    assert_eq!(located.finding.subject, format!("x.yaml:{line} Deployment media/transcoder"));
    let message = &located.finding.message;
    assert!(message.contains("invalid character 's' looking for beginning of value"), "{message}");
    assert!(message.contains("plugin type=\"multus\""), "{message}");
    let corrected = r#"cni.projectcalico.org/ipv4pools: '["streaming-pool"]'"#;
    assert!(located.finding.remedy.starts_with(corrected), "{}", located.finding.remedy);
    let mended = MULTUS_CALICO.replace("cni.projectcalico.org/ipv4pools: streaming-pool", corrected);
    assert_eq!(of(&mended), []);
}

#[test]
fn the_kops_case_is_told_by_its_webhook() {
    let found = of(KOPS);
    let codes: Vec<_> = found.iter().map(|located| located.finding.code).collect();
    assert_eq!(codes, ["webhook-blocks-network", "webhook-slow", "webhook-backend-fragile"]);
    let finding = &found[0].finding;
    assert_eq!((finding.severity, found[0].path.as_str()), (Severity::Error, "webhooks[0].failurePolicy"));
    assert!(finding.message.contains("DaemonSet kube-system/antrea-agent"), "{}", finding.message);
    assert!(finding.message.contains("lets DaemonSet kube-system/kube-proxy pass"), "{}", finding.message);
    assert!(finding.message.contains("kops"), "{}", finding.message);
    assert!(finding.remedy.contains("\"value\":\"Ignore\"") && finding.remedy.contains("\"value\":\"Fail\""));
    let excluded = KOPS.replace(
        "    objectSelector:\n",
        "    namespaceSelector:\n      matchExpressions:\n        - {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}\n    objectSelector:\n",
    );
    assert_eq!(of(&excluded), []);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_read() {
    let bad = pod(&["cni.projectcalico.org/ipv4pools: pool-a"]);
    let text = format!("a: [1\n---\n{bad}---\nx: {{{{ .Values.y }}}}\n---\na: 1\na: 2\n");
    assert_eq!(
        codes(&text),
        ["manifest-unreadable", "calico-annotation-not-json", "manifest-template", "manifest-duplicate-key"]
    );
    let bytes = b"a: 1\nb: \xff\n".to_vec();
    let found = lint(&[Input { name: "-".to_owned(), bytes }]);
    assert_eq!((found[0].finding.code, found[0].line, found[0].column), ("manifest-unreadable", 2, 4));
}

#[test]
fn lists_in_json_and_from_jq_are_taken_apart() {
    let pod = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","annotations":{"cni.projectcalico.org/hwAddr":"x"}}}"#;
    for text in [
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{pod}]}}"#),
        format!(r#"{{"apiVersion":"v1","kind":"PodList","items":[{{"kind":"List","items":[{pod}]}}]}}"#),
        format!("[{pod}]"),
        format!("{{}}\n{pod}"),
    ] {
        let located = only(&text);
        assert_eq!(located.finding.code, "calico-annotation-value");
        assert!(located.finding.subject.ends_with("Pod p"), "{}", located.finding.subject);
    }
    // The forms of the API's answer and of `kubectl get --raw`.
    let bare = pod.replace(r#""kind":"Pod","apiVersion":"v1","#, "");
    let typed = only(&format!(r#"{{"kind":"PodList","apiVersion":"v1","items":[null,{bare},3]}}"#));
    assert!(typed.finding.subject.ends_with("Pod p"), "{}", typed.finding.subject);
    assert_eq!(codes(&format!(r#"{{"kind":"List","apiVersion":"v1","items":[{bare}]}}"#)), [""; 0]);
    let in_list = only(&format!(r#"{{"kind":"List","items":[{{"kind":"Pod"}},{pod}]}}"#));
    assert_eq!(in_list.path, r#"items[1].metadata.annotations["cni.projectcalico.org/hwAddr"]"#);
}

#[test]
fn every_workload_kind_is_looked_into() {
    for (kind, path) in [
        ("Pod", ""),
        ("PodTemplate", "template."),
        ("CronJob", "spec.jobTemplate.spec.template."),
        ("Deployment", "spec.template."),
        ("DaemonSet", "spec.template."),
        ("StatefulSet", "spec.template."),
        ("ReplicaSet", "spec.template."),
        ("ReplicationController", "spec.template."),
        ("Job", "spec.template."),
        ("Rollout", "spec.template."),
    ] {
        let path = path.trim_end_matches('.');
        let template =
            r#"{"metadata":{"annotations":{"cni.projectcalico.org/hwAddr":"x"}},"spec":{"containers":[]}}"#;
        let nested = path
            .split('.')
            .rev()
            .filter(|part| !part.is_empty())
            .fold(template.to_owned(), |inner, part| format!(r#"{{"{part}":{inner}}}"#));
        let text = nested.replacen('{', &format!(r#"{{"apiVersion":"v1","kind":"{kind}","#), 1);
        assert!(only(&text).path.starts_with(path), "{kind}");
    }
}

#[test]
fn a_template_is_found_wherever_an_object_has_it() {
    let template =
        "metadata: {annotations: {cni.projectcalico.org/hwAddr: x}}, spec: {containers: [{name: c}]}";
    for (kind, spec, path) in [
        (
            "LeaderWorkerSet",
            "leaderWorkerTemplate: {workerTemplate: {T}}",
            "spec.leaderWorkerTemplate.workerTemplate",
        ),
        (
            "JobSet",
            "replicatedJobs: [{template: {spec: {template: {T}}}}]",
            "spec.replicatedJobs[0].template.spec.template",
        ),
        ("TFJob", "tfReplicaSpecs: {Worker: {template: {T}}}", "spec.tfReplicaSpecs.Worker.template"),
        (
            "ManifestWork",
            "workload: {manifests: [{kind: Job, spec: {template: {T}}}]}",
            "spec.workload.manifests[0].spec.template",
        ),
        (
            "VirtualMachine",
            "template: {metadata: {annotations: {cni.projectcalico.org/hwAddr: x}}, spec: {domain: {}}}",
            "spec.template",
        ),
    ] {
        let text = format!(
            "apiVersion: x.example/v1\nkind: {kind}\nmetadata: {{name: w}}\nspec: {{{}}}\n",
            spec.replace("{T}", &format!("{{{template}}}"))
        );
        let located = only(&text);
        let path = format!(r#"{path}.metadata.annotations["cni.projectcalico.org/hwAddr"]"#);
        assert_eq!((located.finding.code, located.path), ("calico-annotation-value", path), "{kind}");
    }
    // A schema describes templates and contains none; the text in a ConfigMap is not an object.
    let schema = "kind: CustomResourceDefinition\nspec: {versions: [{schema: {properties: {spec: {containers: []}}}}]}\n";
    assert_eq!(codes(schema), [""; 0]);
}

#[test]
fn a_file_without_content_does_not_pass() {
    for text in ["", "\n \t\n", "# nothing\n---\n"] {
        let located = only(text);
        assert_eq!(
            (located.finding.code, located.finding.severity),
            ("manifest-empty", Severity::Error),
            "{text:?}"
        );
    }
    // Charts render files with comments only. A file of 0 bytes is told beside others too.
    let with = |text| {
        let found = lint(&[input(0, "kind: Pod\n"), input(1, text)]);
        found.into_iter().map(|located| (located.file, located.finding.code)).collect::<Vec<_>>()
    };
    assert_eq!(with("# nothing\n"), []);
    assert_eq!(with(""), [("1.yaml".to_owned(), "manifest-empty")]);
    assert_eq!(codes(r#"{"kind":"List","apiVersion":"v1","items":[]}"#), [""; 0]);
}

#[test]
fn what_could_not_be_read_is_not_told_as_absent() {
    let nad = |name: &str| {
        format!(
            "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {{name: {name}}}\n"
        )
    };
    let pods = [
        pod(&["k8s.v1.cni.cncf.io/networks: net-b"]),
        pod(&["cni.projectcalico.org/ipv4pools: '[\"pool-b\"]'"]),
        nad("net-a"),
        "apiVersion: crd.projectcalico.org/v1\nkind: IPPool\nmetadata: {name: pool-a}\nspec: {cidr: 10.0.0.0/16}\n".to_owned(),
    ];
    let with = |more: &str| codes(&format!("{}---\n{more}", pods.join("---\n")));
    let absent = ["multus-network-unknown", "calico-pool-unknown"];
    assert_eq!(with(""), absent);
    let broken = format!("{}x: [\n---\nkind: IPPool\nmetadata: {{name: pool-b\n", nad("net-b"));
    assert_eq!(with(&broken), ["manifest-unreadable", "manifest-unreadable"]);
    // Something else that is broken does not hide it.
    assert_eq!(with("a: [\n")[..2], absent);
    assert_eq!(with("a: {{ .Values.b }}\n"), ["manifest-template"]);
}

#[test]
fn what_a_workload_made_is_told_once() {
    let child = |kind: &str, name: &str, owner: &str| {
        pod(&["cni.projectcalico.org/hwAddr: x"])
            .replace("kind: Pod", &format!("kind: {kind}"))
            .replace("name: p", &format!("name: {name}\n  ownerReferences: [{owner}]"))
    };
    let made = child("Pod", "p", "{kind: ReplicaSet, name: r}");
    assert_eq!(codes(&made).len(), 1);
    let owner = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: r}\nspec: {template: {spec: {containers: []}}}\n";
    assert_eq!(codes(&format!("{made}{owner}")), [""; 0]);
    assert_eq!(codes(&format!("{made}{}", owner.replace("name: r", "name: r, namespace: other"))).len(), 1);
}

#[test]
fn annotations_are_strings_on_the_pod() {
    let located = only(&pod(&["cni.projectcalico.org/ipv4pools: [\"pool-a\", b]"]));
    assert_eq!(located.finding.code, "annotation-not-string");
    assert_eq!(located.finding.remedy, r#"cni.projectcalico.org/ipv4pools: '["pool-a","b"]'"#);
    assert_eq!(annotated("kubernetes.io/ingress-bandwidth: 1000000"), ["annotation-not-string"]);
    assert_eq!(annotated("example.com/other: 1"), [""; 0]);
    assert_eq!(annotated("cni.projectcalico.org/ipv4pools: '{{ .Values.pools }}'"), ["manifest-template"]);
    let misplaced = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n  annotations:\n    \
                     k8s.v1.cni.cncf.io/networks: net-a\nspec:\n  template:\n    spec: {containers: []}\n";
    let both = misplaced.replace(
        "{containers: []}",
        "{containers: []}\n    metadata: {annotations: {k8s.v1.cni.cncf.io/networks: net-a}}",
    );
    assert_eq!(codes(&both), [""; 0]);
    let located = only(misplaced);
    assert_eq!(located.finding.code, "annotation-misplaced");
    assert!(located.finding.remedy.starts_with("Under spec.template.metadata.annotations:"));
}

#[test]
fn codes_are_unique_and_documented() {
    let documentation = include_str!("../../docs/findings.md");
    for (index, code) in CODES.iter().enumerate() {
        assert!(CODES[..index].iter().all(|other| other.name != code.name), "{}", code.name);
        assert!(documentation.contains(&format!("### `{}`", code.name)), "{} is not documented", code.name);
    }
}

/// A file with one byte changed, or with a piece removed or doubled.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let texts: Vec<_> =
        HEALTHY.iter().chain(&[MULTUS_CALICO, KOPS]).map(|text| text.as_bytes().to_vec()).collect();
    (prop::sample::select(texts), any::<prop::sample::Index>(), any::<u8>(), 0_usize..40, 0..3).prop_map(
        |(mut bytes, at, byte, length, how)| {
            let at = at.index(bytes.len());
            let end = (at + length).min(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.drain(at..end)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
            bytes
        },
    )
}

fn holds(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for located in lint(&[Input { name: "-".to_owned(), bytes }]) {
        prop_assert!(CODES.iter().any(|code| code.name == located.finding.code));
        prop_assert!(located.document >= 1 && (1..=lines + 1).contains(&located.line));
        prop_assert!(
            located.column >= 1 && !located.finding.message.is_empty() && !located.finding.remedy.is_empty()
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        holds(bytes)?;
    }

    #[test]
    fn yaml_like_text_is_judged_without_a_panic(text in r#"([a-z]{1,3}: |- |\[|\]|\{|\}|\{\{|&a |\*a|<<: |---\n|\.\.\.\n|\n|  |"|'|\||%|#|é|,|:){0,60}"#) {
        holds(text.into_bytes())?;
    }

    #[test]
    fn damaged_manifests_are_judged_without_a_panic(bytes in damaged()) {
        holds(bytes)?;
    }

    #[test]
    fn any_annotation_is_judged_without_a_panic(value in "\\PC{0,40}|[\\[\\]{}\",:a-z0-9/@. ]{0,40}", key in 0_usize..6) {
        let key = [
            "cni.projectcalico.org/ipv4pools", "cni.projectcalico.org/ipAddrs", "k8s.v1.cni.cncf.io/networks",
            "v1.multus-cni.io/default-network", "kubernetes.io/ingress-bandwidth", "qos.projectcalico.org/egressBurst",
        ][key];
        let annotations = serde_json::json!({key: value});
        let pod = serde_json::json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"annotations": annotations}});
        holds(pod.to_string().into_bytes())?;
    }
}
