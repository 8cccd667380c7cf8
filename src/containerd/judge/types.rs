//! Types of values: a value that cannot be decoded into the config of the daemon or of a plugin ends the daemon, even
//! if CRI does not need the plugin (`config.go` `LoadConfig`, `Decode`). The list has settings that all releases from
//! 1.6 to 2.3 share.

use super::context::{Context, Loss, Part};
use super::read::entries;
use crate::containerd::effective::is_placeholder;
use crate::containerd::refusal::Refusal;
use crate::containerd::tree::{Scalar, Tree};

#[derive(Clone, Copy, Debug)]
enum ValueKind {
    Text,
    Int,
    Bool,
    Texts,
}

/// Settings of one table, grouped by type.
type Table = &'static [(ValueKind, &'static [&'static str])];

const ROOT: Table = &[
    (ValueKind::Text, &["root", "state", "temp"]),
    (ValueKind::Int, &["oom_score"]),
    (ValueKind::Texts, &["disabled_plugins", "required_plugins"]),
];
const GRPC: Table = &[
    (ValueKind::Text, &["address", "tcp_address", "tcp_tls_ca", "tcp_tls_cert", "tcp_tls_key"]),
    (ValueKind::Int, &["uid", "gid", "max_recv_message_size", "max_send_message_size"]),
];
const TTRPC: Table = &[(ValueKind::Text, &["address"]), (ValueKind::Int, &["uid", "gid"])];
const DEBUG: Table = &[(ValueKind::Text, &["address", "level", "format"]), (ValueKind::Int, &["uid", "gid"])];
const METRICS: Table = &[(ValueKind::Text, &["address"]), (ValueKind::Bool, &["grpc_histogram"])];
const CGROUP: Table = &[(ValueKind::Text, &["path"])];
const PROXY: Table = &[(ValueKind::Text, &["type", "address"])];
const PROCESSOR: Table =
    &[(ValueKind::Text, &["returns", "path"]), (ValueKind::Texts, &["accepts", "args", "env"])];

const RUNTIME: Table = &[
    (
        ValueKind::Bool,
        &[
            "enable_selinux",
            "disable_apparmor",
            "restrict_oom_score_adj",
            "disable_proc_mount",
            "tolerate_missing_hugetlb_controller",
            "disable_hugetlb_controller",
            "device_ownership_from_security_context",
            "ignore_image_defined_volumes",
            "netns_mounts_under_state_dir",
            "enable_unprivileged_ports",
            "enable_unprivileged_icmp",
        ],
    ),
    (ValueKind::Int, &["selinux_category_range", "max_container_log_line_size"]),
    (ValueKind::Text, &["unset_seccomp_profile"]),
];
const CNI: Table = &[
    (ValueKind::Text, &["conf_dir", "bin_dir", "conf_template", "ip_pref"]),
    (ValueKind::Int, &["max_conf_num"]),
];
const HANDLER: Table = &[
    (ValueKind::Text, &["runtime_type", "base_runtime_spec", "cni_conf_dir"]),
    (ValueKind::Int, &["cni_max_conf_num"]),
    (ValueKind::Bool, &["privileged_without_host_devices"]),
    (ValueKind::Texts, &["pod_annotations", "container_annotations"]),
];
const SERVER: Table = &[
    (ValueKind::Bool, &["disable_tcp_service", "enable_tls_streaming"]),
    (ValueKind::Text, &["stream_server_address", "stream_server_port", "stream_idle_timeout"]),
];
const KEY_PAIR: Table = &[(ValueKind::Text, &["tls_cert_file", "tls_key_file"])];
const IMAGES: Table = &[(ValueKind::Int, &["max_concurrent_downloads", "stats_collect_period"])];
const STORAGE: Table = &[
    (ValueKind::Text, &["snapshotter"]),
    (ValueKind::Bool, &["disable_snapshot_annotations", "discard_unpacked_layers"]),
];
const REGISTRY: Table = &[(ValueKind::Text, &["config_path"])];
const MIRROR: Table = &[(ValueKind::Texts, &["endpoint"])];

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let storage: &[&str] = if context.is_split() { &[] } else { &["containerd"] };
    let mut tables = vec![
        (context.at(&[]), ROOT),
        (context.at(&["grpc"]), GRPC),
        (context.at(&["ttrpc"]), TTRPC),
        (context.at(&["debug"]), DEBUG),
        (context.at(&["metrics"]), METRICS),
        (context.at(&["cgroup"]), CGROUP),
        (context.cri(Part::Runtime, &[]), RUNTIME),
        (context.cri(Part::Runtime, &["cni"]), CNI),
        (context.cri(Part::Server, &[]), SERVER),
        (context.cri(Part::Server, &["x509_key_pair_streaming"]), KEY_PAIR),
        (context.cri(Part::Images, &[]), IMAGES),
        (context.cri(Part::Images, storage), STORAGE),
        (context.cri(Part::Images, &["registry"]), REGISTRY),
    ];
    // From 2.3 on these are tables of plugins.
    if context.is_from(2, 3) {
        tables.retain(|(_, table)| {
            [GRPC, TTRPC, DEBUG, METRICS].iter().all(|other| !std::ptr::eq(*table, *other))
        });
    }
    let each = [
        (context.at(&["proxy_plugins"]), PROXY),
        (context.at(&["stream_processors"]), PROCESSOR),
        (context.cri(Part::Runtime, &["containerd", "runtimes"]), HANDLER),
        (context.cri(Part::Images, &["registry", "mirrors"]), MIRROR),
    ];
    for (tree, table) in each {
        tables.extend(entries(tree).map(|(_, tree)| (Some(tree), table)));
    }
    tables.into_iter().flat_map(|(tree, table)| wrong(context, tree, table)).collect()
}

fn wrong(context: &Context<'_>, tree: Option<&Tree>, table: Table) -> Vec<Refusal> {
    let Some(tree) = tree else { return Vec::new() };
    let keys = table.iter().flat_map(|(kind, keys)| keys.iter().map(move |key| (kind, key)));
    keys.filter_map(|(kind, key)| {
        let value = tree.get(&[*key]).filter(|value| !kind.takes(value))?;
        let rule = format!("is not {}", kind.spelled());
        let remedy = format!("write {} for {key}", kind.spelled());
        Some(context.refuse(value, Loss::Daemon, "config.go Decode", &rule, remedy))
    })
    .collect()
}

impl ValueKind {
    fn takes(self, value: &Tree) -> bool {
        match (self, value) {
            // A placeholder may become a value of any type.
            (_, Tree::Leaf(Scalar::Text(text), _)) if is_placeholder(text) => true,
            (Self::Text, Tree::Leaf(Scalar::Text(_), _))
            | (Self::Int, Tree::Leaf(Scalar::Int(_), _))
            | (Self::Bool, Tree::Leaf(Scalar::Bool(_), _)) => true,
            (Self::Texts, Tree::List(list)) => {
                list.iter().all(|item| matches!(item, Tree::Leaf(Scalar::Text(_), _)))
            }
            _ => false,
        }
    }

    fn spelled(self) -> &'static str {
        match self {
            Self::Text => "a string in quotes",
            Self::Int => "a whole number",
            Self::Bool => "true or false",
            Self::Texts => "a list of strings",
        }
    }
}
