//! Names, keys, types and messages come from files and other programs. In no output can they control a terminal,
//! change the reading direction or start a line.

use std::collections::BTreeSet;
use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{PROGRAM, Ran, Scratch, TUNING};

/// Texts that control a terminal, change or hide text, or start a line.
const HOSTILE: &[&str] = &[
    "\n",
    "\r",
    "\t",
    "\r\n",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x08",
    "\x7f",
    "\u{85}",
    "\u{9b}31m",
    "\u{61c}",
    "\u{200b}",
    "\u{200d}",
    "\u{200e}",
    "\u{200f}",
    "\u{202a}",
    "\u{202e}",
    "\u{2028}",
    "\u{2029}",
    "\u{2060}",
    "\u{2066}",
    "\u{2069}",
    "\u{ad}",
    "\u{feff}",
    "\u{e0041}",
];

fn is_unseen(c: char) -> bool {
    c.is_control()
        || "\u{ad}\u{61c}\u{feff}".contains(c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
}

/// A name with such a text, followed by a line that looks like this program's.
fn name() -> impl Strategy<Value = String> {
    ("[a-z]{1,3}", prop::collection::vec(prop::sample::select(HOSTILE), 1..4))
        .prop_map(|(word, pieces)| format!("{word}{}FORGED ready: the node runs the chain", pieces.concat()))
}

fn assert_plain(what: &str, ran: &Ran) {
    for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        let steers: BTreeSet<char> = text.chars().filter(|c| !"\n\t".contains(*c) && is_unseen(*c)).collect();
        assert!(steers.is_empty(), "{what}: {stream} has {steers:?}: {text:?}");
        let forged = text.lines().find(|line| line.trim_start().starts_with("FORGED"));
        assert_eq!(forged, None, "{what}: {stream}: {text}");
    }
    if ran.stdout.starts_with('{') {
        ran.report();
    }
    for line in ran.stderr.lines().filter(|line| line.starts_with('{')) {
        serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{what}: {error}: {line}"));
    }
}

/// A host with bad names everywhere. A slash or a quote would only make a name invalid.
fn host(name: &str) -> Scratch {
    let primary = json!({
        "cniVersion": "0.4.0", "name": name, name: [name],
        "plugins": [{"type": name, name: name, "ipam": {"type": name}}, {"type": "portmap"}],
    });
    let config = format!("version = 2\nimports = [{0}]\n[plugins.{0}]\n{0} = {0}\n", json!(name));
    Scratch::new()
        .primary(primary.to_string())
        .conf(&format!("20-{name}.conflist"), format!("{{{name}"))
        .conf(&format!("30-{name}.conf"), json!({"cniVersion": name, "name": name, "type": name}).to_string())
        .file("etc/containerd/config.toml", config)
        .file(
            "var/lib/kubelet/config.yaml",
            format!("kind: KubeletConfiguration\ncgroupDriver: {}\n", json!(name)),
        )
        .file("words", name)
        .plugins(&["portmap", "tuning", "loud", name])
}

/// The program with exactly these arguments.
fn typed(words: &[&str]) -> Ran {
    Ran::of(Command::new(PROGRAM).args(words).output().unwrap())
}

fn on_a_node(scratch: &Scratch, name: &str) {
    let root = scratch.root().to_str().unwrap().to_owned();
    let plugin = json!({"type": name, name: name}).to_string();
    let binary = format!("{name}={}", scratch.plugin_input("in"));
    let second = format!("20-{name}.conflist");
    let output = format!("05-{name}.conflist");
    for log in ["text", "json"] {
        for format in ["text", "json"] {
            let base =
                ["--host-root", &root, "--output", format, "--log-format", log, "--log-level", "trace"];
            let run = |verb: &str, words: &[&str]| {
                let ran = typed(&[&[verb], &base[..], words].concat());
                assert_plain(&format!("{verb} {words:?} {base:?}"), &ran);
            };
            let quick = ["--runtime", "none", "--primary-timeout", "20ms", "--binary-grace", "20ms"];
            let install = |words: &[&str]| run("install", &[&quick, words].concat());
            install(&["--plugin", &plugin, "--dry-run"]);
            install(&["--plugin", TUNING]);
            install(&["--plugin", r#"{"type":"loud"}"#]);
            install(&["--plugin", TUNING, "--primary", &second]);
            install(&["--plugin", TUNING, "--output-file", &output]);
            install(&["--plugin", &plugin, "--install-bin", &binary]);
            install(&["--plugin", &plugin, "--owner", "node"]);
            run("uninstall", &["--owner", "node", "--runtime", "none", "--dry-run"]);
            run("uninstall", &["--owner", "node", "--runtime", "none"]);
            run("check", &[]);
        }
    }
    std::fs::remove_file(scratch.path("opt/cni/bin").join(name)).unwrap();
    assert_plain("a plugin is missing", &typed(&["check", "--host-root", &root]));
    assert_plain("sarif", &typed(&["check", "--host-root", &root, "--output", "sarif"]));
}

fn as_words(scratch: &Scratch, name: &str) {
    let nowhere = format!("/{name}");
    for words in [
        &["install", "--plugin", name][..],
        &["install", "--plugin", TUNING, "--host-root", &nowhere],
        &["install", "--plugin", TUNING, "--conf-dir", name],
        &["install", "--plugin", TUNING, "--position", name],
        &["install", "--plugin", TUNING, "--owner", name],
        &["install", "--plugin", TUNING, "--primary", name],
        &["install", "--plugin", TUNING, "--install-bin", name],
        &["install", "--plugin", TUNING, "--sandbox-image", name],
        &["install", "--plugin", TUNING, "--runtime-endpoint", name],
        &[name],
        &["check", name],
        &["lint", name],
        &["completions", name],
    ] {
        // On the scratch node, without waits; these options are still reported.
        let root = scratch.root().to_str().unwrap().to_owned();
        let quick = ["--runtime", "none", "--primary-timeout", "20ms"];
        let quick = if words[0] == "install" { &quick[..] } else { &[] };
        let mut words = [words, quick].concat();
        if words[0] == "install" && !words.contains(&"--host-root") {
            words.extend(["--host-root", &root]);
        }
        assert_plain(&format!("{words:?}"), &typed(&words));
    }
    let text = format!(
        "kind: Pod\nmetadata:\n  name: {0}\n  annotations:\n    cni.projectcalico.org/hwAddr: {0}\n    {0}: x\n",
        json!(name)
    );
    let manifest = scratch.input(&format!("{name}.yaml"), text);
    for format in ["text", "json", "sarif"] {
        assert_plain("lint", &typed(&["lint", &manifest, "--output", format]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_name_steers_a_terminal_or_forges_a_line(name in name()) {
        let scratch = host(&name);
        on_a_node(&scratch, &name);
        as_words(&scratch, &name);
    }
}

#[test]
fn a_plugin_s_words_are_cut_to_a_line() {
    let scratch = Scratch::ready().plugins(&["loud"]).file("words", "I am\nlong ".repeat(4000));
    let ran = scratch.run(&["install", "--plugin", r#"{"type":"loud"}"#]).fails("plugin-cni-version");
    assert!(ran.last().contains("I am long I am long") && ran.last().len() < 1000, "{}", ran.last());
    let message = ran.report()["message"].as_str().unwrap().to_owned();
    assert!(!message.contains('\n') && message.len() < 1000, "{message}");
}
