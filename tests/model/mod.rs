//! The model is correct, and the promises hold on the model.
//!
//! `Node::after` computes a node after a change without making it. proptest generates stories, which run on a scratch
//! host root; after every change the observed root must equal the model. So results on the model alone (a second run
//! changes nothing, a run that was killed anywhere ends like one that was not) are true on a node.

mod drive;
mod mark;
mod reserve;
mod restart;
mod scene;
mod stale;
mod stop;

use cni_bootstrap::apply::ApplyEnd;
use cni_bootstrap::node::{Node, RECORD_DIR, TempName};
use cni_bootstrap::plan::{Change, Goal, Outcome, Publish, Settings, Source};
use drive::{Picture, after, make, pass, planned, run, see, settle};
use proptest::prelude::*;
use scene::{Asked, Event, Scratch, runtime_config, stories};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_the_model_says_is_what_is_seen(story in stories()) {
        scene::play(&story, run_it);
    }

    #[test]
    fn planning_after_applying_is_empty(story in stories(), last in runtime_config()) {
        let (node, settings) = told(&story, &last);
        if let Ok((node, outcome)) = settle(node, &settings) {
            let (again, outcome_again) = settle(node.clone(), &settings).unwrap();
            prop_assert_eq!(&again.files, &node.files);
            prop_assert_eq!(outcome_again, outcome);
        }
    }

    /// A run that is refused, or that lacks something, changes nothing.
    #[test]
    fn nothing_is_changed_for_what_is_refused_or_missing(story in stories(), last in runtime_config(), no_wait in any::<bool>()) {
        let (mut node, settings) = told(&story, &Asked { uninstall: false, ..last });
        if let Ok((_, plan)) = planned(&mut node, &Settings { no_wait, ..settings })
            && matches!(&plan.outcome, Outcome::SkippedNoWait(_) | Outcome::Wait(_) | Outcome::Fail(_))
        {
            let swept = plan.changes().all(|change| matches!(change, Change::Sweep(_)));
            prop_assert!(swept, "{:?}, and yet {:?}", plan.outcome, drive::lines(&plan.changes().cloned().collect::<Vec<_>>()));
        }
    }

    /// SIGKILL between any two effects, and between the record and the first effect; with and without the temporary
    /// file that the next effect was about to rename.
    #[test]
    fn a_run_that_was_killed_anywhere_ends_as_if_it_had_not_been(
        story in stories(), last in runtime_config(), at in 0_usize..12, torn in any::<bool>()
    ) {
        let (node, settings) = told(&story, &last);
        let Ok((whole, outcome)) = settle(node.clone(), &settings) else { return Ok(()) };
        let killed = cut_short(node, &settings, at, torn);
        let (mended, mended_outcome) = settle(killed, &settings).unwrap();
        let differ = Picture::of(&mended, &settings).differs(&Picture::of(&whole, &settings));
        prop_assert!(differ.is_empty(), "mended / never killed: {:#?}", differ);
        prop_assert_eq!(mended_outcome, outcome);
    }
    /// After uninstall the node is as before the install, except for an adopted file that is not worth keeping and
    /// for temporary files of earlier runs.
    #[test]
    fn uninstall_undoes_what_install_did(story in stories(), last in runtime_config()) {
        let (node, settings) = told(&story, &Asked { uninstall: false, ..last });
        prop_assume!(node.records().is_empty());
        let Ok((installed, Outcome::Done)) = settle(node.clone(), &settings) else { return Ok(()) };
        let uninstall = Settings { goal: Goal::Uninstall, install_bins: Vec::new(), ..settings.clone() };
        let (left, outcome) = settle(installed, &uninstall).unwrap();
        prop_assert_eq!(outcome, Outcome::Done);
        prop_assume!(left.records().is_empty());
        let output = settings.output_file.clone().unwrap_or_else(|| "05-tuning.conflist".to_owned());
        let (before, after) = (Picture::of(&node, &settings), Picture::of(&left, &settings));
        for (path, was) in &before.files {
            let adopted = path.name() == output && !after.files.contains_key(path);
            prop_assert!(
                adopted || path.name().ends_with("-tmp") || after.files.get(path) == Some(was),
                "{}: {:?} / {:?}", path, was, after.files.get(path)
            );
        }
        let more: Vec<_> = after.files.keys().filter(|path| !before.files.contains_key(path)).collect();
        prop_assert!(more.is_empty(), "left behind: {:?}", more);
    }

    /// The passes of two owners in any order, each pass compared with the model: the chain, the records and the
    /// binaries end as if one owner had run after the other; then one leaves, and the other is as it would be alone.
    #[test]
    fn two_owners_end_the_same_in_any_order(order in prop::collection::vec(any::<bool>(), 1..8), leaves in any::<bool>()) {
        let ready = || {
            let scratch = Scratch::new();
            for event in scene::ready() {
                scratch.foreign(&event);
            }
            scratch
        };
        let owners = [scene::settings("tuning"), scene::settings("bridge")];
        let end = |scratch: &Scratch, which: &[usize]| {
            for owner in which {
                prop_assert_eq!(run(&scratch.root, &owners[*owner]).unwrap(), Outcome::Done);
            }
            Ok(())
        };
        let (scratch, in_order, alone) = (ready(), ready(), ready());
        for second in order {
            let _ = pass(&scratch.root, &owners[usize::from(second)]);
        }
        end(&scratch, &[0, 1])?;
        end(&in_order, &[1, 0])?;
        let picture = |scratch: &Scratch, settings: &Settings| {
            let mut picture = Picture::of(&see(&scratch.root, settings, &Node::default()), settings);
            // A record also has the hashes and names of earlier chains.
            picture.files.retain(|path, _| path.parent().as_str() != RECORD_DIR);
            picture
        };
        let differ = picture(&scratch, &owners[0]).differs(&picture(&in_order, &owners[0]));
        prop_assert!(differ.is_empty(), "mixed / one after the other: {:#?}", differ);
        let (leaver, stays) = if leaves { (0, 1) } else { (1, 0) };
        let uninstall = Settings { goal: Goal::Uninstall, install_bins: Vec::new(), ..owners[leaver].clone() };
        prop_assert_eq!(run(&scratch.root, &uninstall).unwrap(), Outcome::Done);
        end(&alone, &[stays])?;
        let differ = picture(&scratch, &owners[stays]).differs(&picture(&alone, &owners[stays]));
        prop_assert!(differ.is_empty(), "without the other / alone: {:#?}", differ);
    }

    /// Another program writes between the observation and the lock: then nothing is written, and the next observation
    /// sees it.
    #[test]
    fn a_plan_on_a_node_that_changed_since_writes_nothing(
        story in stories(), last in runtime_config(), foreign in scene::foreign()
    ) {
        let scratch = scene::play(&story, run_it);
        let settings = scratch.settings(&last);
        let mut node = see(&scratch.root, &settings, &Node::default());
        let Ok((desired, plan)) = planned(&mut node, &settings) else { return Ok(()) };
        prop_assume!(plan.first_changes().next().is_some());
        scratch.foreign(&foreign);
        let now = see(&scratch.root, &settings, &node);
        let unseen = now.files == node.files && now.dirs == node.dirs;
        match make(&scratch.root, &desired, &node, &plan).end {
            ApplyEnd::Stale(_) => {
                prop_assert!(!unseen, "stale, and nothing has changed");
                let mut later = see(&scratch.root, &settings, &now);
                // Only the directory of the lock is new.
                later.dirs.retain(|dir, _| !dir.as_str().starts_with("/var"));
                prop_assert_eq!(&later.files, &now.files);
                prop_assert!(later.dirs.iter().all(|(dir, observed)| now.dirs.get(dir) == Some(observed)));
            }
            // The plan stays valid if the other program wrote where it neither reads nor writes.
            ApplyEnd::Changed => prop_assert!(now.files == node.files, "{:?} was not seen", foreign),
            other @ (ApplyEnd::NotRestarted { .. } | ApplyEnd::IoFailed(_)) => panic!("{other:?}"),
        }
    }
}

