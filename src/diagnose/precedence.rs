//! The file that pods get their network from, and the files that it hides.

use std::collections::BTreeSet;

use super::conf_file::aside;
use super::found::found;
use super::set_member::set_member;
use super::view::View;
use super::winner::{CONTAINERD_NET, Winner, is_bridge_of_a_package, is_package_default};
use crate::cni::Conflist;
use crate::distro;
use crate::node::NotJudged;
use crate::plan::name_fault;
use crate::report::codes::check::{CONF_SHADOWED, CONF_TWICE, NETWORK_NAME, PACKAGE_DEFAULT};
use crate::report::{Located, Severity};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(winner) = &view.winner else { return Vec::new() };
    let mut findings: Vec<Located> = default_wins(view, winner).into_iter().collect();
    findings.extend(name_of_network(view, winner));
    findings.extend(shadowed(view, winner));
    findings
}

fn default_wins(view: &View<'_>, winner: &Winner<'_>) -> Option<Located> {
    let name = winner.name;
    if !is_package_default(name) {
        return None;
    }
    let others: Vec<&str> =
        view.listing().loadable().filter(|other| *other != name && !is_package_default(other)).collect();
    let made_by_template =
        name == CONTAINERD_NET && view.conf_template().is_some_and(|template| !template.is_empty());
    if others.is_empty() && (made_by_template || winner.conflist.delegates()) {
        return None;
    }
    let path = view.conf_dir.join(name);
    let own = own_network(view, name);
    let whose = match &own {
        Some(title) => format!("{title}'s own default"),
        None if is_bridge_of_a_package(name) => "a default of another package".to_owned(),
        None => "containerd's own default".to_owned(),
    };
    let (behind, code_severity) = match others.first() {
        Some(other) => (format!("it sorts before {other}, so {other} is not used"), Severity::Error),
        None if is_bridge_of_a_package(name) && own.is_none() => {
            ("the cluster's own network is missing".to_owned(), Severity::Error)
        }
        None => (
            "the cluster's own network is missing, or this network is intended".to_owned(),
            Severity::Warning,
        ),
    };
    let aside = format!("mv {} {}", view.word(&path), aside(view, &path));
    let agents = format!("kubectl get pods -A -o wide {}", view.of_this_node());
    let remedy = match (others.is_empty(), is_bridge_of_a_package(name) && own.is_none()) {
        (false, _) => aside,
        (true, true) => format!("{aside}\n{agents}   # the pod that brings the cluster's network"),
        // It may be all the network that the cluster has.
        (true, false) => format!(
            "{agents}   # if a pod of them brings the cluster's network, its log says what it waits for; if none does, \
             this is the cluster's network and stays"
        ),
    };
    let message = format!(
        "{name} is {whose} and is the network that pods get ({}); {behind}: pods get addresses that only this node knows",
        winner.conflist.network()
    );
    Some(found(&PACKAGE_DEFAULT, &path, message, remedy).with(code_severity))
}

/// The runtime's name, if its own package brings this network: a cluster may use it on purpose.
fn own_network(view: &View<'_>, name: &str) -> Option<String> {
    let networks = distro::own_networks(view.other?.known?);
    networks.iter().any(|prefix| name.starts_with(prefix)).then(|| view.other.map(NotJudged::title))?
}

fn name_of_network(view: &View<'_>, winner: &Winner<'_>) -> Option<Located> {
    let message = name_fault(&winner.conflist, winner.name)?;
    let path = view.conf_dir.join(winner.name);
    let line = winner.conflist.line_of("name");
    let name = usable_name(winner.conflist.network());
    let mends = |conflist: &Conflist| conflist.network() == name;
    let remedy = match set_member(view, winner, line, "name", &name, mends) {
        Some(command) => format!("{command}   # the agent that wrote the file must use such a name too"),
        None => format!("# give the network in {path} a name such as {name:?}"),
    };
    Some(found(&NETWORK_NAME, &path, message, remedy).at(line, 1))
}

/// The name with `-` for what a name may not have.
fn usable_name(name: &str) -> String {
    let is_usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let usable: String = name.chars().map(|c| if is_usable(c) { c } else { '-' }).collect();
    let usable = usable.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if usable.is_empty() { "k8s-pod-network".to_owned() } else { usable.to_owned() }
}

/// True if the winner was made from this file: it has the file's plugins and more. With the same plugins, one was
/// replaced; never the first, because it creates the interface.
fn is_source(view: &View<'_>, winner: &Winner<'_>, conflist: &Conflist) -> bool {
    let (front, behind) = (winner.conflist.types(), conflist.types());
    if front.len() > behind.len()
        || view.is_our_chain(&view.conf_dir.join(winner.name), winner.conflist.bytes())
    {
        let types: BTreeSet<&str> = front.into_iter().collect();
        return behind.iter().all(|plugin| types.contains(plugin));
    }
    front == behind && winner.conflist.has_first_plugin_of(conflist)
}

/// Files of other networks after the winner. The winner's source, a file that it wraps, and package defaults are
/// expected there.
fn shadowed(view: &View<'_>, winner: &Winner<'_>) -> Vec<Located> {
    let listing = view.listing();
    let mut findings = Vec::new();
    let stem = |name: &str| name.rsplit_once('.').map_or(String::new(), |(stem, _)| stem.to_owned());
    for name in listing.loadable().skip_while(|name| *name != winner.name).skip(1) {
        let Some(Ok(conflist)) = listing.read(name, view.rules()) else { continue };
        if view.max_conf_num() != 1 {
            continue;
        }
        let path = view.conf_dir.join(name);
        if stem(name) == stem(winner.name) {
            let winner_path = view.conf_dir.join(winner.name);
            findings.push(found(
                &CONF_TWICE,
                &winner_path,
                format!(
                    "{} sorts before {name}, so the runtime uses the older form and never reads {name}",
                    winner.name
                ),
                format!("mv {} {}", view.word(&winner_path), aside(view, &winner_path)),
            ));
        } else if !winner.conflist.delegates()
            && !conflist.is_loopback_only()
            && !is_package_default(name)
            && !is_package_default(winner.name)
            && !is_source(view, winner, &conflist)
        {
            let message = format!(
                "{name} (network {:?}) is never used: {} (network {:?}) sorts before it and was not made from it",
                conflist.network(),
                winner.name,
                winner.conflist.network()
            );
            // Which of the two is the cluster's network, only its agents show.
            let remedy = format!(
                "kubectl get pods -A -o wide {}   # shows which of the two networks has its agent here\n# if it is {:?}: \
                 mv {} {}\n# if it is {:?}: mv {} {}",
                view.of_this_node(),
                winner.conflist.network(),
                view.word(&path),
                aside(view, &path),
                conflist.network(),
                view.word(&view.conf_dir.join(winner.name)),
                aside(view, &view.conf_dir.join(winner.name)),
            );
            findings.push(found(&CONF_SHADOWED, &path, message, remedy));
        }
    }
    findings
}
