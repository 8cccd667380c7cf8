//! One shape on one release.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cni_bootstrap::containerd::{
    ConfigFiles, FileEdit, Judgement, Listings, Patch, Request, RuntimeConfig, judge as judge_start, patch,
    wants_read,
};
use cni_bootstrap::node::{HostPath, Observed, Release};

use crate::binaries::Containerd;
use crate::dump::{self, Values};
use crate::shapes::{DIR, Shape};

pub(crate) enum Outcome {
    /// The file was edited, and the judge agrees.
    Patched,
    /// No edit was needed, and the judge agrees that the values are set.
    Kept,
    /// The message of the refusal.
    Refused(String),
}

pub(crate) fn run(
    shape: &Shape,
    containerd: &Containerd,
    runtime_config: &RuntimeConfig,
) -> Result<Outcome, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in shape.files(containerd) {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(dir.path())).map_err(|error| error.to_string())?;
        let text = text.replace(DIR, &dir.path().to_string_lossy());
        std::fs::write(path, text).map_err(|error| error.to_string())?;
    }
    let main = dir.path().join("config.toml");
    let files = read(&main, containerd.release)?;
    let tree = bytes_below(dir.path());
    let before = dump::of(containerd, &main);
    let edits = match patch(&files, Some(containerd.release), runtime_config) {
        Err(refusal) => return Ok(Outcome::Refused(refusal.to_string())),
        Ok(Patch { edits, .. }) => edits,
    };
    for FileEdit { path, after, .. } in &edits {
        std::fs::write(path.as_str(), after).map_err(|error| error.to_string())?;
    }
    if edits.is_empty() && files.files.values().all(Option::is_none) {
        // `config dump` of 1.x requires the file to exist; a daemon without one has its defaults.
        return Ok(Outcome::Kept);
    }
    if !edits.is_empty() {
        // The program also judges the whole of the patched files, by the rules that `config dump` does not check.
        let unseen = |_: &HostPath| Observed::Unknown("not looked at".to_owned());
        let whole = read(&main, containerd.release)?;
        if let Judgement::Fails(refusals) = judge_start(&whole, containerd.release, &unseen) {
            return Ok(Outcome::Refused(refusals[0].to_string()));
        }
    }
    let after = dump::of(containerd, &main)
        .map_err(|error| format!("containerd refuses the patched config: {error}"))?;
    let named = files
        .files
        .values()
        .flatten()
        .any(|bytes| String::from_utf8_lossy(bytes).to_lowercase().contains("runtimes.runc"));
    judge(containerd.release, runtime_config, before.as_ref().ok(), &after, named)?;
    for edit in &edits {
        untouched(edit)?;
    }
    let second = patch(&read(&main, containerd.release)?, Some(containerd.release), runtime_config)
        .map_err(|refusal| format!("the second patch is refused: {refusal}"))?;
    if !second.edits.is_empty() {
        return Err("a second patch has edits".to_owned());
    }
    if edits.is_empty() {
        return Ok(Outcome::Kept);
    }
    for edit in &edits {
        match &edit.before {
            Some(bytes) => std::fs::write(edit.path.as_str(), bytes),
            None => std::fs::remove_file(edit.path.as_str()),
        }
        .map_err(|error| error.to_string())?;
    }
    // Nothing that containerd could read is another one, so another dump would say the same.
    if bytes_below(dir.path()) != tree {
        return Err("rolling back does not restore the bytes".to_owned());
    }
    Ok(Outcome::Patched)
}

/// Every file below a directory.
fn bytes_below(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(bytes_below(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.insert(path, bytes);
        }
    }
    found
}

/// Reads files until the patcher requests no more.
pub(crate) fn read(main: &Path, release: Release) -> Result<ConfigFiles, String> {
    let host = |path: &Path| HostPath::new(&path.to_string_lossy()).map_err(|error| error.to_string());
    let mut files = ConfigFiles { main: host(main)?, files: BTreeMap::new(), listings: Listings::new() };
    loop {
        let requests = wants_read(&files, Some(release));
        if requests.is_empty() {
            return Ok(files);
        }
        for request in requests {
            match request {
                Request::File(path) => {
                    let bytes = std::fs::read(path.as_str()).ok();
                    files.files.insert(path, bytes);
                }
                Request::Directory(path) => {
                    let names = std::fs::read_dir(path.as_str()).ok().map(|entries| {
                        entries
                            .flatten()
                            .map(|entry| entry.file_name().to_string_lossy().into_owned())
                            .collect()
                    });
                    files.listings.insert(path, names);
                }
            }
        }
    }
}

