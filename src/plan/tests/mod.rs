//! The tables of the plan, row by row, on nodes that are built by hand.

mod again;
mod at_once;
mod chain;
mod dead_watch;
mod elsewhere;
mod fresh;
mod grants;
mod guard;
mod in_place;
mod needs;
mod network;
mod next_start;
mod noted;
mod once;
mod owners;
mod owners_config;
mod pending_edit;
mod pod;
mod power;
mod proof;
mod remembered;
mod reserve;
mod restart;
mod runtime;
mod sentences;
mod stays;
mod traces;
mod unchained;
mod uninstalling;
mod unread;
mod waiting;
mod whole;
mod world;

use world::{CONFIG, World, chain_of};

/// A second in milliseconds.
const SECOND: u64 = 1000;
