//! Every stable code: of failures, and of findings by the verb that finds them. No code is spelled anywhere else.

pub mod check;
mod code;
mod failure;
pub mod install;
pub mod lint;

pub use code::Code;
pub use failure::FailureCode;
