//! The loop without its waits: on a real directory, and on the model alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use cni_bootstrap::apply::{Applied, ApplyContext, ApplyEnd, apply};
use cni_bootstrap::host::Root;
use cni_bootstrap::node::{
    Asked, Content, HostPath, Kind, Moment, Node, Observed, Question, RECORD_DIR, RUN_DIR, SAVED_DIR,
    VersionReply,
};
use cni_bootstrap::observe::{Scope, look};
use cni_bootstrap::plan::change_line;
use cni_bootstrap::plan::{
    Change, Decision, Desired, History, Outcome, Plan, Settings, Source, plan, resolve,
};
use cni_bootstrap::report::Failure;
use std::sync::Arc;

/// The limit of passes; no story needs as many.
const LONG: usize = 20;

/// Observes the node, with the answers of `before`.
pub(crate) fn see(root: &Root, settings: &Settings, before: &Node) -> Node {
    look(root, settings, &Scope::of(settings, &before.answers), before.clone())
}

/// The plan for a node on which every plugin supports every version.
pub(crate) fn planned(node: &mut Node, settings: &Settings) -> Result<(Desired, Plan), Failure> {
    let now = Moment::since_boot(Duration::from_secs(100));
    let history = History::new(now);
    for _ in 0..LONG {
        let desired = resolve(settings, node)?;
        match plan(node, settings, &desired, &history, now) {
            Decision::Plan(plan) => {
                one_change_for_each_target(node, &plan);
                return Ok((desired, plan));
            }
            Decision::NeedsAnswers(questions) => {
                for question in questions {
                    answer(node, question, now);
                }
            }
        }
    }
    panic!("it asks for ever");
}

/// Two changes with one target would undo each other forever, so no plan has them.
///
/// No plan writes behind a symbolic link: the link's target is not touched.
fn one_change_for_each_target(node: &Node, plan: &Plan) {
    for change in plan.changes() {
        let Change::Publish(publish) = change else { continue };
        let after = node.after(crate::model::scene::OWNER, change);
        assert!(publish.kind == Kind::Config || !after.symlinks.contains_key(&publish.path), "{change:?}");
        let behind = node.symlinks.get(&publish.path).map(|text| node.led_to(&publish.path, text));
        if let Some(behind) = behind.filter(|behind| *behind != publish.path) {
            assert_eq!(after.files.get(&behind), node.files.get(&behind), "{change:?}");
        }
    }
    let mut targets = BTreeSet::new();
    for (path, _) in plan.changes().filter_map(Change::leaves) {
        // If the directory exists only in the model, only its name is known.
        let dir = node
            .dirs
            .get(&path.parent())
            .and_then(Observed::present)
            .map(|dir| (dir.stamp.dev, dir.stamp.ino));
        let dir = dir.filter(|(_, inode)| *inode != 0).ok_or_else(|| path.parent());
        assert!(
            targets.insert((dir, path.name())),
            "{path} twice: {:?}",
            lines(&plan.changes().cloned().collect::<Vec<_>>())
        );
    }
    assert!(
        !matches!(&plan.outcome, Outcome::Fail(failure) if failure.sentence.contains("different bytes")),
        "{:?}",
        plan.outcome
    );
}

fn answer(node: &mut Node, question: Question, at: Moment) {
    let Question::Version(question) = question else {
        panic!("asked of a runtime that is not there: {question:?}")
    };
    let said = br#"{"cniVersion":"1.1.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]}"#;
    let said = Observed::Present(VersionReply::Said(said.to_vec()));
    node.answers.versions.insert(question.plugin.clone(), (question, Asked { at, incarnation: None, said }));
}

/// Runs to the end on the real directory. After every change the model must equal the observation.
pub(crate) fn run(root: &Arc<Root>, settings: &Settings) -> Result<Outcome, Failure> {
    for _ in 0..LONG {
        if let Some(outcome) = pass(root, settings)? {
            return Ok(outcome);
        }
    }
    panic!("it changes the node for ever");
}

/// One pass on the real directory. Returns the outcome if nothing had to be changed.
pub(crate) fn pass(root: &Arc<Root>, settings: &Settings) -> Result<Option<Outcome>, Failure> {
    let mut node = see(root, settings, &Node::default());
    let (desired, plan) = planned(&mut node, settings)?;
    let changes: Vec<Change> = plan.first_changes().cloned().collect();
    if changes.is_empty() {
        return Ok(Some(plan.outcome));
    }
    let model = after(&node, &desired, &changes, changes.len());
    let applied = make(root, &desired, &node, &plan);
    assert!(
        matches!(&applied, Applied { done, end: ApplyEnd::Changed, .. } if *done == changes),
        "{applied:?} of {:?}",
        lines(&changes)
    );
    let seen = see(root, settings, &node);
    assert_same(&model, &seen, settings, &changes);
    Ok(None)
}

pub(crate) fn make(root: &Arc<Root>, desired: &Desired, node: &Node, plan: &Plan) -> Applied {
    let context =
        ApplyContext { recording: desired.recording(), patience: Duration::from_secs(30), tally: None };
    apply(root, &context, node, plan, &AtomicBool::new(false)).unwrap()
}

