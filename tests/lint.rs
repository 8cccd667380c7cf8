//! `lint` on the command line.

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
        (&["--output", "json", "-"][..], 0, "problems"),
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

/// A file of small objects of kind `ConfigMap`, about 4 MB.
fn config_maps() -> String {
    let one = |number| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings-{number}, namespace: team-{}}}\ndata:\n  \
             settings.yaml: |\n{}",
            number % 100,
            "    level: debug   # a line of a file\n".repeat(100)
        )
    };
    (0..1050).map(one).collect::<Vec<_>>().join("---\n")
}

#[test]
fn a_directory_needs_little_more_memory_than_its_largest_file() {
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("0.yaml");
    let text = config_maps();
    std::fs::write(&first, &text).unwrap();
    for number in 1..50 {
        std::fs::hard_link(&first, dir.path().join(format!("{number}.yaml"))).unwrap();
    }
    // All writable memory of the process, for its whole life.
    let most = 24 << 10;
    assert!(text.len() > 4_000_000 && text.len() * 50 > (most << 10) * 8);
    let script = format!("ulimit -d {most} && exec \"$0\" lint \"$1\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_cni-bootstrap")]).arg(dir.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(first_line(&output), "50 files: found nothing that would keep pods from their network");
}

/// One line for each finding, as in `expected.txt`.
fn told(case: &Path) -> String {
    let report = json(&lint(&["--output", "json", case.to_str().unwrap()], None));
    let line = |finding: &serde_json::Value| {
        let word = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let file = Path::new(&word("file")).strip_prefix(case).unwrap().display().to_string();
        format!("{} {} {file}:{}\n", word("severity"), word("code"), finding["line"])
    };
    report["findings"].as_array().map_or_else(String::new, |findings| findings.iter().map(line).collect())
}

#[test]
fn each_case_of_testdata_is_judged_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/manifests");
    let mut count = 0;
    for case in
        std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        let expected = std::fs::read_to_string(case.join("expected.txt")).unwrap();
        assert_eq!(told(&case), expected, "{}", case.display());
        count += 1;
    }
    assert!(count >= 7, "{count} cases");
}

#[test]
fn help_is_at_most_100_wide_and_has_examples() {
    for verb in ["install", "uninstall", "check", "lint", "completions"] {
        for flag in ["--help", "-h"] {
            let output =
                Command::new(env!("CARGO_BIN_EXE_cni-bootstrap")).args([verb, flag]).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 100).collect();
            assert!(wide.is_empty(), "{verb} {flag}: {wide:#?}");
            let examples = text.split_once("Examples:\n").unwrap_or_else(|| panic!("{text}")).1;
            let is_of_verb =
                |line: &str| line.starts_with("  ") && line.contains(&format!("cni-bootstrap {verb}"));
            assert!(examples.lines().next().is_some_and(is_of_verb), "{text}");
        }
        let output =
            Command::new(env!("CARGO_BIN_EXE_cni-bootstrap")).args([verb, "--nonsense"]).output().unwrap();
        let last = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{last}");
        assert!(last.contains(&format!("see cni-bootstrap {verb} --help")), "{last}");
    }
}

/// The lines on a new terminal of this width; `script` (util-linux) makes one.
fn on_a_terminal(width: usize, arguments: &str) -> std::io::Result<Vec<String>> {
    let program = env!("CARGO_BIN_EXE_cni-bootstrap");
    let command = format!("stty cols {width}; NO_COLOR=1 {program} {arguments}");
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    let output = script.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect())
}

#[test]
fn a_terminal_shows_no_sentence_twice_and_no_line_wider_than_itself() {
    let Ok(lines) = on_a_terminal(70, "lint examples/kops-rolling-update") else {
        let _ = writeln!(std::io::stderr(), "\n*** SKIPPED, script(1) cannot be run ***\n");
        return;
    };
    let is_command = |line: &String| line.contains("kubectl ");
    let wide: Vec<_> = lines.iter().filter(|line| !is_command(line) && line.chars().count() > 70).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    let whole = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(lines.iter().any(|line| line.contains("webhook-blocks-network")), "{lines:#?}");
    assert_eq!(
        whole.matches("The webhook \"pod-identity-webhook.amazonaws.com\" (failurePolicy Fail)").count(),
        1,
        "{lines:#?}"
    );
    let healthy = on_a_terminal(70, "lint tests/manifest").unwrap().join("\n");
    assert_eq!(healthy.matches("found nothing").count(), 1, "{healthy}");
    // A pipe gets whole lines, and the last line on standard error.
    let piped = lint(&["examples/kops-rolling-update"], None);
    assert!(first_line(&piped).chars().count() > 200);
    assert!(String::from_utf8_lossy(&piped.stderr).starts_with("cni-bootstrap: The webhook"));
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
