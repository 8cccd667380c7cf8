//! The command that installs a layer again, with the options that its record knows.

use std::fmt::Write as _;
use std::str::FromStr as _;

use super::view::View;
use crate::cni::{Conflist, Plugin, Primary, primary};
use crate::distro;
use crate::node::{Kind, Record, masked};
use crate::report::word;

/// The command with every option of the owner's layer. `output` is the chain's new name, and `network` the name of the
/// network that the chain must be made from, where they are known.
pub(super) fn reinstall(
    view: &View<'_>,
    record: &Record,
    output: Option<&str>,
    network: Option<&str>,
) -> String {
    let layer = &record.layer;
    if layer.plugins.iter().any(|plugin| masked(plugin) != *plugin) {
        return format!(
            "# run cni-bootstrap install --owner {} with the options of its first run (a secret is among them, so they \
             are not printed); the pod of its DaemonSet does that when it starts",
            word(&record.owner)
        );
    }
    let mut command = view.own_command("install");
    let mut option = |name: &str, value: &str| {
        // Writing into a String cannot fail.
        let _ = write!(command, " {name} {}", word(value));
    };
    option("--owner", &record.owner);
    for plugin in &layer.plugins {
        // A break cannot stand inside a text of JSON, so it is white space.
        option("--plugin", plugin.replace(['\n', '\r', '\t'], " ").trim());
    }
    if let Some(name) = layer.primary.clone().or_else(|| selected(view, network)) {
        option("--primary", &name);
    }
    if let Some(dir) = &layer.primary_dir {
        option("--primary-dir", dir);
    }
    if !layer.position.is_empty() && layer.position != "last" {
        option("--position", &layer.position);
    }
    if !layer.layout.is_empty() && layer.layout != "own-file" {
        option("--layout", &layer.layout);
    }
    let output = output.or(Some(layer.output.as_str()).filter(|output| !output.is_empty()));
    if let Some(output) = output {
        option("--output-file", output);
    }
    let dir = record.of_kind(Kind::Chain).next().map(|(path, _)| path.parent());
    if let Some(dir) = dir.filter(|dir| *dir != view.conf_dir) {
        option("--conf-dir", dir.as_str());
    }
    let desired = &layer.desired;
    let is_default = |number: &i64| *number == 1 && !layer.plugins.is_empty();
    if let Some(number) = desired.max_conf_num.filter(|number| !is_default(number)) {
        option("--max-conf-num", &number.to_string());
    }
    if let Some(template) = &desired.conf_template {
        option("--conf-template", if template.is_empty() { "none" } else { template });
    }
    if let Some(flag) = desired.systemd_cgroup {
        option("--systemd-cgroup", if flag { "true" } else { "false" });
    }
    if let Some(image) = &desired.sandbox_image {
        option("--sandbox-image", image);
    }
    command + "   # the pod of its DaemonSet does that too when it starts"
}

/// The name of the primary, if the default rule would choose another file than the one with this network.
fn selected(view: &View<'_>, network: Option<&str>) -> Option<String> {
    let network = network?;
    let listing = view.listing();
    let ours = |name: &str| view.is_chain(&view.conf_dir.join(name));
    let is_of_network = |conflist: &Conflist| conflist.network() == network;
    match primary(&listing, None, &ours, &own_networks(view), view.rules()) {
        Primary::Found { conflist, .. } if is_of_network(&conflist) => return None,
        _ => {}
    }
    let mut names = listing.loadable().filter(|name| !ours(name));
    let found = names.find(|name| {
        listing.read(name, view.rules()).is_some_and(|read| read.is_ok_and(|list| is_of_network(&list)))
    })?;
    Some(found.to_owned())
}

/// How the names of the networks begin that the node's runtime brings.
fn own_networks(view: &View<'_>) -> Vec<&'static str> {
    view.other.and_then(|other| other.known).map(distro::own_networks).unwrap_or_default()
}

/// The types of the layer's plugins, in order.
pub(super) fn plugins(record: &Record) -> String {
    let plugins = record.layer.plugins.iter().filter_map(|text| Plugin::from_str(text).ok());
    let types: Vec<String> = plugins.map(|plugin| plugin.plugin_type().to_owned()).collect();
    if types.is_empty() { "what it adds".to_owned() } else { types.join(", ") }
}

/// The name for an owner's chain that sorts before this one, if the default name does not. Empty if none can.
pub(super) fn name_before(record: &Record, other: &str) -> Option<String> {
    let owner = &record.owner;
    let given = !record.layer.output.is_empty();
    let names = ["05-", "00-", "0-"].map(|front| format!("{front}{owner}.conflist"));
    let first = names.iter().position(|name| name.as_str() < other);
    match first {
        // The default rule itself takes one of the first two.
        Some(0 | 1) if !given => Some(String::new()),
        Some(at) => Some(names[at].clone()),
        None => None,
    }
}
