//! The rendered `DaemonSet`s.

use std::path::Path;

use serde_json::Value;

use crate::tools::{good, top, yaml};

/// The overlays, and the fixture in place of the upstream manifest that each names by its address.
pub(crate) const OVERLAYS: [(&str, Option<&str>); 6] = [
    ("antrea-aks", Some("antrea-chained.yml")),
    ("antrea-eks", Some("antrea-chained.yml")),
    ("antrea-gke", Some("antrea-gke.yml")),
    ("calico", Some("calico.yaml")),
    ("aks-node-pools", None),
    ("canary", None),
];

/// An image that could be pulled, for the chart; the overlays keep their placeholder.
const IMAGE: &str = "image.repository=ghcr.io/someone/cni-bootstrap";

/// A copy of `deploy`, with the fixtures in place of the manifests that the overlays fetch.
pub(crate) fn copy() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("deploy");
    good("cp", &["-R", top().join("deploy").to_str().unwrap(), copy.to_str().unwrap()]);
    for (name, fixture) in OVERLAYS {
        let Some(fixture) = fixture else { continue };
        let here = copy.join("kustomize/overlays").join(name);
        let file = here.join("kustomization.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        let upstream =
            text.lines().find(|line| line.trim_start().starts_with("- https://")).expect("an address");
        std::fs::write(&file, text.replace(upstream, "  - upstream.yaml")).unwrap();
        std::fs::copy(top().join("tests/deploy/fixtures").join(fixture), here.join("upstream.yaml")).unwrap();
    }
    dir
}

/// Renders a directory of `deploy/kustomize` with `kubectl kustomize`. Returns the text.
pub(crate) fn kustomize(tools: &Path, copy: &Path, directory: &str) -> String {
    let directory = copy.join("deploy/kustomize").join(directory);
    good(tools.join("bin/kubectl"), &["kustomize", directory.to_str().unwrap()])
}

/// Renders an overlay. Returns the text.
pub(crate) fn overlay(tools: &Path, name: &str) -> String {
    kustomize(tools, copy().path(), &format!("overlays/{name}"))
}

/// Renders a directory with components on top, in this order: the step in docs/quick-start.md.
pub(crate) fn combined(tools: &Path, copy: &Path, directory: &str, components: &[&str]) -> String {
    let name = format!("mine-{}-{}", directory.replace('/', "-"), components.join("-"));
    let mine = copy.join("deploy/kustomize/overlays").join(&name);
    std::fs::create_dir(&mine).unwrap();
    let components: Vec<_> = components.iter().map(|name| format!("../../components/{name}")).collect();
    let text = format!("resources: [../../{directory}]\ncomponents: [{}]\n", components.join(", "));
    std::fs::write(mine.join("kustomization.yaml"), text).unwrap();
    kustomize(tools, copy, &format!("overlays/{name}"))
}

/// The forms that stay, as (name, directory, component).
pub(crate) const STAYING: [(&str, &str, &str); 7] = [
    ("node-bootstrapper that stays", "bases/node-bootstrapper", "watch"),
    ("aks-node-pools that stays", "overlays/aks-node-pools", "watch"),
    ("canary that stays", "overlays/canary", "watch"),
    ("antrea-aks that stays", "overlays/antrea-aks", "sidecar"),
    ("antrea-eks that stays", "overlays/antrea-eks", "sidecar"),
    ("antrea-gke that stays", "overlays/antrea-gke", "sidecar"),
    ("calico that stays", "overlays/calico", "sidecar"),
];

/// Renders the chart with `helm template`.
pub(crate) fn chart(tools: &Path, more: &[&str]) -> String {
    let chart = "deploy/helm/cni-bootstrap";
    let args = [&["template", "cni-bootstrap", chart, "--namespace", "kube-system", "--set", IMAGE], more];
    good(tools.join("bin/helm"), &args.concat())
}

/// The DaemonSet of a rendered text.
pub(crate) fn daemon_set(tools: &Path, text: &str) -> Value {
    let found = yaml(tools, text).into_iter().find(|document| document["kind"] == "DaemonSet");
    found.expect("a DaemonSet")
}

/// The pod's specification.
pub(crate) fn pod(daemon_set: &Value) -> &Value {
    &daemon_set["spec"]["template"]["spec"]
}

/// A list, empty if it is absent.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// The program's container in the pod.
pub(crate) fn ours(daemon_set: &Value) -> &Value {
    let of = |key| list(pod(daemon_set), key).iter();
    let found = of("initContainers").chain(of("containers")).find(|c| c["name"] == "cni-bootstrap");
    found.expect("a container cni-bootstrap")
}
