use std::rc::Rc;

use super::super::tests::{HEALTHY, KOPS, MULTUS_CALICO, lint};
use super::super::yaml::{Outcome, Value, read};
use super::super::{Input, Linter};
use super::Kept;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const KINDS: &[&str] = &[
    "Pod",
    "PodTemplate",
    "CronJob",
    "Deployment",
    "VirtualMachine",
    "VirtualMachinePool",
    "Service",
    "Namespace",
    "IPPool",
    "NetworkAttachmentDefinition",
    "ValidatingWebhookConfiguration",
    "ConfigMap",
    "CustomResourceDefinition",
    "Rollout",
    "ManifestWork",
];

/// A step on the way to a template; `[]` is a list.
const STEPS: &[&str] = &[
    "spec",
    "spec",
    "template",
    "template",
    "jobTemplate",
    "virtualMachineTemplate",
    "config",
    "selector",
    "containers",
    "volumes",
    "data",
    "webhooks",
    "status",
    "metadata",
    "annotations",
    "other",
    "[]",
    "[]",
];

fn template() -> Json {
    json!({
        "metadata": {"annotations": {"cni.projectcalico.org/hwAddr": "x", "example.com/long": "x".repeat(70)}},
        "spec": {
            "hostNetwork": true, "containers": [{"name": "cni-bootstrap", "image": "cni-bootstrap", "env": [{"name": "A"}]}],
            "volumes": [{"name": "none"}, {"hostPath": {"path": "/etc/cni/net.d", "type": "Directory"}}],
        },
    })
}

/// An object of some kind with a template somewhere in it.
fn object() -> impl Strategy<Value = Json> {
    let kind = prop::sample::select(KINDS);
    (kind, prop::collection::vec(prop::sample::select(STEPS), 0..15), any::<bool>()).prop_map(
        |(kind, way, is_owned)| {
            let wrap = |inner: Json, step: &&str| match *step {
                "[]" => json!([{"none": 1}, inner]),
                key => json!({"first": 1, key: inner}),
            };
            let mut object = way.iter().rev().fold(template(), wrap);
            if !object.is_object() {
                object = json!({"items": object, "kind": "List", "apiVersion": "v1"});
                return object;
            }
            object["kind"] = kind.into();
            object["apiVersion"] = "x/v1".into();
            if object.get("metadata").is_none_or(Json::is_object) {
                object["metadata"]["name"] = "a".into();
                if is_owned {
                    object["metadata"]["ownerReferences"] = json!([{"kind": "ConfigMap", "name": "a"}]);
                }
            }
            object
        },
    )
}

/// The findings without their files.
fn told(inputs: &[String]) -> Vec<(String, String, String)> {
    let input = |(number, text): (usize, &String)| Input {
        name: format!("{number}.yaml"),
        bytes: text.as_bytes().to_vec(),
    };
    let inputs: Vec<_> = inputs.iter().enumerate().map(input).collect();
    let mut told: Vec<_> = lint(&inputs)
        .into_iter()
        .map(|located| (located.finding.code.to_owned(), located.finding.message, located.path))
        .collect();
    told.sort();
    told
}

proptest! {
    /// `lint` of the tests compares all with what is kept.
    #[test]
    fn a_template_is_kept_wherever_it_is(objects in prop::collection::vec(object(), 1..6)) {
        let texts: Vec<_> = objects.iter().map(Json::to_string).collect();
        prop_assert_eq!(told(&[texts.join("\n---\n")]), told(&texts));
    }
}

#[test]
fn the_same_is_told_of_one_file_and_of_a_file_for_each_document() {
    for text in [MULTUS_CALICO, KOPS].iter().chain(HEALTHY) {
        let all: Vec<_> = text.split("\n---\n").map(|document| format!("{document}\n")).collect();
        assert!(all.len() > 1);
        assert_eq!(told(&[(*text).to_owned()]), told(&all));
        let backwards: Vec<_> = all.into_iter().rev().collect();
        let whole = told(&[(*text).to_owned()]).len();
        assert_eq!(told(&backwards).len(), whole);
    }
}

fn kept(text: &str) -> Kept {
    let mut kept = Kept::default();
    let file: Rc<str> = "x".into();
    for document in read(text) {
        let Outcome::Read(root, _) = &document.outcome else { panic!("{text}") };
        kept.add(&file, document.number, root);
    }
    kept
}

#[test]
fn of_an_object_that_no_rule_reads_only_its_identity_is_kept() {
    let text = "kind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{}'}\n---\nkind: Secret\nmetadata: {name: s}\ndata: {a: b}\n\
                ---\nkind: Other\nmetadata: {name: o}\nspec: {a: [{b: c}]}\n---\nkind: Namespace\nmetadata: {name: n}\n";
    let kept = kept(text);
    assert_eq!((kept.count, kept.objects.len()), (4, 1));
    let mut others: Vec<_> = kept.others().collect();
    others.sort_unstable();
    assert_eq!(others, [("ConfigMap", "", "a"), ("Other", "", "o"), ("Secret", "", "s")]);
}

/// The addresses of the lists, mappings and texts of a tree, each with the number of visits.
fn visit(value: &Value<'_>, addresses: &mut Vec<usize>) {
    match value {
        Value::Null => {}
        Value::Scalar(scalar) => addresses.push(scalar.text.as_ptr().addr()),
        Value::List(items) => {
            addresses.push(items.as_ptr().addr());
            items.iter().for_each(|item| visit(&item.value, addresses));
        }
        Value::Map(entries) => {
            addresses.push(entries.as_ptr().addr());
            entries.iter().for_each(|entry| visit(&entry.value.value, addresses));
        }
    }
}

#[test]
fn what_aliases_share_stays_shared() {
    let long = "x".repeat(100);
    let text = format!(
        "kind: Pod\nmetadata: {{labels: {{a: &t {long}, b: *t}}}}\nspec:\n  containers:\n  - &c {{name: c, args: &a [a, {long}b]}}\n\
         {}  - {{name: d, args: *a}}\n",
        "  - *c\n".repeat(50)
    );
    let kept = kept(&text);
    let mut addresses = Vec::new();
    visit(&kept.objects[0].node.value, &mut addresses);
    let visits = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    assert!(visits > 200 && addresses.len() < 20, "{} of {visits}", addresses.len());
}

#[test]
fn a_file_is_dropped_before_the_next() {
    let mut linter = Linter::default();
    for (name, text) in [
        (
            "pod.yaml",
            "kind: Pod\nmetadata:\n  name: p\n  annotations: {k8s.v1.cni.cncf.io/networks: net-b}\n",
        ),
        (
            "net.yaml",
            "apiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\nmetadata: {name: net-a}\n",
        ),
    ] {
        // The input lives no longer than the call.
        linter.read(&Input { name: name.to_owned(), bytes: text.as_bytes().to_vec() }, &|_| {});
    }
    let linted = linter.judged();
    let found: Vec<_> = linted.findings.iter().map(|found| (found.finding.code, found.line)).collect();
    assert_eq!((found, linted.objects), (vec![("multus-network-unknown", 4)], 2));
}
