//! The runtime as a model: it reads its config when it starts, comes up or refuses it, and reports what it read. The
//! program is the plan, with `Node::after` for its effects.

use super::super::world::{at, chain_of};
use super::super::{CONFIG, SECOND, World};
use super::Event;
use crate::node::{
    ATTEMPT_FILE, Asked, Attempt, DryLoad, Kind, MARK_FILE, Moment, Node, Observed, Phase, Question, RUN_DIR,
    Restart, RestartMethod,
};
use crate::plan::{Change, Decision, Goal, History, Outcome, Plan, UnwrittenMark};

#[allow(clippy::struct_excessive_bools, reason = "each is one state of the node")]
pub(super) struct Machine {
    pub(super) world: World,
    /// True if it refuses the desired value.
    refuses: bool,
    /// True if `/run`, or the disk, has no free block and no free inode.
    full_run: bool,
    full_disk: bool,
    dead: bool,
    /// The number of restarts on the old bytes in one rollback, of a unit that was not `inactive`.
    on_old: u32,
    pub(super) starts: u64,
    /// The value that it read when it came up; `None` while it is down.
    pub(super) live: Option<i64>,
    /// systemd's `ActiveState` of its unit, and that at the begin of the plan.
    unit: &'static str,
    unit_before: &'static str,
    edits: u32,
    /// The number of failed restarts by runs of the program with the desired value, since boot or since one that
    /// held.
    pub(super) tries: u32,
    /// True if another author edited a file that was never seen to come up, or if the runtime no longer comes up with
    /// a file that it had come up with: this program does not roll such a file back.
    pub(super) theirs: bool,
    /// The number of events that allow one more retry, since then.
    changes: u32,
}

impl Machine {
    pub(super) fn new(refuses: bool) -> Self {
        let mut world = World::new();
        world.node.boot = Some("boot 0".to_owned());
        Self {
            world,
            refuses,
            full_run: false,
            full_disk: false,
            dead: false,
            on_old: 0,
            starts: 1,
            live: Some(0),
            unit: "active",
            unit_before: "active",
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
        self.live = ((!one || !self.refuses) && !self.dead).then_some(i64::from(one));
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
            Question::Version(_)
            | Question::Sandboxes
            | Question::RunningPods
            | Question::Pod(_)
            | Question::LeftPods => {
                panic!("{question:?}")
            }
        }
    }

