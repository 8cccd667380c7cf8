//! The cgroup drivers of the kubelet and the runtime. If they differ, the node becomes unstable under load and pods
//! are killed.

use super::found::found;
use super::kubelet;
use super::version_line::with_version;
use super::view::{View, of_containerd};
use crate::containerd::{self, RUNC_V2};
use crate::node::{HostPath, Release};
use crate::plan::{KubeletSays, kubelet_says};
use crate::report::Located;
use crate::report::codes::check::CGROUP_DRIVER;

/// From this release on the kubelet takes the driver from the runtime if the runtime reports it:
/// `KubeletCgroupDriverFromCRI` is beta and on from 1.31, and cannot be turned off from 1.34 on (kubernetes.io,
/// "Feature Gates"; KEP-4033).
const ASKS_THE_RUNTIME: Release = Release::new(1, 31, 0);
const ALWAYS_ASKS: Release = Release::new(1, 34, 0);
/// From this release on containerd reports its driver (CRI `RuntimeConfig`, containerd#8722).
const TELLS_THE_KUBELET: Release = Release::new(2, 0, 0);
/// The kubelet's default in every release (kubernetes `pkg/kubelet/apis/config/v1beta1/defaults.go`). kubeadm writes
/// `systemd` into the config since 1.22.
const DEFAULT: &str = "cgroupfs";

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    drivers(view).into_iter().collect()
}

fn drivers(view: &View<'_>) -> Option<Located> {
    let says = kubelet_says(view.node);
    let (kubelet, from) = match (&says.driver, &says.config) {
        (Some((driver, from)), _) => (driver.clone(), from.clone()),
        (None, Some(file)) if says.broken.is_empty() => {
            (DEFAULT.to_owned(), format!("{file} does not name one"))
        }
        (None, _) => return None,
    };
    let values = view.values();
    let live = view.status().map(|status| &status.live);
    let runtime = live
        .and_then(|live| live.default_runtime.clone())
        .or_else(|| values.map(|values| values.default_runtime.clone()))?;
    let said = values.and_then(|values| values.runtimes.get(&runtime)?.systemd_cgroup.as_ref());
    let systemd = match live.and_then(|live| live.systemd_cgroup.get(&runtime)) {
        Some(live) => *live,
        None => values.map(|_| said.is_some_and(|said| said.value))?,
    };
    let is_runc = values.is_none_or(|values| values.runc_runtimes().contains(&runtime));
    if (kubelet == "systemd") == systemd || !is_runc {
        return None;
    }
    // If the releases are not known, `unseen` says so.
    if asks_the_runtime(view, &says) != Some(false) {
        return None;
    }
    let main = view.config.clone().unwrap_or_else(HostPath::root);
    let place = said.map_or_else(|| main.clone(), |said| said.file.clone());
    let now = match said {
        Some(_) => format!("SystemdCgroup = {systemd} for {runtime}"),
        None => format!("no SystemdCgroup for {runtime}, which is false in every release"),
    };
    Some(found(
        &CGROUP_DRIVER,
        &place,
        format!(
            "the kubelet uses the cgroup driver {kubelet} ({from}), but containerd has {now} ({place}): pods \
                 such as calico-node, kube-proxy and etcd are killed and start again and again (SandboxChanged, \
                 CrashLoopBackOff, no OOM)"
        ),
        remedy(view, &main, &place, &runtime, !systemd),
    ))
}

/// Says that the drivers were not compared, if that depends on a release of the kubelet that is not known.
pub(super) fn unseen(view: &View<'_>) -> Option<String> {
    let says = kubelet_says(view.node);
    let is_known = view.values().is_none() || asks_the_runtime(view, &says).is_some();
    (!is_known && says.driver.is_some()).then(|| {
        "the release of the kubelet: from 1.31 on it takes its cgroup driver from this containerd, so the drivers \
         were not compared"
            .to_owned()
    })
}

/// True if the kubelet takes the driver from the runtime; `None` if the releases are not known well enough.
fn asks_the_runtime(view: &View<'_>, says: &KubeletSays) -> Option<bool> {
    let version = view.release().or_else(|| {
        // Only 2.x reads this version of the config.
        let values = view.values()?;
        Some(if values.version >= 3 { TELLS_THE_KUBELET } else { return None })
    });
    match (version, says.driver_from_cri, kubelet::release(view)) {
        // 1.x and 2.x read version 2 of the file. 1.x is much more common, so it is assumed.
        (None, _, _) => Some(false),
        (Some(version), _, _) if version < TELLS_THE_KUBELET => Some(false),
        (_, _, Some(kubelet)) if kubelet >= ALWAYS_ASKS => Some(true),
        (_, Some(gate), _) => Some(gate),
        (_, None, Some(kubelet)) => Some(kubelet >= ASKS_THE_RUNTIME),
        (_, None, None) => None,
    }
}

