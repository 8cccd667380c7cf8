//! The program is one loop: **observe -> plan -> apply -> verify**, reconciled until nothing is left to do.
//!
//! ```text
//!               +------------- reconcile (src/reconcile): alone waits, knows the time, holds History ---------+
//! Settings ---> | observe -> Node --resolve--> Desired                                                        |
//!   cli         |            plan(&Node, &Desired, &History, Moment) -> Decision                              |
//!               |              NeedsAnswers(questions) -> observe::answer, plan again (CRI, VERSION, dump)    |
//!               |              Plan{steps, outcome}    -> apply(steps up to the first Look)                   |
//!               |                 changed or stale -> observe again      nothing to do -> outcome:            |
//!               |                 Done (verified) | Wait(reason, until, wake) | Fail(Failure)                 | --> Report
//!               +---------------------------------------------------------------------------------------------+
//! ```
//!
//! A pass of the loop is short and keeps no state that a SIGKILL could lose: what happened is read back from the node
//! (files, record, `/run`, the runtime). So crash recovery, rollback, waiting and repair need no code of their own:
//! each is the next pass.
//!
//! A plan is judged before it is applied, and the node when nothing is left to do, by the rules of `check`
//! (`src/judgement.rs`).
//!
//! Imports point from the shell (`cli`, `verbs`, `reconcile`) to the effects (`observe`, `apply`, `host`) to the
//! functional core (everything else), never up; `tests/architecture` checks it.

pub mod apply;
pub mod cli;
pub mod cni;
pub mod containerd;
pub mod diagnose;
pub mod distro;
pub mod glob;
pub mod health;
pub mod host;
pub mod judgement;
pub mod manifest;
pub mod messages;
pub mod node;
pub mod observe;
pub mod plan;
pub mod program;
pub mod reconcile;
pub mod report;
pub mod verbs;
pub mod verify;
