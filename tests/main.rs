//! The integration tests that need no booted node: one binary, since each binary is linked anew after every change.
//!
//! Binaries of their own are `architecture` and `docs`, which the quick job of the CI runs; and `config_matrix`,
//! `defects`, `node`, `chaos` and `deploy`, which take minutes and fetch what they need.
// The lints are for the program. A test may touch files and processes, and panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod support;

mod check;
mod enter;
mod lint;
mod looks;
mod model;
mod promises;
mod rerun;
mod rollback_script;
mod sarif;
mod scripts;
mod systemd;
