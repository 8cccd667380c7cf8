//! What this program has written on the node, and a restart that is not settled.

use crate::diagnose::view::View;
use crate::node::{
    ATTEMPT_FILE, Attempt, Digest, HostPath, Kind, MARK_FILE, Observed, Phase, Place, RECORD_DIR, Record,
    RecordError, RestartReason, Written,
};
use crate::plan::chained_since;
use crate::report::status::{Owner, Restart};
use crate::report::utc;

pub(super) fn owners(view: &View<'_>) -> Vec<Owner> {
    let records = view.node.records();
    let owner = |(name, record): (String, Result<Record, RecordError>)| match record {
        Ok(record) => of_record(view, name, &record),
        Err(error) => Owner { reason: Some(error.to_string()), ..unknown(name) },
    };
    records.into_iter().map(owner).collect()
}

fn unknown(name: String) -> Owner {
    let record = format!("{RECORD_DIR}/{name}.json");
    Owner {
        name,
        record,
        reason: None,
        plugins: Vec::new(),
        chain: None,
        state: None,
        first_published_at: None,
        paths: Vec::new(),
    }
}

fn of_record(view: &View<'_>, name: String, record: &Record) -> Owner {
    // After a change of the output's name the record has the old name too.
    let is_list = |(_, written): &(HostPath, &Written)| written.place != Place::Retired;
    let mut chains: Vec<_> = record.of_kind(Kind::Chain).filter(is_list).collect();
    chains.sort_by_key(|(path, _)| view.node.bytes(path).is_none());
    let chain = chains.first();
    let state = chain.map(|(path, written)| match view.node.file(path) {
        Observed::Absent => "gone",
        _ => match view.node.bytes(path) {
            Some(bytes) if written.is_chain(&Digest::of(bytes)) => "as written",
            Some(_) => "altered",
            None => "not read",
        },
    });
    let first = chain.and_then(|(path, _)| chained_since(view.node, record, path));
    Owner {
        plugins: record.plugin_types().into_iter().collect(),
        chain: chain.map(|(path, _)| path.as_str().to_owned()),
        state,
        first_published_at: first.map(|first| utc(i128::from(first.wall_ms) * 1_000_000)),
        paths: record.paths.iter().map(|(path, written)| (path.clone(), written.kind.word())).collect(),
        ..unknown(name)
    }
}

pub(super) fn restart(view: &View<'_>) -> Option<Restart> {
    let of = |attempt: &Attempt, phase: &'static str, owner: Option<String>, mark: &str| Restart {
        phase,
        reason: match &attempt.reason {
            RestartReason::Values { desired, .. } => desired.clone(),
            RestartReason::Chain { .. } => "the chain, which the runtime has not loaded".to_owned(),
        },
        files: attempt.changed.iter().map(|changed| changed.path.as_str().to_owned()).collect(),
        owner,
        mark: mark.to_owned(),
    };
    match (view.node.attempt().filter(|attempt| attempt.phase != Phase::Settled), view.node.unverified()) {
        (Some(attempt), mark) => {
            Some(of(&attempt, attempt.phase.word(), mark.map(|mark| mark.owner), ATTEMPT_FILE))
        }
        (None, Some(mark)) => Some(of(&mark.attempt, "not seen to come up", Some(mark.owner), MARK_FILE)),
        (None, None) => None,
    }
}
