//! The binaries that a network runs: those of its plugins, and those that these plugins are known to run.

use std::collections::BTreeSet;

use super::conflist::Conflist;
use super::json::{JsonKind, Value};
use super::plugin::Plugin;

/// Plugins that run the binary of their `ipam.type`: the reference plugins (containernetworking/plugins
/// `plugins/main/*`, `ipam.ExecAdd`) and Calico's (`cni-plugin/pkg/plugin`, `utils.AddIPAM`). For other plugins it is
/// not known: their IPAM may be built in, like `azure-cns` (azure-container-networking `cni/network/network.go`).
const RUNS_ITS_IPAM: [&str; 9] =
    ["bridge", "calico", "dummy", "host-device", "ipvlan", "macvlan", "ptp", "tap", "vlan"];

/// No real meta-plugin is nested as deep. The limit protects the stack.
const MAX_DEPTH: usize = 16;

impl Conflist {
    /// Each plugin of the list with the names of the binaries that it runs, its own first.
    pub fn executed(&self) -> Vec<(&str, Vec<String>)> {
        self.plugins().map(|(plugin, name)| (name, binaries(plugin))).collect()
    }
}

impl Plugin {
    /// The names of the binaries that this plugin runs, its own first.
    pub fn executed(&self) -> Vec<String> {
        binaries(self.object())
    }
}

/// The binaries that a plugin object runs: its own first, each once.
fn binaries(plugin: Value<'_>) -> Vec<String> {
    let mut found = Vec::new();
    collect(plugin, 0, &mut found);
    let mut seen = BTreeSet::new();
    found.retain(|name| seen.insert(name.clone()));
    found
}

fn collect(plugin: Value<'_>, depth: usize, found: &mut Vec<String>) {
    let Some(name) = type_of(plugin).filter(|_| depth <= MAX_DEPTH) else { return };
    found.push(name.clone());
    let ipam = member(plugin, "ipam").and_then(type_of);
    match name.as_str() {
        // flannel-io/cni-plugin `flannel_linux.go`: bridge and host-local, unless the list has others.
        "flannel" => {
            match member(plugin, "delegate").filter(|delegate| type_of(*delegate).is_some()) {
                Some(delegate) => collect(delegate, depth + 1, found),
                None => found.push("bridge".to_owned()),
            }
            found.push(ipam.unwrap_or_else(|| "host-local".to_owned()));
        }
        // multus-cni `types/conf.go`: each delegate is a plugin or a list of plugins.
        "multus" | "multus-shim" => {
            let delegates = member(plugin, "delegates").into_iter().flat_map(Value::children);
            for delegate in delegates.filter(|delegate| delegate.kind() == JsonKind::Object) {
                collect(delegate, depth + 1, found);
                member(delegate, "plugins").into_iter().flat_map(Value::children).for_each(|inner| {
                    collect(inner, depth + 1, found);
                });
            }
        }
        name if RUNS_ITS_IPAM.contains(&name) => found.extend(ipam),
        _ => {}
    }
}

/// The last field with this name in any case: Go's `encoding/json` keeps that one.
fn member<'a>(object: Value<'a>, key: &str) -> Option<Value<'a>> {
    object.fields(key).last()
}

fn type_of(object: Value<'_>) -> Option<String> {
    let name = member(object, "type")?.string()?.into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::{Conflist, Libcni};

    fn of(plugin: &str) -> Vec<String> {
        let list = format!(r#"{{"name":"n","plugins":[{plugin}]}}"#);
        let conflist = Conflist::read("a.conflist", list.as_bytes(), Libcni::V1_1).unwrap();
        conflist.executed().remove(0).1
    }

    #[test]
    fn a_plugin_takes_its_own_binary_and_those_that_it_is_known_to_run() {
        for (plugin, binaries) in [
            (r#"{"type":"bridge","ipam":{"type":"host-local"}}"#, &["bridge", "host-local"][..]),
            (r#"{"type":"bridge","IPAM":{"Type":"dhcp"}}"#, &["bridge", "dhcp"]),
            (r#"{"type":"bridge","ipam":{}}"#, &["bridge"]),
            (r#"{"type":"azure-vnet","ipam":{"type":"azure-cns"}}"#, &["azure-vnet"]),
            (r#"{"type":"antrea","ipam":{"type":"host-local"}}"#, &["antrea"]),
            (r#"{"type":"flannel"}"#, &["flannel", "bridge", "host-local"]),
            (
                r#"{"type":"flannel","delegate":{"isDefaultGateway":true}}"#,
                &["flannel", "bridge", "host-local"],
            ),
            (
                r#"{"type":"flannel","delegate":{"type":"ptp"},"ipam":{"type":"whereabouts"}}"#,
                &["flannel", "ptp", "whereabouts"],
            ),
            (
                r#"{"type":"multus","delegates":[{"type":"macvlan","ipam":{"type":"static"}},
                    {"plugins":[{"type":"calico"},{"type":"portmap"}]}]}"#,
                &["multus", "macvlan", "static", "calico", "portmap"],
            ),
        ] {
            assert_eq!(of(plugin), binaries, "{plugin}");
        }
    }
}
