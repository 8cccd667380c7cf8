//! Messages about running plugins: libcni, and containerd around it.

use super::messages;
use crate::report::codes::check::{
    CONF_FILE_INVALID, NETWORK_NAME, PLUGIN_ARCHITECTURE, PLUGIN_DAMAGED, PLUGIN_ELSEWHERE,
    PLUGIN_INTERPRETER, PLUGIN_MISSING, PLUGIN_NOEXEC, PLUGIN_NOT_EXECUTABLE, PLUGIN_SILENT, PLUGIN_VERSION,
    RESULT_EMPTY, SPEC_VERSION,
};
use crate::report::codes::lint::BANDWIDTH;

messages! {
    Step "failed to setup network for sandbox"
        "containerd sandbox_run.go"
        "The network of a new pod could not be set up. The words behind it are the plugin's or libcni's."
        []
        "journalctl -u containerd --since -15min | grep -F 'failed to setup network'"
        r#"rpc error: code = Unknown desc = failed to setup network for sandbox "3c05350cf5717b9bcf92a63ffafb7a3d27bd5ad1880de39272e72aa1661e637e": something new"#;
    Step "failed to destroy network for sandbox"
        "containerd sandbox_stop.go"
        "The network of a pod could not be taken down. The words behind it are the plugin's or libcni's; the kubelet tries again."
        []
        "journalctl -u containerd --since -15min | grep -F 'failed to destroy network'"
        r#"failed to destroy network for sandbox "cae59246074a27247c54d43ffd3f68be61121bcc741133b940e7188002e34f60": something new"#;
    Step "plugin type=… failed (add)"
        "libcni api.go"
        "A plugin refused to connect the pod. The words behind it are the plugin's."
        []
        "# look at the logs of the agent behind the plugin {1}"
        r#"plugin type="example" failed (add): something new"#;
    Step "plugin type=… failed (delete)"
        "libcni api.go"
        "A plugin could not disconnect the pod. The words behind it are the plugin's."
        []
        "# look at the logs of the agent behind the plugin {1}"
        r#"plugin type="example" failed (delete): something new"#;
    Cause "failed to find plugin … in path"
        "libcni invoke/find.go"
        "The plugin's binary is in none of the runtime's directories."
        [PLUGIN_MISSING, PLUGIN_ELSEWHERE]
        "ls -l /opt/cni/bin   # restart the pod that installs {1}"
        r#"rpc error: code = Unknown desc = failed to setup network for sandbox "9056817dafde39da20dba740f2b60f5f057f5a61f5ea0d56bdbd5da388ed978b": plugin type="portmap" failed (add): failed to find plugin "portmap" in path [/opt/cni/bin]"#;
    Cause r#"failed to find plugin "loopback" in path"#
        "libcni invoke/find.go"
        "The loopback plugin is missing. containerd runs it for every pod, whatever the network's file says."
        [PLUGIN_MISSING, PLUGIN_ELSEWHERE]
        "ls -l /opt/cni/bin   # install the reference plugins (containernetworking-plugins)"
        r#"Error syncing pod ed2a4a84-b961-4d97-b67c-6dd8c645699e, skipping: failed to "CreatePodSandbox" with CreatePodSandboxError: "CreatePodSandbox for pod \"coredns-8655855d6-q6mtc_kube-system(ed2a4a84-b961-4d97-b67c-6dd8c645699e)\" failed: rpc error: code = Unknown desc = failed to setup network for sandbox \"07c09b3d68a88665496e07b7caf3acbef8e036b7b3397649522fb9be783b044b\": failed to find plugin \"loopback\" in path [/opt/cni/bin]""#;
    Cause "fork/exec …: no such file or directory"
        "Go os/exec, libcni invoke/raw_exec.go"
        "The binary exists, but its loader or its script's interpreter does not. Or the binary went away at that moment."
        [PLUGIN_INTERPRETER, PLUGIN_MISSING]
        "head -c 64 {1}; readelf -l {1} | grep interpreter"
        r#"failed to setup network for sandbox "6c0f": plugin type="quiet" failed (add): fork/exec /usr/lib/cni/quiet: no such file or directory"#;
    Cause "fork/exec …: exec format error"
        "Go os/exec, libcni invoke/raw_exec.go"
        "The binary is for another architecture, empty, cut, or a script without its first line."
        [PLUGIN_ARCHITECTURE, PLUGIN_DAMAGED]
        "file {1}; uname -m"
        r#"failed to setup network for sandbox "6c0f": plugin type="calico" failed (add): fork/exec /opt/cni/bin/calico: exec format error"#;
    Cause "fork/exec …: permission denied"
        "Go os/exec, libcni invoke/raw_exec.go"
        "The binary is not executable, lies on a mount with noexec, or SELinux forbids to start it."
        [PLUGIN_NOT_EXECUTABLE, PLUGIN_NOEXEC]
        "ls -lZ {1}; findmnt -T {1} -o TARGET,OPTIONS"
        r#"failed to setup network for sandbox "6c0f": plugin type="bridge" failed (add): fork/exec /opt/cni/bin/bridge: permission denied"#;
    Cause "fork/exec …: text file busy"
        "Go os/exec, libcni invoke/raw_exec.go"
        "The binary was written at that moment. The next try finds it complete."
        []
        "ls -l {1}"
        r#"failed to setup network for sandbox "6c0f": plugin type="azure-vnet" failed (add): fork/exec /opt/cni/bin/azure-vnet: text file busy"#;
    Cause "unsupported CNI result version"
        "libcni types/internal/create.go"
        "The network's cniVersion is newer than the runtime's libcni: containerd 1.x knows up to 1.0.0."
        [PLUGIN_VERSION, SPEC_VERSION]
        "containerd --version; grep -h cniVersion /etc/cni/net.d/*"
        r#"failed to setup network for sandbox "6c0f": plugin type="bridge" failed (add): unsupported CNI result version "1.1.0""#;
    Cause "incompatible CNI versions; config is …, plugin supports"
        "libcni version/reconcile.go"
        "The plugin is too old or too new for the network's cniVersion {1}."
        [PLUGIN_VERSION]
        "grep -h cniVersion /etc/cni/net.d/*"
        r#"plugin type="flannel" failed (add): incompatible CNI versions; config is "1.1.0", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0"]"#;
    Cause "does not support config version"
        "libcni api.go"
        "The plugin is too old or too new for the network's cniVersion."
        [PLUGIN_VERSION]
        "grep -h cniVersion /etc/cni/net.d/*"
        r#"[plugin bridge does not support config version "1.1.0"]"#;
    Cause "plugin version does not allow STATUS"
        "libcni skel/skel.go"
        "The network has cniVersion 1.1.0, so containerd 2.x asks each plugin for its STATUS, and this plugin is older."
        [PLUGIN_VERSION]
        "grep -h cniVersion /etc/cni/net.d/*"
        r#"Network plugin returns error: plugin type="tuning": plugin version does not allow STATUS"#;
    Cause "no converter for CNI result version … to"
        "libcni types/internal/convert.go"
        "A plugin answered in a version of CNI that does not fit the network's."
        [PLUGIN_VERSION]
        "grep -h cniVersion /etc/cni/net.d/*"
        r#"plugin type="multus" failed (add): no converter for CNI result version 0.2.0 to 1.0.0"#;
    Cause "result type supports … but unmarshalled CNIVersion is"
        "libcni types/100/types.go"
        "A plugin answered in another version of CNI than the one that it was asked in."
        [PLUGIN_VERSION]
        "grep -h cniVersion /etc/cni/net.d/*"
        r#"plugin type="cilium-cni" failed (add): result type supports [1.0.0] but unmarshalled CNIVersion is "1.1.0""#;
    Cause "invalid characters found in network name"
        "libcni utils/utils.go"
        "The network's name has a blank, a slash or another character that libcni refuses for each pod, though it loads."
        [NETWORK_NAME]
        "grep -h '\"name\"' /etc/cni/net.d/*"
        r#"failed to setup network for sandbox "6c0f": invalid characters found in network name"#;
    Cause "missing network name"
        "libcni utils/utils.go"
        "The network's name is empty, which loads, and fails for each pod."
        [NETWORK_NAME]
        "grep -h '\"name\"' /etc/cni/net.d/*"
        r#"failed to setup network for sandbox "6c0f": missing network name:"#;
    Cause "netplugin failed with no error message: signal: killed"
        "libcni invoke/raw_exec.go"
        "The plugin was killed: it ran longer than the runtime's time limit because its agent or the API server does not answer, or memory ran out."
        []
        "journalctl -k | grep -i 'out of memory'   # if there is nothing, look at the agent behind the plugin"
        r#"failed to setup network for sandbox "f1f5708a3613e62a4d38161c36417538dbc3b1e46020bea2a4a7c4cca87603a0": plugin type="calico" failed (add): netplugin failed with no error message: signal: killed"#;
    General "netplugin failed with no error message"
        "libcni invoke/raw_exec.go"
        "The plugin ended with an error and said nothing: it is not a CNI plugin, it is damaged, or it lacks a library."
        [PLUGIN_SILENT, PLUGIN_DAMAGED]
        "cni-bootstrap check"
        r#"plugin type="example" failed (add): netplugin failed with no error message: exit status 127"#;
    General "netplugin failed: "
        "libcni invoke/raw_exec.go"
        "The plugin ended with an error and printed something that is not CNI's JSON. The words behind it are the plugin's."
        [PLUGIN_SILENT]
        "cni-bootstrap check"
        r#"plugin type="cilium-cni" failed (add): netplugin failed: "ts=1708028912.027259, now=2024-02-15 20:28:32.027259, to retry\n""#;
    Cause "failed to find network info for sandbox"
        "containerd sandbox_run.go"
        "The plugins succeeded, but none of them gave the pod an address: the list has no plugin with an ipam, or the first plugin is a meta-plugin that passed nothing on."
        [CONF_FILE_INVALID]
        "cat /etc/cni/net.d/*"
        r#"rpc error: code = Unknown desc = failed to setup network for sandbox "6c0f": failed to find network info for sandbox "6c0f""#;
    Cause "failed to set network … cached result"
        "libcni api.go"
        "The result of the plugins could not be kept in /var/lib/cni: the disk is full or read-only."
        []
        "df -h /var/lib/cni; df -i /var/lib/cni"
        r#"failed to setup network for sandbox "6c0f": failed to set network "k8s-pod-network" cached result: open /var/lib/cni/results/k8s-pod-network-6c0f-eth0: no space left on device"#;
    Cause "failed to get network … cached result"
        "libcni api.go"
        "A result of the pod in /var/lib/cni/results is cut or empty, as after a power cut. Before containerd 2.0 the pod cannot be stopped until the file is gone."
        [RESULT_EMPTY]
        "find /var/lib/cni/results -size 0   # remove the files that it prints"
        r#"failed to destroy network for sandbox "75ad": failed to get network "primary" cached result: decoding version from network config: unexpected end of JSON input"#;
    Cause "failed to unmarshal cached network"
        "libcni api.go"
        "A result of an earlier pod in /var/lib/cni/results is cut or empty, as after a power cut. The pod cannot be stopped until the file is gone."
        [RESULT_EMPTY]
        "find /var/lib/cni/results -size 0   # remove the files that it prints"
        r#"failed to destroy network for sandbox "6c0f": failed to unmarshal cached network "k8s-pod-network" config: unexpected end of JSON input"#;
    Cause "reading pod bandwidth annotations"
        "containerd sandbox_run.go"
        "A bandwidth annotation of the pod has a value that the runtime refuses."
        [BANDWIDTH]
        "kubectl get pod POD -o yaml | cni-bootstrap lint -   # with the pod's name"
        r#"failed to setup network for sandbox "6c0f": get cni namespace options: reading pod bandwidth annotations: resource is unreasonably small (< 1kbit)"#;
    Cause "failed to Statfs …: no such file or directory"
        "plugins pkg/ns/ns_linux.go"
        "The pod's network namespace is gone, or the plugin's agent does not see /var/run/netns of the host."
        []
        "ls /var/run/netns"
        r#"failed to setup network for sandbox "9056817dafde39da20dba740f2b60f5f057f5a61f5ea0d56bdbd5da388ed978b": failed to Statfs "/host/var/run/netns/cni-47e6e75f-07a2-9890-3c38-95b9f8f3771c": no such file or directory"#;
    General "no space left on device"
        "Linux ENOSPC"
        "The disk is full, has no inodes left, or a limit of inotify watches is reached."
        []
        "df -h; df -i"
        "open /var/lib/cni/networks/cbr0/10.244.1.7: no space left on device";
    General "read-only file system"
        "Linux EROFS"
        "A directory that must be written is read-only: the kernel remounted the disk after an error, or the mount says so."
        []
        "findmnt -o TARGET,OPTIONS | grep -w ro; journalctl -k | grep -i ext4"
        "open /var/lib/cni/networks/cbr0/lock: read-only file system";
    General "too many open files"
        "Linux EMFILE"
        "A limit is reached: open files of the process, or inotify instances of the user."
        []
        "sysctl fs.inotify.max_user_instances fs.inotify.max_user_watches"
        "failed to create fsnotify watcher: too many open files";
}
