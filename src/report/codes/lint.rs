//! The stable codes of `lint`. `docs/findings.md` has a paragraph for each.

use super::code::finding_codes;

finding_codes! {
    /// Every code of `lint`, in the order of the documentation.
    UNREADABLE "manifest-unreadable" Error "A document is neither YAML nor JSON";
    EMPTY "manifest-empty" Error "A file has no content that could be judged";
    TEMPLATE "manifest-template" Warning "A template was given where a manifest is needed";
    DUPLICATE_KEY "manifest-duplicate-key" Warning "A key stands twice in one mapping";
    NOT_STRING "annotation-not-string" Error "An annotation's value is not a string";
    MISPLACED "annotation-misplaced" Warning "An annotation is on the workload instead of its pod template";
    MISTYPED "annotation-mistyped" Warning "An annotation resembles one that a network reads, but nothing reads it";
    CALICO_NOT_JSON "calico-annotation-not-json" Error "A Calico annotation is not the JSON array that Calico reads";
    CALICO_VALUE "calico-annotation-value" Error "A Calico annotation has a value that Calico refuses";
    CALICO_CONFLICT "calico-annotation-conflict" Error "Two Calico annotations exclude each other";
    CALICO_POOL_UNKNOWN "calico-pool-unknown" Error "A Calico annotation names an IP pool that does not exist";
    CALICO_POOL_DISABLED "calico-pool-disabled" Error "A Calico annotation names a disabled IP pool";
    CALICO_POOL_FAMILY "calico-pool-family" Error "A Calico annotation names an IP pool of the other family";
    CALICO_OWNED "calico-annotation-owned" Warning "An annotation that Calico writes itself is set by hand";
    CALICO_UNKNOWN "calico-annotation-unknown" Warning "Calico does not know the annotation";
    CALICO_IGNORED "calico-annotation-ignored" Warning "A Calico annotation has no effect where it is";
    QOS "calico-qos-value" Warning "Calico ignores or clamps a QoS annotation";
    BANDWIDTH "bandwidth-value" Error "A bandwidth annotation that containerd refuses";
    NETWORKS "multus-networks-invalid" Error "Multus cannot read its network annotation";
    FIELD_UNKNOWN "multus-field-unknown" Warning "Multus ignores a field of its network annotation";
    INTERFACE "multus-interface-invalid" Error "An interface name that Linux or Multus refuses, or that is taken";
    NETWORK_UNKNOWN "multus-network-unknown" Warning "A network annotation names a definition that is not among the documents";
    MULTUS_CALICO "multus-calico-conflict" Warning "Multus and Calico annotations of a pod work against each other";
    NAD_CONFIG "nad-config-invalid" Error "A NetworkAttachmentDefinition's config does not load";
    MULTUS_WRAPS "multus-wraps-itself" Error "A Multus configuration delegates to Multus";
    WEBHOOK_BLOCKS "webhook-blocks-network" Error "An admission webhook can keep the network's own pods from starting";
    WEBHOOK_SLOW "webhook-slow" Warning "An admission webhook may delay the network's own pods for long";
    WEBHOOK_NODE "webhook-blocks-node" Error "An admission webhook can stop what nodes and the network's agents write";
    WEBHOOK_TIMEOUTS "webhook-timeouts-add-up" Warning "The time limits of webhooks that fail open add up to a failure";
    WEBHOOK_BACKEND "webhook-backend-fragile" Warning "The backend of a blocking webhook has no second replica \
        or no budget";
    IMAGE_PLACEHOLDER "image-placeholder" Error "A manifest of cni-bootstrap has no image that a node can pull";
}
