//! The image, built from the project's own Dockerfile, in minutes. The test that two builds are equal takes longer
//! and runs with `--ignored`.

use std::path::Path;

use serde_json::Value;

use crate::network::{CHAIN, PRIMARY, TUNING, primary, set_max_conf_num};
use crate::program::run_container;
use crate::rig::{Release, on};
use crate::tools::{good, run, skip, tools, top, words};

/// Builds the image. Returns its manifest's digest, or `None` if this machine cannot build.
fn build(out: &Path, more: &[&str]) -> Option<String> {
    let args = [more, &[out.to_str().unwrap()]].concat();
    let built = run(top().join("images/local.sh"), &args);
    match built.status.code() {
        Some(0) => Some(words(&built.stdout).lines().last().unwrap_or_default().to_owned()),
        Some(77) => {
            skip(&format!(
                "the image cannot be built here: {}",
                words(&built.stderr).lines().last().unwrap_or_default()
            ));
            None
        }
        _ => panic!("images/local.sh: {}", words(&built.stderr)),
    }
}

/// The layers and the config of an OCI archive, unpacked.
fn unpack(archive: &Path, into: &Path) -> Value {
    std::fs::create_dir_all(into.join("root")).unwrap();
    good("tar", &["-xf", archive.to_str().unwrap(), "-C", into.to_str().unwrap()]);
    let json =
        |path: &str| -> Value { serde_json::from_slice(&std::fs::read(into.join(path)).unwrap()).unwrap() };
    let blob = |digest: &Value| format!("blobs/{}", digest.as_str().unwrap().replace(':', "/"));
    let manifest = json(&blob(&json("index.json")["manifests"][0]["digest"]));
    for layer in manifest["layers"].as_array().unwrap() {
        let root = into.join("root");
        good(
            "tar",
            &["-xf", into.join(blob(&layer["digest"])).to_str().unwrap(), "-C", root.to_str().unwrap()],
        );
    }
    json(&blob(&manifest["config"]["digest"]))
}

#[test]
#[ignore = "builds the image, twice"]
fn two_builds_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = ["first.tar", "second.tar"].map(|name| dir.path().join(name));
    let Some(digest) = build(&first, &[]) else { return };
    assert_eq!(build(&second, &["--no-cache"]), Some(digest), "two builds differ");
}

#[test]
#[ignore = "builds what is in the image, twice"]
fn two_directories_give_the_same_bytes() {
    let said = good(top().join("scripts/reproducible"), &[]);
    assert!(said.contains("  ./cni-bootstrap\n") && said.contains("  ./sbom.cdx.json\n"), "{said}");
}

#[test]
fn the_image_is_small_and_does_its_work() {
    static ARCHIVE: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("first.tar");
    if let Some(archive) = std::env::var_os("CNI_BOOTSTRAP_IMAGE") {
        std::fs::copy(archive, &first).unwrap();
    } else if build(&first, &[]).is_none() {
        return;
    }
    let unpacked = dir.path().join("image");
    let config = unpack(&first, &unpacked);
    assert_eq!(config["config"]["Entrypoint"], serde_json::json!(["/cni-bootstrap"]));
    assert_eq!(config["config"]["Cmd"], serde_json::json!(["install"]));
    assert_eq!(config["config"]["Labels"]["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));
    let root = unpacked.join("root");
    let bytes = |path: &Path| {
        good("du", &["-sb", path.to_str().unwrap()]).split_whitespace().next().unwrap().parse::<u64>()
    };
    for size in [bytes(&root).unwrap(), std::fs::metadata(&first).unwrap().len()] {
        assert!(size < 6_000_000, "{size} bytes");
    }
    let listed = good("find", &[root.to_str().unwrap(), "-perm", "/222", "!", "-type", "l"]);
    assert_eq!(listed.lines().filter(|path| Path::new(path) != root).count(), 0, "writable: {listed}");
    assert!(good("file", &[root.join("cni-bootstrap").to_str().unwrap()]).contains("static"));
    let licences = std::fs::read_to_string(root.join("licenses/THIRD-PARTY.txt")).unwrap();
    for name in ["clap ", "tokio ", "toml_edit ", "rustix "] {
        assert!(licences.contains(&format!("\n{name}")), "no licence of {name}");
    }
    if let Some(tools) = tools() {
        let judge = "import sys\nfrom cyclonedx.validation.json import JsonStrictValidator as V\n\
                     from cyclonedx.schema import SchemaVersion as S\n\
                     e=V(S.V1_5).validate_str(open(sys.argv[1]).read())\nsys.exit(str(e) if e else 0)";
        good(tools.join("python/bin/python"), &["-c", judge, root.join("sbom.cdx.json").to_str().unwrap()]);
    }

    // The scenario cannot capture variables, so the archive is stored at a fixed path.
    let kept = std::env::temp_dir().join(format!("cni-bootstrap-image-{}.tar", std::process::id()));
    std::fs::copy(&first, &kept).unwrap();
    ARCHIVE.set(kept.clone()).unwrap();
    on(Release::Trixie, "the very image", |node| {
        std::fs::copy(ARCHIVE.get().unwrap(), node.path("/root/image.tar")).unwrap();
        let said = node.sh("ctr -n k8s.io images import /root/image.tar");
        let name = node.sh("ctr -n k8s.io images ls -q name~=cni-bootstrap");
        let name = name.lines().next().unwrap_or_else(|| panic!("{said}"));
        set_max_conf_num(node, 0);
        node.write(PRIMARY, primary("primary", 88));
        node.sh("mkdir -p /var/lib/cni-bootstrap /run/cni-bootstrap");
        let mounts: Vec<String> = ["/etc", "/usr/lib/cni", "/run", "/var/lib/cni-bootstrap"]
            .iter()
            .flat_map(|d| ["--mount".to_owned(), format!("type=bind,src={d},dst=/host{d},options=rbind:rw")])
            .collect();
        let options =
            ["--env", "CNI_BOOTSTRAP_HOST_ROOT=/host", "--env", "CNI_BOOTSTRAP_OUTPUT=json", "--read-only"];
        let plugin = format!("CNI_BOOTSTRAP_PLUGIN={TUNING}");
        let options = [&options[..], &["--env", &plugin]].concat();
        // No command: the image's default is `install`.
        run_container(node, &options, &mounts, name, &[]).wait().ended("ready");
        assert!(node.has(CHAIN));
    });
    let _ = std::fs::remove_file(kept);
}
