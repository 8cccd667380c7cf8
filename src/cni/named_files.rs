//! The files of the node that a network's plugins read when a pod starts.

use super::conflist::Conflist;
use super::json::{JsonKind, Value, same_key};
use super::violation::Rule;
use super::wrap::is_multus;

/// A file that a plugin reads for each pod. Without it, every pod fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// The path, as the network spells it.
    pub path: String,
    /// The key that names it.
    pub key: String,
    /// The type of the plugin.
    pub plugin: String,
    /// The line of the key; 0 if the plugin uses this path because the key is missing.
    pub line: usize,
    /// True if the file may have 0 bytes.
    pub may_be_empty: bool,
}

/// Calico's file with the node's name (`cni-plugin/pkg/plugin/plugin.go`, `cmdAdd`).
const NODENAME: &str = "/var/lib/calico/nodename";
/// flannel's file with the node's subnet (flannel-io/cni-plugin `flannel.go`, `defaultSubnetFile`).
const SUBNET: &str = "/run/flannel/subnet.env";
/// The client certificates of Calico with etcd (`cni-plugin/internal/pkg/utils`, `CreateClient`).
const ETCD: [&str; 3] = ["etcd_key_file", "etcd_cert_file", "etcd_ca_cert_file"];

impl Conflist {
    /// The files that its plugins read, in the order of the list.
    pub fn named_files(&self) -> Vec<NamedFile> {
        let mut files = Vec::new();
        for (plugin, name) in self.plugins() {
            let inner = plugin.descendants().filter(|value| value.kind() == JsonKind::Object);
            of_plugin(plugin, name, &mut files);
            // The plugins that a meta-plugin delegates to.
            for inner in inner.filter(|value| !same_key(&value.key(), "ipam")) {
                if let Some(name) = text(inner, "type").map(|(_, name)| name) {
                    of_plugin(inner, &name, &mut files);
                }
            }
        }
        files
    }
}

fn of_plugin(plugin: Value<'_>, name: &str, files: &mut Vec<NamedFile>) {
    // The shim of the thick Multus hands everything on to its daemon, which has its own view of the host.
    if !is_multus(name) || name == "multus" {
        let of_kubernetes = plugin.fields("kubernetes").last();
        for holder in [Some(plugin), of_kubernetes].into_iter().flatten() {
            files.extend(named(holder, name, "kubeconfig"));
        }
    }
    match name {
        "calico" => {
            let is_optional = plugin.fields("nodename_file_optional").last();
            if is_optional.is_none_or(|value| value.kind() != JsonKind::Bool(true)) {
                let file = named(plugin, name, "nodename_file")
                    .unwrap_or_else(|| default(name, "nodename_file", NODENAME));
                files.push(NamedFile { may_be_empty: true, ..file });
            }
            if text(plugin, "datastore_type").is_none_or(|(_, kind)| kind != "kubernetes") {
                files.extend(ETCD.iter().filter_map(|key| named(plugin, name, key)));
            }
        }
        "flannel" => {
            files.push(
                named(plugin, name, "subnetFile").unwrap_or_else(|| default(name, "subnetFile", SUBNET)),
            );
        }
        _ => {}
    }
}

fn default(plugin: &str, key: &str, path: &str) -> NamedFile {
    NamedFile {
        path: path.to_owned(),
        key: key.to_owned(),
        plugin: plugin.to_owned(),
        line: 0,
        may_be_empty: false,
    }
}

fn named(holder: Value<'_>, plugin: &str, key: &str) -> Option<NamedFile> {
    let (value, path) = text(holder, key)?;
    let line = value.violation(Rule::Field, "").line;
    Some(NamedFile { line, ..default(plugin, key, &path) })
}

/// The last field with this name, as Go reads it, if it is a text that is not empty.
fn text<'a>(object: Value<'a>, key: &str) -> Option<(Value<'a>, String)> {
    let value = object.fields(key).last()?;
    let text = value.string().filter(|text| !text.is_empty())?.into_owned();
    Some((value, text))
}

#[cfg(test)]
mod tests {
    use super::super::{Conflist, Libcni};

    fn of(plugin: &str) -> Vec<(String, String, usize)> {
        let list = format!("{{\"name\":\"n\",\n\"plugins\":[{plugin}]}}");
        let conflist = Conflist::read("a.conflist", list.as_bytes(), Libcni::V1_1).unwrap();
        conflist.named_files().into_iter().map(|file| (file.key, file.path, file.line)).collect()
    }

    #[test]
    fn a_plugin_s_files_are_found_with_their_lines() {
        let nodename = ("nodename_file", "/var/lib/calico/nodename", 0);
        let subnet = ("subnetFile", "/run/flannel/subnet.env", 0);
        for (plugin, files) in [
            (
                r#"{"type":"calico","kubernetes":{"kubeconfig":"/k"}}"#,
                &[("kubeconfig", "/k", 2), nodename][..],
            ),
            (r#"{"type":"calico","datastore_type":"kubernetes","etcd_key_file":"/e"}"#, &[nodename]),
            (
                r#"{"type":"calico","etcd_key_file":"/e","nodename_file":"/n"}"#,
                &[("nodename_file", "/n", 2), ("etcd_key_file", "/e", 2)],
            ),
            (r#"{"type":"calico","etcd_ca_cert_file":"","nodename_file_optional":true}"#, &[]),
            (r#"{"type":"istio-cni","Kubernetes":{"KubeConfig":"/k"}}"#, &[("kubeconfig", "/k", 2)]),
            (
                r#"{"type":"multus","kubeconfig":"/m","delegates":[{"type":"flannel"}]}"#,
                &[("kubeconfig", "/m", 2), subnet],
            ),
            (r#"{"type":"multus-shim","kubeconfig":"/m","clusterNetwork":"/x"}"#, &[]),
            (r#"{"type":"flannel","delegate":{"type":"bridge","isDefaultGateway":true}}"#, &[subnet]),
            (r#"{"type":"bridge","ipam":{"type":"calico"}}"#, &[]),
        ] {
            let expected: Vec<_> = files
                .iter()
                .map(|(key, path, line)| ((*key).to_owned(), (*path).to_owned(), *line))
                .collect();
            assert_eq!(of(plugin), expected, "{plugin}");
        }
    }
}
