//! Changes that another program undoes are repeated a few times, and then the run fails.

use super::World;
use super::world::{at, fails};
use crate::node::{Content, Digest, Dir, File, HostPath, Observed, RunNote as _, Stamp};
use crate::plan::guard::MOST;
use crate::plan::{BinaryInput, Change, Outcome, resolve};
use crate::report::{Failure, FailureCode};

const CHAIN: &str = "/etc/cni/net.d/05-tuning.conflist";
const BINARY: &str = "/opt/cni/bin/tuning";

/// The path in the message, and the rival's action.
type Rival = (&'static str, &'static dyn Fn(&mut World));

/// A node on which a binary has to be installed too.
fn world() -> World {
    let mut world = World::new().says(1, "").with_settings(|settings| {
        settings.install_bins =
            vec![BinaryInput { name: Some("tuning".to_owned()), path: "/in/tuning".to_owned() }];
    });
    world.node.sources.insert("/in/tuning".to_owned(), Observed::Present(binary(b"new", 0o755)));
    world.node.files.insert(at(BINARY), Observed::Present(binary(b"old", 0o755)));
    world.node.dirs.insert(at("/opt/cni"), Observed::Present(Dir::default()));
    world
}

fn binary(bytes: &[u8], mode: u32) -> File {
    let content = Content::Digest(Digest::of(bytes));
    File { stamp: Stamp { mode, ..Stamp::default() }, content }
}

/// Plans and applies, alternating with a rival, until the run fails. Returns the number of the rival's actions.
fn against(mut world: World, rival: impl Fn(&mut World)) -> (u32, Failure) {
    for round in 0..50 {
        let plan = world.plan();
        let desired = resolve(&world.settings, &world.node).unwrap();
        let changes: Vec<Change> = plan.first_changes().cloned().collect();
        if changes.is_empty() {
            let Outcome::Fail(failure) = plan.outcome else {
                panic!("{:?} after {round} rounds", plan.outcome)
            };
            return (round, failure);
        }
        let recorded = world.node.recorded(&desired.recording(), &changes);
        world.node = changes.iter().fold(recorded, |node, change| node.after(&desired.owner, change));
        for change in &changes {
            world.history.count(change, world.now);
            world.history.note_change(change, world.now);
        }
        rival(&mut world);
        world = world.later(100).says(1, "");
    }
    panic!("for ever");
}

#[test]
fn what_is_undone_again_and_again_is_told_for_every_path() {
    let rivals: [Rival; 6] = [
        (CHAIN, &|world| world.node = world.node.after("", &Change::Sweep(at(CHAIN)))),
        (CHAIN, &|world| world.node = world.node.after("", &super::world::bare(CHAIN, ""))),
        (BINARY, &|world| {
            world.node.files.insert(at(BINARY), Observed::Present(binary(b"rival's", 0o755)));
        }),
        (BINARY, &|world| {
            world.node.files.insert(at(BINARY), Observed::Present(binary(b"new", 0o777)));
        }),
        (BINARY, &|world| world.node = world.node.after("", &Change::Sweep(at(BINARY)))),
        ("/opt/cni/bin", &|world| {
            world.node.files.insert(at(BINARY), Observed::Absent);
            world.node.dirs.insert(at("/opt/cni/bin"), Observed::Absent);
        }),
    ];
    for (path, rival) in rivals {
        let (rounds, failure) = against(world(), rival);
        assert_eq!(failure.code, FailureCode::ChangeUndone, "{failure}");
        assert!(failure.sentence.contains(path), "{failure}");
        assert!((MOST..=MOST + 1).contains(&(rounds as usize)), "{rounds}: {failure}");
    }
}

/// The counts survive the process, and end with the window.
#[test]
fn what_an_earlier_process_counted_counts() {
    let mut world = World::new().says(1, "");
    let chain = world.plan().first_changes().last().unwrap().clone();
    let (path, left) = chain.leaves().unwrap();
    let mut tally = crate::node::Tally::default();
    for second in 0..5 {
        tally.wrote(path, &left.word(), crate::node::Moment::from_millis(world.now.millis() - second));
    }
    let file = String::from_utf8(tally.bytes()).unwrap();
    world = world.with(crate::node::TALLY_FILE, &file);
    let plan = world.plan();
    let failure = fails(&plan, FailureCode::ChangeUndone);
    assert!(failure.sentence.contains("5 times") && failure.sentence.contains("was removed"), "{failure}");
    world = world.with("/etc/cni/net.d/05-tuning.conflist.cilium_bak", "x");
    let dir = world.node.dirs.get_mut(&at("/etc/cni/net.d")).unwrap();
    if let Observed::Present(dir) = dir {
        dir.names.insert("05-tuning.conflist.cilium_bak".to_owned());
    }
    let plan = world.plan();
    let failure = fails(&plan, FailureCode::ChangeUndone);
    assert!(failure.sentence.contains("renamed to 05-tuning.conflist.cilium_bak"), "{failure}");
    assert!(failure.remedy.contains("cni-exclusive"), "{failure}");
    let mut later = world.later(600_000).says(1, "");
    assert!(later.plan().first_changes().any(|change| change.path() == Some(&at(CHAIN))));
}

/// Two authors who write different bytes each time undo no change of this program: the chain follows its primary.
#[test]
fn a_primary_that_changes_is_followed() {
    let mut world = World::new().says(1, "");
    for round in 0..20 {
        let primary =
            format!(r#"{{"cniVersion":"0.3.0","name":"n{round}","plugins":[{{"type":"azure-vnet"}}]}}"#);
        world = world.with("/etc/cni/net.d/10-azure.conflist", &primary);
        let changes: Vec<Change> = world.plan().first_changes().cloned().collect();
        assert!(changes.iter().any(|change| change.path() == Some(&at(CHAIN))), "{round}: {changes:?}");
        for change in &changes {
            world.history.count(change, world.now);
            world.history.note_change(change, world.now);
        }
        world = world.applied().0;
    }
}

#[test]
fn one_file_has_one_change_under_all_names_of_its_directory() {
    let mut world = world().with_settings(|settings| {
        settings.install_bins[0].name = Some("05-tuning.conflist".to_owned());
        settings.bin_dir = Some(HostPath::known("/opt/linked"));
    });
    for dir in ["/etc/cni/net.d", "/opt/linked"] {
        let mut seen = world.dir("/etc/cni/net.d").clone();
        seen.stamp.ino = 7;
        world.node.dirs.insert(at(dir), Observed::Present(seen));
    }
    for plugin in ["azure-vnet", "tuning"] {
        world.node.files.insert(at("/opt/linked").join(plugin), Observed::Present(binary(b"old", 0o755)));
    }
    world.settings.runtime = crate::plan::RuntimeKind::None;
    let plan = world.plan();
    let failure = fails(&plan, FailureCode::PathWrittenTwice);
    assert!(failure.sentence.contains(CHAIN) && failure.sentence.contains("/opt/linked"), "{failure}");
    assert_eq!(plan.changes().count(), 0);
}
