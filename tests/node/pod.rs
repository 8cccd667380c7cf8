//! A pod: a sandbox with its pause process.

use crate::node::Node;

/// A running pod.
pub(crate) struct Pod<'n> {
    node: &'n Node,
    id: String,
    pid: u64,
    started: String,
}

impl<'n> Pod<'n> {
    /// A pod with its own network from the CNI plugins, or the runtime's error.
    pub(crate) fn run(node: &'n Node, name: &str) -> Result<Self, String> {
        Self::start(node, name, false)
    }

    /// A pod on the node's network, like a CNI agent. It needs no CNI plugin.
    pub(crate) fn host_network(node: &'n Node, name: &str) -> Self {
        Self::start(node, name, true).unwrap()
    }

    fn start(node: &'n Node, name: &str, host_network: bool) -> Result<Self, String> {
        let id = node.cri().run_pod_sandbox(name, host_network)?;
        let pid = node.cri().pod_sandbox_status(&id)?.pid;
        Ok(Self { node, id, pid, started: started(node, pid).ok_or("the pod's process is gone")? })
    }

    /// A sysctl as the pod's processes read it.
    pub(crate) fn sysctl(&self, name: &str) -> String {
        let path = name.replace('.', "/");
        self.node.sh(&format!("nsenter -t {} -n cat /proc/sys/{path}", self.pid)).trim().to_owned()
    }

    /// The names of the pod's network interfaces, without the loopback.
    pub(crate) fn interfaces(&self) -> Vec<String> {
        let listed = self.node.sh(&format!("nsenter -t {} -n ip -o link", self.pid));
        let name = |line: &str| line.split([':', '@']).nth(1).unwrap_or("").trim().to_owned();
        listed.lines().map(name).filter(|name| name != "lo").collect()
    }

    /// The pod's address.
    pub(crate) fn ip(&self) -> String {
        self.node.cri().pod_sandbox_status(&self.id).unwrap().ip
    }

    /// True if the same process still runs and the runtime knows it.
    pub(crate) fn survives(&self) -> bool {
        let known = self.node.cri().pod_sandbox_status(&self.id).is_ok_and(|s| s.ready && s.pid == self.pid);
        known && started(self.node, self.pid).as_ref() == Some(&self.started)
    }

    /// Takes the pod down, or the runtime's error.
    pub(crate) fn stop(&self) -> Result<(), String> {
        self.node.cri().stop_pod_sandbox(&self.id)
    }

    /// Removes the pod and its network.
    pub(crate) fn remove(self) {
        self.node.cri().stop_pod_sandbox(&self.id).unwrap();
        self.node.cri().remove_pod_sandbox(&self.id).unwrap();
    }
}

/// The start time of a process of the node in ticks: together with the PID it identifies the process.
fn started(node: &Node, pid: u64) -> Option<String> {
    let stat = std::fs::read_to_string(node.path(&format!("/proc/{pid}/stat"))).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(19).map(str::to_owned)
}
