//! Recipes from the web and this program's patch, applied to the same files; `containerd config dump` is the judge.
//!
//! `docs/containerd-config.md` has the table, and this test checks it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use cni_bootstrap::containerd::{FileEdit, RuntimeConfig, patch};

use crate::binaries::{self, Containerd};
use crate::case::read;
use crate::dump::{self, Values};

const DESIRED: RuntimeConfig = RuntimeConfig {
    max_conf_num: Some(1),
    conf_template: None,
    systemd_cgroup: Some(true),
    sandbox_image: None,
    enable_cri: false,
};

const SED: &str = "sed -i -e 's/SystemdCgroup = false/SystemdCgroup = true/' -e 's/max_conf_num = .*/max_conf_num = 1/' config.toml";
const DEFAULT: &str = "\"$CONTAINERD\" config default > config.toml && sed -i -e 's/SystemdCgroup = false/SystemdCgroup = true/' -e 's/max_conf_num = .*/max_conf_num = 1/' config.toml";
const APPEND: &str = r#"cat >> config.toml <<'END'
[plugins."io.containerd.grpc.v1.cri".cni]
  max_conf_num = 1
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
END"#;
const DROP_IN: &str = r#"mkdir -p conf.d && cat > conf.d/99-cni.toml <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  max_conf_num = 1
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
END
grep -q conf.d config.toml || sed -i "1i imports = [\"$PWD/conf.d/*.toml\"]" config.toml"#;

/// Each way, by its name in the table; `None` is this program's patch.
const WAYS: [(&str, Option<&str>); 5] = [
    ("`config default`, then `sed`", Some(DEFAULT)),
    ("`sed` in place", Some(SED)),
    ("tables appended", Some(APPEND)),
    ("a drop-in of v2 tables", Some(DROP_IN)),
    ("cni-bootstrap", None),
];

/// The files in the table.
const FILES: [(&str, &str, Option<&str>); 4] = [
    (
        "comments",
        "# Of the platform team.\nversion = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  # The mirror: nodes have no way out.\n  sandbox_image = \"mirror.example/pause:3.9\"\n  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n    bin_dir = \"/usr/lib/cni\"\n    max_conf_num = 0 # two networks in the lab\n  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n    runtime_type = \"io.containerd.runc.v2\"\n    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n      SystemdCgroup = false # as in 2019\n",
        None,
    ),
    (
        "AKS",
        "version = 2\noom_score = -999\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\n  sandbox = \"mcr.example/pause:3.6\"\n[plugins.\"io.containerd.cri.v1.runtime\".containerd]\n  default_runtime_name = \"runc\"\n  [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc]\n    runtime_type = \"io.containerd.runc.v2\"\n  [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\n    BinaryName = \"/usr/bin/runc\"\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\n  bin_dir = \"/opt/cni/bin\"\n  max_conf_num = 0\n",
        None,
    ),
    (
        "no version",
        "# written for 1.2\n[plugins.cri]\n  sandbox_image = \"mirror.example/pause:3.1\"\n  [plugins.cri.cni]\n    max_conf_num = 0\n",
        None,
    ),
    (
        "drop-in",
        "version = 2\nimports = [\"@DIR@/conf.d/*.toml\"]\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"mirror.example/pause:3.9\"\n  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n    bin_dir = \"/usr/lib/cni\"\n    max_conf_num = 1\n",
        Some(
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"mirror.example/pause:3.9\"\n  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n    bin_dir = \"/usr/lib/cni\"\n    max_conf_num = 0\n",
        ),
    ),
];

