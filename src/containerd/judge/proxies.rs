//! `proxy_plugins`: containerd registers proxies before it loads plugins, and a proxy that cannot be registered ends
//! the daemon (`server.go` `LoadPlugins`, the panics of `plugin.Register`).

use super::context::{Context, Loss};
use super::needed;
use super::plugin_ids::{CONTENT, OVERLAYFS};
use super::plugin_lists;
use super::read::{entries, text};
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::Tree;

const SOURCE: &str = "server.go LoadPlugins";

/// A short type of proxies, its full name, and the first release that has it.
type AddressKind = (&'static str, &'static str, (u32, u32));

const KINDS: [AddressKind; 4] = [
    ("snapshot", "io.containerd.snapshotter.v1", (1, 6)),
    ("content", "io.containerd.content.v1", (1, 6)),
    ("diff", "io.containerd.differ.v1", (1, 7)),
    ("sandbox", "io.containerd.sandbox.controller.v1", (2, 0)),
];

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(name, proxy): (&String, &Tree)| problem(context, name, proxy);
    entries(context.at(&["proxy_plugins"])).filter_map(refuse).collect()
}

fn problem(context: &Context<'_>, name: &str, proxy: &Tree) -> Option<Refusal> {
    proxy.table()?;
    let kind = match proxy.get(&["type"]) {
        None => "",
        tree => text(tree)?.value,
    };
    let known = KINDS.iter().find(|(short, full, _)| kind == *short || kind == *full);
    let Some((short, full, _)) = known.filter(|(.., (major, minor))| context.is_from(*major, *minor)) else {
        let rule =
            format!("defines a proxy plugin {name:?} of type {kind:?}, which this release does not have");
        return Some(context.refuse(
            proxy,
            Loss::Daemon,
            SOURCE,
            &rule,
            "write type = \"snapshot\" or remove it",
        ));
    };
    let id = format!("{full}.{name}");
    let is_taken = id == OVERLAYFS
        || id == "io.containerd.snapshotter.v1.native"
        || id == CONTENT
        || needed::plugins(context).contains(&id.as_str());
    if name.is_empty() || is_taken {
        let rule = format!("defines a proxy plugin with the name {name:?}, which is empty or taken");
        return Some(context.refuse(proxy, Loss::Daemon, SOURCE, &rule, "give the proxy another name"));
    }
    let is_alone = plugin_lists::entries(context).iter().any(|entry| entry.value == CONTENT);
    if *short == "content" && context.is_split() && !is_alone {
        let rule = format!("makes {name:?} a second content store, but CRI accepts only one");
        return Some(context.refuse(proxy, Loss::Cri, "metadata/plugin.go GetSingle", &rule, "remove it"));
    }
    None
}
