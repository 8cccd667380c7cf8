//! The runtimes that pods can choose, and their shims. They are reported, never changed.

use super::found::found;
use super::view::View;
use crate::containerd::RuntimeView;
use crate::distro;
use crate::node::{HostPath, ReadRequest};
use crate::report::codes::check::{RUNTIME_TYPE, SHIM_MISSING};
use crate::report::{Located, Severity, word};

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    if !view.is_of_containerd() {
        return Vec::new();
    }
    let types = view.values().into_iter().flat_map(|values| values.runtimes.values());
    let shims = types.filter_map(|runtime| shim(&runtime.runtime_type.as_ref()?.value));
    let shims = shims.flat_map(|shim| places_of(view, &shim));
    let containerd = path(view).into_iter().map(|dir| dir.join("containerd"));
    shims.chain(containerd).map(ReadRequest::Stamp).collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(values) = view.values() else { return Vec::new() };
    let Some(main) = &view.config else { return Vec::new() };
    let mut findings = Vec::new();
    let default = &values.default_runtime;
    for (name, runtime) in &values.runtimes {
        let severity = if name == default { Severity::Error } else { Severity::Warning };
        findings.extend(unusable(view, main, name, runtime).map(|located| located.with(severity)));
        findings.extend(without_shim(view, name, runtime).map(|located| located.with(severity)));
    }
    findings
}

/// containerd 2.0 removed the oldest shims (`RELEASES.md`, "Deprecated features"). On 1.x a runtime that only has
/// options loses its own type.
fn unusable(view: &View<'_>, main: &HostPath, name: &str, runtime: &RuntimeView) -> Option<Located> {
    let release = view.release()?;
    let why = match &runtime.runtime_type {
        Some(kind)
            if release.major >= 2
                && matches!(
                    kind.value.as_str(),
                    "io.containerd.runtime.v1.linux" | "io.containerd.runc.v1"
                ) =>
        {
            format!("runtime_type {:?}, which containerd {release} no longer has", kind.value)
        }
        None if release.major < 2 || name != "runc" => {
            format!("no runtime_type, and containerd {release} has no default for it")
        }
        _ => return None,
    };
    Some(found(
        &RUNTIME_TYPE,
        main,
        format!("the runtime {name:?} has {why}: its pods fail to start"),
        format!(
            "# write runtime_type = \"io.containerd.runc.v2\" for {name} in {main}, then: {}",
            view.restart()
        ),
    ))
}

fn without_shim(view: &View<'_>, name: &str, runtime: &RuntimeView) -> Option<Located> {
    let kind = runtime.runtime_type.as_ref()?;
    let shim = shim(&kind.value)?;
    let seen = |path: &HostPath| view.stamp(path.as_str()).is_some();
    // The shim may be set as a path, which is not read here (`runtime_path`, 1.7 and later).
    if view.text(&kind.file).is_some_and(|text| text.contains("runtime_path")) {
        return None;
    }
    // If even containerd is not visible, its directories are not visible either.
    let looked = path(view).iter().any(|dir| seen(&dir.join("containerd")));
    if !looked || places_of(view, &shim).iter().any(seen) {
        return None;
    }
    Some(found(
        &SHIM_MISSING,
        &kind.file,
        format!(
            "the runtime {name:?} has runtime_type {:?}, but its program {shim} is not in any directory of the \
             PATH: its pods fail with \"runtime {:?} binary not installed\"",
            kind.value, kind.value
        ),
        format!(
            "command -v {} || grep -n {} {}   # install it, or remove the runtime",
            word(&shim),
            word(&kind.value),
            word(kind.file.as_str())
        ),
    ))
}

/// The shim's program: `io.containerd.NAME.VERSION` is `containerd-shim-NAME-VERSION` (containerd `shim/util.go`).
/// The oldest runtime (`io.containerd.runtime.v1.linux`) has no such program.
fn shim(kind: &str) -> Option<String> {
    if kind.starts_with("io.containerd.runtime.") {
        return None;
    }
    if kind.contains('/') {
        return Some(kind.to_owned());
    }
    let mut parts = kind.rsplit('.');
    let (version, name) = (parts.next()?, parts.next()?);
    parts.next().map(|_| format!("containerd-shim-{name}-{version}"))
}

fn places_of(view: &View<'_>, shim: &str) -> Vec<HostPath> {
    match HostPath::new(shim) {
        Ok(path) => vec![path],
        Err(_) => path(view).iter().map(|dir| dir.join(shim)).collect(),
    }
}

fn path(view: &View<'_>) -> Vec<HostPath> {
    let own = view
        .service()
        .and_then(|service| HostPath::new(service.argv.first()?).ok())
        .map(|program| program.parent());
    let known = distro::shim_dirs().into_iter().map(HostPath::known);
    own.into_iter().chain(known).collect()
}
