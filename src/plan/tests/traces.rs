//! For any events in any order: no more restarts than the contract allows, and no node stays down.
//!
//! The runtime is a model here: it reads its config when it starts, comes up or refuses it, and reports what it read.
//! The program is the plan, with `Node::after` for its effects; runs are killed between any two of them.

use proptest::prelude::*;

use super::world::{at, chain_of};
use super::{CONFIG, SECOND, World};
use crate::node::{
    ATTEMPT_FILE, Asked, DryLoad, Moment, Observed, Phase, Question, RUN_DIR, Restart, RestartMethod,
};
use crate::plan::{Change, Decision, Goal, History, Outcome};

/// An event.
#[derive(Clone, Debug)]
enum Event {
    /// A run; with a number, it is killed before that many changes.
    Run { uninstall: bool, killed: Option<usize> },
    /// Another program restarts the runtime.
    Restart,
    /// Another author edits the config file.
    Edit,
    /// Another author removes the desired value from it.
    Undo,
    /// From now on the runtime refuses the desired value, or accepts it.
    Refuses(bool),
    /// The timer of the armed rollback fires.
    Fire,
    /// The machine stops and is booted.
    PowerCut,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let run = (prop::bool::weighted(0.15), prop::option::weighted(0.4, 0..12_usize))
        .prop_map(|(uninstall, killed)| Event::Run { uninstall, killed });
    let one = prop_oneof![
        5 => run,
        2 => Just(Event::Restart),
        2 => Just(Event::Edit),
        1 => Just(Event::Undo),
        1 => prop::bool::weighted(0.7).prop_map(Event::Refuses),
        2 => Just(Event::Fire),
        1 => Just(Event::PowerCut),
    ];
    prop::collection::vec(one, 1..24)
}

struct Machine {
    world: World,
    /// True if it refuses the desired value.
    refuses: bool,
    starts: u64,
    /// The value that it read when it came up; `None` while it is down.
    live: Option<i64>,
    /// systemd's `ActiveState` of its unit.
    unit: &'static str,
    edits: u32,
    /// The number of failed restarts by runs of the program with the desired value, since boot or since one that
    /// held.
    tries: u32,
    /// True if another author edited a file that was never seen to come up, or if the runtime no longer comes up with
    /// a file that it had come up with: this program does not roll such a file back.
    theirs: bool,
    /// The number of events that allow one more retry, since then.
    changes: u32,
}

impl Machine {
    fn new(refuses: bool) -> Self {
        Self {
            world: World::new(),
            refuses,
            starts: 1,
            live: Some(0),
            unit: "active",
            edits: 0,
            tries: 0,
            theirs: false,
            changes: 0,
        }
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
        self.unit = if self.live.is_some() { "active" } else { "failed" };
    }

    fn change(&mut self, change: impl FnOnce(World, Option<i64>, u64) -> World) {
        self.world = change(self.world.clone(), self.live, self.starts);
    }

