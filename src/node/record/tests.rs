//! A record is read as it was written, and so is a record of release 0.1.0.

use proptest::prelude::*;

use super::*;
use crate::node::{Attempt, Phase, RestartReason};

/// A record that release 0.1.0 wrote on a node: an own file, a patched config, a new binary and a replaced one.
const OF_0_1_0: &[u8] = include_bytes!("../testdata/0.1.0/record.json");

fn written(kind: Kind, before: Before) -> Written {
    Written { wrote: vec![Digest::of(b"x")], ..Written::new(kind, before) }
}

fn befores() -> impl Strategy<Value = Before> {
    prop_oneof![
        Just(Before::Absent),
        proptest::collection::vec(any::<u8>(), 0..64).prop_map(Before::Bytes),
        (any::<u64>(), 0..0o7777_u32).prop_map(|(n, mode)| Before::Saved(Digest::of(&n.to_le_bytes()), mode)),
        any::<String>().prop_map(Before::Link),
    ]
}

proptest! {
    #[test]
    fn a_record_reads_back_as_it_was_written(
        before in befores(), others in proptest::collection::btree_set("[a-z]{1,8}", 0..3),
        sandboxes in proptest::collection::vec(any::<String>(), 0..3),
        plugins in proptest::collection::btree_set(any::<String>(), 0..3), wall_ms in any::<i64>()
    ) {
        let mut record = Record::new("antrea", Layer::default());
        let shared = Written { shared_with: others, ..written(Kind::Config, before) };
        record.paths.insert("/etc/containerd/config.toml".to_owned(), shared);
        let first_published = Some(FirstPublished { plugins, wall_ms });
        let chain = Written { first_published, ..written(Kind::Chain, Before::Absent) };
        record.paths.insert("/etc/cni/net.d/05-antrea.conflist".to_owned(), chain);
        let place = if sandboxes.is_empty() { Place::Primary } else { Place::Retired };
        let retired = Written { place, retired: sandboxes.clone(), ..written(Kind::Chain, Before::Absent) };
        record.paths.insert("/etc/cni/net.d/10-x.conf".to_owned(), retired);
        record.sandboxes = sandboxes;
        prop_assert_eq!(Record::read(&record.bytes()).unwrap(), record);
    }

    /// A path that can be written can be read, and the reverse.
    #[test]
    fn what_is_confined_is_what_can_be_read(path in "/[a-z./]{0,30}", kind in 0..5_usize) {
        let kind = [Kind::Chain, Kind::Config, Kind::Binary, Kind::Directory, Kind::Mark][kind];
        let mut record = Record::new("antrea", Layer::default());
        record.paths.insert(path, written(kind, Before::Absent));
        prop_assert_eq!(record.confined().is_ok(), Record::read(&record.bytes()).is_ok());
    }
}

#[test]
fn a_record_of_0_1_0_is_read_and_migrates_when_it_is_written() {
    let record = Record::read(OF_0_1_0).unwrap();
    assert_eq!(record.owner, "tuning");
    assert_eq!((record.layer.layout.as_str(), record.layer.desired.max_conf_num), ("own-file", Some(1)));
    assert_eq!(record.live_before.as_ref().and_then(|before| before.max_conf_num), Some(0));
    let kinds: Vec<_> = record.paths.values().map(|written| written.kind).collect();
    assert_eq!(kinds, [Kind::Chain, Kind::Config, Kind::Binary, Kind::Binary]);
    let config = &record.paths["/etc/containerd/config.toml"].before;
    assert!(matches!(config, Before::Bytes(bytes) if bytes.starts_with(b"version = 2\n")));
    assert!(matches!(record.paths["/usr/lib/cni/tuning"].before, Before::Saved(_, 0o755)));
    assert_eq!(record.runtime, RecordedRuntime::Containerd);
    let text = String::from_utf8(record.bytes()).unwrap();
    assert!(text.starts_with("{\n  \"schema\": \"cni-bootstrap.record/2\","), "{text}");
    assert_eq!(Record::read(text.as_bytes()).unwrap(), record);
    // Values of release 0.1.0 keep their spelling.
    let old: serde_json::Value = serde_json::from_slice(OF_0_1_0).unwrap();
    let new: serde_json::Value = serde_json::from_str(&text).unwrap();
    for key in ["owner", "layer", "paths", "liveBefore"] {
        assert_eq!(new[key], old[key], "{key}");
    }
}