/// Runs to the end on the model alone.
pub(crate) fn settle(mut node: Node, settings: &Settings) -> Result<(Node, Outcome), Failure> {
    for _ in 0..LONG {
        let (desired, plan) = planned(&mut node, settings)?;
        let changes: Vec<Change> = plan.first_changes().cloned().collect();
        if changes.is_empty() {
            return Ok((node, plan.outcome));
        }
        node = after(&node, &desired, &changes, changes.len());
    }
    panic!("it changes the model for ever");
}

/// The model of a node whose record names all these changes, after the first `count` of them were made.
pub(crate) fn after(node: &Node, desired: &Desired, changes: &[Change], count: usize) -> Node {
    let recorded = node.recorded(&desired.recording(), changes);
    changes[..count].iter().fold(recorded, |node, change| node.after(&desired.owner, change))
}

/// A node without the facts that a model cannot know: inodes, times, and paths that were not observed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// The existing files: their content, if it was read, and their mode.
    pub(crate) files: BTreeMap<HostPath, (Option<String>, u32)>,
    /// The names that are symbolic links.
    pub(crate) links: BTreeMap<HostPath, String>,
    /// The names in each listed directory.
    pub(crate) dirs: BTreeMap<HostPath, BTreeSet<String>>,
}

impl Picture {
    pub(crate) fn of(node: &Node, settings: &Settings) -> Self {
        let scope = Scope::of(settings, &node.answers);
        let mut listed: Vec<HostPath> =
            [RECORD_DIR, RUN_DIR, SAVED_DIR].map(|dir| HostPath::new(dir).unwrap()).into();
        listed.extend(scope.conf_dirs);
        listed.extend(scope.bin_dirs);
        let files = node.files.iter().filter_map(|(path, observed)| {
            let file = observed.present()?;
            let content = match &file.content {
                Content::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                Content::Digest(digest) => Some(digest.to_string()),
                Content::Unread(_) => None,
            };
            Some((path.clone(), (content, file.stamp.mode)))
        });
        let dirs = listed.into_iter().filter_map(|dir| {
            let names = node.dirs.get(&dir)?.present()?.names.clone();
            Some((dir, names))
        });
        Self { files: files.collect(), links: node.symlinks.clone(), dirs: dirs.collect() }
    }
}

impl Picture {
    /// The differences: the path, and its state in each picture.
    pub(crate) fn differs(&self, other: &Self) -> Vec<String> {
        let mut differ = different(&self.files, &other.files);
        differ.extend(different(&self.links, &other.links));
        differ.extend(different(&self.dirs, &other.dirs));
        differ
    }
}

fn different<T: PartialEq + Debug>(one: &BTreeMap<HostPath, T>, two: &BTreeMap<HostPath, T>) -> Vec<String> {
    let paths: BTreeSet<&HostPath> = one.keys().chain(two.keys()).collect();
    let differ = paths.into_iter().filter(|path| one.get(*path) != two.get(*path));
    differ.map(|path| format!("{path}: {:?} / {:?}", one.get(path), two.get(path))).collect()
}

/// True for a change of the primary's own file.
fn is_of_primary(change: &Change) -> bool {
    match change {
        Change::Retire(_) => true,
        Change::Publish(publish) => matches!(publish.source, Source::InPlace { .. }),
        _ => false,
    }
}

/// The model must equal the observation for each observed path.
pub(crate) fn assert_same(model: &Node, seen: &Node, settings: &Settings, changes: &[Change]) {
    let (mut model, mut seen) = (Picture::of(model, settings), Picture::of(seen, settings));
    if changes.iter().any(is_of_primary) {
        // The primary's restored file may name other programs' binaries, which the model never observed.
        let is_known = |path: &HostPath| model.files.contains_key(path) || path.parent().name() != "bin";
        seen.files.retain(|path, (content, _)| content.is_some() || is_known(path));
        // A link in the bin dir is observed while a file names its plugin.
        model.links.retain(|path, _| seen.links.contains_key(path) || path.parent().name() != "bin");
    }
    // The scope follows records and chains: it shrinks when they are gone, and only the program's own files are
    // hashed.
    model.files.retain(|path, (content, _)| {
        seen.files.contains_key(path) || content.is_some() && !forgotten(path, changes)
    });
    for (path, (content, _)) in &mut model.files {
        if seen.files.get(path).is_some_and(|(seen, _)| seen.is_none()) {
            *content = None;
        }
    }
    let differ = model.differs(&seen);
    assert!(
        differ.is_empty(),
        "the model (first) is not the node (second): {differ:#?}\nafter {:?}",
        lines(changes)
    );
}

/// The changes in the log's words.
pub(crate) fn lines(changes: &[Change]) -> Vec<String> {
    changes.iter().map(change_line).collect()
}

/// Saved bytes are observed only while a record names them: not after a link has replaced the binary.
fn forgotten(path: &HostPath, changes: &[Change]) -> bool {
    path.parent().as_str() == SAVED_DIR
        || changes.iter().any(|change| matches!(change, Change::Forget)) && path.parent().name() == "bin"
}