    /// The runtime's current report: it has loaded what would load.
    fn answer(&mut self, question: &Question) {
        let unit = self.unit;
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
            Question::Service | Question::RestartMethods { .. } => {
                let asked = self.world.node.answers.service.as_mut().unwrap();
                asked.at = now;
                let Observed::Present(service) = &mut asked.said else { panic!() };
                service.failed = unit == "failed";
                service.active_state = Some(unit.to_owned());
                let methods = Restart {
                    methods: vec![(RestartMethod::Dbus, Ok(()))],
                    timers: vec![(RestartMethod::Dbus, Ok(()))],
                    ..Restart::default()
                };
                service.restart = matches!(question, Question::RestartMethods { .. }).then_some(methods);
            }
            Question::DryLoad { key, .. } => {
                let said = Observed::Present(DryLoad::Accepted);
                let accepted = Asked { at: now, incarnation: None, said };
                self.world.node.answers.dry_loads.insert(key.clone(), accepted);
            }
            Question::Version(_) | Question::Sandboxes => panic!("{question:?}"),
        }
    }

    /// One process. Returns the number of times that it restarted the runtime.
    fn run(&mut self, uninstall: bool, killed: Option<usize>) -> u32 {
        self.world.settings.goal = if uninstall { Goal::Uninstall } else { Goal::Install };
        self.change(|world, _, _| {
            world.later(60 * SECOND).remember(|history, now| *history = History::new(now))
        });
        self.answer(&Question::Runtime);
        self.answer(&Question::Service);
        let (mut made, mut restarts) = (0, 0);
        for _ in 0..2000 {
            let plan = match self.world.next() {
                Decision::NeedsAnswers(questions) => {
                    for question in &questions {
                        self.answer(question);
                    }
                    continue;
                }
                Decision::Plan(plan) => plan,
            };
            let changes: Vec<Change> = plan.first_changes().cloned().collect();
            if changes.is_empty() {
                match &plan.outcome {
                    Outcome::Wait(wait) => self.wait(wait.until, &wait.reason),
                    _ => return restarts,
                }
                continue;
            }
            let desired = crate::plan::resolve(&self.world.settings, &self.world.node).unwrap();
            self.world.node = self.world.node.recorded(&desired.owner, &desired.layer, &changes);
            let ends = matches!(plan.outcome, Outcome::Fail(_)) && plan.changes().count() == changes.len();
            for change in &changes {
                if killed == Some(made) {
                    return restarts;
                }
                made += 1;
                self.world.node = self.world.node.after(&desired.owner, change);
                restarts += self.takes_effect(change);
            }
            let now = self.world.now;
            self.world.history.changed = Some(now);
            let nudges = changes.iter().any(|change| matches!(change, Change::Nudge(_)));
            self.world.history.nudged = nudges.then_some(now);
            if ends && !plan.steps.iter().any(|step| matches!(step, crate::plan::Step::Look(_))) {
                return restarts;
            }
        }
        panic!("it does not end: {:?}", self.world.next());
    }

    /// The effect of a change on the host. Returns the number of restarts of the runtime.
    fn takes_effect(&mut self, change: &Change) -> u32 {
        match change {
            Change::Restart { by, .. } => {
                let now = self.world.now;
                self.world.history.note_restart(*by, now, None);
                self.start();
                self.tries += u32::from(self.live.is_none());
                self.world.now = Moment::from_millis(now.millis() + 10);
                return 1;
            }
            Change::ResetFailed { .. } if self.unit == "failed" => self.unit = "inactive",
            Change::Mark(attempt) if attempt.phase == Phase::Settled && self.live == Some(1) => {
                (self.tries, self.changes) = (0, 0);
            }
            _ => {}
        }
        0
    }

    fn wait(&mut self, until: Option<Moment>, reason: &crate::plan::Reason) {
        let now = self.world.now;
        self.world.history.note_reason(reason, now);
        let later = Moment::from_millis(now.millis() + 10 * SECOND);
        self.world.now = until.map_or(later, |until| until.max(Moment::from_millis(now.millis() + 1)));
        self.world.history.woke = Some(self.world.now);
    }

    /// The effect of the script (`tests/rollback_script.rs` tests the real one).
    fn fire(&mut self) {
        let names =
            self.world.node.dirs[&at(RUN_DIR)].present().map(|dir| dir.names.clone()).unwrap_or_default();
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
        if was_tried || attempt.phase == Phase::RollingBack {
            self.start();
        }
    }

    fn edit(&mut self, edit: impl FnOnce(&str) -> String) {
        self.changes += 1;
        self.edits += 1;
        self.theirs |= self.wants_one() && self.live != Some(1) || self.live.is_none();
        let text = format!("# {}\n{}", self.edits, edit(self.world.text(CONFIG).unwrap()));
        self.change(|world, _, _| world.with(CONFIG, &text));
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
            Event::Edit => self.edit(str::to_owned),
            Event::Undo => self.edit(|text| text.replace("max_conf_num = 1", "max_conf_num = 0")),
            Event::Refuses(refuses) => {
                self.refuses = *refuses;
                self.theirs |= self.wants_one() && *refuses;
            }
            Event::Fire => self.fire(),
            Event::PowerCut => {
                (self.tries, self.changes) = (0, 0);
                self.world.node = self.world.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
                self.world.node.dirs.insert(at(RUN_DIR), Observed::Absent);
                self.start();
            }
        }
    }
}

