//! The size of a mark.

use super::*;
use crate::node::{Stamp, Unverified};

fn asked(bytes: usize) -> Attempt {
    let path = HostPath::known("/etc/containerd/config.toml");
    let before = Before::Bytes(vec![b'x'; bytes]);
    let reason = RestartReason::Values { desired: "max_conf_num = 1".to_owned(), files: Digest::of(b"") };
    let changed = vec![Changed { path, before, after: Some(Digest::of(b"y")) }];
    Attempt { changed, ..Attempt::new(reason, None, Phase::Asked) }
}

fn largest(asked: &Attempt, trouble: &str) -> Attempt {
    let socket = HostPath::new(&format!("/run/{}", "s".repeat(100))).unwrap();
    Attempt {
        phase: Phase::RollingBack,
        incarnation: Some(Incarnation::of(&socket, &Stamp { mtime: i128::MAX, ..Stamp::default() })),
        retries: u32::MAX,
        restarted_on: Some(Digest::of(b"").into()),
        rollback_restarts: u8::MAX,
        asked_ms: u64::MAX,
        timeout_ms: u64::MAX,
        trouble: Some(trouble.into()),
        disturbed: true,
        ..asked.clone()
    }
}

#[test]
fn every_mark_of_an_attempt_has_the_same_size_and_is_read_again() {
    for bytes in [0, 100, 2000, 3000, 4000, 5000, 100_000] {
        let asked = asked(bytes);
        let (room, durably) = (asked.bytes().len(), durable(&asked).bytes().len());
        for trouble in ["", "it did not start", &"\u{1}".repeat(9000), &"\u{e9}".repeat(5000)] {
            let all = largest(&asked, trouble);
            assert_eq!((all.bytes().len(), durable(&all).bytes().len()), (room, durably));
            let read = Attempt::read(&all.bytes()).unwrap();
            assert_eq!(Unverified::read(&durable(&all).bytes()).unwrap().attempt, read);
            let begin =
                |attempt: &Attempt| attempt.trouble.as_deref().unwrap().chars().take(200).collect::<String>();
            assert_eq!(begin(&read), begin(&all));
            assert_eq!(Attempt { trouble: None, ..read }, Attempt { trouble: None, ..all });
        }
    }
}

fn durable(attempt: &Attempt) -> Unverified {
    Unverified::new("tuning", attempt.clone(), Some("b".repeat(36)))
}
