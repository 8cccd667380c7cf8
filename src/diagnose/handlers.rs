//! The runtimes that pods can choose, and their shims. They are reported, never changed.

use super::found::found;
use super::host_file::{self, host_file};
use super::pending::not_loaded;
use super::search_path::{places_of, sees_programs};
use super::set_value::set_value;
use super::view::View;
use crate::containerd::{RUNC_V2, RuntimeView, Sourced};
use crate::node::{HostPath, Observed, ReadRequest, Release};
use crate::report::codes::check::{RUNTIME_TYPE, SHIM_MISSING};
use crate::report::{Located, Severity, word};

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    if !view.is_of_containerd() {
        return Vec::new();
    }
    let runtimes = view.values().into_iter().flat_map(|values| values.runtimes.values());
    let shims = runtimes.filter_map(shim).flat_map(|shim| places_of(view, &shim));
    shims.flat_map(|path| host_file::wants(&path)).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(values) = view.values() else { return Vec::new() };
    let Some(main) = &view.config else { return Vec::new() };
    let mut findings = Vec::new();
    let default = &values.default_runtime;
    for (name, runtime) in &values.runtimes {
        let severity = if name == default { Severity::Error } else { Severity::Warning };
        let kind = runtime.runtime_type.as_ref().map_or("", |kind| kind.value.as_str());
        let is_pending = view.is_pending(name, &["runtime_type"], kind);
        let own = unusable(view, main, name, runtime).into_iter().chain(without_shim(view, name, runtime));
        let own = own.map(|located| located.with(severity));
        findings.extend(own.map(|located| if is_pending { not_loaded(located) } else { located }));
    }
    findings
}

/// containerd 2.0 removed the oldest shims (`RELEASES.md`, "Deprecated features"). On 1.x a runtime that only has
/// options loses its own type. Every release refuses a short name when a pod starts.
fn unusable(view: &View<'_>, main: &HostPath, name: &str, runtime: &RuntimeView) -> Option<Located> {
    let release = view.release();
    let is_from_2 = release.is_some_and(|release| release.major >= 2);
    let of =
        |release: Option<Release>| release.map_or("containerd".to_owned(), |r| format!("containerd {r}"));
    let kind = runtime.runtime_type.as_ref();
    let (why, fails) = match kind.map(|kind| kind.value.as_str()) {
        Some(kind @ ("io.containerd.runtime.v1.linux" | "io.containerd.runc.v1")) if is_from_2 => {
            (format!("runtime_type {kind:?}, which {} no longer has", of(release)), String::new())
        }
        Some(text)
            if !text.starts_with('/')
                && !text.starts_with("${")
                && name_and_version(text).is_none()
                && runtime.runtime_path.is_none() =>
        {
            (
                format!("runtime_type {text:?}, which is neither a name such as {RUNC_V2:?} nor a path"),
                format!(" with invalid runtime name {text}"),
            )
        }
        None if release.is_some() && (!is_from_2 || name != "runc") => {
            (format!("no runtime_type, and {} has no default for it", of(release)), String::new())
        }
        _ => return None,
    };
    let place = kind.map_or_else(|| main.to_string(), Sourced::place);
    let remedy = kind.and_then(|kind| to_runc(view, name, kind));
    let remedy = remedy.unwrap_or_else(|| {
        format!("# write runtime_type = {RUNC_V2:?} for {name} in {main}, then: {}", view.restart())
    });
    let subject = kind.map_or(main, |kind| &kind.file);
    let message = format!("the runtime {name:?} ({place}) has {why}: its pods fail to start{fails}");
    Some(found(&RUNTIME_TYPE, subject, message, remedy).at(kind.map_or(0, |kind| kind.line), 1))
}

/// The command that gives a runtime the shim of runc.
fn to_runc(view: &View<'_>, name: &str, kind: &Sourced<String>) -> Option<String> {
    set_value(view, view.config.as_ref()?, kind, &["runtime_type"], RUNC_V2, |values| {
        let own = values.runtimes.get(name).and_then(|own| own.runtime_type.as_ref());
        own.is_some_and(|own| own.value == RUNC_V2)
    })
}

fn without_shim(view: &View<'_>, name: &str, runtime: &RuntimeView) -> Option<Located> {
    let kind = runtime.runtime_path.as_ref().or(runtime.runtime_type.as_ref())?;
    let shim = shim(runtime)?;
    let places = places_of(view, &shim);
    let seen: Vec<_> = places.iter().map(|path| host_file(view, path)).collect();
    let is_known =
        if shim.contains('/') { seen.iter().all(Observed::is_absent) } else { sees_programs(view) };
    if !is_known || seen.iter().any(|file| file.present().is_some()) {
        return None;
    }
    let set = runtime.runtime_type.as_ref().filter(|_| runtime.runtime_path.is_none());
    let to_runc = set.and_then(|set| to_runc(view, name, set));
    let remedy = match to_runc {
        Some(command) => format!("{command}   # or install {}", word(&shim)),
        None => format!(
            "grep -n {} {}   # install {}, or remove the runtime",
            word(&kind.value),
            view.word(&kind.file),
            word(&shim)
        ),
    };
    let where_ = if shim.contains('/') { "does not exist" } else { "is not in any directory of the PATH" };
    Some(found(
        &SHIM_MISSING,
        &kind.file,
        format!(
            "the runtime {name:?} has {:?} ({}), but its program {shim} {where_}: its pods fail with \"runtime {:?} \
             binary not installed\"",
            kind.value,
            kind.place(),
            kind.value
        ),
        remedy,
    ))
}

/// The shim's program: `io.containerd.NAME.VERSION` is `containerd-shim-NAME-VERSION`, and a text with fewer than two
/// parts is not a name (containerd `runtime/v2/shim/util.go`, `BinaryName`). `runtime_path` wins. The oldest runtime
/// (`io.containerd.runtime.v1.linux`) has no such program.
fn shim(runtime: &RuntimeView) -> Option<String> {
    if let Some(path) = &runtime.runtime_path {
        return Some(path.value.clone());
    }
    let kind = runtime.runtime_type.as_ref()?.value.as_str();
    if kind.starts_with("io.containerd.runtime.") {
        return None;
    }
    if kind.starts_with('/') {
        return Some(kind.to_owned());
    }
    let (name, version) = name_and_version(kind)?;
    Some(format!("containerd-shim-{name}-{version}"))
}

/// The last two parts of a runtime's name; `None` if containerd does not take it for a name
/// (`runtime/v2/manager.go`, `resolveRuntimePath`).
fn name_and_version(kind: &str) -> Option<(&str, &str)> {
    let (front, version) = kind.rsplit_once('.').filter(|_| !kind.contains('/') && !kind.starts_with('.'))?;
    Some((front.rsplit('.').next().unwrap_or(front), version))
}