impl Machine {
    /// The contract's limit for failed restarts: one, one more for each change, three in all.
    fn holds(&self, event: &Event) {
        assert!(self.tries <= 4, "{} tries: {event:?}", self.tries);
        assert!(self.tries <= 1 + self.changes, "{} tries, {} changes: {event:?}", self.tries, self.changes);
    }
}

fn without_socket(mut world: World) -> World {
    for (_, socket) in &mut world.node.sockets {
        *socket = Observed::Absent;
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
            machine.holds(event);
        }
        // A run that has restarted already leaves the rest to the next one.
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

/// The runtime is down, another author has edited the file to roll back, and each run is killed.
#[test]
fn a_run_that_is_killed_behind_a_restart_on_somebody_else_s_config_is_not_followed_by_another_restart() {
    let run = |killed| Event::Run { uninstall: false, killed };
    for killed in 0..8 {
        let mut machine = Machine::new(true);
        let first = [run(Some(5)), Event::Edit];
        for event in first.iter().chain(&[run(Some(killed)), run(Some(killed)), run(Some(killed)), run(None)])
        {
            machine.happens(event);
            machine.holds(event);
        }
        assert_eq!(
            machine.tries, 2,
            "killed before change {killed}: the files that somebody wrote get their restart"
        );
    }
}

/// As above, with one more edit each time: the number of restarts in a boot is limited.
#[test]
fn somebody_who_edits_again_and_again_while_the_runtime_is_down_gets_no_restarts_without_end() {
    let run = |killed| Event::Run { uninstall: false, killed };
    let mut machine = Machine::new(true);
    machine.happens(&run(Some(5)));
    for _ in 0..6 {
        for event in [Event::Edit, run(Some(3))] {
            machine.happens(&event);
            machine.holds(&event);
        }
    }
    assert_eq!(machine.tries, 4);
}

/// Its files are gone, so `uninstall` has not seen that it held.
#[test]
fn an_uninstall_that_finds_somebody_else_s_config_does_not_end_the_count() {
    let run = |uninstall, killed| Event::Run { uninstall, killed };
    for killed in 0..8 {
        let mut machine = Machine::new(true);
        let again = [Event::Restart, run(false, None)];
        let begins =
            [run(false, None), Event::Restart, run(false, Some(killed)), Event::Undo, Event::Restart];
        let end = [again.clone(), again.clone(), again].concat();
        for event in begins.iter().chain(&[run(true, None), run(false, None)]).chain(&end) {
            machine.happens(event);
            machine.holds(event);
        }
        assert!(machine.tries >= 3, "killed before change {killed}: {} tries", machine.tries);
    }
}

/// The rollback timer restores the bytes while the runtime is down, and another author edits them: the runtime comes
/// up with files that lack the desired value, so that restart has not held.
#[test]
fn a_file_that_is_edited_after_the_rollback_timer_put_it_back_does_not_end_the_count() {
    let run = |killed| Event::Run { uninstall: false, killed };
    let again = [Event::Restart, run(None)];
    for killed in 0..8 {
        for edit in [Event::Edit, Event::Undo] {
            let mut machine = Machine::new(true);
            let begins = [run(Some(killed)), Event::Fire, edit, run(None), run(None)];
            let end = [again.clone(), again.clone(), again.clone(), again.clone()].concat();
            for event in begins.iter().chain(&end) {
                machine.happens(event);
                machine.holds(event);
            }
            assert_eq!(machine.tries, 4, "killed before change {killed}");
        }
    }
}
