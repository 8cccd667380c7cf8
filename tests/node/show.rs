//! `./example --node`: a demonstration on one real node, from `cni plugin not initialized` to a pod with the chained
//! plugin's effect, and back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout)]
// The tests use more of the rig than this program.
#![allow(dead_code)]

mod cri;
mod network;
mod node;
mod pod;
mod program;
mod rig;
mod systemd;

use network::{CHAIN, EFFECT, PRIMARY, TUNING, arrive_in_pieces};
use node::Node;
use pod::Pod;
use program::{Run, Way, run, start};
use rig::Release;

fn main() {
    println!("\n== Booting a node (the first time, its root is made: one to two minutes)");
    rig::on(Release::Trixie, "the example", show);
}

fn show(node: &Node) {
    said(&node.sh("systemctl --version | head -n 1; containerd --version"));

    println!("\n== A node without a pod network");
    let status = node.cri().status().unwrap();
    println!("   the runtime says NetworkReady={}: {}", status.network_ready, status.network_message);
    println!("   a pod: {}", Pod::run(node, "early").err().unwrap_or_else(|| "runs, oddly".to_owned()));

    println!("\n== install, while the primary arrives late and in pieces");
    let install = ["install", "--plugin", TUNING, "--log-format", "text", "--primary-timeout", "60s"];
    println!("   $ cni-bootstrap {}", install.join(" "));
    let running = start(node, Way::Host, &install);
    arrive_in_pieces(node, |when| println!("   {when}: chain published: {}", node.has(CHAIN)));
    told(&running.wait());

    println!("\n== What the runtime runs now");
    let status = node.cri().status().unwrap();
    println!("   NetworkReady={}, networks {:?}", status.network_ready, status.networks());
    println!("   {PRIMARY} and {CHAIN}:");
    said(&node.sh(&format!("diff -u {PRIMARY} {CHAIN} || true")));
    let pod = Pod::run(node, "after").unwrap();
    println!("   a new pod: {}, {} = {}", pod.ip(), EFFECT.0, pod.sysctl(EFFECT.0));
    pod.remove();

    println!("\n== install again");
    told(&run(node, Way::Host, &install));

    println!("\n== uninstall");
    told(&run(node, Way::Host, &["uninstall", "--owner", "tuning", "--log-format", "text"]));
    let status = node.cri().status().unwrap();
    println!("   NetworkReady={}, networks {:?}", status.network_ready, status.networks());
    let pod = Pod::run(node, "plain").unwrap();
    println!("   a new pod: {}, {} = {}", pod.ip(), EFFECT.0, pod.sysctl(EFFECT.0));
    pod.remove();
    println!("   containerd was started {} time(s) since the node booted", node.starts());
    println!("\n== The node ends here; nothing of it is left");
}

/// The program's output in the order of a terminal: the log, then the report.
fn told(run: &Run) {
    said(&run.stderr);
    said(&run.stdout);
    assert_eq!(run.code, 0, "the program failed on the example node");
}

fn said(text: &str) {
    for line in text.lines() {
        println!("   | {line}");
    }
}
