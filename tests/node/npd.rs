//! `check --output npd` on a node: the condition that node-problem-detector sets from the exit code follows the node from
//! not ready to ready, to broken, and to ready again.

use crate::lifecycle::executed;
use crate::network::{CHAIN, PRIMARY, primary};
use crate::node::Node;
use crate::program::{ON_HOST, Way, install, run};
use crate::stamps::Stamps;

/// The exit code and the line, in the limits of node-problem-detector.
fn npd(node: &Node, way: Way) -> (i32, String) {
    let stamps = Stamps::of(node);
    let run = run(node, way, &["check", "--output", "npd"]);
    stamps.assert_same(&Stamps::of(node));
    let line = run.stdout.trim_end().to_owned();
    assert!(line.len() <= 80 && line.is_ascii() && run.stdout.lines().count() == 1, "{run}");
    (run.code, line)
}

pub(crate) fn the_condition_follows_the_node(node: &Node) {
    let (code, line) = npd(node, Way::Host);
    assert!(code == 1 && line.starts_with("conf-dir-"), "{code} {line}");
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    for way in [Way::Host, Way::Container] {
        let (code, line) = npd(node, way);
        assert!(code == 0 && line.contains("primary"), "{code} {line}");
    }
    let chain = node.read(CHAIN);
    node.write(CHAIN, "{");
    let (code, line) = npd(node, Way::Host);
    assert!(code == 1 && line.starts_with("conf-file-"), "{code} {line}");
    node.write(CHAIN, chain);
    node.wait_for("the chain", || match npd(node, Way::Host) {
        (0, _) => Ok(()),
        (code, line) => Err(format!("{code} {line}")),
    });
    let mut command = node.command(ON_HOST);
    command.args(["check", "--output", "npd"]);
    let Some(executed) = executed(&command) else { return };
    assert_eq!(executed, ["nsenter", "cni-bootstrap"]);
}
