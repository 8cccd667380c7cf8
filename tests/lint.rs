//! `lint` on the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const WARNING: &str = "kind: Pod\nmetadata:\n  annotations:\n    cni.projectcalico.org/hwaddr: x\n";

fn lint(args: &[&str], stdin: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cni-bootstrap"));
    command.arg("lint").args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.unwrap_or_default().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn first_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_examples_are_diagnosed_in_the_first_line() {
    let multus = lint(&["examples/multus-calico"], None);
    assert_eq!(multus.status.code(), Some(20));
    assert!(
        first_line(&multus).starts_with("error    cni.projectcalico.org/ipv4pools is"),
        "{}",
        first_line(&multus)
    );
    let kops = lint(&["examples/kops-rolling-update"], None);
    assert_eq!(kops.status.code(), Some(20));
    let begins = "error    The webhook \"pod-identity-webhook.amazonaws.com\" (failurePolicy Fail) keeps the pods of \
                  DaemonSet kube-system/antrea-agent from being created";
    assert!(first_line(&kops).starts_with(begins), "{}", first_line(&kops));
}

#[test]
fn a_finding_names_file_document_path_and_line() {
    let output = lint(&["--output", "json", "examples/multus-calico"], None);
    let report = json(&output);
    assert_eq!(report["schema"], "cni-bootstrap.report/1");
    assert_eq!((&report["verb"], &report["outcome"]), (&"lint".into(), &"problems".into()));
    assert_eq!(report["exitCode"], 20);
    let finding = &report["findings"][0];
    assert_eq!(finding["code"], "calico-annotation-not-json");
    assert_eq!(finding["file"], "examples/multus-calico/manifests.yaml");
    assert_eq!((&finding["document"], &finding["line"]), (&4.into(), &65.into()));
    let path = r#"spec.template.metadata.annotations["cni.projectcalico.org/ipv4pools"]"#;
    assert_eq!(finding["path"], path);
    let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap().to_owned();
    assert!(last.contains(report["message"].as_str().unwrap()), "{last}");
}

#[test]
fn a_warning_counts_if_it_is_strict() {
    for (args, code, outcome) in [
        (&["--output", "json", "-"][..], 0, "healthy"),
        (&["--output", "json", "--strict", "-"], 20, "problems"),
    ] {
        let output = lint(args, Some(WARNING));
        let report = json(&output);
        assert_eq!(report["findings"][0]["severity"], "warning", "{report}");
        assert_eq!((output.status.code(), &report["outcome"]), (Some(code), &outcome.into()), "{report}");
    }
}

#[test]
fn a_list_from_kubectl_comes_through_standard_input() {
    let pod = r#"{"kind":"Pod","metadata":{"name":"a","annotations":{"cni.projectcalico.org/ipAddrs":"10.0.0.1"}}}"#;
    let list = format!(r#"{{"apiVersion":"v1","kind":"List","items":[{pod}]}}"#);
    let output = lint(&["--output", "sarif", "-"], Some(&list));
    let sarif = json(&output);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "calico-annotation-not-json");
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "stdin");
    assert_eq!(output.status.code(), Some(20));
}

#[test]
fn healthy_manifests_are_said_to_be_and_nothing_is_coloured_in_a_pipe() {
    let output = lint(&["tests/manifest"], None);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(first_line(&output), "3 files: found nothing that would keep pods from their network");
    assert!(!lint(&["examples"], None).stdout.contains(&0x1b));
}

#[test]
fn what_cannot_be_read_is_a_usage_error() {
    let empty = tempfile::tempdir().unwrap();
    let empty = Path::new(empty.path()).to_str().unwrap();
    // `kubectl` failed before the pipe: an empty input is not a healthy cluster.
    for args in [&["absent.yaml"][..], &[empty], &[], &["-"]] {
        assert_eq!(lint(args, None).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_terminal_is_coloured_unless_it_is_not_wanted() {
    // `script` (util-linux) runs a command on a new terminal.
    let on_a_terminal = |variable: &str| {
        let command = format!("{variable} {} lint examples", env!("CARGO_BIN_EXE_cni-bootstrap"));
        let mut script = Command::new("script");
        script
            .args(["-qec", &command, "/dev/null"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null());
        script.output().map(|output| output.stdout.contains(&0x1b))
    };
    match on_a_terminal("NO_COLOR=") {
        Ok(coloured) => {
            assert!(coloured);
            assert!(!on_a_terminal("NO_COLOR=1").unwrap());
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "\n*** SKIPPED, script(1) cannot be run: {error} ***\n");
        }
    }
}
