//! The kubelet beside the runtime: cgroup drivers, releases.

use super::codes::{CGROUP_DRIVER, VERSIONS};
use super::view::{View, unit_texts};
use super::wants::unit_files;
use super::{found, places};
use crate::containerd::Release;
use crate::node::{Glance, HostPath};
use crate::report::{Located, Severity};

/// From this kubelet on the driver is taken from the runtime where that can tell it ([`GATE`], beta).
const ASKS_THE_RUNTIME: Release = Release::new(1, 31, 0);
/// From this containerd on it can be told (CRI `RuntimeConfig`).
const TELLS_THE_KUBELET: Release = Release::new(2, 0, 0);
const GATE: &str = "KubeletCgroupDriverFromCRI";

pub(super) fn wants(view: &View<'_>) -> Vec<Glance> {
    let mut wants = unit_files(view.node, &places::KUBELET_UNITS);
    let known = places::KUBELET_CONFIGS.iter().chain(&places::KUBELET_VARIABLES);
    let known = known.filter_map(|path| HostPath::new(path).ok());
    wants.extend(known.chain(typed_config(view)).map(Glance::File));
    wants
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    drivers(view).into_iter().chain(releases(view)).collect()
}

/// The kubelet's command line, as it runs or as its unit and the files of variables say.
fn flags(view: &View<'_>) -> Vec<String> {
    if let Some(kubelet) = view.kubelet().filter(|kubelet| !kubelet.argv.is_empty()) {
        return kubelet.argv.clone();
    }
    let units = unit_texts(view.node, &places::KUBELET_UNITS);
    let variables = places::KUBELET_VARIABLES.iter().filter_map(|path| view.text(&HostPath::new(path).ok()?));
    let words = units
        .into_iter()
        .chain(variables)
        .flat_map(str::lines)
        .filter(|line| !line.trim_start().starts_with('#'));
    words
        .flat_map(|line| line.split([' ', '"', '\'']))
        .map(|word| word.trim_start_matches("KUBELET_KUBEADM_ARGS=").to_owned())
        .collect()
}

fn flag(flags: &[String], name: &str) -> Option<String> {
    flags.iter().enumerate().find_map(|(at, word)| {
        let word = word.strip_prefix("--")?;
        match word.split_once('=') {
            Some((key, value)) if key == name => Some(value.to_owned()),
            None if word == name => flags.get(at + 1).cloned(),
            _ => None,
        }
    })
}

fn typed_config(view: &View<'_>) -> Option<HostPath> {
    HostPath::new(&flag(&flags(view), "config")?).ok()
}

/// The kubelet's config file that is there.
fn config<'a>(view: &View<'a>) -> Option<(HostPath, &'a str)> {
    let known = places::KUBELET_CONFIGS.iter().filter_map(|path| HostPath::new(path).ok());
    typed_config(view).into_iter().chain(known).find_map(|path| Some((path.clone(), view.text(&path)?)))
}

/// The value of a key of a YAML or JSON file that is written on one line, as these files are.
fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim().trim_end_matches(',');
        let (name, value) = line.split_once(':')?;
        let value = value.split(" #").next().unwrap_or_default();
        (name.trim().trim_matches('"') == key).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    })
}

