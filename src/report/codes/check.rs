//! The stable codes of `check`, likelier root causes first: of several findings with the same severity, the first is
//! the diagnosis. `docs/findings.md` has a paragraph for each.

use super::code::finding_codes;

finding_codes! {
    /// Every code of `check`.
    RUNTIME_CONFIG_REFUSED "runtime-config-refused" Error "containerd does not start with its config";
    WILL_NOT_COME_UP "runtime-will-not-come-up" Error "The runtime would not come up with its config";
    RUNTIME_IMPORT_MISSING "runtime-import-missing" Error "containerd's config imports a file that is not there";
    CONFIG_UNPROVEN "config-unverified" Error "Nobody has seen the runtime come up with the config that was written";
    UNIT_MASKED "runtime-unit-masked" Error "systemd must not start the runtime";
    RUNTIME_NOT_RUNNING "runtime-not-running" Error "The runtime does not answer";
    CRI_DISABLED "cri-disabled" Error "containerd runs without CRI";
    DEFAULT_RUNTIME_MISSING "default-runtime-missing" Error "default_runtime_name names a runtime that does not \
        exist";
    RUNTIME_TYPE "runtime-type-unusable" Error "A runtime_type that this containerd does not have";
    SHIM_MISSING "runtime-shim-missing" Warning "A runtime's shim binary is missing";
    RUNTIME_BINARY "runtime-binary-missing" Warning "The program that a runtime executes is missing";
    SANDBOX_IMAGE "sandbox-image-invalid" Error "The sandbox image is not a reference to an image";
    CGROUP_DRIVER "cgroup-driver-mismatch" Error "The kubelet and the runtime use different cgroup drivers";
    VERSIONS "kubelet-runtime-versions" Error "The releases of the kubelet and of the runtime do not work together";
    KUBELET_CONFIG "kubelet-config-unreadable" Warning "A file of the kubelet's configuration cannot be read";
    CONF_DIR_ELSEWHERE "conf-dir-elsewhere" Error "The network's file lies where the runtime does not look";
    CONF_DIR_MISSING "conf-dir-missing" Error "The CNI configuration directory does not exist";
    CONF_DIR_UNREADABLE "conf-dir-unreadable" Error "The CNI configuration directory cannot be read";
    CONF_DIR_CROWDED "conf-dir-crowded" Warning "The CNI configuration directory has more files than are read";
    CONF_UNREADABLE "conf-file-unreadable" Error "A configuration file cannot be read from here";
    CONF_DIR_REPLACED "conf-dir-replaced" Error "The CNI configuration directory was replaced under the runtime";
    CONF_FILE_EMPTY "conf-file-empty" Error "An empty CNI configuration file is the one that counts";
    CONF_LINK_DANGLES "conf-link-dangles" Error "A CNI configuration file is a dangling link";
    CONF_LIST_IN_CONF "conf-list-in-conf" Error "A list of plugins in a file for one plugin";
    CONF_FILE_INVALID "conf-file-invalid" Error "A CNI configuration file that counts does not load";
    CONF_FILE_UNNOTICED "conf-file-unnoticed" Error "The next reload will fail";
    CONF_TAKEN_AWAY "conf-taken-away" Error "Cilium renamed a configuration that is still needed";
    CHAIN_NOT_LOADED "chain-not-loaded" Error "The runtime does not run the chain that is on disk";
    CONF_NOT_LOADED "conf-not-loaded" Error "The runtime has not loaded the file that is on disk";
    CONF_DIR_EMPTY "conf-dir-empty" Error "No CNI configuration has been written yet";
    PACKAGE_DEFAULT "conf-package-default" Error "A package's default network wins";
    SEVERAL_NETWORKS "several-networks" Error "Every pod gets several networks";
    NETWORK_NAME "network-name-invalid" Error "A network name that fails each pod";
    SPEC_VERSION "cni-version-unsupported" Error "The runtime does not know the network's cniVersion";
    CONF_SUBDIRECTORY "conf-subdirectory" Warning "A directory adds plugins to the network";
    CHAIN_SHADOWED "chain-shadowed" Error "Another file wins over the chain";
    CHAIN_MISSING "chain-missing" Error "The published chain is gone";
    CHAIN_ALTERED "chain-altered" Error "The published chain was changed";
    PLUGIN_MISSING "plugin-missing" Error "A plugin binary is missing";
    PLUGIN_ELSEWHERE "plugin-elsewhere" Error "A plugin binary is where the runtime does not look";
    PLUGIN_NOT_EXECUTABLE "plugin-not-executable" Error "A plugin binary is not executable";
    PLUGIN_DAMAGED "plugin-damaged" Error "A plugin binary is not a program";
    PLUGIN_ARCHITECTURE "plugin-wrong-architecture" Error "A plugin binary is for another architecture";
    PLUGIN_INTERPRETER "plugin-interpreter-missing" Error "The loader or interpreter of a plugin binary is missing";
    PLUGIN_NOEXEC "plugin-on-noexec-mount" Error "A plugin binary lies on a mount with noexec";
    PLUGIN_SILENT "plugin-no-version" Error "A plugin does not answer VERSION";
    PLUGIN_VERSION "plugin-cni-version" Error "A plugin does not support the network's cniVersion";
    PLUGIN_FILE "plugin-file-missing" Error "A file that a plugin reads for each pod is missing";
    TOKEN_EXPIRED "token-expired" Error "The token of a plugin has expired";
    WORLD_WRITABLE "world-writable" Error "Anyone may change the node's network";
    CHAIN_STALE "chain-stale" Warning "The chain was made from an older primary";
    TOKEN_EXPIRES "token-expires-soon" Warning "The token of a plugin is about to expire";
    VALUES_LOST "runtime-values-lost" Warning "A drop-in removes settings of containerd's config";
    SANDBOX_IMAGE_LOST "sandbox-image-lost" Warning "The sandbox image of containerd's config is lost";
    KEYS_IGNORED "runtime-keys-ignored" Warning "Settings that this containerd does not read";
    LIVE_OLDER "runtime-needs-restart" Warning "The runtime runs with older values than its config";
    TEMPLATE_BARE "conf-template-bare" Warning "conf_template is not an absolute path";
    TEMPLATE_MISSING "conf-template-missing" Warning "conf_template does not exist";
    TEMPLATE_INVALID "conf-template-invalid" Warning "conf_template would not make a network";
    CONF_HIDDEN "conf-file-hidden" Warning "A hidden file is loaded";
    CONF_JSON "conf-file-json" Warning "A .json file is loaded as a plugin";
    CONF_LINK "conf-file-link" Warning "A configuration file is a symbolic link";
    CONF_TWICE "conf-file-twice" Warning "A .conf hides the .conflist of its name";
    CONF_SHADOWED "conf-file-shadowed" Warning "Another network's file is never used";
    CONF_INVALID_LATER "conf-file-invalid-later" Warning "A file that does not load, behind the one that counts";
    CONF_LEFTOVER "conf-leftover" Warning "Files that an installer left behind";
    FOREIGN_OWNER "foreign-owner" Warning "A file of the network does not belong to root";
    CONF_MODE "conf-file-mode" Warning "A configuration file has an odd mode";
    SELINUX_LABEL "selinux-label" Warning "A file has the SELinux label of another place";
    RECORD_UNREADABLE "record-unreadable" Warning "A record of this program cannot be read";
    RESTART_ROLLED_BACK "restart-rolled-back" Warning "A restart failed and was rolled back";
    PODS_OLDER "pods-older-than-chain" Warning "Pods got their network before the chain";
    DEPRECATED "runtime-deprecation" Warning "containerd warns of something deprecated";
    POD_LEFT "pod-left-behind" Warning "A sandbox that showed if pods start could not be removed";
    NO_LIMIT "several-networks-possible" Info "A second file would attach every pod twice";
    OVERRIDDEN "runtime-config-overridden" Info "A drop-in overrides containerd's config";
    CONFIG_ELSEWHERE "runtime-config-elsewhere" Info "containerd runs with another config file";
    LOAD_FAILED "network-load-failed" Error "The runtime's last load failed";
    POD_FAILED "pod-does-not-start" Error "A pod does not start (`--pod`)";
    NETWORK_NOT_READY "network-not-ready" Error "The runtime says that the network is not ready";
}