#[test]
fn an_attempt_of_0_1_0_is_read() {
    let files: [(&[u8], Phase); 4] = [
        (include_bytes!("../testdata/0.1.0/attempt-asked.json"), Phase::Asked),
        (include_bytes!("../testdata/0.1.0/attempt-giving-back.json"), Phase::RollingBack),
        (include_bytes!("../testdata/0.1.0/attempt-failed.json"), Phase::Failed),
        (include_bytes!("../testdata/0.1.0/attempt-settled.json"), Phase::Settled),
    ];
    for (bytes, phase) in files {
        let attempt = Attempt::read(bytes).unwrap();
        assert_eq!(attempt.phase, phase);
        assert_eq!(attempt.has_held(), phase == Phase::Settled, "a settled one counted as held");
        assert!(
            matches!(&attempt.reason, RestartReason::Values { desired, .. } if desired == "max_conf_num = 1")
        );
        assert_eq!(attempt.changed[0].path.as_str(), "/etc/containerd/config.toml");
        assert_eq!(Attempt::read(&attempt.bytes()), Some(attempt));
    }
}

#[test]
fn a_record_of_another_schema_is_named_and_not_used() {
    let text = |schema: &str, rest: &str| format!(r#"{{"schema":"{schema}","owner":"antrea"{rest}}}"#);
    let newer = text(
        "cni-bootstrap.record/9",
        r#","paths":{"/etc/cni/net.d/05-a.conflist":{"kind":"chain","more":1},"/opt/cni/bin/a":{"kind":"binary"}}"#,
    );
    let Err(RecordError::Newer { schema, chains }) = Record::read(newer.as_bytes()) else {
        panic!("{newer}")
    };
    assert_eq!(schema, "cni-bootstrap.record/9");
    assert_eq!(chains, [HostPath::known("/etc/cni/net.d/05-a.conflist")]);
    let unlike = text("cni-bootstrap.record/3", r#","paths":[1]"#);
    assert!(
        matches!(Record::read(unlike.as_bytes()), Err(RecordError::Newer { chains, .. }) if chains.is_empty())
    );
    for schema in ["cni-bootstrap.record/0", "cni-bootstrap.record/x", "cni-bootstrap.report/1", ""] {
        assert!(matches!(Record::read(text(schema, "").as_bytes()), Err(RecordError::Schema(_))), "{schema}");
    }
    assert!(matches!(Record::read(b"{"), Err(RecordError::Damaged(_))));
}

/// One forged path makes the whole record invalid.
#[test]
fn a_record_that_names_a_file_of_the_host_restores_nothing() {
    let text = std::str::from_utf8(OF_0_1_0).unwrap();
    for (ours, theirs) in [
        ("/etc/cni/net.d/05-tuning.conflist", "/etc/shadow"),
        ("/etc/containerd/config.toml", "/etc/shadow"),
        ("/usr/lib/cni/tuning", "/usr/bin/sudo"),
        ("/usr/lib/cni/tuning", "/usr/lib/cni/../../bin/sudo"),
        ("/usr/lib/cni/tuning", "usr/lib/cni/tuning"),
        ("/usr/lib/cni/tuning", "/var/lib/cni-bootstrap/other.json"),
    ] {
        let tampered = text.replacen(&format!("{ours}\""), &format!("{theirs}\""), 1);
        let error = Record::read(tampered.as_bytes()).unwrap_err();
        assert!(matches!(&error, RecordError::Misplaced { path, .. } if path == theirs), "{error}");
    }
    let attempt = std::str::from_utf8(include_bytes!("../testdata/0.1.0/attempt-giving-back.json")).unwrap();
    assert_eq!(Attempt::read(attempt.replace("/etc/containerd/config.toml", "/etc/shadow").as_bytes()), None);
}
