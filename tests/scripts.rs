//! The commands that a person types in a checkout: what they say, and what they leave alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(top().join(program)).args(args).output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn each_command_answers_help_and_refuses_what_it_does_not_know() {
    for program in ["test", "example", "scripts/plain-debian"] {
        for option in ["--help", "-h"] {
            let help = run(program, &[option]);
            let text = said(&help.stdout);
            assert!(help.status.success(), "{program}: {help:?}");
            let words: Vec<&str> = text.split_whitespace().collect();
            assert!(words.windows(3).any(|three| three == ["--help", "this", "text"]), "{text}");
            assert!(!text.contains("set -euo"), "{text}");
        }
        let unknown = run(program, &["--no-such-option"]);
        assert_eq!(unknown.status.code(), Some(1), "{program}: {unknown:?}");
        assert!(said(&unknown.stderr).contains("--no-such-option is not an option"), "{unknown:?}");
    }
}

/// `./test` says when it took longer than a person was told.
#[test]
fn the_times_that_test_is_held_to_are_those_that_are_told() {
    let read = |path: &str| std::fs::read_to_string(top().join(path)).unwrap();
    let (script, contributing) = (read("scripts/test"), read("CONTRIBUTING.md"));
    let budget = |before: &str| -> u32 {
        let line = script.lines().find(|line| line.trim_start().starts_with(before)).unwrap();
        let (_, number) = line.split_once("budget=").unwrap();
        number.split(' ').next().unwrap().parse().unwrap()
    };
    for (command, minutes) in [("./test", budget("nodes=yes")), ("./test --fast", budget("--fast)"))] {
        let row = contributing.lines().find(|line| line.starts_with(&format!("| `{command}`"))).unwrap();
        assert!(row.contains(&format!("about {minutes} minutes")), "{row}: the budget is {minutes}");
        assert!(script.contains(&format!("about {minutes} minutes")), "the help of ./test: {minutes}");
    }
}

/// A machine of two packages and one enabled unit, which `scripts/machine.sh` compares with what it was.
fn compare(before: &str, after: &str, unit: Option<&str>, named: &str) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let query = file("dpkg-query", "#!/bin/sh\ncat \"$MACHINE\"\n");
    std::fs::set_permissions(&query, std::fs::Permissions::from_mode(0o755)).unwrap();
    file("before", before);
    file("after", after);
    file("named", named);
    let units = dir.path().join("units");
    std::fs::create_dir(&units).unwrap();
    let script = r#"set -eu
        PATH=$PWD:$PATH UNITS=$PWD/units
        title() { echo "$@"; }; aside() { :; }
        . "$1/scripts/machine.sh"
        export MACHINE=$PWD/before
        machine | sort >was
        export MACHINE=$PWD/after
        [ -z "$2" ] || ln -s /usr/lib/systemd/system/"$2" "units/$2"
        unchanged was named"#;
    let out = Command::new("bash")
        .args(["-c", script, "bash", top().to_str().unwrap(), unit.unwrap_or_default()])
        .current_dir(dir.path())
        .output();
    out.unwrap()
}

#[test]
fn what_a_run_changes_on_the_machine_without_naming_it_is_told() {
    let machine = "package git 1:2.47\npackage systemd 257.7\n";
    let new = "package git 1:2.47\npackage systemd 257.7\npackage npm 9.2\n";
    let upgraded = "package git 1:2.47\npackage systemd 257.8\n";
    let removed = "package git 1:2.47\n";
    for (after, unit, named, told) in [
        (machine, None, "", None),
        (new, None, "npm\n", None),
        (new, None, "", Some("package npm 9.2")),
        (new, None, "npm-cli\n", Some("package npm 9.2")),
        (upgraded, None, "", Some("package systemd 257.8")),
        (upgraded, None, "systemd\n", None),
        (removed, None, "", Some("package systemd 257.7")),
        (machine, Some("cloud-init.service"), "", Some("cloud-init.service")),
        (new, Some("npm.service"), "npm\n", None),
    ] {
        let out = compare(machine, after, unit, named);
        let text = said(&out.stdout);
        let wanted = told.map(|told| ("NOT NAMED BEFORE", told));
        assert_eq!(out.status.success(), wanted.is_none(), "{after:?} {unit:?} {named:?}: {out:?}");
        if let Some((title, told)) = wanted {
            assert!(text.contains(title) && text.contains(told), "{after:?} {unit:?} {named:?}: {text}");
        }
    }
}
