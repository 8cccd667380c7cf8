//! Converts a container of a rendered DaemonSet to a container on a real node: its mounts, user, capabilities,
//! seccomp profile, root file system, memory limit, network namespace, arguments and environment.

use serde_json::Value;

use crate::manifest::{list, ours, pod};
use crate::node::{BIN_DIR, Node};
use crate::program::{IMAGE, Run, Running, prepare_containers, run_container};

/// containerd's default capabilities of a container (containerd `oci/spec.go`).
const DEFAULT_CAPABILITIES: [&str; 14] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FSETID",
    "CAP_FOWNER",
    "CAP_MKNOD",
    "CAP_NET_RAW",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETFCAP",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_SYS_CHROOT",
    "CAP_KILL",
    "CAP_AUDIT_WRITE",
];

/// One mount.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// The directory on the node.
    pub(crate) host: String,
    /// The path in the container.
    pub(crate) inside: String,
    /// True if the container may not write to it.
    pub(crate) read_only: bool,
    /// True if the kubelet creates a missing directory.
    made: bool,
}

/// The container.
#[derive(Clone, Debug)]
pub(crate) struct Translated {
    pub(crate) mounts: Vec<Mount>,
    /// `--user`.
    pub(crate) user: String,
    flags: Vec<String>,
    args: Vec<String>,
}

impl Translated {
    /// The program's container of a DaemonSet.
    pub(crate) fn of(daemon_set: &Value) -> Self {
        let (spec, container) = (pod(daemon_set), ours(daemon_set));
        let context = &container["securityContext"];
        let mut flags = Vec::new();
        assert_eq!(
            context["capabilities"],
            serde_json::json!({"drop": ["ALL"]}),
            "other capabilities are not known here"
        );
        flags.extend(
            DEFAULT_CAPABILITIES.iter().flat_map(|name| ["--cap-drop".to_owned(), (*name).to_owned()]),
        );
        if context["readOnlyRootFilesystem"] == true {
            flags.push("--read-only".to_owned());
        }
        if spec["hostNetwork"] == true {
            flags.push("--net-host".to_owned());
        }
        // ctr sets no_new_privs by default.
        assert_eq!(context["allowPrivilegeEscalation"], false);
        let profiles = [context, &spec["securityContext"]];
        if profiles.iter().any(|c| c["seccompProfile"]["type"] == "RuntimeDefault") {
            flags.push("--seccomp".to_owned());
        }
        let bytes = mebibytes(&container["resources"]["limits"]["memory"]) << 20;
        flags.extend(["--memory-limit".to_owned(), bytes.to_string()]);
        for variable in list(container, "env") {
            let [name, value] = ["name", "value"].map(|key| variable[key].as_str().unwrap());
            flags.extend(["--env".to_owned(), format!("{name}={value}")]);
        }
        Self {
            mounts: list(container, "volumeMounts").iter().map(|mount| translate(spec, mount)).collect(),
            user: format!("{}:{}", context["runAsUser"], context["runAsGroup"]),
            flags,
            args: list(container, "args").iter().map(|arg| arg.as_str().unwrap().to_owned()).collect(),
        }
    }

    /// Adds an environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.flags.extend(["--env".to_owned(), format!("{name}={value}")]);
        self
    }

    /// Replaces the arguments, as a patched manifest does.
    pub(crate) fn saying(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self
    }

    /// Removes the mount of this directory of the node.
    pub(crate) fn without(mut self, host: &str) -> Self {
        let before = self.mounts.len();
        self.mounts.retain(|mount| mount.host != host);
        assert_eq!(self.mounts.len(), before - 1, "{host} is not a mount of it");
        self
    }

    /// Runs the container to its end.
    pub(crate) fn run(&self, node: &Node) -> Run {
        self.start(node).wait()
    }

    /// Starts the container.
    pub(crate) fn start<'n>(&self, node: &'n Node) -> Running<'n> {
        prepare_containers(node);
        for mount in self.mounts.iter().filter(|mount| mount.made) {
            node.sh(&format!("mkdir -p {}", mount.host));
        }
        // root is ctr's default, and containerd 1.6's ctr has no option for it.
        let user: &[&str] = if self.user == "0:0" { &[] } else { &["--user", self.user.as_str()] };
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).chain(user.iter().copied()).collect();
        let mut mounts = Vec::new();
        for Mount { host, inside, read_only, .. } in &self.mounts {
            let mode = if *read_only { "ro" } else { "rw" };
            mounts.push("--mount".to_owned());
            mounts.push(format!("type=bind,src={host},dst={inside},options=rbind:{mode}"));
        }
        let command: Vec<&str> =
            std::iter::once("/cni-bootstrap").chain(self.args.iter().map(String::as_str)).collect();
        run_container(node, &flags, &mounts, IMAGE, &command)
    }
}

/// The number in a memory limit, such as `32Mi`.
pub(crate) fn mebibytes(limit: &Value) -> u64 {
    limit.as_str().and_then(|limit| limit.strip_suffix("Mi")).expect("mebibytes").parse().unwrap()
}

fn translate(spec: &Value, mount: &Value) -> Mount {
    let volume = list(spec, "volumes").iter().find(|v| v["name"] == mount["name"]).expect("its volume");
    let inside = on_this_node(mount["mountPath"].as_str().unwrap());
    let read_only = mount["readOnly"] == true;
    if volume["emptyDir"].is_object() {
        let host = format!("/run/pod/{}", volume["name"].as_str().unwrap());
        return Mount { host, inside, read_only, made: true };
    }
    let host = on_this_node(volume["hostPath"]["path"].as_str().unwrap());
    // Without a type the runtime creates a missing directory.
    let made = volume["hostPath"]["type"] != "Directory";
    // /var/run is a link to /run on every node; the runtime resolves it before it mounts.
    Mount { host: host.replacen("/var/run/", "/run/", 1), inside, read_only, made }
}

/// Debian's CNI plugins are in another directory than on the manifests' nodes.
fn on_this_node(path: &str) -> String {
    path.replace("/home/kubernetes/bin", BIN_DIR).replace("/opt/cni/bin", BIN_DIR)
}
