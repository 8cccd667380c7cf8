//! Ways to pass settings: options, files, standard input, variables; and the position of the plugin.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{PROGRAM, Ran, Scratch, TUNING};

fn types(scratch: &Scratch) -> Vec<String> {
    let chain: serde_json::Value = serde_json::from_str(&scratch.chained()).unwrap();
    chain["plugins"].as_array().unwrap().iter().map(|p| p["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_position() {
    for (position, expected) in [
        ("first", ["tuning", "azure-vnet", "portmap"]),
        ("last", ["azure-vnet", "portmap", "tuning"]),
        ("before=portmap", ["azure-vnet", "tuning", "portmap"]),
        ("after=azure-vnet", ["azure-vnet", "tuning", "portmap"]),
    ] {
        let scratch = Scratch::ready();
        scratch.install(&["--position", position]).exits(0);
        assert_eq!(types(&scratch), expected, "{position}");
    }
}

#[test]
fn a_plugin_of_the_primary_is_replaced_in_its_place() {
    let scratch = Scratch::ready();
    let ours = r#"{"type":"portmap","ours":true}"#;
    scratch.run(&["install", "--plugin", ours]).exits(0).finds("replaces-primary-plugin");
    let chain = std::fs::read_to_string(scratch.path("etc/cni/net.d/05-portmap.conflist")).unwrap();
    assert_eq!(chain.matches("portmap\"").count(), 1, "{chain}");
    assert!(chain.contains("ours") && !chain.contains("snat"), "{chain}");
}

#[test]
fn a_single_plugin_becomes_a_list() {
    let single = r#"{"cniVersion":"0.3.1","name":"single","type":"azure-vnet","mtu":1.50e3}"#;
    let scratch = Scratch::ready();
    std::fs::remove_file(scratch.path("etc/cni/net.d/10-azure.conflist")).unwrap();
    let scratch = scratch.conf("10-single.conf", single);
    scratch.install(&[]).exits(0);
    assert_eq!(types(&scratch), ["azure-vnet", "tuning"]);
    assert!(scratch.chained().contains("1.50e3"));
}

#[test]
fn plugins_from_a_file_from_standard_input_and_from_the_environment() {
    let scratch = Scratch::ready().plugins(&["bandwidth"]);
    let file = scratch.input("plugin.json", TUNING);
    scratch
        .run(&["install", "--plugin", &format!("@{file}"), "--plugin", r#"{"type":"bandwidth"}"#])
        .exits(0);
    assert_eq!(types(&scratch), ["azure-vnet", "portmap", "tuning", "bandwidth"]);

    let scratch = Scratch::ready();
    let mut command = scratch.command(&["install", "--plugin", "@-"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(TUNING.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap()).exits(0);
    assert_eq!(types(&scratch), ["azure-vnet", "portmap", "tuning"]);

    let scratch = Scratch::ready().plugins(&["bandwidth"]);
    let helper = scratch.plugin_input("helper");
    let other = scratch.plugin_input("other-new");
    let mut command = scratch.command(&["install"]);
    command.env("CNI_BOOTSTRAP_PLUGIN", format!("{TUNING}\n\n  {{\"type\":\"bandwidth\"}}\n"));
    command.env("CNI_BOOTSTRAP_INSTALL_BIN", format!("{helper}\nother={other}"));
    command.env("CNI_BOOTSTRAP_POSITION", "first");
    Ran::of(command.output().unwrap()).exits(0);
    assert_eq!(types(&scratch), ["tuning", "bandwidth", "azure-vnet", "portmap"]);
    assert!(["helper", "other"].iter().all(|name| scratch.path("opt/cni/bin").join(name).exists()));
}

#[test]
fn what_is_typed_wins_over_the_environment() {
    let scratch = Scratch::ready();
    let mut command = scratch.command(&["install", "--plugin", TUNING, "--position", "last"]);
    command.env("CNI_BOOTSTRAP_PLUGIN", "{").env("CNI_BOOTSTRAP_POSITION", "first");
    Ran::of(command.output().unwrap()).exits(0);
    assert_eq!(types(&scratch), ["azure-vnet", "portmap", "tuning"]);
}

#[test]
fn a_directory_of_binaries_is_installed_under_their_names() {
    let scratch = Scratch::ready();
    scratch.plugin_input("one");
    scratch.plugin_input("two");
    scratch.install(&["--install-bin", scratch.inputs().to_str().unwrap()]).exits(0);
    assert!(["one", "two"].iter().all(|name| scratch.path("opt/cni/bin").join(name).exists()));
}

#[test]
fn other_places_and_names() {
    let azure = crate::support::PRIMARY;
    let scratch = Scratch::new().file("staging/00-azure.conflist", azure).plugins(&[]);
    for name in ["azure-vnet", "portmap", "tuning"] {
        let path = scratch.path("usr/lib/cni").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(crate::support::plugin(), path).unwrap();
    }
    let places = ["--conf-dir", "/etc/other", "--bin-dir", "/usr/lib/cni", "--primary-dir", "/staging"];
    scratch.install(&[&places[..], &["--owner", "me", "--primary", "network=azure"]].concat()).exits(0);
    assert!(scratch.path("etc/other/05-me.conflist").exists(), "the directory was made");
    scratch.run(&["uninstall", "--owner", "me", "--conf-dir", "/etc/other"]).exits(0);
    assert!(!scratch.path("etc/other").exists(), "and undone");
}

#[test]
fn every_option_has_its_variable_in_the_help() {
    for verb in ["install", "uninstall"] {
        let help = Ran::of(Command::new(PROGRAM).args([verb, "--help"]).output().unwrap()).exits(0).stdout;
        let words: BTreeSet<&str> =
            help.split(|c: char| c.is_whitespace() || "[]=,.;:)".contains(c)).collect();
        let options: Vec<&str> = help
            .lines()
            // The text of an option is wrapped below it, further in.
            .filter_map(|line| line.strip_prefix("      --").or_else(|| line.strip_prefix("  -h, --")))
            .filter_map(|rest| rest.split([' ', '=', '[']).next())
            .filter(|option| *option != "help")
            .collect();
        assert!(options.contains(&"host-root") && options.contains(&"plugin"), "{options:?}");
        for option in options {
            let variable = format!("CNI_BOOTSTRAP_{}", option.replace('-', "_").to_uppercase());
            assert!(words.contains(variable.as_str()), "{verb} --{option} does not name {variable}");
        }
    }
}

/// The contract's options that `install` has so far.
const INSTALL: &[&str] = &[
    "host-root",
    "conf-dir",
    "bin-dir",
    "owner",
    "primary",
    "primary-dir",
    "primary-timeout",
    "primary-grace",
    "no-wait",
    "backoff-initial",
    "backoff-max",
    "plugin",
    "position",
    "output-file",
    "conf-mode",
    "install-bin",
    "runtime",
    "runtime-endpoint",
    "containerd-config",
    "max-conf-num",
    "conf-template",
    "systemd-cgroup",
    "sandbox-image",
    "enable-cri",
    "restart",
    "restart-timeout",
    "restart-jitter",
    "restart-quiet",
    "verify-timeout",
    "dry-run",
    "output",
    "log-format",
    "log-level",
];

#[test]
fn the_options_of_the_contract_are_in_the_help() {
    let help = Ran::of(Command::new(PROGRAM).args(["install", "--help"]).output().unwrap()).exits(0).stdout;
    let missing: Vec<_> = INSTALL.iter().filter(|option| !help.contains(&format!("--{option}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_relative_path_of_a_binary_is_that_of_the_working_directory() {
    let scratch = Scratch::new().primary(crate::support::PRIMARY).plugins(&["azure-vnet", "portmap"]);
    scratch.plugin_input("tuning");
    let mut command = scratch.command(&["install", "--plugin", TUNING, "--install-bin", "tuning"]);
    let ran = Ran::of(command.current_dir(scratch.inputs()).output().unwrap()).exits(0);
    assert!(!rustix::process::geteuid().is_root() || ran.findings().is_empty(), "{:?}", ran.findings());
    assert!(scratch.path("opt/cni/bin/tuning").exists());
}

/// Otherwise each would replace the other forever.
#[test]
fn one_binary_given_twice_is_given_once_or_not_at_all() {
    let scratch = Scratch::ready();
    let (one, two) = (scratch.plugin_input("tuning"), scratch.plugin_input("copy"));
    let other = scratch.plugin_input("other");
    let grown = [std::fs::read(&other).unwrap(), b"longer".to_vec()].concat();
    std::fs::write(&other, grown).unwrap();
    let (copy, other) = (format!("tuning={two}"), format!("tuning={other}"));
    let before = scratch.stamps();
    for given in [[&one, &other], [&other, &one]] {
        let ran = scratch
            .install(&["--install-bin", given[0], "--install-bin", given[1]])
            .fails("install-bin-twice");
        assert!(ran.stderr.contains("\"tuning\" twice"), "{}", ran.stderr);
        assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(std::path::PathBuf::from));
    }
    scratch.install(&["--install-bin", &one, "--install-bin", &copy, "--install-bin", &one]).exits(0);
}

/// The chain and a binary with one path, also if the directory has two names.
#[test]
fn a_binary_and_the_chain_are_two_files() {
    for linked in [false, true] {
        let scratch = Scratch::ready();
        let dir = if linked { "/opt/both" } else { "/etc/cni/net.d" };
        if linked {
            std::os::unix::fs::symlink("/etc/cni/net.d", scratch.path("opt/both")).unwrap();
        }
        let input = format!("05-tuning.conflist={}", scratch.plugin_input("tuning"));
        for name in ["azure-vnet", "portmap", "tuning"] {
            std::fs::rename(scratch.path("opt/cni/bin").join(name), scratch.path("etc/cni/net.d").join(name))
                .unwrap();
        }
        let before = scratch.stamps();
        let ran = scratch.install(&["--bin-dir", dir, "--install-bin", &input]).fails("path-written-twice");
        assert!(ran.stderr.contains("05-tuning.conflist"), "{}", ran.stderr);
        assert_eq!(before.differ(&scratch.stamps()), [""; 0].map(std::path::PathBuf::from));
    }
}
