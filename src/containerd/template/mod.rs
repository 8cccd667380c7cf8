//! Checks that containerd can make a CNI config from a template.
//!
//! containerd parses `conf_template` with Go's `text/template` only when a pod CIDR arrives, and a template that
//! fails during execution leaves half a `10-containerd-net.conflist` behind (`update_runtime_config.go`: the deferred
//! close commits the file). So usual mistakes are found before: blocks that are not closed, functions of other tools,
//! unknown fields and variables. Not judged are arguments of functions, errors that depend on the data (`index
//! .Routes 1` on a node with one family), and templates that a template defines.

mod check;
mod fault;
mod kind;
mod lex;
#[cfg(test)]
mod tests;

use fault::Fault;

use super::refusal::{Position, Refusal};
use crate::node::HostPath;

/// Checks the bytes of a `conf_template` file as Go's `text/template` reads them, with containerd's fields:
/// `.PodCIDR` (a string), `.PodCIDRRanges` and `.Routes` (lists of strings).
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
