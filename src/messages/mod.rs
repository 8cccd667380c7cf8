//! The messages of kubelets, runtimes, libcni and plugins, and what each means: one table for `check --why`, for a pod
//! that does not start, and for the index in `docs/findings.md`. Pure.

mod explain;
mod message;
mod pattern;
mod table;
#[cfg(test)]
mod tests;

pub use explain::{Explanation, explain};
pub use message::{Message, Rank};
pub use table::all;