    /// One process. Returns the number of times that it restarted the runtime.
    pub(super) fn run(&mut self, uninstall: bool, killed: Option<usize>) -> u32 {
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
            self.publishes_only_behind_one_network(&plan);
            let changes: Vec<Change> = plan.first_changes().cloned().collect();
            if changes.is_empty() {
                match &plan.outcome {
                    Outcome::Wait(wait) => self.wait(wait.until, &wait.reason),
                    _ => return restarts,
                }
                continue;
            }
            let desired = crate::plan::resolve(&self.world.settings, &self.world.node).unwrap();
            let recorded = self.world.node.recorded(&desired.recording(), &changes);
            if self.full_disk && recorded.records() != self.world.node.records() {
                return restarts;
            }
            self.world.node = recorded;
            let ends = matches!(plan.outcome, Outcome::Fail(_)) && plan.changes().count() == changes.len();
            self.unit_before = self.unit;
            for change in &changes {
                if killed == Some(made) {
                    return restarts;
                }
                made += 1;
                let is_made = match change {
                    Change::Mark(mark) => self.marks(&desired.owner, mark),
                    _ => self.makes(&desired.owner, change),
                };
                if !is_made {
                    return restarts;
                }
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

    /// Promise 1 of the contract: the chain comes after the runtime has the value with which it loads one network.
    fn publishes_only_behind_one_network(&self, plan: &Plan) {
        let chain =
            |change: &Change| matches!(change, Change::Publish(publish) if publish.kind == Kind::Chain);
        let before: Vec<&Change> = plan.changes().take_while(|change| !chain(change)).collect();
        let is_behind = before.iter().any(|change| change.is_restart());
        assert!(is_behind || self.live == Some(1) || !plan.changes().any(chain), "{plan:?}");
    }

    /// False if there was no room for the change, and the run ends.
    fn makes(&mut self, owner: &str, change: &Change) -> bool {
        let has_room = match change {
            Change::Publish(publish) => {
                !self.full_disk || self.world.node.is_reserved(&publish.path, &publish.source.digest())
            }
            Change::Reserve(_) | Change::MakeDir(_) | Change::Link { .. } | Change::Nudge(_) => {
                !self.full_disk
            }
            Change::Arm(_) => !self.full_run,
            _ => true,
        };
        if has_room {
            self.world.node = self.world.node.after(owner, change);
        }
        has_room || matches!(change, Change::Arm(timer) if !timer.needed)
    }

    /// The marks of a restart (`apply/mark.rs`): both may lack room, unless their spares are there.
    fn marks(&mut self, owner: &str, mark: &Attempt) -> bool {
        let before = self.world.node.clone();
        let has_spare = |file: &'static str| {
            let spare = Node::spare_of(file).unwrap();
            let dir = before.dirs.get(&spare.parent()).and_then(Observed::present);
            dir.is_some_and(|dir| dir.names.contains(spare.name()))
        };
        let in_run = !self.full_run || has_spare(ATTEMPT_FILE);
        let durably = !mark.is_unproven() || !self.full_disk || has_spare(MARK_FILE);
        let after = before.after(owner, &Change::Mark(mark.clone()));
        let undo = |node: &mut Node, path: &str| {
            let path = at(path);
            node.files.remove(&path);
            node.files.extend(before.files.get(&path).map(|file| (path.clone(), file.clone())));
            node.dirs.extend(before.dirs.get(&path.parent()).map(|dir| (path.parent(), dir.clone())));
        };
        self.world.node = after;
        if !in_run {
            undo(&mut self.world.node, ATTEMPT_FILE);
        }
        if !durably {
            undo(&mut self.world.node, MARK_FILE);
        }
        let is_rolling_back = mark.phase == Phase::RollingBack;
        if !durably && !is_rolling_back {
            undo(&mut self.world.node, ATTEMPT_FILE);
            return false;
        }
        let is_counted = durably && mark.is_unproven() && mark.is_counted_durably();
        if !in_run && !is_counted && mark.may_stay_unwritten() {
            let on_disk = self.world.node.attempt();
            self.world.history.unwritten = Some(UnwrittenMark { on_disk, mark: mark.clone() });
        }
        in_run || is_counted || mark.may_stay_unwritten()
    }

    /// The effect of a change on the host. Returns the number of restarts of the runtime.
    fn takes_effect(&mut self, change: &Change) -> u32 {
        match change {
            Change::Restart { by, .. } => {
                let now = self.world.now;
                self.world.history.note_restart(*by, now, None);
                let attempt = self.world.history.attempt(&self.world.node);
                let is_on_old = attempt.is_some_and(|attempt| {
                    attempt.phase == Phase::RollingBack && attempt.restarted_on.is_none()
                });
                self.on_old += u32::from(is_on_old && self.unit_before != "inactive");
                self.start();
                // The rollback of an uninstall does not try a new value: `on_old` counts its restarts.
                self.tries += u32::from(!is_on_old && self.live.is_none() && self.wants_one());
                self.world.now = Moment::from_millis(now.millis() + 10);
                return 1;
            }
            Change::ResetFailed { .. } if self.unit == "failed" => self.unit = "inactive",
            Change::Mark(attempt) if attempt.phase == Phase::Settled && self.live == Some(1) => {
                (self.tries, self.changes) = (0, 0);
            }
            Change::Mark(attempt) if attempt.phase != Phase::RollingBack => self.on_old = 0,
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
                let digest = crate::node::Digest::of(bytes);
                if self.full_disk && !self.world.node.is_reserved(&changed.path, &digest) {
                    return;
                }
                let text = String::from_utf8(bytes.clone()).unwrap();
                self.world = self.world.clone().with(CONFIG, &text);
                let traces = traces.iter().filter(|_| !self.full_run).map(|name| (*name).to_owned());
                self.world.dir(RUN_DIR).names.extend(traces);
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

    pub(super) fn happens(&mut self, event: &Event) {
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
            Event::Full { run, disk } => (self.full_run, self.full_disk) = (*run, *disk),
            Event::Dead(dead) => {
                self.dead = *dead;
                self.theirs = true;
            }
            Event::Fire => self.fire(),
            Event::PowerCut => {
                (self.tries, self.changes, self.on_old) = (0, 0, 0);
                self.world.node.boot = Some(format!("boot {}", self.starts));
                self.world.node = self.world.node.after("", &Change::Sweep(at(ATTEMPT_FILE)));
                self.world.node.dirs.insert(at(RUN_DIR), Observed::Absent);
                self.start();
            }
        }
    }
}

impl Machine {
    /// The contract's limit for failed restarts: one, one more for each change, three in all.
    pub(super) fn holds(&self, event: &Event) {
        assert!(self.on_old <= 3, "{} restarts in one rollback: {event:?}", self.on_old);
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
