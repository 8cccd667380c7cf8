//! The output for people and scripts: findings, failures, the report. Error messages are worded here, or beside the
//! rule that they state.

mod action;
pub mod codes;
mod diff;
mod exit;
mod failure;
mod finding;
mod io_failed;
mod located;
mod npd;
mod parts;
mod run;
mod sarif;
pub mod status;
mod table;
mod text;
mod utc;
mod word;

pub use action::Action;
pub use codes::{Code, FailureCode};
pub(crate) use diff::unified;
pub use exit::Exit;
pub use failure::Failure;
pub use finding::{Finding, Severity};
pub use located::Located;
pub use npd::NpdAnswer;
pub use parts::{Binary, Chain, Pod, Primary, Proof, Runtime, Why};
pub use run::{OutcomeWord, Report, SCHEMA, json};
pub use sarif::{Sarif, sarif};
pub use table::table;
pub use text::text;
pub(crate) use utc::utc;
pub(crate) use word::{join_truncated, quoted, word};
