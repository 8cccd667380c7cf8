//! `watch`: it repairs the chain, follows the primary, and leaves the node alone when it ends.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use crate::install::assert_effect;
use crate::network::{CHAIN, PRIMARY, TUNING, primary, wait_for_networks};
use crate::node::{CONF_DIR, Node};
use crate::program::{Running, Way, start};
use crate::stamps::Stamps;

/// Where it serves its probes.
pub(crate) const PROBES: &str = "unix:/run/probes.sock";

/// The status and the body that an endpoint answers with.
pub(crate) fn probe(node: &Node, path: &str) -> Result<(u16, String), String> {
    let socket = node.path(PROBES.trim_start_matches("unix:"));
    let mut client = UnixStream::connect(socket).map_err(|error| error.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: node\r\n\r\n");
    client.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
    let mut text = String::new();
    client.read_to_string(&mut text).map_err(|error| error.to_string())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| text.clone())?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or_else(|| head.to_owned())?, body.to_owned()))
}

/// Waits until an endpoint answers with this status. Returns the body.
pub(crate) fn wait_for_probe(node: &Node, path: &str, status: u16) -> String {
    node.wait_for(&format!("{path} to say {status}"), || match probe(node, path)? {
        (said, body) if said == status => Ok(body),
        other => Err(format!("{other:?}")),
    })
}

/// `watch` of the tuning plugin, with more options.
pub(crate) fn watch<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let verb = ["watch", "--plugin", TUNING, "--restart-quiet", "0s", "--output", "json", "--listen", PROBES];
    [&verb[..], more].concat()
}

/// A node with a primary, and `watch` on its host, once the chain is loaded.
pub(crate) fn watched<'n>(node: &'n Node, more: &[&str]) -> Running<'n> {
    node.write(PRIMARY, primary("primary", 88));
    let running = start(node, Way::Host, &watch(more));
    wait_for_networks(node, &[&["ptp", "tuning"]]);
    wait_for_probe(node, "/readyz", 200);
    running
}

/// The chain is the primary with the plugin, on disk and in the runtime.
pub(crate) fn wait_for_chain(node: &Node, what: &str, network: &str, file: &str) {
    node.wait_for(what, || {
        let status = node.cri().status()?;
        let bytes = std::fs::read(node.path(file)).map_err(|error| error.to_string())?;
        let is_made_from = String::from_utf8_lossy(&bytes).contains(&format!("{network:?}"));
        let is_loaded = status.networks() == [["ptp", "tuning"]] && status.loaded_bytes().as_bytes() == bytes;
        if is_made_from && is_loaded { Ok(()) } else { Err(format!("{:?}", status.networks())) }
    });
}

pub(crate) fn each_damage_is_repaired_and_proven(node: &Node) {
    let running = watched(node, &[]);
    let starts = node.starts();
    let damages = [
        ("deleted", format!("rm {CHAIN}")),
        ("renamed by cilium", format!("mv {CHAIN} {CHAIN}.cilium_bak")),
        ("cut", format!(": >{CHAIN}")),
        ("written over by the primary's own list", format!("cp {PRIMARY} {CHAIN}")),
        ("replaced", format!("cp {PRIMARY} {CONF_DIR}/x; mv {CONF_DIR}/x {CHAIN}")),
    ];
    for (at, (what, damage)) in damages.into_iter().enumerate() {
        node.sh(&damage);
        wait_for_chain(node, what, "primary", CHAIN);
        // Another primary in between: the same damage five times in a row is contention.
        let name = format!("primary-{at}");
        node.write(PRIMARY, primary(&name, 88));
        wait_for_chain(node, what, &name, CHAIN);
        node.write(PRIMARY, primary("primary", 88));
        wait_for_chain(node, what, "primary", CHAIN);
    }
    assert_effect(node);
    assert_eq!(node.starts(), starts, "no damage of the chain takes a restart");
    running.kill();
}

pub(crate) fn the_primary_is_followed_and_proven(node: &Node) {
    let running = watched(node, &[]);
    node.write(PRIMARY, primary("in-place", 88));
    wait_for_chain(node, "written in place", "in-place", CHAIN);
    node.write("/etc/cni/half", primary("by-rename", 88));
    node.sh(&format!("mv /etc/cni/half {PRIMARY}"));
    wait_for_chain(node, "replaced by a rename", "by-rename", CHAIN);
    let earlier = format!("{CONF_DIR}/05-cilium.conflist");
    node.write(&earlier, primary("earlier", 88));
    wait_for_chain(
        node,
        "an earlier file is the primary",
        "earlier",
        &format!("{CONF_DIR}/00-tuning.conflist"),
    );
    node.sh(&format!("rm {earlier}"));
    wait_for_chain(node, "the earlier one is gone", "by-rename", CHAIN);
    // While the primary is away the chain stays, and pods get it.
    node.sh(&format!("rm {PRIMARY}"));
    assert_effect(node);
    node.write(PRIMARY, primary("back", 88));
    wait_for_chain(node, "the primary is back", "back", CHAIN);
    running.kill();
}

pub(crate) fn sigterm_changes_nothing(node: &Node) {
    let running = watched(node, &[]);
    let (stamps, starts) = (Stamps::of(node), node.starts());
    running.signal("-TERM");
    let run = running.wait();
    assert_eq!(run.code, 0, "{run}");
    assert!(run.report()["message"].as_str().is_some_and(|text| text.contains("SIGTERM")), "{run}");
    stamps.assert_same(&Stamps::of(node));
    assert_eq!(node.starts(), starts);
    wait_for_networks(node, &[&["ptp", "tuning"]]);
}

/// The sentences of the probes, from a fresh node to a broken one and back.
pub(crate) fn the_probes_follow_the_node(node: &Node) {
    let running = start(node, Way::Host, &watch(&["--stale-after", "2s", "--primary-grace", "1s"]));
    wait_for_probe(node, "/startupz", 503);
    assert_eq!(probe(node, "/healthz").unwrap().0, 200);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_probe(node, "/startupz", 200);
    assert_eq!(wait_for_probe(node, "/readyz", 200), "the runtime runs the chain\n");
    node.sh(&format!("rm {PRIMARY}"));
    let why = wait_for_probe(node, "/readyz", 503);
    assert!(why.contains("primary is gone"), "{why}");
    node.write(PRIMARY, primary("primary", 88));
    wait_for_probe(node, "/readyz", 200);
    // Pods have no network while containerd is stopped. The program asks it at its next look.
    let metrics = wait_for_probe(node, "/metrics", 200);
    let labels = r#"{owner="tuning",network="primary"}"#;
    for line in ["chain_intact", "network_ready"].map(|name| format!("cni_bootstrap_{name}{labels} 1\n")) {
        assert!(metrics.contains(&line), "{metrics}");
    }
    running.kill();
}

/// libcni 1.3 reads more plugins of a network from the directory with its name; the file comes after the directory.
pub(crate) fn a_file_in_the_directory_of_the_network_wakes_it(node: &Node) {
    let running = watched(node, &["--primary-grace", "1s"]);
    let dir = format!("{CONF_DIR}/primary");
    node.sh(&format!("mkdir {dir}"));
    for text in ["{", r#"{"type": 1}"#] {
        node.write(&format!("{dir}/20-more.conf"), text);
        node.wait_for("the file to be named", || match probe(node, "/readyz")? {
            (503, why) if why.contains("20-more.conf") => Ok(()),
            other => Err(format!("{other:?}")),
        });
        node.sh(&format!("rm {dir}/20-more.conf"));
        wait_for_probe(node, "/readyz", 200);
    }
    running.kill();
}