fn drivers(view: &View<'_>) -> Option<Located> {
    let flags = flags(view);
    let (file, text) = config(view).map_or((None, ""), |(path, text)| (Some(path), text));
    let typed = flag(&flags, "cgroup-driver");
    let (kubelet, from) = match (typed, &file) {
        (Some(driver), _) => (driver, "--cgroup-driver".to_owned()),
        // The kubelet's own default.
        (None, Some(file)) => {
            (value(text, "cgroupDriver").unwrap_or_else(|| "cgroupfs".to_owned()), file.to_string())
        }
        (None, None) => return None,
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
    let severity = match asks_the_runtime(view, &flags, text) {
        Some(true) => return None,
        Some(false) => Severity::Error,
        None => Severity::Warning,
    };
    let main = view.config.clone().unwrap_or_else(HostPath::root);
    let place = said.map_or_else(|| main.clone(), |said| said.file.clone());
    let now = match said {
        Some(_) => format!("SystemdCgroup = {systemd} for {runtime}"),
        None => format!("no SystemdCgroup for {runtime}, which is false in every release"),
    };
    Some(
        found(
            &CGROUP_DRIVER,
            &place,
            format!(
                "the kubelet uses the cgroup driver {kubelet} ({from}) and containerd has {now} ({place}): pods such as calico-node, \
                 kube-proxy and etcd are killed and start again and again (SandboxChanged, CrashLoopBackOff, no OOM)"
            ),
            remedy(view, &place, &runtime, systemd),
        )
        .with(severity),
    )
}

/// Whether the kubelet takes the driver from the runtime; none if the releases are not known well enough.
fn asks_the_runtime(view: &View<'_>, flags: &[String], config: &str) -> Option<bool> {
    let version = view.release().or_else(|| {
        // A config that only 2.x reads.
        let values = view.values()?;
        Some(if values.version >= 3 { TELLS_THE_KUBELET } else { return None })
    });
    let gates = flag(flags, "feature-gates").unwrap_or_default();
    let typed =
        gates.split(',').find_map(|gate| gate.strip_prefix(GATE)?.strip_prefix('=').map(str::to_owned));
    let gate = typed.or_else(|| value(config, GATE)).and_then(|text| text.parse::<bool>().ok());
    let kubelet = view.kubelet().and_then(|kubelet| kubelet_release(kubelet.version.as_deref()?));
    match (version, gate, kubelet) {
        // Version 2 of the file is that of 1.x, and 2.x reads it as well: the far commoner one is taken.
        (None, _, _) => Some(false),
        (Some(version), _, _) if version < TELLS_THE_KUBELET => Some(false),
        (_, Some(gate), _) => Some(gate),
        (_, None, Some(kubelet)) => Some(kubelet >= ASKS_THE_RUNTIME),
        (_, None, None) => None,
    }
}

/// `Kubernetes v1.30.2`.
fn kubelet_release(text: &str) -> Option<Release> {
    Release::parse(text.rsplit(' ').next()?)
}

fn remedy(view: &View<'_>, file: &HostPath, runtime: &str, systemd: bool) -> String {
    let text = view.text(file).unwrap_or_default();
    if text.contains(&format!("SystemdCgroup = {systemd}")) {
        return format!(
            "sed -i 's/SystemdCgroup = {systemd}/SystemdCgroup = {}/' {file} && systemctl restart containerd",
            !systemd
        );
    }
    let split = text.contains("io.containerd.cri.v1.runtime");
    let table = if split { "io.containerd.cri.v1.runtime" } else { "io.containerd.grpc.v1.cri" };
    let runtimes = format!("[plugins.\"{table}\".containerd.runtimes.{runtime}");
    let has_runtime = text.lines().any(|line| line.trim_start().starts_with(&format!("{runtimes}]")));
    let has_options = text.lines().any(|line| line.trim_start().starts_with(&format!("{runtimes}.options]")));
    let wanted = !systemd;
    if has_options {
        return format!(
            "write SystemdCgroup = {wanted} below {runtimes}.options] in {file}, and systemctl restart containerd"
        );
    }
    let kind = if has_runtime {
        String::new()
    } else {
        format!("{runtimes}]\\n  runtime_type = \"{}\"\\n", crate::containerd::RUNC_V2)
    };
    format!(
        "printf '\\n{kind}{runtimes}.options]\\n  SystemdCgroup = {wanted}\\n' >> {file} && systemctl restart containerd"
    )
}

/// CRI v1 came with containerd 1.6, and kubelet 1.26 knows no other (kubernetes#110618); kubelet 1.35 is the last that
/// goes with containerd 1.x.
fn releases(view: &View<'_>) -> Option<Located> {
    let containerd = view.release()?;
    let text = view.kubelet()?.version.as_deref()?;
    let kubelet = kubelet_release(text)?;
    let (why, severity) = if kubelet >= Release::new(1, 26, 0) && containerd < Release::new(1, 6, 0) {
        (
            "it speaks only CRI v1, which containerd has from 1.6 on: the kubelet does not start",
            Severity::Error,
        )
    } else if kubelet >= Release::new(1, 36, 0) && containerd.major < 2 {
        ("1.35 was the last release for containerd 1.x", Severity::Warning)
    } else {
        return None;
    };
    Some(
        found(
            &VERSIONS,
            "kubelet",
            format!("the kubelet is {text} and containerd is {containerd}: {why}"),
            "upgrade containerd (https://containerd.io/releases/#kubernetes-support), or hold the kubelet back",
        )
        .with(severity),
    )
}
