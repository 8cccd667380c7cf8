//! Whatever happens to a node, in whichever order: no more restarts than the contract says, and no node that stays down.
//!
//! The runtime here is a model: it reads its config when it starts, comes up or refuses it, and says what it read. The
//! program is the plan, with `Node::after` for its effects; runs are killed between any two of them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::world::{at, chain_of};
use super::{CONFIG, SECOND, World};
use crate::node::{ATTEMPT_FILE, Moment, Phase, Question, RUN_DIR, RunBy, Sight};
use crate::plan::{Change, Goal, Next, Past, Rest};

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// A run, killed before that many changes if a number is given.
    Run { uninstall: bool, killed: Option<usize> },
    /// Somebody restarts the runtime.
    Restart,
    /// Somebody edits the config file.
    Edit,
    /// The timer of the armed rollback comes to its end.
    Fire,
    /// The machine stops and is booted.
    PowerCut,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let run = (prop::bool::weighted(0.15), prop::option::weighted(0.4, 0..7_usize))
        .prop_map(|(uninstall, killed)| Event::Run { uninstall, killed });
    let one = prop_oneof![
        5 => run,
        2 => Just(Event::Restart),
        1 => Just(Event::Edit),
        2 => Just(Event::Fire),
        1 => Just(Event::PowerCut),
    ];
    prop::collection::vec(one, 1..24)
}

struct Machine {
    world: World,
    /// It does not come up with the wanted value.
    refuses: bool,
    starts: u64,
    /// The value that it read when it came up; none while it is down.
    live: Option<i64>,
    edits: u32,
    /// Restarts by runs of the program on the wanted value since the boot.
    tries: u32,
    /// Somebody edited a file that held what was never seen to come up: it is theirs, and nobody puts it back.
    theirs: bool,
    /// What makes up for one more try, since the boot.
    changes: u32,
}

impl Machine {
    fn new(refuses: bool) -> Self {
        let mut world = World::new();
        if let Some(asked) = &mut world.node.answers.service
            && let Sight::Seen(service) = &mut asked.said
        {
            service.switches = vec![(RunBy::Dbus, Ok(()))];
        }
        Self { world, refuses, starts: 1, live: Some(0), edits: 0, tries: 0, theirs: false, changes: 0 }
    }

    fn wants_one(&self) -> bool {
        self.world.text(CONFIG).is_some_and(|text| text.contains("max_conf_num = 1"))
    }

    fn start(&mut self) {
        self.starts += 1;
        let one = self.wants_one();
        self.live = (!one || !self.refuses).then_some(i64::from(one));
        self.change(|world, live, starts| match live {
            Some(_) => world.incarnation(starts),
            None => without_socket(world),
        });
    }

    fn change(&mut self, change: impl FnOnce(World, Option<i64>, u64) -> World) {
        self.world = change(self.world.clone(), self.live, self.starts);
    }

    /// What it says now: it has loaded what would load.
    fn answer(&mut self, question: &Question) {
        let failed = self.live.is_none();
        let now = self.world.now;
        match question {
            Question::Runtime => self.change(|world, live, _| match live {
                Some(live) => {
                    let is_there = world.text("/etc/cni/net.d/05-tuning.conflist").is_some();
                    let primary = world.text("/etc/cni/net.d/10-azure.conflist").unwrap().to_owned();
                    let loaded = if is_there { chain_of(&world) } else { primary };
                    world.says(live, &loaded)
                }
                None => world.silent(),
            }),
            Question::Service { .. } => {
                let asked = self.world.node.answers.service.as_mut().unwrap();
                asked.at = now;
                let Sight::Seen(service) = &mut asked.said else { panic!() };
                service.failed = failed;
            }
            Question::DryLoad { .. } => {
                let _ = self.world.plan();
            }
            Question::Version(_) | Question::Sandboxes => panic!("{question:?}"),
        }
    }

