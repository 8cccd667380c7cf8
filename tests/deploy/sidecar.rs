//! The sidecar beside an agent that is not there yet: CNI 1.1 has its plugin answer STATUS with no until it is.

use crate::granted::{answer, says_yes};
use crate::manifest::{combined, copy, daemon_set, ours};
use crate::network::{PRIMARY, QUIET, answers_status, set_max_conf_num, wait_for_networks};
use crate::node::{BIN_DIR, Node};
use crate::program::Running;
use crate::rig::{Release, on};
use crate::tools::tools;
use crate::translated::Translated;

/// The agent starts after the sidecar's startup probe, and its plugin answers STATUS with no until the agent is there:
/// neither may wait for the other.
#[test]
fn an_agent_whose_plugin_says_no_starts_after_the_sidecar() {
    on(Release::Sid, "the sidecar of an agent whose STATUS says no", |node| {
        let Some(tools) = tools() else { return };
        let rendered = combined(tools, copy().path(), "overlays/antrea-aks", &["sidecar"]);
        let set = daemon_set(tools, &rendered);
        assert_eq!(ours(&set)["restartPolicy"], "Always");
        let sidecar =
            Translated::of(&set).env("CNI_BOOTSTRAP_OUTPUT", "json").env("CNI_BOOTSTRAP_RESTART_QUIET", "0");
        set_max_conf_num(node, 0);
        // Antrea's binary asks its agent over a socket in /var/run/antrea (antrea cmd/antrea-cni, CmdStatus).
        let staged = "/run/pod/cni-bootstrap-staging/antrea-cni";
        node.write(staged, answers_status("[ -e /run/antrea/cni.sock ]"));
        node.write(&format!("{BIN_DIR}/quiet"), answers_status("true"));
        node.sh(&format!("chmod 0755 {staged} {BIN_DIR}/quiet; mkdir -p /run/antrea"));
        node.write(PRIMARY, QUIET);

        let running = sidecar.start(node);
        start_agent_after(node, "a fresh node");
        wait_for_networks(node, &[&["quiet", "antrea"]]);
        assert_eq!(node.cri().status().unwrap().max_conf_num(), 1);
        let starts = node.starts();
        stop(node, running);

        // A reboot: the chain is there before the sidecar, and its agent is not.
        node.sh("rm /run/antrea/cni.sock");
        let running = sidecar.start(node);
        start_agent_after(node, "a node that has the chain");
        // An agent that goes away later is told, and the sidecar that has started stays started.
        node.sh("rm /run/antrea/cni.sock");
        node.wait_for("/readyz to say no", || says_no(node));
        assert!(says_yes(node, "/startupz") && says_yes(node, "/healthz"));
        assert_eq!(node.starts(), starts, "no restart makes an agent ready");
        stop(node, running);
    });
}

/// What the kubelet does: it asks the startup probe until it says yes, and starts the agent. Then the node is ready.
fn start_agent_after(node: &Node, on: &str) {
    node.wait_for(&format!("/startupz, on {on}"), || {
        if says_yes(node, "/startupz") { Ok(()) } else { Err(answer(node, "/startupz")) }
    });
    let status = node.cri().status().unwrap();
    assert_eq!(
        (status.network_ready, status.load_status()),
        (false, "OK"),
        "{on}: nobody has started the agent"
    );
    assert!(status.network_message.contains("the agent is not there yet"), "{}", status.network_message);
    says_no(node).unwrap();
    assert!(says_yes(node, "/healthz"), "{on}: the kubelet would kill the sidecar");
    node.write("/run/antrea/cni.sock", "");
    node.wait_for(&format!("/readyz, on {on}"), || {
        if says_yes(node, "/readyz") { Ok(()) } else { Err(answer(node, "/readyz")) }
    });
    assert!(says_yes(node, "/startupz"), "{on}: it stays so");
}

/// Succeeds if `/readyz` says no, with what the plugin answered.
fn says_no(node: &Node) -> Result<(), String> {
    let said = answer(node, "/readyz");
    if said.contains(" 503 ") && said.contains("the agent is not there yet") { Ok(()) } else { Err(said) }
}

/// Ends the container as the kubelet does.
fn stop(node: &Node, running: Running<'_>) {
    let Running::Container { id, .. } = &running else { panic!("a container") };
    node.sh(&format!("ctr -n k8s.io tasks kill -s SIGTERM {id}"));
    let run = running.wait();
    assert_eq!(run.code, 0, "{run}");
}