fn run_it(scratch: &Scratch, asked: &Asked) {
    let _ = run(&scratch.root, &scratch.settings(asked));
}

/// The node after a story, and the settings of the last run.
fn told(story: &[Event], last: &Asked) -> (Node, Settings) {
    let scratch = scene::play(story, run_it);
    let settings = scratch.settings(last);
    (see(&scratch.root, &settings, &Node::default()), settings)
}

/// The node after a run that was killed after its `at`-th effect, or after its last.
fn cut_short(mut node: Node, settings: &Settings, mut at: usize, torn: bool) -> Node {
    loop {
        let Ok((desired, plan)) = planned(&mut node, settings) else { return node };
        let changes: Vec<Change> = plan.first_changes().cloned().collect();
        if changes.is_empty() {
            return node;
        }
        if at >= changes.len() {
            at -= changes.len();
            node = after(&node, &desired, &changes, changes.len());
            continue;
        }
        node = after(&node, &desired, &changes, at);
        if let (true, Change::Publish(next)) = (torn, &changes[at]) {
            let temp = next.path.parent().join(TempName::of(next.path.name()).as_str());
            let half = Publish { path: temp, source: Source::Bytes(b"half"[..].into()), ..next.clone() };
            node = node.after(&desired.owner, &Change::Publish(half));
        }
        return node;
    }
}
