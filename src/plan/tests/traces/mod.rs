//! For any events in any order: no more restarts than the contract allows, and no node stays down.
//!
//! Runs are killed between any two changes, and the disk may be full at any of them.

mod machine;

use proptest::prelude::*;

use machine::Machine;

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
    /// From now on the runtime comes up with no config, or with those that it accepts.
    Dead(bool),
    /// From now on `/run`, or the disk, has no free block and no free inode, or has some again.
    Full { run: bool, disk: bool },
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
        2 => any::<(bool, bool)>().prop_map(|(run, disk)| Event::Full { run, disk }),
        1 => any::<bool>().prop_map(Event::Dead),
        2 => Just(Event::Fire),
        1 => Just(Event::PowerCut),
    ];
    prop::collection::vec(one, 1..24)
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
        machine.happens(&Event::Full { run: false, disk: false });
        for _ in 0..4 {
            machine.run(false, None);
        }
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
        let first = [run(Some(6)), Event::Edit];
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
    machine.happens(&run(Some(6)));
    for _ in 0..6 {
        for event in [Event::Edit, run(Some(3))] {
            machine.happens(&event);
            machine.holds(&event);
        }
    }
    assert_eq!(machine.tries, 4);
}

/// Each run is killed behind its restart on the old bytes, with which the runtime does not come up any more.
#[test]
fn runs_that_are_killed_while_they_roll_back_do_not_restart_without_end() {
    for killed in 0..10 {
        let mut machine = Machine::new(true);
        machine.happens(&Event::Run { uninstall: false, killed: Some(6) });
        machine.happens(&Event::Dead(true));
        let starts = machine.starts;
        for _ in 0..8 {
            let event = Event::Run { uninstall: false, killed: Some(killed) };
            machine.happens(&event);
            machine.holds(&event);
        }
        assert!(machine.starts - starts <= 3, "killed before change {killed}: {}", machine.starts - starts);
        // The unit is started as soon as somebody mends the cause.
        machine.happens(&Event::Dead(false));
        machine.happens(&Event::Restart);
        machine.run(false, None);
        assert!(machine.live.is_some());
    }
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

/// The machine stopped with the new config, the disk is full, and the run that rolls back is killed: its mark could not be
/// written, so only the durable mark and the old bytes tell the next run that a restart is missing.
#[test]
fn a_rollback_that_is_cut_off_on_a_full_disk_is_taken_up() {
    let run = |killed| Event::Run { uninstall: false, killed };
    for killed in 0..8 {
        let mut machine = Machine::new(true);
        for event in [
            run(Some(4)),
            Event::Full { run: true, disk: true },
            Event::PowerCut,
            run(Some(killed)),
            run(None),
        ] {
            machine.happens(&event);
            machine.holds(&event);
        }
        assert!(machine.live.is_some(), "killed before change {killed}: {:?}", machine.world.next());
    }
}
