//! Diagnoses a node: takes observed values, returns findings with causes and remedies.
//!
//! [`fn@wants`] returns the requests that are still missing; [`judge`] judges the node. It compares three states:
//! the files on disk, what the runtime would make of them, and what the runtime reports.

mod addresses;
mod cached_results;
mod cgroup;
mod chain;
mod comes_up;
mod conf_dir;
mod conf_file;
mod config;
mod disabled_cri;
mod drop_ins;
mod elsewhere;
mod found;
mod gap;
mod handlers;
mod host_file;
mod kubeconfig;
mod kubelet;
mod leftovers;
mod loopback;
mod masked;
mod named_files;
mod no_limit;
mod other_runtime;
mod ownership;
mod paths;
mod pending;
mod place;
mod plugins;
mod pod;
mod pods;
mod precedence;
mod put_aside;
mod reinstall;
mod runc_binary;
mod runtime;
mod sandbox_image;
mod search_path;
mod set_member;
mod set_value;
mod settings;
mod silent;
mod spec_version;
mod status;
mod taken_out;
mod template;
mod tokens;
mod unseen;
mod unverified;
mod verdict;
mod version_line;
mod view;
mod wants;
mod why;
mod winner;

pub use crate::report::codes::check::CODES;
pub use gap::{GapPod, gap, is_chained, question as gap_question, wants as gap_wants};
pub use pod::{pod_not_known, pod_of, with_pod};
pub use status::{denied, status};
pub use verdict::{PodSeen, Verdict};
pub use view::View;
pub use wants::{questions, questions_of_check, said, wants, wants_of_errors};
pub use why::why;

use crate::report::Located;

/// All findings, the worst first; of equal severity, the likelier root cause first. Symptoms come last.
pub fn judge(view: &View<'_>) -> Vec<Located> {
    by(OF_RUNTIME.iter().chain(OF_NETWORK), view)
}

/// The findings about the network's files and plugins alone: no other can come or go while the runtime's config stays.
pub fn judge_network(view: &View<'_>) -> Vec<Located> {
    by(OF_NETWORK.iter(), view)
}

type JudgeRule = fn(&View<'_>) -> Vec<Located>;

/// The rules for the runtime, its config and the kubelet.
const OF_RUNTIME: &[JudgeRule] = &[
    runtime::check,
    masked::check,
    comes_up::check,
    config::check,
    drop_ins::check,
    unverified::check,
    handlers::check,
    runc_binary::check,
    sandbox_image::check,
    template::check,
    cgroup::check,
    kubelet::check,
];

/// The rules for the files and plugins of the network.
const OF_NETWORK: &[JudgeRule] = &[
    elsewhere::check,
    conf_dir::check,
    no_limit::check,
    conf_file::check,
    precedence::check,
    spec_version::check,
    leftovers::check,
    ownership::check,
    plugins::check,
    named_files::check,
    chain::check,
    tokens::check,
    addresses::check,
    cached_results::check,
    pods::check,
];

fn by<'r>(rules: impl Iterator<Item = &'r JudgeRule>, view: &View<'_>) -> Vec<Located> {
    let mut found: Vec<Located> =
        rules.flat_map(|rule| rule(view)).map(|located| view.placed(located)).collect();
    let rank = |located: &Located| CODES.iter().position(|code| code.name == located.finding.code);
    found.sort_by_key(|located| (std::cmp::Reverse(located.finding.severity), rank(located)));
    found
}

#[cfg(test)]
mod tests;
