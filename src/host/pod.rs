//! Starts a pod's sandbox and removes it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::cri::{CriError, pods};
use super::pod_note::Note;
use super::pod_traces;
use super::root::Root;
use crate::node::PodAnswer;

/// How long the runtime may take to finish with a sandbox: containerd gives a cleanup a minute (`DeferContext`).
const REMOVAL: Duration = Duration::from_secs(75);

/// How long a sandbox must run. A kubelet looks for sandboxes that it does not know every 2 s (`housekeepingPeriod`).
const STEADY: Duration = Duration::from_millis(250);

/// How often a sandbox is started anew that vanished, after the first time.
const ANEW: usize = 2;

/// Starts a sandbox, asks for its addresses and removes it. A sandbox that vanishes is started anew twice. If it cannot
/// be removed, its note stays, and the reason is returned beside the answer.
pub async fn start_and_remove(
    root: &Root,
    socket: &Path,
    cgroup_parent: &str,
    patience: Duration,
) -> (PodAnswer, Option<String>) {
    let mut anew = 0;
    loop {
        let note = match Note::new(root) {
            Ok(note) => note,
            Err(error) => return (PodAnswer::NotKnown(error.to_string()), None),
        };
        let (started, is_over) = once(socket, &note.uid, cgroup_parent, patience).await;
        let removed = remove(socket, &note.uid, is_over).await;
        if let (Ok(()), Some(PodAnswer::Failed(words))) = (&removed, &started)
            && let Some(id) = pod_traces::sandbox_id(words)
        {
            pod_traces::remove(root, id);
        }
        let left = match removed {
            Ok(()) => note.forget().err().map(|error| error.to_string()),
            Err(error) => Some(error),
        };
        match started {
            Some(answer) => return (answer, left),
            None if left.is_none() && anew < ANEW => anew += 1,
            None => {
                let gone = "the sandbox started and was gone at once, each time: its process ended, or another program \
                            removed it, as a kubelet does with a sandbox that it does not know";
                return (PodAnswer::NotKnown(gone.to_owned()), left);
            }
        }
    }
}

/// Starts one sandbox. The answer is `None` if it vanished; the second value is true if the runtime has ended its work
/// at the start.
async fn once(
    socket: &Path,
    uid: &str,
    cgroup_parent: &str,
    patience: Duration,
) -> (Option<PodAnswer>, bool) {
    let id = match pods::run(socket, uid, cgroup_parent, patience).await {
        Ok(Ok(id)) => id,
        Ok(Err(words)) => return (Some(PodAnswer::Failed(words)), true),
        Err(CriError::Timeout { .. }) => {
            let words = format!("the runtime did not start it within {patience:?}");
            return (Some(PodAnswer::Failed(words)), false);
        }
        Err(error) => return (Some(PodAnswer::NotKnown(error.to_string())), false),
    };
    // A process that ends at once is still ready in the first answer.
    let mut answer = pods::addresses(socket, &id).await;
    if matches!(answer, Ok(Some(_))) {
        tokio::time::sleep(STEADY).await;
        answer = pods::addresses(socket, &id).await;
    }
    match answer {
        Ok(Some(addresses)) => (Some(PodAnswer::Started(addresses)), true),
        Ok(None) => (None, true),
        Err(error) => (Some(PodAnswer::NotKnown(error.to_string())), true),
    }
}

/// Removes the sandboxes that ended processes noted. Returns the reason for each that is left.
pub async fn remove_left(root: &Root, socket: &Path) -> Vec<String> {
    let notes = match Note::left(root) {
        Ok(notes) => notes,
        Err(error) => return vec![error.to_string()],
    };
    let mut left = Vec::new();
    for note in notes {
        match remove(socket, &note.uid, false).await {
            Ok(()) => left.extend(note.forget().err().map(|error| error.to_string())),
            Err(error) => left.push(error),
        }
    }
    left
}

/// Removes every sandbox with this uid. If the runtime may still work at its start, waits until it does not.
async fn remove(socket: &Path, uid: &str, is_over: bool) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let mut failed = None;
        let found = pods::find(socket, uid).await.map_err(|error| error.to_string())?;
        for id in &found {
            failed = pods::remove(socket, id).await.err().or(failed);
        }
        let is_done = found.is_empty()
            && (is_over || !pods::is_being_started(socket, uid).await.map_err(|error| error.to_string())?);
        // A plugin that cannot take a network down fails each time, so it is not asked for long.
        let too_long = begun.elapsed() > if failed.is_some() { REMOVAL / 15 } else { REMOVAL };
        match failed {
            _ if is_done => return Ok(()),
            Some(error) if too_long => return Err(error.to_string()),
            None if too_long => return Err("the runtime still works at it".to_owned()),
            // The list is read again: a sandbox that was removed must be gone from it.
            None if !found.is_empty() => {}
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}