#[test]
fn the_recipes_side_by_side() {
    let releases = binaries::find();
    let mut table = String::from("| file | way | comments |");
    for containerd in releases {
        write!(table, " {}.{} |", containerd.release.major, containerd.release.minor).unwrap();
    }
    writeln!(table, "\n|---|---|---|{}", "---|".repeat(releases.len())).unwrap();
    for (name, main, drop_in) in FILES {
        for (way, recipe) in WAYS {
            let cells: Vec<(String, String)> =
                releases.iter().map(|containerd| cell(containerd, main, drop_in, recipe)).collect();
            let comments = cells.iter().find(|(comments, _)| comments != "-").or(cells.first());
            write!(table, "| {name} | {way} | {} |", comments.map_or("-", |(comments, _)| comments)).unwrap();
            for (_, cell) in &cells {
                write!(table, " {cell} |").unwrap();
            }
            table.push('\n');
            if recipe.is_none() {
                let safe = |cell: &str| cell == "as wanted" || cell.starts_with("refused");
                assert!(cells.iter().all(|(_, cell)| safe(cell)), "{name}: {cells:?}");
            }
        }
    }
    if releases.len() < 3 {
        eprintln!("SKIPPED, NOT TESTED: the table of the documentation was not compared");
        return;
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/containerd-config.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    let missing: Vec<&&str> = rows.iter().filter(|row| !docs.contains(**row)).collect();
    assert!(missing.is_empty(), "docs/containerd-config.md has another table than:\n{table}");
}

/// The effect on comments and on values.
fn cell(
    containerd: &Containerd,
    main: &str,
    drop_in: Option<&str>,
    recipe: Option<&str>,
) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.toml");
    let text = main.replace("@DIR@", &dir.path().to_string_lossy());
    std::fs::write(&config, &text).unwrap();
    if let Some(text) = drop_in {
        std::fs::create_dir(dir.path().join("conf.d")).unwrap();
        std::fs::write(dir.path().join("conf.d/10-site.toml"), text).unwrap();
    }
    let before = dump::of(containerd, &config).unwrap_or_default();
    if let Some(script) = recipe {
        let done = Command::new("sh")
            .args(["-ec", script])
            .current_dir(dir.path())
            .env("CONTAINERD", &containerd.binary)
            .output()
            .unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
    } else {
        match patch(&read(&config, containerd.release).unwrap(), Some(containerd.release), &DESIRED) {
            Err(_) => return ("kept".to_owned(), "refused, untouched".to_owned()),
            Ok(patch) => {
                for FileEdit { path, after, .. } in patch.edits {
                    std::fs::write(path.as_str(), after).unwrap();
                }
            }
        }
    }
    let after = std::fs::read_to_string(&config).unwrap();
    let lost =
        text.lines().filter_map(|line| line.split_once('#')).any(|(_, comment)| !after.contains(comment));
    let comments = match (text.contains('#'), lost) {
        (false, _) => "-",
        (true, true) => "lost",
        (true, false) => "kept",
    };
    (comments.to_owned(), judge(containerd, &before, dump::of(containerd, &config)))
}

fn judge(containerd: &Containerd, before: &Values, after: Result<Values, String>) -> String {
    let Ok(after) = after else { return "**containerd does not start**".to_owned() };
    let plugin = if containerd.release.major < 2 {
        "io.containerd.grpc.v1.cri"
    } else {
        "io.containerd.cri.v1.runtime"
    };
    let path = |keys: &[&str]| -> Vec<String> {
        ["plugins", plugin].iter().chain(keys).map(|key| (*key).to_owned()).collect()
    };
    let number = path(&["cni", "max_conf_num"]);
    let cgroup = path(&["containerd", "runtimes", "runc", "options", "SystemdCgroup"]);
    let desired = BTreeMap::from([(&number, "1"), (&cgroup, "true")]);
    let missing: Vec<&str> = desired
        .iter()
        .filter(|(path, value)| after.get(**path).map(String::as_str) != Some(**value))
        .filter_map(|(path, _)| path.last().map(String::as_str))
        .collect();
    // 1.7 shows this one only if no file has runc.
    let ours = |path: &Vec<String>| {
        desired.contains_key(path) || path.last().is_some_and(|key| key == "sandbox_mode")
    };
    let changed = before.keys().chain(after.keys().filter(|path| !before.contains_key(*path)));
    let changed = changed.filter(|path| !ours(path) && before.get(*path) != after.get(*path)).count();
    let missing = (!missing.is_empty()).then(|| format!("no {}", missing.join(", ")));
    let changed = match changed {
        0 => None,
        1 => Some("1 other value changed".to_owned()),
        _ => Some(format!("{changed} other values changed")),
    };
    let wrong: Vec<String> = missing.into_iter().chain(changed).collect();
    if wrong.is_empty() { "as wanted".to_owned() } else { format!("**{}**", wrong.join("; ")) }
}
