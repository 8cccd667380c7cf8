//! Several owners on one node, in any order, each killed anywhere: the chain is that of the set of their layers.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::World;
use super::world::at;
use crate::cni::{ChainLayer, Conflist, Libcni, Position, compose};
use crate::node::{Asked, Content, File, HostPath, Kind, Observed, Question, Stamp, VersionReply};
use crate::plan::{
    BinaryInput, Change, Decision, Goal, History, Layout, PluginInput, RuntimeKind, Settings, resolve,
};

const OWNERS: [&str; 3] = ["ant", "bee", "cat"];
const CONF: &str = "/etc/cni/net.d";
const BIN: &str = "/opt/cni/bin";

/// The primary in several versions.
fn primary(version: u8) -> String {
    format!(
        r#"{{"cniVersion":"0.3.0","name":"azure","v":{version},"plugins":[{{"type":"azure-vnet"}},{{"type":"portmap"}}]}}"#
    )
}

/// What an owner wants: nothing, or its layer in some version.
type Want = Option<u8>;

#[derive(Clone, Debug)]
enum Event {
    /// A run of an owner; with a number, it is killed before that many changes.
    Run { owner: usize, want: Want, killed: Option<usize> },
    /// The primary's agent writes its file anew.
    Primary(u8),
    /// Another program removes the chain.
    Removed,
}

fn position(owner: usize, version: u8) -> Position {
    match (owner, version % 3) {
        (_, 0) => Position::Last,
        (0, _) => Position::Before("portmap".to_owned()),
        (1, 1) => Position::First,
        _ => Position::After("azure-vnet".to_owned()),
    }
}

/// The second owner names the file in one of its versions.
fn output(owner: usize, version: u8) -> Option<String> {
    (owner == 1 && version == 3).then(|| "04-named.conflist".to_owned())
}