    /// One process. Gives how often it restarted the runtime.
    fn run(&mut self, uninstall: bool, killed: Option<usize>) -> u32 {
        self.world.settings.goal = if uninstall { Goal::Uninstall } else { Goal::Install };
        self.change(|world, _, _| world.later(60 * SECOND).remember(|past, now| *past = Past::new(now)));
        self.answer(&Question::Runtime);
        self.answer(&Question::Service { unusable: BTreeSet::new() });
        let (mut made, mut restarts) = (0, 0);
        for _ in 0..2000 {
            let plan = match self.world.next() {
                Next::Ask(questions) => {
                    for question in &questions {
                        self.answer(question);
                    }
                    continue;
                }
                Next::Go(plan) => plan,
            };
            let changes: Vec<Change> = plan.first_changes().cloned().collect();
            if changes.is_empty() {
                match &plan.rest {
                    Rest::Wait(wait) => self.wait(wait.until, &wait.reason),
                    _ => return restarts,
                }
                continue;
            }
            let wanted = crate::plan::want(&self.world.settings, &self.world.node).unwrap();
            self.world.node = self.world.node.recorded(&wanted.owner, &wanted.layer, &changes);
            let ends = matches!(plan.rest, Rest::Fail(_)) && plan.changes().count() == changes.len();
            for change in &changes {
                if killed == Some(made) {
                    return restarts;
                }
                made += 1;
                self.world.node = self.world.node.after(&wanted.owner, change);
                if let Change::Restart { by, .. } = change {
                    restarts += 1;
                    self.tries += u32::from(self.wants_one());
                    let now = self.world.now;
                    self.world.past.note_restart(*by, now, None);
                    self.start();
                    self.world.now = Moment::from_millis(now.millis() + 10);
                }
            }
            let now = self.world.now;
            self.world.past.changed = Some(now);
            let nudges = changes.iter().any(|change| matches!(change, Change::Nudge(_)));
            self.world.past.nudged = nudges.then_some(now);
            if ends && !plan.steps.iter().any(|step| matches!(step, crate::plan::Step::Look(_))) {
                return restarts;
            }
        }
        panic!("it does not end: {:?}", self.world.next());
    }

    fn wait(&mut self, until: Option<Moment>, reason: &crate::plan::Reason) {
        let now = self.world.now;
        self.world.past.note_reason(reason, now);
        let later = Moment::from_millis(now.millis() + 10 * SECOND);
        self.world.now = until.map_or(later, |until| until.max(Moment::from_millis(now.millis() + 1)));
        self.world.past.woke = Some(self.world.now);
    }

    /// What the script does (`tests/rollback_script.rs` holds the real one).
    fn fire(&mut self) {
        let names =
            self.world.node.dirs[&at(RUN_DIR)].seen().map(|dir| dir.names.clone()).unwrap_or_default();
        let Some(attempt) = self.world.node.attempt().filter(|_| names.contains("roll-back.sh")) else {
            return;
        };
        if !attempt.is_in_hand() {
            return;
        }
        let was_tried = self.world.node.incarnation() != attempt.incarnation;
        let mut traces = vec!["rolled-back"];
        if attempt.phase == Phase::Asked && was_tried && self.live.is_some() {
            traces.push("rolled-back-while-up");
            self.changes += 1;
        }
        let now = |world: &World| world.node.bytes(&at(CONFIG)).map(crate::node::Digest::of);
        for changed in &attempt.changed {
            let ours = now(&self.world) == changed.after;
            if !ours && now(&self.world) != changed.digest_before() {
                return;
            }
            if let (true, crate::node::Before::Bytes(bytes)) = (ours, &changed.before) {
                let text = String::from_utf8(bytes.clone()).unwrap();
                self.world = self.world.clone().with(CONFIG, &text);
                self.world.dir(RUN_DIR).names.extend(traces.iter().map(|name| (*name).to_owned()));
            }
        }
        if was_tried || attempt.phase == Phase::GivingBack {
            self.start();
        }
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Run { uninstall, killed } => {
                let restarts = self.run(*uninstall, *killed);
                assert!(restarts <= 2, "{restarts} restarts in one run");
            }
            Event::Restart => {
                self.changes += 1;
                self.start();
            }
            Event::Edit => {
                self.changes += 1;
                self.edits += 1;
                self.theirs |= self.refuses && self.wants_one();
                let text = format!("# {}\n{}", self.edits, self.world.text(CONFIG).unwrap());
                self.change(|world, _, _| world.with(CONFIG, &text));
            }
            Event::Fire => self.fire(),
            Event::PowerCut => {
                (self.tries, self.changes) = (0, 0);
                self.world.node = self.world.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
                self.world.node.dirs.insert(at(RUN_DIR), Sight::Absent);
                self.start();
            }
        }
    }
}

fn without_socket(mut world: World) -> World {
    for (_, socket) in &mut world.node.sockets {
        *socket = Sight::Absent;
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_more_restarts_than_the_contract_says_and_the_node_ends_up(events in events(), refuses in any::<bool>()) {
        let mut machine = Machine::new(refuses);
        for event in &events {
            machine.happens(event);
            if refuses {
                // One, once more for each change, three times in all.
                prop_assert!(machine.tries <= 4, "{} tries", machine.tries);
                prop_assert!(
                    machine.tries <= 1 + machine.changes,
                    "{} tries, {} changes: {:?}", machine.tries, machine.changes, event
                );
            }
        }
        // What one run may not do, since it has restarted already, is the next one's.
        for _ in 0..4 {
            machine.run(false, None);
        }
        prop_assert!(machine.theirs || machine.live.is_some(), "the runtime is down: {:?}", machine.world.next());
        // Nothing has happened since, so nothing is done.
        let (tries, starts) = (machine.tries, machine.starts);
        machine.run(false, None);
        prop_assert_eq!((machine.tries, machine.starts), (tries, starts));
    }
}
