//! One idea carries the program: **observe -> plan -> apply -> verify**, reconciled until nothing is left to do.
//!
//! ```text
//!               +------------- the reconcile (src/reconcile): alone waits, knows the hour, holds Past --------------+
//! Settings ---> | observe -> Node --want--> Desired                                                        |
//!   cli         |            plan(&Node, &Desired, &Past, Moment) -> Next                                  |
//!               |              Ask(questions)    -> observe::answer, plan again (CRI, VERSION, dump)      |
//!               |              Go(Plan{steps, rest}) -> apply(steps up to the first Look)                 |
//!               |                 changed or Stale -> look again      nothing to do -> rest:              |
//!               |                 Done (verify() holds) | Wait(reason, until, wake) | Fail(Cause)          | --> Report
//!               +-----------------------------------------------------------------------------------------+
//! ```
//!
//! A reconcile is short and keeps no state that a SIGKILL could lose: what happened is read back from the node
//! (files, record, `/run`, the runtime). Crash recovery, rollback, waiting and repair are therefore no
//! features of their own: each is the next reconcile.
//!
//! Imports point from the shell (`cli`, `verbs`, `reconcile`) to the effects (`observe`, `apply`, `host`) to the functional core
//! (everything else), never up; `tests/architecture` keeps it so.

pub mod apply;
pub mod cli;
pub mod cni;
pub mod containerd;
pub mod diagnose;
pub mod glob;
pub mod host;
pub mod manifest;
pub mod node;
pub mod observe;
pub mod plan;
pub mod program;
pub mod reconcile;
pub mod report;
pub mod verbs;
pub mod verify;
