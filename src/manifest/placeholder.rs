//! The image of this program's own containers. The manifests of the project ship with a placeholder, since nobody can
//! know the registry; a DaemonSet that is applied with it stops at `ImagePullBackOff` on every node.

use super::cluster::Cluster;
use super::pods::Pod;
use super::sink::Sink;
use super::yaml::Spot;
use crate::report::codes::lint as codes;

/// The name of the program's container in every manifest, and of its image in every registry.
const NAME: &str = "cni-bootstrap";

/// Names that are reserved for documents (RFC 2606): no registry answers there.
const RESERVED: &[&str] = &["example", "invalid", "example.com", "example.net", "example.org"];

/// The lists of containers of a pod's specification.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

pub(super) fn check(cluster: &Cluster<'_>, sink: &mut Sink) {
    for pod in cluster.pods() {
        for list in LISTS {
            let containers = pod.template.find(&["spec", list]);
            for container in containers.map_or_else(Vec::new, |list| list.items()) {
                container_of(&pod, &container, sink);
            }
        }
    }
}

fn container_of(pod: &Pod<'_>, container: &Spot<'_>, sink: &mut Sink) {
    let Some(spot) = container.get("image") else { return };
    let Some(image) = spot.text() else { return };
    let name = container.text_of("name").unwrap_or("");
    let is_own = name == NAME || repository(image).rsplit('/').next() == Some(NAME);
    let Some(why) = is_own.then(|| placeholder(image)).flatten() else { return };
    let object = pod.object;
    let message = format!(
        "The image {image:?} of the container {name:?} is a placeholder: {why}. No node can pull it."
    );
    let remedy = "Name the image that a release published or that you built: deploy/set-image IMAGE; or \
                  kustomize edit set image cni-bootstrap=IMAGE; or the chart's image.repository."
        .to_owned();
    sink.add(&codes::IMAGE_PLACEHOLDER, object, &spot, message, remedy);
}

/// The image without its tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let path = image.rfind('/').map_or(0, |at| at + 1);
    image[path..].find(':').map_or(image, |at| &image[..path + at])
}

/// Why an image is a placeholder. A value that Helm or another tool fills in later is not judged.
fn placeholder(image: &str) -> Option<String> {
    if image.contains("{{") {
        return None;
    }
    let repository = repository(image);
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let (host, path) = match repository.split_once('/') {
        Some((first, rest)) if is_host(first) => (first, rest),
        _ => ("docker.io", repository),
    };
    let is_plain =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '/' | '.' | '_' | '-');
    if let Some(wrong) = path.chars().find(|c| !is_plain(*c)) {
        return Some(format!("{wrong:?} cannot stand in the name of an image"));
    }
    // Docker's own namespace: nobody else publishes there.
    if host == "docker.io" && path.strip_prefix("library/").unwrap_or(path) == NAME {
        return Some("it names no registry".to_owned());
    }
    let host = host.split(':').next().unwrap_or(host);
    let is_reserved =
        |name: &&&str| host.strip_suffix(**name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    RESERVED
        .iter()
        .find(is_reserved)
        .map(|_| format!("nothing can be reached at {host}, a name that is reserved for examples"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{codes, only};
    use super::placeholder;

    /// A DaemonSet with one initContainer.
    fn daemon_set(name: &str, image: &str) -> String {
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: d, namespace: kube-system}}\nspec:\n  template:\n    \
             spec:\n      initContainers:\n      - {{name: {name}, image: {image:?}}}\n      containers: []\n"
        )
    }

    #[test]
    fn a_name_that_no_node_can_pull_is_found() {
        let digest = format!("cni-bootstrap@sha256:{}", "0".repeat(64));
        for image in [
            "cni-bootstrap",
            "cni-bootstrap:0.1.0",
            "library/cni-bootstrap:0.1.0",
            "docker.io/library/cni-bootstrap:0.1.0",
            "example.com/cni-bootstrap:0.1.0",
            "example.com:5000/cni-bootstrap",
            "registry.example.com/team/cni-bootstrap:0.1.0",
            "registry.example/cni-bootstrap",
            "ghcr.io/OWNER/cni-bootstrap:0.1.0",
            "ghcr.io/<owner>/cni-bootstrap",
            "$IMAGE",
            "IMAGE",
            &digest,
        ] {
            assert!(placeholder(image).is_some(), "{image}");
            assert_eq!(codes(&daemon_set("cni-bootstrap", image)), ["image-placeholder"], "{image}");
        }
    }

    #[test]
    fn an_image_that_exists_somewhere_is_not() {
        let digest = format!("ghcr.io/a/cni-bootstrap@sha256:{}", "0".repeat(64));
        for image in [
            "ghcr.io/a/cni-bootstrap:0.1.0",
            "a/cni-bootstrap",
            "localhost/cni-bootstrap:0.1.0",
            "localhost:5000/cni-bootstrap",
            "10.0.0.7:5000/cni-bootstrap:V1",
            "registry.internal/team/node_network--cni:0.1.0",
            "anexample.com/cni-bootstrap",
            "{{ .Values.image }}",
            &digest,
        ] {
            assert_eq!(placeholder(image), None, "{image}");
            assert_eq!(codes(&daemon_set("cni-bootstrap", image)), [] as [&str; 0], "{image}");
        }
    }

    #[test]
    fn only_this_program_s_containers_are_judged() {
        assert_eq!(codes(&daemon_set("agent", "registry.example.com/agent:1")), [] as [&str; 0]);
        assert_eq!(codes(&daemon_set("network", "example.com/team/cni-bootstrap:1")), ["image-placeholder"]);
    }

    #[test]
    fn the_finding_names_the_image_and_its_place() {
        let found = only(&daemon_set("cni-bootstrap", "cni-bootstrap:0.1.0"));
        assert_eq!(found.path, "spec.template.spec.initContainers[0].image");
        let message = &found.finding.message;
        assert!(message.contains("\"cni-bootstrap:0.1.0\"") && message.contains("no registry"), "{message}");
    }
}
