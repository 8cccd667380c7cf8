//! The released files besides the binary. README.md shows how to run these tests and what they need.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests touch the node from outside, and a panic is a failure"
)]

#[path = "../node/base.rs"]
#[allow(dead_code, reason = "the node tier's own tests use the rest")]
mod base;

mod completions;
mod documents;
mod granted;
mod host_side;
mod image;
mod manifest;
mod manual;
mod markdown;
mod monitored;
mod named;
mod packaged;
mod readiness;
mod rendered;
mod sidecar;
mod tools;
mod translated;
mod units;

use base::{cri, network, node, pod, program, rig};
