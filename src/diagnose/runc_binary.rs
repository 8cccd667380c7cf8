//! The program that the shim of runc executes.

use super::found::found;
use super::host_file::{self, host_file};
use super::pending::not_loaded;
use super::search_path::{places_of, sees_programs};
use super::set_value::set_value;
use super::view::View;
use crate::containerd::{Effective, RUNC_V2, RuntimeView, Sourced};
use crate::node::{HostPath, Observed, ReadRequest};
use crate::report::codes::check::RUNTIME_BINARY;
use crate::report::{Located, Severity, word};

/// The program without `BinaryName` (containerd/go-runc `DefaultCommand`).
const RUNC: &str = "runc";

/// The programs of the runtimes, by the runtimes' names. Without any runtime in the files, the release has its own.
fn programs(values: &Effective) -> Vec<(&str, &str, Option<&Sourced<String>>)> {
    let is_runc = |runtime: &RuntimeView| {
        runtime.runtime_type.as_ref().is_none_or(|kind| kind.value == RUNC_V2)
            && runtime.runtime_path.is_none()
    };
    let named = values.runtimes.iter().filter(|(_, runtime)| is_runc(runtime)).map(|(name, runtime)| {
        let set = runtime.binary_name.as_ref();
        (name.as_str(), set.map_or(RUNC, |set| set.value.as_str()), set)
    });
    let own = (values.runtimes.is_empty() && values.default_runtime == RUNC).then_some((RUNC, RUNC, None));
    named.chain(own).collect()
}

/// The paths at which the programs are looked for.
pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let programs = view.values().map(programs).unwrap_or_default();
    let programs = programs.into_iter().map(|(_, program, _)| program).chain([RUNC]);
    let paths = programs.flat_map(|program| places_of(view, program));
    paths.flat_map(|path| host_file::wants(&path)).collect()
}

/// The programs with a path of their own that are not visible.
pub(super) fn unseen(view: &View<'_>) -> Vec<String> {
    let programs = view.values().map(programs).unwrap_or_default().into_iter();
    let paths = programs.filter_map(|(name, program, _)| Some((name, HostPath::new(program).ok()?)));
    let hidden = paths.filter_map(|(name, path)| match host_file(view, &path) {
        Observed::Unknown(why) => Some(format!("{path}, which the runtime {name:?} executes: {why}")),
        Observed::Present(_) | Observed::Absent => None,
    });
    hidden.collect()
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(values) = view.values() else { return Vec::new() };
    let judged = programs(values).into_iter();
    judged.filter_map(|(name, program, set)| judge(view, values, name, program, set)).collect()
}

fn judge(
    view: &View<'_>,
    values: &Effective,
    name: &str,
    program: &str,
    set: Option<&Sourced<String>>,
) -> Option<Located> {
    let main = view.config.as_ref()?;
    let places = places_of(view, program);
    let mut why = "does not exist";
    for path in &places {
        match host_file(view, path) {
            Observed::Present(stamp) if stamp.mode & 0o111 == 0 => why = "is not executable",
            Observed::Present(_) => return None,
            Observed::Unknown(_) if program.contains('/') => return None,
            Observed::Absent | Observed::Unknown(_) => {}
        }
    }
    if !program.contains('/') && !sees_programs(view) {
        return None;
    }
    let is_default = name == values.default_runtime;
    let whose = if is_default { "every pod" } else { "each of its pods" };
    let place = set.map_or_else(|| main.to_string(), Sourced::place);
    let says = match set {
        Some(_) => format!("{place} sets BinaryName = {program:?} for the runtime {name:?}"),
        None => format!("the runtime {name:?} of {place} executes {program}"),
    };
    let message = format!("{says}, and that program {why}: {whose} fails with executable file not found");
    let has_runc = places_of(view, RUNC).iter().any(|path| host_file(view, path).present().is_some());
    let to_runc = set.filter(|_| has_runc && program != RUNC).and_then(|set| {
        set_value(view, main, set, &["BinaryName"], RUNC, |values| {
            values
                .runtimes
                .get(name)
                .and_then(|own| own.binary_name.as_ref())
                .is_some_and(|set| set.value == RUNC)
        })
    });
    let remedy = match to_runc {
        _ if why == "is not executable" => format!(
            "chmod 0755 {}",
            places
                .iter()
                .find(|path| host_file(view, path).present().is_some())
                .map_or_else(String::new, |path| view.word(path))
        ),
        Some(command) => format!("{command}   # or install {} again", word(program)),
        None => format!("# install {}, then: {}", word(program), view.restart()),
    };
    let severity = if is_default { Severity::Error } else { Severity::Warning };
    let subject = set.map_or(main, |set| &set.file);
    let finding =
        found(&RUNTIME_BINARY, subject, message, remedy).at(set.map_or(0, |set| set.line), 1).with(severity);
    let is_pending = set.is_some_and(|set| view.is_pending(name, &["options", "BinaryName"], &set.value));
    Some(if is_pending { not_loaded(finding) } else { finding })
}
