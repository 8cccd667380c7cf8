//! Diagnoses a node: takes observed values, returns findings with causes and remedies.
//!
//! [`fn@wants`] returns the requests that are still missing; [`diagnose`] judges the node. It compares three states:
//! the files on disk, what the runtime would make of them, and what the runtime reports.

mod cgroup;
mod chain;
mod comes_up;
mod conf_dir;
mod conf_file;
mod config;
mod disabled_cri;
mod found;
mod handlers;
mod host_file;
mod kubeconfig;
mod kubelet;
mod leftovers;
mod loopback;
mod named_files;
mod other_runtime;
mod ownership;
mod paths;
mod place;
mod plugins;
mod pods;
mod precedence;
mod runc_binary;
mod runtime;
mod sandbox_image;
mod search_path;
mod set_member;
mod set_value;
mod spec_version;
mod template;
mod tokens;
mod unseen;
mod unverified;
mod verdict;
mod view;
mod wants;
mod why;
mod winner;

pub use crate::report::codes::check::CODES;
pub use view::View;
pub use wants::{questions, wants};
pub use why::why;

use crate::report::Located;

/// All findings, the worst first; of equal severity, the likelier root cause first. Symptoms come last.
pub fn diagnose(view: &View<'_>) -> Vec<Located> {
    let rules: [fn(&View<'_>) -> Vec<Located>; 21] = [
        runtime::check,
        comes_up::check,
        config::check,
        unverified::check,
        handlers::check,
        runc_binary::check,
        sandbox_image::check,
        template::check,
        cgroup::check,
        kubelet::check,
        conf_dir::check,
        conf_file::check,
        precedence::check,
        spec_version::check,
        leftovers::check,
        ownership::check,
        plugins::check,
        named_files::check,
        chain::check,
        tokens::check,
        pods::check,
    ];
    let mut found: Vec<Located> =
        rules.iter().flat_map(|rule| rule(view)).map(|located| view.placed(located)).collect();
    let rank = |located: &Located| CODES.iter().position(|code| code.name == located.finding.code);
    found.sort_by_key(|located| (std::cmp::Reverse(located.finding.severity), rank(located)));
    found
}

#[cfg(test)]
mod tests;
