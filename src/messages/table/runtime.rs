//! Messages of containerd, its shims and runc about sandboxes, and of containerd about its own start.

use super::messages;
use crate::report::codes::check::{
    CGROUP_DRIVER, CRI_DISABLED, DEFAULT_RUNTIME_MISSING, KEYS_IGNORED, RUNTIME_BINARY,
    RUNTIME_CONFIG_REFUSED, RUNTIME_IMPORT_MISSING, RUNTIME_NOT_RUNNING, RUNTIME_TYPE, SANDBOX_IMAGE,
    SANDBOX_IMAGE_LOST, SHIM_MISSING, VALUES_LOST, WILL_NOT_COME_UP,
};

messages! {
    Cause "failed to reserve sandbox name … is reserved for"
        "containerd registrar.go"
        "An earlier attempt to start this sandbox still runs in containerd: a plugin, a pull or a shim hangs."
        []
        "ps -eo pid,etimes,args | grep -E '/cni/|containerd-shim' | sort -k2 -n | tail"
        r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to reserve sandbox name "iis-1809-5b4c4fbc9b-t55hd_default_ddc4e2a5-6229-4abd-9712-f18423f0f0a5_0": name "iis-1809-5b4c4fbc9b-t55hd_default_ddc4e2a5-6229-4abd-9712-f18423f0f0a5_0" is reserved for "e41d37b94b4d6ba41796563fed96cb05548bde26570751408bdf447948a272eb""#;
    Cause "server is not initialized yet"
        "containerd instrumented_service.go"
        "containerd has just started and still recovers its pods. It answers in a moment."
        [RUNTIME_NOT_RUNNING]
        "journalctl -u containerd -n 20"
        "rpc error: code = Unknown desc = server is not initialized yet";
    Cause "failed to get sandbox image …: failed to pull image"
        "containerd sandbox_run.go"
        "The pause image {1} is not on the node and cannot be pulled: the registry cannot be reached, or the setting that names the cluster's own was lost."
        [SANDBOX_IMAGE_LOST, VALUES_LOST]
        "ctr -n k8s.io images ls -q | grep pause; containerd config dump | grep -iE 'sandbox(_image)? '"
        r#"FailedCreatePodSandBox  30s   kubelet            Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "k8s.gcr.io/pause:3.5": failed to pull image "k8s.gcr.io/pause:3.5": failed to pull and unpack image "k8s.gcr.io/pause:3.5": failed to resolve reference "k8s.gcr.io/pause:3.5": failed to do request: Head "https://k8s.gcr.io/v2/pause/manifests/3.5": dial tcp 142.251.8.82:443: i/o timeout"#;
    Cause "invalid reference format"
        "containerd docker/reference"
        "An image name is not one: for every pod it is the pause image of containerd's config (empty, with a blank, or in upper case)."
        [SANDBOX_IMAGE_LOST, SANDBOX_IMAGE]
        "containerd config dump | grep -iE 'sandbox(_image)? '"
        r#"rpc error: code = Unknown desc = failed to get sandbox image "registry.k8s.io/pause:3.8 ": failed to parse image reference "registry.k8s.io/pause:3.8 ": invalid reference format"#;
    General "failed to get sandbox image"
        "containerd sandbox_run.go"
        "The pause image of containerd's config cannot be used."
        [SANDBOX_IMAGE_LOST, SANDBOX_IMAGE]
        "containerd config dump | grep -iE 'sandbox(_image)? '"
        r#"failed to get sandbox image "registry.k8s.io/pause:3.8": something new"#;
    Cause "no runtime for … is configured"
        "containerd sandbox_run.go"
        "containerd's config has no runtime handler {1}, which the pod's RuntimeClass or default_runtime_name names."
        [DEFAULT_RUNTIME_MISSING, VALUES_LOST]
        "kubectl get runtimeclasses; containerd config dump | grep -F runtimes."
        r#"failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "nvidia" is configured"#;
    Cause "invalid runtime name …, correct runtime name should be"
        "containerd runtime/v2/manager.go"
        "runtime_type is {1}. It must be like io.containerd.runc.v2, or a path."
        [RUNTIME_TYPE]
        "containerd config dump | grep runtime_type"
        "failed to create containerd task: failed to start shim: failed to resolve runtime path: invalid runtime name runc, correct runtime name should be either format like `io.containerd.runc.v1` or a full path to the binary: unknown";
    Cause "runtime … binary not installed"
        "containerd runtime/v2/manager.go"
        "The shim of runtime_type {1} is not in containerd's PATH."
        [SHIM_MISSING, RUNTIME_TYPE, RUNTIME_BINARY]
        "ls -l /usr/bin/containerd-shim-* /usr/local/bin/containerd-shim-*"
        r#"failed to create containerd task: failed to start shim: failed to resolve runtime path: runtime "io.containerd.wasmtime.v1" binary not installed "containerd-shim-wasmtime-v1": file does not exist: unknown"#;
    Cause "unable to retrieve OCI runtime error (open …: executable file not found in $PATH"
        "containerd pkg/process/init.go"
        "The OCI runtime (runc, or the BinaryName of the handler's options) is not in PATH of the shim."
        [SHIM_MISSING, RUNTIME_BINARY]
        "containerd config dump | grep -i binaryname; command -v runc"
        r#"failed to create containerd task: failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open /run/containerd/io.containerd.runtime.v2.task/k8s.io/ca01535caf197a9e1da3a2dff60b295f9cba9b3eeb3f8de42c7b64b5015b4d27/log.json: no such file or directory): exec: "runc": executable file not found in $PATH: unknown"#;
    Cause "unable to retrieve OCI runtime error (open …: fork/exec …: no such file or directory"
        "containerd pkg/process/init.go"
        "The OCI runtime {2} (runc, or the BinaryName of the handler's options) is not there."
        [SHIM_MISSING, RUNTIME_BINARY]
        "ls -l {2}; containerd config dump | grep -i binaryname"
        "failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open /run/containerd/io.containerd.runtime.v1.linux/k8s.io/ad6253a84e0da9c260d729b01763137047b8c9299f2f05d3baa75d176634bf10/log.json: no such file or directory): fork/exec /usr/local/bin/runc: no such file or directory: unknown";
    Cause "unable to retrieve OCI runtime error (open …: … did not terminate successfully"
        "containerd pkg/process/init.go"
        "The OCI runtime cannot start: it lacks a library (often libseccomp), or is for another distribution."
        []
        "runc --version; ldd $(command -v runc)"
        "failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open /run/containerd/io.containerd.runtime.v2.task/k8s.io/8135e2346a0a3a6a622cd3e57eda476dadbfe31cfd9010cd5f7ce21dd10228bd/log.json: no such file or directory): runc did not terminate successfully: exit status 127: unknown";
    Cause r#"expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got"#
        "runc libcontainer/specconv"
        "runc uses the systemd driver and the kubelet the driver cgroupfs: SystemdCgroup and the kubelet's cgroupDriver differ."
        [CGROUP_DRIVER]
        "containerd config dump | grep SystemdCgroup; grep cgroupDriver /var/lib/kubelet/config.yaml"
        r#"rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/k8s.io/368492d2e8d70cc1be67f43bc3a4d3f816d6a6857d9802e5e946460bbef8aace\" instead: unknown"#;
    Cause "can't get final child's PID from pipe: EOF"
        "runc libcontainer/process_linux.go"
        "runc's first process died at once: the memory limit is too low, or it may not lower oom_score_adj (a node in a container)."
        []
        "journalctl -k | grep -iE 'oom|runc'; containerd config dump | grep restrict_oom_score_adj"
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: can't get final child's PID from pipe: EOF: unknown";
    Cause "container init was OOM-killed (memory limit too low?)"
        "runc libcontainer/process_linux.go"
        "The memory limit is too low even for the start of the container."
        []
        "# raise the limit; 16Mi is the least that holds"
        "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?)";
    Cause "cannot enter cgroupv2 … with domain controllers -- it is in an invalid state"
        "runc libcontainer/cgroups"
        "A process stands in a cgroup that must have none (a node in a container without a cgroup namespace of its own)."
        []
        "cat /sys/fs/cgroup/cgroup.procs | head; cat /sys/fs/cgroup/cgroup.type"
        r#"runc create failed: unable to start container process: unable to apply cgroup configuration: cannot enter cgroupv2 "/sys/fs/cgroup/docker" with domain controllers -- it is in an invalid state: unknown"#;
    Cause "failed to mount rootfs component"
        "containerd mount"
        "The kernel refused the pod's root file system: an overlay on an overlay, or a damaged snapshot."
        []
        "findmnt -T /var/lib/containerd -o FSTYPE,TARGET"
        "failed to create containerd task: failed to create shim task: failed to mount rootfs component &{overlay overlay [index=off workdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1149/work]}: invalid argument";
    Cause r#"exec: "apparmor_parser": executable file not found"#
        "containerd apparmor"
        "The kernel has AppArmor, and its tools are not installed."
        []
        "apt-get install apparmor   # or the distribution's own command"
        r#"failed to create containerd container: get apparmor_parser version: exec: "apparmor_parser": executable file not found in $PATH"#;
    Cause "failed to create network namespace for sandbox"
        "containerd sandbox_run.go"
        "containerd could not make a network namespace: /var/run/netns cannot be written, or a limit is reached."
        []
        "ls -ld /var/run/netns; sysctl user.max_net_namespaces"
        r#"failed to create network namespace for sandbox "6c0f": failed to create netns dir: mkdir /var/run/netns: read-only"#;
    Cause "NRI RunPodSandbox failed"
        "containerd sandbox_run.go"
        "A plugin of NRI refused the pod. The words behind it are the plugin's."
        []
        "ls /opt/nri/plugins /etc/nri/conf.d"
        "rpc error: code = Unknown desc = NRI RunPodSandbox failed: rpc error: code = Unknown desc = denied";
    Step "OCI runtime create failed"
        "containerd pkg/process/init.go"
        "The OCI runtime could not create the container. The words behind it are its own."
        []
        "journalctl -u containerd --since -15min | grep -F 'OCI runtime'"
        "failed to create containerd task: failed to create shim task: OCI runtime create failed: something new";
    Cause "failed to start shim: start failed"
        "containerd runtime/v2/shim_load.go"
        "The shim of the runtime ended at its start. The words behind it are its own."
        []
        "journalctl -u containerd --since -15min | grep -i shim"
        "failed to create containerd task: failed to start shim: start failed: io.containerd.kata.v2: failed to find config: exit status 1: unknown";
    Cause "failed to load TOML"
        "containerd server/config"
        "containerd does not start: its config is not TOML, or a value has the wrong type."
        [RUNTIME_CONFIG_REFUSED, WILL_NOT_COME_UP]
        "cni-bootstrap check   # it names the line and the column"
        r#"containerd: failed to load TOML: /etc/containerd/config.toml: (12, 3): was expecting token =, but got "max" instead"#;
    Cause "unsupported config version"
        "containerd server/config"
        "containerd does not start: its config has a version that this release does not read."
        [RUNTIME_CONFIG_REFUSED, WILL_NOT_COME_UP]
        "containerd --version; grep ^version /etc/containerd/config.toml"
        "containerd: unsupported config version `3`";
    Cause "expected containerd config version equal to or less than"
        "containerd server/config, from 2.0"
        "containerd does not start: its config has a version that this release does not read."
        [RUNTIME_CONFIG_REFUSED, WILL_NOT_COME_UP]
        "containerd --version; grep ^version /etc/containerd/config.toml"
        "containerd: expected containerd config version equal to or less than `3`, got `4`";
    Cause "`mirrors` cannot be set when `config_path` is provided"
        "containerd cri/config"
        "The CRI plugin does not start: the config has registry.mirrors beside registry.config_path."
        [WILL_NOT_COME_UP, CRI_DISABLED]
        "containerd config dump | grep -nE 'config_path|mirrors'"
        r#"level=warning msg="failed to load plugin io.containerd.grpc.v1.cri" error="invalid plugin config: `mirrors` cannot be set when `config_path` is provided""#;
    Cause "no corresponding runtime configured in `containerd.runtimes` for"
        "containerd cri/config"
        "The CRI plugin does not start: default_runtime_name names a runtime that no file defines."
        [DEFAULT_RUNTIME_MISSING, WILL_NOT_COME_UP, VALUES_LOST]
        "containerd config dump | grep -nE 'default_runtime_name|runtimes\\.'"
        r#"failed to load plugin io.containerd.grpc.v1.cri" error="invalid plugin config: no corresponding runtime configured in `containerd.runtimes` for `containerd` `default_runtime_name = \"nvidia\"`"#;
    Cause "invalid stream idle timeout"
        "containerd cri/config"
        "The CRI plugin does not start: the value of stream_idle_timeout is not a duration, such as \"4h0m0s\"."
        [WILL_NOT_COME_UP, CRI_DISABLED]
        "containerd config dump | grep stream_idle_timeout"
        r#"failed to load plugin io.containerd.grpc.v1.cri" error="invalid plugin config: invalid stream idle timeout: time: invalid duration \"soon\"""#;
    Cause "Ignoring unknown key in TOML"
        "containerd server/config"
        "The config has a key that this release does not read."
        [KEYS_IGNORED]
        "cni-bootstrap check"
        r#"level=warning msg="Ignoring unknown key in TOML for plugin" error="strict mode: fields in the document are missing in the target struct" key=systemdcgroups plugin=io.containerd.grpc.v1.cri"#;
    Cause "failed to load TOML…: no such file or directory"
        "containerd server/config"
        "containerd does not start: a file of imports does not exist."
        [RUNTIME_IMPORT_MISSING, RUNTIME_CONFIG_REFUSED, WILL_NOT_COME_UP]
        "grep -A3 imports /etc/containerd/config.toml"
        "containerd: failed to load TOML: /etc/containerd/gone.toml: open /etc/containerd/gone.toml: no such file or directory";
}