/// A command that corrects the file: the first candidate after which the file has the desired value, when it is read
/// as containerd reads it.
fn remedy(view: &View<'_>, main: &HostPath, file: &HostPath, runtime: &str, desired: bool) -> String {
    let restart = view.restart();
    let text = view.text(file).unwrap_or_default();
    let mends = |changed: &str| {
        let mut files = of_containerd(view.node, main);
        files.files.insert(file.clone(), Some(changed.as_bytes().to_vec()));
        let values = containerd::effective(&files, view.release()).ok();
        values.is_some_and(|values| {
            let found = values.runtimes.get(runtime);
            let cgroup = found.and_then(|found| found.systemd_cgroup.as_ref()).map(|set| set.value);
            cgroup == Some(desired) && values.runc_runtimes().iter().any(|name| name == runtime)
        })
    };
    let line = view.values().and_then(|values| values.runtimes.get(runtime)?.systemd_cgroup.as_ref());
    let line = line.filter(|set| set.file == *file).map(|set| set.line);
    let with_version = with_version(text);
    let tried =
        [with_version, line.and_then(|line| flipped(text, line, desired)), inserted(text, runtime, desired)];
    let appended = TABLES.into_iter().map(|table| Some(appended(text, table, runtime, desired)));
    let found = tried.into_iter().chain(appended).flatten().find(|(_, changed)| mends(changed));
    match found {
        Some((command, _)) => view.then_restart(&command.replace("FILE", &view.word(file))),
        None => format!(
            "# write SystemdCgroup = {desired} into the options of the runtime {runtime} in {file}, then: {restart}"
        ),
    }
}

/// Replaces the value where one is set, in the file's own spelling of the key.
fn flipped(text: &str, line: usize, desired: bool) -> Option<(String, String)> {
    let now = (!desired).to_string();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let found = lines.get_mut(line.checked_sub(1)?)?;
    let at = found.to_ascii_lowercase().find("systemdcgroup")? + "systemdcgroup".len();
    let rest = found[at..]
        .trim_start_matches(['"', '\'', ' ', '\t'])
        .strip_prefix('=')?
        .trim_start_matches([' ', '\t']);
    let start = found.len() - rest.len();
    rest.starts_with(&now).then(|| found.replace_range(start..start + now.len(), &desired.to_string()))?;
    let command = format!("sed -i -E '{line}s/(SystemdCgroup[^=]*=[[:space:]]*){now}/\\1{desired}/I' FILE");
    Some((command, lines.concat()))
}

/// Adds a line to the table of the options.
fn inserted(text: &str, runtime: &str, desired: bool) -> Option<(String, String)> {
    let end = format!(".runtimes.{runtime}.options]");
    let mut changed = String::with_capacity(text.len());
    for line in text.lines() {
        changed.extend([line, "\n"]);
        if line.trim_start().starts_with('[') && line.ends_with(&end) {
            changed.extend(["  SystemdCgroup = ", if desired { "true\n" } else { "false\n" }]);
        }
    }
    let pattern = format!("\\.runtimes\\.{runtime}\\.options\\]$");
    let command = format!("sed -i '/{pattern}/a\\  SystemdCgroup = {desired}' FILE");
    text.contains(&end).then_some((command, changed))
}

/// The tables in which the releases read the runtimes.
const TABLES: [&str; 3] = [
    "plugins.\"io.containerd.grpc.v1.cri\".containerd",
    "plugins.\"io.containerd.cri.v1.runtime\".containerd",
    "plugins.cri.containerd",
];

/// Adds a table of options at the end of the file, and one of the runtime if the file has none.
fn appended(text: &str, table: &str, runtime: &str, desired: bool) -> (String, String) {
    let has_runtime = text.contains(&format!(".runtimes.{runtime}]"));
    let kind = if has_runtime {
        String::new()
    } else {
        format!("[{table}.runtimes.{runtime}]\\n  runtime_type = \"{RUNC_V2}\"\\n")
    };
    // Version 2 has the same meaning in every release, so it is written into an empty file.
    let version = if text.contains(['[', '=']) { "" } else { "version = 2\\n" };
    let lines =
        format!("\\n{version}{kind}[{table}.runtimes.{runtime}.options]\\n  SystemdCgroup = {desired}\\n");
    let changed = format!("{text}{}", lines.replace("\\n", "\n"));
    (format!("printf '{lines}' >> FILE"), changed)
}
