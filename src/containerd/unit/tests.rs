use super::{ConfigPath, UnitFile, config_path, expand};
use proptest::prelude::*;

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn started(text: &str) -> Vec<Vec<String>> {
    UnitFile::read([text]).argv()
}

#[test]
fn every_spelling_of_the_config_flag_is_read() {
    for words in [
        &["containerd", "--config", "/a.toml"][..],
        &["containerd", "--config=/a.toml"],
        &["containerd", "-c", "/a.toml"],
        &["containerd", "-c=/a.toml"],
        &["containerd", "-config", "/a.toml"],
        &["containerd", "--log-level", "debug", "--config=/b.toml", "-c", "/a.toml", "--root=/r"],
        &["containerd", "-c", "/a.toml", "--config"],
    ] {
        assert_eq!(config_path(&argv(words)), ConfigPath::Given("/a.toml".to_owned()), "{words:?}");
    }
}

#[test]
fn without_the_flag_it_is_the_default() {
    for words in [
        &[][..],
        &["containerd"],
        &["--config", "x"][..1],
        &["containerd", "--configuration=/a", "-l", "debug"],
        &["containerd", "--", "--config", "/a"],
        &["containerd", "config", "dump"],
    ] {
        assert_eq!(config_path(&argv(words)), ConfigPath::Default, "{words:?}");
    }
    assert_eq!(ConfigPath::Default.as_str(), "/etc/containerd/config.toml");
}

#[test]
fn a_unit_is_read_as_systemd_reads_it() {
    let unit = UnitFile::read(["[Unit]\nExecStart=/not/this\n[Service]\n# ExecStart=/nor/this\n\
        ExecStartPre=-/sbin/modprobe overlay\nExecStart = -/usr/bin/containerd \\\n  --log-level info \\\n# between\n\
        ; too\n  --config \"/etc/a b.toml\"\nRestart=always\nEnvironmentFile=-/etc/default/containerd\n[Install]\nRestart=no\n"]);
    assert_eq!(
        unit.exec_start,
        [["/usr/bin/containerd", "--log-level", "info", "--config", "/etc/a b.toml"]]
    );
    assert_eq!(unit.restart.as_deref(), Some("always"));
    assert_eq!(unit.environment_files, ["/etc/default/containerd"]);
}

#[test]
fn a_drop_in_resets_and_sets_anew() {
    let main = "[Service]\nExecStart=/usr/bin/containerd\nRestart=on-failure\nEnvironment=A=1\n";
    let more = "[Service]\nExecStart=\nExecStart=/opt/containerd -c ${CONF}\nEnvironment=\"CONF=/x y\" B=2\n";
    let unit = UnitFile::read([main, more]);
    assert_eq!(unit.argv(), [["/opt/containerd", "-c", "/x y"]]);
    assert_eq!(unit.environment, ["A=1", "CONF=/x y", "B=2"]);
    assert_eq!(
        UnitFile::read([main, "[Service]\nRestart=\nEnvironment=\n"]),
        UnitFile { exec_start: vec![argv(&["/usr/bin/containerd"])], ..UnitFile::default() }
    );
}

#[test]
fn prefixes_quotes_and_escapes_are_taken_off() {
    for (value, expected) in [
        ("@/usr/bin/containerd ctrd -c /a", &["ctrd", "-c", "/a"][..]),
        ("+!!/usr/bin/containerd", &["/usr/bin/containerd"]),
        (":-/bin/a '$X' \"b c\"", &["/bin/a", "$X", "b c"]),
        (r"/bin/a b\x20c \x2fd e\sf \101 \q \x2", &["/bin/a", "b c", "/d", "e f", "A", r"\q", r"\x2"]),
        (r#"/bin/a pre"mid dle"post '' it\'s"#, &["/bin/a", "premid dlepost", "", "it's"]),
        ("/bin/a %%h $$HOME", &["/bin/a", "%h", "$HOME"]),
    ] {
        assert_eq!(started(&format!("[Service]\nExecStart={value}\n")), [argv(expected)], "{value}");
    }
}

#[test]
fn a_lone_semicolon_begins_another_command() {
    let lines = started("[Service]\nType=oneshot\nExecStart=/bin/a 1 ; /bin/b \\; ';' 2\nExecStart=/bin/c\n");
    assert_eq!(lines, [argv(&["/bin/a", "1"]), argv(&["/bin/b", ";", ";", "2"]), argv(&["/bin/c"])]);
}

#[test]
fn variables_are_put_in_as_systemd_does() {
    let environment = argv(&["OPTS=-l debug", "CONF=/old", "CONF=/etc/c.toml", "EMPTY="]);
    let given = argv(&[
        "/bin/$CONF",
        "$OPTS",
        "--config=${CONF}",
        "${OPTS}",
        "$EMPTY",
        "${UNSET}/x",
        "$UNSET",
        "a$CONF",
    ]);
    let expected = argv(&[
        "/bin/$CONF",
        "-l",
        "debug",
        "--config=/etc/c.toml",
        "-l debug",
        "${UNSET}/x",
        "$UNSET",
        "a$CONF",
    ]);
    assert_eq!(expand(&given, &environment), expected);
}

proptest! {
    #[test]
    fn no_unit_panics(text in "(\\[Service\\]\n)?(ExecStart=|Environment=|[^\n]*)[-@+!:$%{}\\\\\"'; a-fux0-9\n]{0,60}") {
        let _ = UnitFile::read([text.as_str()]).argv();
    }

    #[test]
    fn plain_words_come_through(words in proptest::collection::vec("[a-z/=.-]{1,8}", 1..6)) {
        let line = format!("[Service]\nExecStart=/{}\n", words.join("  "));
        let mut expected = words;
        expected[0].insert(0, '/');
        prop_assert_eq!(started(&line), [expected]);
    }
}
