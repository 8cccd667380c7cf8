//! The image's name: in one place of the manifests, and refused while it is a placeholder.

use serde_json::Value;

use crate::manifest::{OVERLAYS, chart, copy, daemon_set, kustomize, list, ours};
use crate::tools::{good, run, tools, words};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cni-bootstrap");

/// What `lint` finds in a text: the codes.
fn linted(text: &str) -> Vec<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let out = run(PROGRAM, &["lint", "--output", "json", file.path().to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    list(&report, "findings").iter().map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
}

/// The image's name stands in one place, and until somebody writes it there nothing passes.
#[test]
fn a_manifest_with_the_placeholder_for_an_image_is_refused_and_one_command_names_the_image() {
    let Some(tools) = tools() else { return };
    let copy = copy();
    let mut directories: Vec<String> = OVERLAYS.iter().map(|(name, _)| format!("overlays/{name}")).collect();
    directories.push("bases/node-bootstrapper".to_owned());
    let all = || directories.iter().map(|directory| (directory, kustomize(tools, copy.path(), directory)));
    for (directory, text) in all() {
        assert_eq!(linted(&text), ["image-placeholder"], "{directory}");
    }
    let directory = copy.path().join("deploy/helm/cni-bootstrap");
    let template = |more: &[&str]| {
        run(tools.join("bin/helm"), &[&["template", "x", directory.to_str().unwrap()], more].concat())
    };
    for name in [
        "",
        "cni-bootstrap",
        "docker.io/library/cni-bootstrap",
        "example.com/cni-bootstrap",
        "ghcr.io/OWNER/x",
    ] {
        let out = template(&["--set", &format!("image.repository={name}")]);
        assert!(!out.status.success() && words(&out.stderr).contains("is a placeholder"), "{name}: {out:?}");
    }
    let digest = format!("sha256:{}", "5".repeat(64));
    let pinned = format!("registry.internal:5000/a/cni-bootstrap@{digest}");
    let both = format!("ghcr.io/someone/cni-bootstrap:0.3.0@{digest}");
    let bare = format!("ghcr.io/someone/cni-bootstrap@{digest}");
    for (given, expected) in [
        (&pinned, &pinned),
        (&"ghcr.io/a/cni-bootstrap:1".to_owned(), &"ghcr.io/a/cni-bootstrap:1".to_owned()),
        (&both, &bare),
    ] {
        good(copy.path().join("deploy/set-image"), &[given]);
        for (directory, text) in all() {
            assert_eq!(ours(&daemon_set(tools, &text))["image"], **expected, "{directory}");
            assert_eq!(linted(&text), [] as [&str; 0], "{directory}");
        }
        let out = template(&[]);
        assert!(out.status.success(), "{}", words(&out.stderr));
        assert_eq!(ours(&daemon_set(tools, &words(&out.stdout)))["image"], **expected);
    }
    for bad in ["cni-bootstrap:1", "ghcr.io/a/b", "ghcr.io/$A/b:1", ""] {
        assert!(!run(copy.path().join("deploy/set-image"), &[bad]).status.success(), "{bad}");
    }
}

/// The chart's own way out: the verb, and the owner whose record `install` made.
#[test]
fn the_chart_uninstalls_the_owner_that_it_installs() {
    let Some(tools) = tools() else { return };
    for (owner, plugins, expected) in
        [("", "[]", "node"), ("", r#"[{"type":"tuning"}]"#, "tuning"), ("me", "[]", "me")]
    {
        let (owner, plugins) = (format!("owner={owner}"), format!("plugins={plugins}"));
        let more = ["--set", "uninstall=true", "--set", &owner, "--set-json", &plugins];
        let set = daemon_set(tools, &chart(tools, &more));
        let args = ["uninstall", "--host-root=/host", &format!("--owner={expected}")];
        assert_eq!(ours(&set)["args"], serde_json::json!(args));
    }
}
