//! The stable codes of the findings of `install` and `uninstall` that `check` does not have. Each has its paragraph in
//! `docs/findings.md`.

use super::code::finding_codes;

finding_codes! {
    /// Every code of `install` and `uninstall` that is not a code of `check`.
    REPLACES_PRIMARY_PLUGIN "replaces-primary-plugin" Warning "A plugin of the primary is replaced in the chain";
    ADOPTED_FILE "adopted-file" Info "The chain takes the place of a file that was there before";
    PRIMARY_DEFAULT "primary-is-a-default" Info "The primary is the runtime's own default network";
    PRIMARY_MISSING "primary-missing-chain-kept" Warning "The primary is gone, and the last good chain stays";
    NEWER_RECORD "record-of-newer-release" Warning "A newer release wrote the record, and its chain stays";
    PLUGIN_NOT_READY "plugin-status-not-ready" Info "A plugin says that it is not ready yet";
    POD_NOT_JUDGED "pod-not-judged" Warning "It is not known if a pod starts (`--verify pod`)";
    VERSION_UNKNOWN "plugin-version-unknown" Warning "A plugin does not say which cniVersion it supports";
    BIN_DIR_VERSIONED "bin-dir-versioned" Warning "The plugin directory belongs to one release of the distribution";
    BINARY_NAMED "binary-still-named" Warning "A file still names a plugin binary, which therefore stays";
    CHANGED_SINCE "changed-since" Warning "Another program changed a file that was written, and the file stays";
    TEMPLATE_UNCHECKED "conf-template-unchecked" Warning "The file given with --conf-template cannot be read from here";
    TEMPLATE_FALLBACK "conf-template-is-a-fallback" Info "A conf_template does not choose the network";
    MADE_AT_BOOT "config-made-at-boot" Info "The distribution writes containerd's config at each boot";
    DROP_IN "config-drop-in-overrides" Info "The value is written into a drop-in, which decides it";
    CRI_ENABLED "config-cri-enabled" Info "CRI was taken off disabled_plugins";
    TABLE_IGNORED "config-table-ignored" Warning "This release does not read a CRI table of the config";
    OWN_CONF_DIR "runtime-own-conf-dir" Info "A runtime handler has a conf dir of its own";
    NOT_DRY_LOADED "config-not-dry-loaded" Info "The host's containerd could not read the new config beforehand";
    PENDING_EDIT "pending-edit-taken-along" Warning "The restart loads somebody else's edit of the config";
    CGROUP_CHANGED "cgroup-driver-changed" Warning "The cgroup driver of new pods was changed";
    CGROUP_FROM_CRI "cgroup-driver-from-cri" Warning "The kubelet takes its cgroup driver from the runtime";
    CGROUP_UNKNOWN "cgroup-driver-unknown" Warning "The cgroup driver of the kubelet is not known";
    IMAGE_NOT_VERIFIED "sandbox-image-not-verified" Warning "The runtime does not say which sandbox image it uses";
    NO_ROLLBACK_TIMER "no-rollback-timer" Warning "No rollback outside the program can be armed";
    NOT_NOTED "restart-not-noted" Warning "There was no room to note the result of a restart";
    TAKES_ALONG "restart-takes-along" Warning "Other units are restarted with the runtime";
    RESTART_NEEDED "restart-needed" Warning "The runtime still runs on the config before";
    CRI_DISABLED_AGAIN "cri-disabled-again" Warning "uninstall restored a config that disables CRI";
    LISTEN_FAILED "listen-failed" Warning "An address of `--listen` cannot be listened on";
    NETWORK_UNKNOWN "loaded-network-unknown" Info "The runtime does not say which network it has loaded";
    PRIMARY_DOES_NOT_LOAD "primary-does-not-load" Warning "After uninstall the primary does not load";
    NO_PRIMARY_LEFT "no-primary-left" Warning "After uninstall no network configuration is left";
}