fn plugin(owner: usize, version: u8) -> String {
    format!(r#"{{"type":"p-{}","v":{version}}}"#, OWNERS[owner])
}

/// One node, and the runs of its owners.
struct Machine {
    world: World,
    /// The chain lies in the primary's own file.
    in_place: bool,
}

impl Machine {
    fn new() -> Self {
        let mut world = World::new().with("/etc/cni/net.d/10-azure.conflist", &primary(0));
        world.node.sockets.clear();
        world.node.answers = crate::node::Answers::default();
        for name in ["azure-vnet", "portmap"] {
            world.node.files.insert(at(BIN).join(name), Observed::Present(File::of(b"theirs", 0o755)));
        }
        Self { world, in_place: false }
    }

    fn settings(&self, owner: usize, want: Want) -> Settings {
        let mut settings = self.world.settings.clone();
        settings.runtime = RuntimeKind::None;
        settings.owner = Some(OWNERS[owner].to_owned());
        settings.plugins = Vec::new();
        settings.goal = Goal::Uninstall;
        if let Some(version) = want {
            settings.goal = Goal::Install;
            settings.plugins = vec![PluginInput::Json(plugin(owner, version))];
            settings.position = position(owner, version);
            settings.output_file = output(owner, version).filter(|_| !self.in_place);
            settings.layout = self.in_place.then_some(Layout::InPlace);
            let own = format!("/in/p-{}-{version}", OWNERS[owner]);
            settings.install_bins = vec![
                BinaryInput { name: Some(format!("p-{}", OWNERS[owner])), path: own },
                BinaryInput { name: Some("helper".to_owned()), path: "/in/helper".to_owned() },
            ];
        }
        settings
    }

    /// What an observation reads for these settings.
    fn observe(&mut self, settings: &Settings) {
        let node = &mut self.world.node;
        node.sources = BTreeMap::new();
        for input in &settings.install_bins {
            let content = Content::Digest(crate::node::Digest::of(input.path.as_bytes()));
            let file = File { stamp: Stamp { mode: 0o755, ..Stamp::default() }, content };
            node.sources.insert(input.path.clone(), Observed::Present(file));
        }
        for name in OWNERS.map(|owner| format!("p-{owner}")).iter().map(String::as_str).chain(["helper"]) {
            node.files.entry(at(BIN).join(name)).or_insert(Observed::Absent);
        }
    }

    /// One process, to its end or until it is killed. Returns the number of its changes.
    fn run(&mut self, owner: usize, want: Want, killed: Option<usize>) -> usize {
        self.world.settings = self.settings(owner, want);
        let settings = self.world.settings.clone();
        self.world = self.world.clone().later(60_000);
        self.world.history = History::new(self.world.now);
        let mut made = 0;
        for _ in 0..50 {
            self.observe(&settings);
            let plan = match self.world.next() {
                Decision::NeedsAnswers(questions) => {
                    self.answer(&questions);
                    continue;
                }
                Decision::Plan(plan) => plan,
            };
            let changes: Vec<Change> = plan.first_changes().cloned().collect();
            if changes.is_empty() {
                assert_eq!(plan.outcome, crate::plan::Outcome::Done, "{owner} {want:?}");
                return made;
            }
            let desired = resolve(&settings, &self.world.node).unwrap();
            self.world.node = self.world.node.recorded(&desired.recording(), &changes);
            for change in &changes {
                if killed == Some(made) {
                    return made;
                }
                made += 1;
                let before = self.chain().is_some();
                self.world.node = self.world.node.after(&desired.owner, change);
                self.holds(change, before, desired.others.iter().any(|other| other.chain.is_some()));
            }
        }
        panic!("it does not end: {:?}", self.world.next());
    }

    fn answer(&mut self, questions: &[Question]) {
        for question in questions {
            let Question::Version(question) = question else { panic!("{question:?}") };
            let said = br#"{"cniVersion":"1.0.0","supportedVersions":["0.3.0"]}"#.to_vec();
            let said = Observed::Present(VersionReply::Said(said));
            let asked = Asked { at: self.world.now, incarnation: None, said };
            let known = (question.clone(), asked);
            self.world.node.answers.versions.insert(question.plugin.clone(), known);
        }
    }

    /// What the runtime loads: the first file.
    fn first(&self) -> (HostPath, Conflist) {
        let loads = |(path, file): (&HostPath, &Observed<File>)| {
            let is_there = path.parent() == at(CONF) && file.present().is_some();
            (is_there && crate::cni::extension(path.name()).is_some()).then(|| path.clone())
        };
        let path = self.world.node.files.iter().find_map(loads).expect("a file loads");
        let bytes = self.world.node.bytes(&path).unwrap();
        (path.clone(), Conflist::read(path.name(), bytes, Libcni::Any).expect("the first file loads"))
    }

    fn chain(&self) -> Option<(HostPath, Vec<u8>)> {
        let (path, _) = self.first();
        let bytes = self.world.node.bytes(&path).unwrap().to_vec();
        (path.name() != "10-azure.conflist").then_some((path, bytes))
    }

    /// At each instant a file loads, all its binaries are in place, and a chain that stays is never away.
    fn holds(&self, change: &Change, had_chain: bool, has_others: bool) {
        let (path, first) = self.first();
        for (plugin, _) in first.executed() {
            let binary = self.world.node.file(&at(BIN).join(plugin));
            assert!(binary.present().is_some(), "{path} names {plugin} after {change:?}");
        }
        if had_chain && has_others {
            assert!(self.chain().is_some(), "no chain after {change:?}");
        }
        for (owner, record) in self.world.node.records() {
            let record = record.expect("a record that can be read");
            if let Some((path, bytes)) = self.chain() {
                let is_in = first.types().contains(&format!("p-{owner}").as_str());
                let wrote = record.wrote(&path, &crate::node::Digest::of(&bytes));
                assert!(wrote || !is_in, "{path} has the layer of {owner}, and its record does not say so");
            }
        }
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Run { owner, want, killed } => drop(self.run(*owner, *want, *killed)),
            Event::Primary(version) => {
                self.world = self.world.clone().with("/etc/cni/net.d/10-azure.conflist", &primary(*version));
            }
            Event::Removed => {
                if let Some((path, _)) = self.chain() {
                    self.world = self.world.clone().without(path.as_str());
                }
            }
        }
    }
}

/// The chain and its file as a function of the set.
fn expected(primary_version: u8, wants: [Want; 3]) -> Option<(String, Vec<u8>)> {
    let primary =
        Conflist::read("10-azure.conflist", primary(primary_version).as_bytes(), Libcni::Any).unwrap();
    let layers: Vec<ChainLayer> = wants
        .iter()
        .enumerate()
        .filter_map(|(owner, want)| {
            let version = (*want)?;
            Some(ChainLayer {
                owner: OWNERS[owner].to_owned(),
                plugins: vec![plugin(owner, version).parse().unwrap()],
                position: position(owner, version),
            })
        })
        .collect();
    let first = layers.first()?.owner.clone();
    let named = wants[1].and_then(|version| output(1, version));
    let name = named.unwrap_or_else(|| format!("05-{first}.conflist"));
    Some((name, compose(&primary, &layers).unwrap().bytes.to_vec()))
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let want = prop::option::weighted(0.75, 0..4_u8);
    let run = (0..3_usize, want, prop::option::weighted(0.5, 0..7_usize))
        .prop_map(|(owner, want, killed)| Event::Run { owner, want, killed });
    let one = prop_oneof![
        8 => run,
        1 => (0..4_u8).prop_map(Event::Primary),
        1 => Just(Event::Removed),
    ];
    prop::collection::vec(one, 1..16)
}

