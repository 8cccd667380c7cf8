//! Programs that are known to undo a chain, how they show, and the setting that stops them.

use crate::cni::{Conflist, Libcni};
use crate::node::{HostPath, Node, Observed};

/// A program that is known to undo a chain.
struct Contender {
    name: &'static str,
    /// The suffix that it appends to the name of another's file.
    suffix: Option<&'static str>,
    /// The types of its plugins.
    types: &'static [&'static str],
    /// The setting that stops it.
    setting: &'static str,
}

/// The known ones, in the order in which they are looked for.
const CONTENDERS: &[Contender] = &[
    // `daemon/cmd/cni/config.go`, `cleanupOtherCNI`; cilium#26760, multus-cni#972.
    Contender {
        name: "cilium",
        suffix: Some(".cilium_bak"),
        types: &["cilium-cni"],
        setting: "cni.exclusive=false in its chart (cni-exclusive: \"false\" in the ConfigMap cilium-config)",
    },
    // `cmd/thin_entrypoint/main.go`, `--rename-conf-file`.
    Contender {
        name: "multus",
        suffix: Some(".old"),
        types: &["multus", "multus-shim"],
        setting: "no --rename-conf-file in its DaemonSet",
    },
    // istio#49538, #53169.
    Contender {
        name: "istio",
        suffix: None,
        types: &["istio-cni"],
        setting: "cni.chained=false in its chart",
    },
];

/// What was done to a file, as far as the node shows it, and by whom.
pub(in crate::plan) struct Undone {
    /// What was done, as the end of a sentence that begins with the file.
    pub(in crate::plan) how: String,
    /// The setting that stops the program that is known to do this.
    pub(in crate::plan) remedy: Option<String>,
}

/// Looks at what is at the path of a chain, and around it, after the chain was undone.
pub(in crate::plan) fn undone(node: &Node, chain: &HostPath, types: &[String], rules: Libcni) -> Undone {
    let dir = node.dirs.get(&chain.parent()).and_then(Observed::present);
    let renamed = dir.and_then(|dir| {
        let names = dir.names.iter();
        names.filter_map(|name| name.strip_prefix(chain.name())).find(|suffix| suffix.starts_with('.'))
    });
    let there = node.bytes(chain);
    let how = match (there, renamed) {
        (None, Some(suffix)) => format!("was renamed to {}{suffix}", chain.name()),
        (None, None) => "was removed".to_owned(),
        (Some([]), _) => "was emptied".to_owned(),
        (Some(bytes), _) => match Conflist::read(chain.name(), bytes, rules) {
            Err(_) => "was written over with something that no runtime loads".to_owned(),
            Ok(there) => {
                let has = there.types();
                let missing: Vec<&str> =
                    types.iter().map(String::as_str).filter(|plugin| !has.contains(plugin)).collect();
                if missing.is_empty() {
                    "was written over".to_owned()
                } else {
                    format!("was written over without {}", missing.join(", "))
                }
            }
        },
    };
    let by_suffix = || CONTENDERS.iter().find(|known| known.suffix.is_some() && known.suffix == renamed);
    let by_type = || {
        CONTENDERS.iter().find(|known| known.types.iter().any(|plugin| is_in_dir(node, chain, plugin, rules)))
    };
    let known = by_suffix().or_else(by_type);
    let remedy = known.map(|known| format!("{} is known to do this; set {}", known.name, known.setting));
    Undone { how, remedy }
}

/// True if a file of the directory has a plugin of this type.
fn is_in_dir(node: &Node, chain: &HostPath, plugin: &str, rules: Libcni) -> bool {
    let dir = chain.parent();
    node.files_in(&dir).any(|(name, _)| {
        let bytes = node.bytes(&dir.join(name));
        bytes
            .and_then(|bytes| Conflist::read(name, bytes, rules).ok())
            .is_some_and(|list| list.contains_type_deep(plugin))
    })
}
