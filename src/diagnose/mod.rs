//! Diagnoses a node: takes observed values, returns findings with causes and remedies.
//!
//! [`fn@wants`] returns the requests that are still missing; [`diagnose`] judges the node. It compares three states:
//! the files on disk, what the runtime would make of them, and what the runtime reports.

mod cgroup;
mod chain;
mod codes;
mod comes_up;
mod conf_dir;
mod conf_file;
mod config;
mod handlers;
mod kubeconfig;
mod kubelet;
mod leftovers;
mod ownership;
mod paths;
mod plugins;
mod pods;
mod precedence;
mod runtime;
mod template;
mod tokens;
mod unverified;
mod view;
mod wants;
mod winner;

pub use codes::CODES;
pub use paths::KUBELETS;
pub use view::View;
pub use wants::{questions, wants};

use crate::report::{Code, Finding, Located, word};

/// All findings, the worst first; of equal severity, the likelier root cause first. Symptoms come last.
pub fn diagnose(view: &View<'_>) -> Vec<Located> {
    let rules: [fn(&View<'_>) -> Vec<Located>; 17] = [
        runtime::check,
        comes_up::check,
        config::check,
        unverified::check,
        handlers::check,
        template::check,
        cgroup::check,
        kubelet::check,
        conf_dir::check,
        conf_file::check,
        precedence::check,
        leftovers::check,
        ownership::check,
        plugins::check,
        chain::check,
        tokens::check,
        pods::check,
    ];
    let mut found: Vec<Located> = rules.iter().flat_map(|rule| rule(view)).collect();
    let rank = |located: &Located| CODES.iter().position(|code| code.name == located.finding.code);
    found.sort_by_key(|located| (std::cmp::Reverse(located.finding.severity), rank(located)));
    found
}

/// A finding about a file (a subject that starts with `/`) or about another thing.
fn found(
    code: &Code,
    subject: &(impl ToString + ?Sized),
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Located {
    let subject = subject.to_string();
    let file = if subject.starts_with('/') { subject.clone() } else { String::new() };
    let (message, remedy) = (message.into(), remedy.into());
    let finding = Finding { code: code.name, severity: code.severity, subject, message, remedy };
    Located { finding, file, document: 0, path: String::new(), line: 0, column: 0 }
}

/// The first few names, and the number of the others.
fn join_truncated(names: &[&str]) -> String {
    const MOST: usize = 8;
    let more = if names.len() > MOST { format!(" and {} more", names.len() - MOST) } else { String::new() };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

impl Located {
    /// The same finding, with a place in its file.
    fn at(mut self, line: usize, column: usize) -> Self {
        if line > 0 {
            (self.line, self.column) = (line, column);
            self.finding.subject = format!("{}:{line}:{column}", self.file);
        }
        self
    }

    fn with(mut self, severity: crate::report::Severity) -> Self {
        self.finding.severity = severity;
        self
    }
}

#[cfg(test)]
mod tests;