/// The last wants of the owners; whoever never ran wants nothing.
fn wants(events: &[Event]) -> ([Want; 3], u8) {
    let (mut wants, mut version) = ([None; 3], 0);
    for event in events {
        match event {
            Event::Run { owner, want, .. } => wants[*owner] = *want,
            Event::Primary(primary) => version = *primary,
            Event::Removed => {}
        }
    }
    (wants, version)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_chain_is_a_function_of_the_set(events in events(), order in Just(vec![0, 1, 2]).prop_shuffle()) {
        let mut machine = Machine::new();
        for event in &events {
            machine.happens(event);
        }
        let (wants, version) = wants(&events);
        for owner in &order {
            machine.run(*owner, wants[*owner], None);
        }
        let chain = machine.chain().map(|(path, bytes)| (path.name().to_owned(), bytes));
        prop_assert_eq!(&chain, &expected(version, wants), "{:?}", machine.world.node.records());
        // Nothing is left of who left, and the records of the others name the chain.
        let node = &machine.world.node;
        let owners: BTreeSet<String> = node.records().into_keys().collect();
        let there = (0..3).filter(|owner| wants[*owner].is_some()).map(|owner| OWNERS[owner].to_owned());
        prop_assert_eq!(&owners, &there.collect::<BTreeSet<_>>());
        let in_dir = |path: &&HostPath| path.parent() == at(CONF) && node.file(path).present().is_some();
        let files = node.files.keys().filter(in_dir).count();
        prop_assert_eq!(files, 1 + usize::from(chain.is_some()));
        for (owner, want) in OWNERS.iter().zip(&wants) {
            let binary = node.file(&at(BIN).join(&format!("p-{owner}")));
            let input = want.map(|version| crate::node::Digest::of(format!("/in/p-{owner}-{version}").as_bytes()));
            prop_assert_eq!(binary.present().and_then(|file| file.content.digest()), input);
        }
        let helper = node.file(&at(BIN).join("helper")).present().is_some();
        prop_assert_eq!(helper, chain.is_some());
        for record in node.records().into_values().flatten() {
            let chains: Vec<_> = record.of_kind(Kind::Chain).collect();
            let others: BTreeSet<String> = owners.iter().filter(|owner| **owner != record.owner).cloned().collect();
            let (_, written) = chains.iter().find(|(path, _)| node.file(path).present().is_some()).unwrap();
            prop_assert_eq!(&written.shared_with, &others);
        }
        // A second run of anybody changes nothing.
        for owner in &order {
            prop_assert_eq!(machine.run(*owner, wants[*owner], None), 0);
        }
    }

    /// The same in the primary's own file: whatever the order, the kills and the rewrites, its bytes follow from the
    /// primary and the set, and they are the primary's own again once everybody has left.
    #[test]
    fn in_the_primary_s_place_the_bytes_are_a_function_of_the_set(
        events in events(), order in Just(vec![0, 1, 2]).prop_shuffle()
    ) {
        let mut machine = Machine { in_place: true, ..Machine::new() };
        for event in &events {
            machine.happens(event);
        }
        let (wants, version) = wants(&events);
        for owner in &order {
            machine.run(*owner, wants[*owner], None);
        }
        let chain = expected(version, wants).map_or_else(|| primary(version).into_bytes(), |(_, bytes)| bytes);
        let (path, _) = machine.first();
        let node = &machine.world.node;
        prop_assert_eq!(path.name(), "10-azure.conflist");
        let there = String::from_utf8_lossy(node.bytes(&path).unwrap()).into_owned();
        prop_assert_eq!(there, String::from_utf8_lossy(&chain));
        let owners: BTreeSet<String> = node.records().into_keys().collect();
        let staying = (0..3).filter(|owner| wants[*owner].is_some()).map(|owner| OWNERS[owner].to_owned());
        prop_assert_eq!(&owners, &staying.collect::<BTreeSet<_>>());
        let in_dir = |path: &&HostPath| path.parent() == at(CONF) && node.file(path).present().is_some();
        prop_assert_eq!(node.files.keys().filter(in_dir).count(), 1);
        for owner in &order {
            prop_assert_eq!(machine.run(*owner, wants[*owner], None), 0);
        }
        for owner in &order {
            machine.run(*owner, None, None);
        }
        let left = machine.world.node.bytes(&path).unwrap();
        let own = primary(version);
        prop_assert_eq!(left, own.as_bytes());
    }
}