const GRPC: &str = "io.containerd.grpc.v1.cri";
const RUNTIME: &str = "io.containerd.cri.v1.runtime";
const IMAGES: &str = "io.containerd.cri.v1.images";

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// Checks that the desired values are set, and nothing else differs.
///
/// `names_runc` is true if a file has the runtime `runc`. 2.x adds its own to all others, which no pod uses.
fn judge(
    release: Release,
    runtime_config: &RuntimeConfig,
    before: Option<&Values>,
    after: &Values,
    names_runc: bool,
) -> Result<(), String> {
    let plugin = if release.major < 2 { GRPC } else { RUNTIME };
    let sandbox = if release.major < 2 {
        path(&["plugins", GRPC, "sandbox_image"])
    } else {
        path(&["plugins", IMAGES, "pinned_images", "sandbox"])
    };
    let mut ours = BTreeSet::new();
    let mut expect = |path: Vec<String>, desired: String| {
        let found = after.get(&path).cloned().unwrap_or_default();
        let found = if found.is_empty() && desired == "false" { desired.clone() } else { found };
        ours.insert(path.clone());
        if found == desired {
            Ok(())
        } else {
            Err(format!("{} is {found:?}, wanted {desired:?}", path.join(".")))
        }
    };
    if let Some(number) = runtime_config.max_conf_num {
        expect(path(&["plugins", plugin, "cni", "max_conf_num"]), number.to_string())?;
    }
    if let Some(template) = &runtime_config.conf_template {
        expect(path(&["plugins", plugin, "cni", "conf_template"]), template.clone())?;
    }
    if let Some(image) = &runtime_config.sandbox_image {
        expect(sandbox, image.clone())?;
    }
    if let Some(flag) = runtime_config.systemd_cgroup {
        let runtimes = path(&["plugins", plugin, "containerd", "runtimes"]);
        let types = after.iter().filter(|(path, value)| {
            path.len() == 6
                && path.starts_with(&runtimes)
                && path[5] == "runtime_type"
                && *value == "io.containerd.runc.v2"
        });
        let default = after.get(&path(&["plugins", plugin, "containerd", "default_runtime_name"]));
        let used = |name: &String| name != "runc" || names_runc || default == Some(name);
        let names: Vec<String> = types.map(|(path, _)| path[4].clone()).filter(used).collect();
        if names.is_empty() {
            return Err("no runtime of type runc is left".to_owned());
        }
        for name in names {
            expect(
                path(&["plugins", plugin, "containerd", "runtimes", &name, "options", "SystemdCgroup"]),
                flag.to_string(),
            )?;
        }
    }
    let Some(before) = before else { return Ok(()) };
    let keys: BTreeSet<&Vec<String>> = before.keys().chain(after.keys()).collect();
    // The dump has a disabled plugin as in the file, or not at all.
    let disabled = |values: &Values| {
        values.iter().any(|(path, name)| path[0] == "disabled_plugins" && name.contains("cri"))
    };
    let mending = disabled(before);
    let other = keys
        .into_iter()
        .filter(|path| !ours.contains(*path) && before.get(*path) != after.get(*path))
        .find(|path| {
            let is = |key: &str| path.last().is_some_and(|last| last == key);
            let mended = path[0] == "disabled_plugins";
            let cri_is_back = mending && path.get(1).is_some_and(|name| name == GRPC);
            // 1.7 shows "podsandbox" only if no file has runc. An empty mode means the same for its CRI plugin.
            let same_mode = is("sandbox_mode") && before.get(*path).is_some_and(|mode| mode == "podsandbox");
            !(mended || cri_is_back || same_mode)
        });
    match other {
        None => Ok(()),
        Some(path) => {
            Err(format!("{} was {:?} and is {:?}", path.join("."), before.get(path), after.get(path)))
        }
    }
}

/// All lines are kept in order, except those with a value that was set.
fn untouched(edit: &FileEdit) -> Result<(), String> {
    let before = String::from_utf8_lossy(edit.before.as_deref().unwrap_or_default()).into_owned();
    let after = String::from_utf8_lossy(&edit.after).into_owned();
    let ours =
        ["max_conf_num", "conf_template", "systemdcgroup", "sandbox", "disabled_plugins", "cri", "{", "'''"];
    let mut lines = after.split_inclusive('\n');
    for line in before.split_inclusive('\n') {
        let kept = |other: &str| {
            other == line || (!line.ends_with('\n') && other.trim_end_matches(['\r', '\n']) == line)
        };
        let mut rest = lines.clone();
        if rest.any(kept) {
            lines = rest;
        } else if !ours.iter().any(|name| line.to_lowercase().contains(name)) {
            return Err(format!("the line {line:?} of {} did not survive", edit.path));
        }
    }
    let ending = |text: &str| {
        (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'), text.starts_with('\u{feff}'))
    };
    if before.contains('\n') && ending(&before) != ending(&after) {
        return Err(format!("line endings of {} changed", edit.path));
    }
    Ok(())
}
