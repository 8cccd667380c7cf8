//! Whether a file is a template that containerd can make a CNI config of.
//!
//! containerd parses `conf_template` with Go's `text/template` only when a pod CIDR arrives, and a template that fails
//! while it is executed leaves half a `10-containerd-net.conflist` behind (`update_runtime_config.go`: the deferred
//! close commits the file). So the mistakes that people make are looked for before: blocks that do not close, functions of other tools, fields
//! and variables that are not there. What a function makes of its arguments is not judged, nor what depends on the data
//! itself (`index .Routes 1` on a node with one family), nor templates that a template defines.

mod check;
mod kind;
mod lex;
#[cfg(test)]
mod tests;

use super::refusal::{Position, Refusal};
use crate::node::HostPath;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    offset: usize,
    rule: String,
}

impl Fault {
    fn new(offset: usize, rule: impl Into<String>) -> Self {
        Self { offset, rule: rule.into() }
    }
}

/// Checks the bytes of a `conf_template` file as Go's `text/template` would read them, with the fields that containerd
/// gives it: `.PodCIDR` (a string), `.PodCIDRRanges` and `.Routes` (lists of strings).
pub fn check_template(path: &HostPath, bytes: &[u8]) -> Result<(), Refusal> {
    let remedy = "mend the template; containerd gives it .PodCIDR, .PodCIDRRanges and .Routes";
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Refusal::new(path, "it is not UTF-8, so no CNI config can come of it", "save it as UTF-8")
    })?;
    check(text).map_err(|fault| {
        let before = text.get(..fault.offset).unwrap_or(text);
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let position = Position { line: before.matches('\n').count() + 1, column };
        Refusal::new(path, fault.rule, remedy).at(position)
    })
}

fn check(text: &str) -> Result<(), Fault> {
    let mut checker = check::Checker::new();
    for action in lex::actions(text)? {
        checker.action(&action)?;
    }
    checker.finish()
}
