//! The effects on a node: the plan, `Node::after` for its effects, and a runtime that reads its config when it
//! starts.

use super::super::world::{at, chain_of, status};
use super::super::{CONFIG, SECOND, World};
use super::CHAIN;
use super::case::{Case, DROP_INS, Pass, WORDS};
use crate::containerd::effective;
use crate::node::{Asked, DryLoad, LiveConfig, Observed, Question, Release, RestartMethod, Sandboxes};
use crate::plan::runtime::edit_target::read_at_start;
use crate::plan::{Change, Decision, History, Outcome, Plan, resolve};

const PRIMARY: &str = "/etc/cni/net.d/10-azure.conflist";

/// A node with the events of a case.
pub(super) struct Machine<'a> {
    case: &'a Case,
    pub(super) world: World,
    starts: u64,
    up: bool,
    live: i64,
    image: String,
}

impl<'a> Machine<'a> {
    pub(super) fn new(case: &'a Case) -> Self {
        let image = "a/b:1".to_owned();
        Self { case, world: case.world(), starts: 1, up: true, live: case.live, image }
    }

    fn change(&mut self, change: impl FnOnce(World) -> World) {
        self.world = change(self.world.clone());
    }

    fn says(&self) -> World {
        let world = self.world.clone();
        if !self.up {
            return world.silent();
        }
        let loaded = match (self.case.loaded, world.text(CHAIN)) {
            (0, _) => String::new(),
            (2, Some(_)) => chain_of(&world),
            _ => world.text(PRIMARY).unwrap_or_default().to_owned(),
        };
        let mut status = status(self.live, &loaded);
        status.config = self.case.config.and_then(LiveConfig::read);
        status.live.sandbox_image = Some(self.image.clone());
        world.says_status(status)
    }

    fn answer(&mut self, question: Question) {
        let at = self.world.now;
        match question {
            Question::Runtime => self.world = self.says(),
            Question::Service => {
                self.change(|world| world.service(&[(RestartMethod::Dbus, true)]).without_methods());
            }
            Question::RestartMethods { .. } => {
                self.change(|world| world.service(&[(RestartMethod::Dbus, true)]));
            }
            Question::DryLoad { key, .. } => {
                let said =
                    if self.case.accepted { DryLoad::Accepted } else { DryLoad::Refused("no".to_owned()) };
                let asked = Asked { at, incarnation: None, said: Observed::Present(said) };
                self.world.node.answers.dry_loads.insert(key, asked);
            }
            Question::Sandboxes => {
                let said = Observed::Present(Sandboxes { on_host_network: 1, pod_network: false });
                let asked = Asked { at, incarnation: self.world.node.incarnation(), said };
                self.world.node.answers.sandboxes = Some(asked);
            }
            Question::Version(_) | Question::RunningPods | Question::Pod(_) | Question::LeftPods => {
                panic!("{question:?}")
            }
        }
    }

    pub(super) fn plan(&mut self) -> Plan {
        for _ in 0..20 {
            match self.world.next() {
                Decision::Plan(plan) => return plan,
                Decision::NeedsAnswers(questions) => {
                    for question in questions {
                        self.answer(question);
                    }
                }
            }
        }
        panic!("it asks for ever: {:?}", self.world.next());
    }

    /// Applies the plan up to the next observation.
    pub(super) fn apply(&mut self, plan: &Plan, pass: &Pass) {
        let most = if let Pass::Killed(most) = pass { *most } else { usize::MAX };
        let desired = resolve(&self.world.settings, &self.world.node).unwrap();
        let changes: Vec<Change> = plan.first_changes().cloned().collect();
        self.world.node = self.world.node.recorded(&desired.recording(), &changes);
        for change in changes.iter().take(most) {
            self.world.node = self.world.node.after(&desired.owner, change);
            if let Change::Restart { by, .. } = change {
                let now = self.world.now;
                self.world.history.note_restart(*by, now, None);
                self.starts += 1;
                self.up = !matches!(pass, Pass::Silent);
                self.reads();
                let starts = self.starts;
                self.change(|world| world.incarnation(starts));
            }
        }
        let now = self.world.now;
        if let (true, Outcome::Wait(wait)) = (changes.is_empty(), &plan.outcome) {
            self.world.history.note_reason(&wait.reason, now);
            return;
        }
        self.world.history.changed = Some(now);
        if changes.iter().any(|change| matches!(change, Change::Nudge(_))) {
            self.world.history.nudged = Some(now);
        }
    }

    /// The runtime's state after a start with the files on disk.
    fn reads(&mut self) {
        let release = Release::new(1, 7, 20);
        let files = read_at_start(&self.world.node, &at(CONFIG), Some(release));
        let Ok(values) = effective(&files, Some(release)) else { return };
        self.live = values.max_conf_num.map_or(1, |number| number.value);
        self.image = values.sandbox_image.map_or_else(|| "a/b:1".to_owned(), |image| image.value);
    }

    pub(super) fn passes(&mut self, pass: &Pass, seconds: u64) {
        if let Pass::Killed(_) = pass {
            self.change(|world| world.remember(|history, now| *history = History::new(now)));
        }
        if let Pass::Edit(which, words) = pass {
            let path = DROP_INS[*which];
            self.change(|world| match words {
                Some(words) => world.with(path, WORDS[*words]),
                None => world.without(path),
            });
        }
        self.change(|world| world.later(seconds * SECOND));
        self.world.node.wall += i128::from(seconds) * 1_000_000_000;
        self.world = self.says();
    }
}
