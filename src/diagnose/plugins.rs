//! Rules for plugin binaries: each exists, is executable, complete, built for this machine, and supports the
//! network's version.

use std::collections::BTreeSet;

use super::found::found;
use super::host_file::{self, host_file};
use super::loopback::{self, LOOPBACK};
use super::view::View;
use super::winner::Winner;
use crate::cni::{Conflist, Versions};
use crate::distro;
use crate::node::{
    Binary, HostPath, Observed, Program, Question, ReadRequest, Stamp, VersionQuestion, VersionReply,
};
use crate::plan::appended;
use crate::program::{Fault, Place, fault, interpreter, missing_in, own_machine, references};
use crate::report::codes::check::{
    PLUGIN_ARCHITECTURE, PLUGIN_DAMAGED, PLUGIN_ELSEWHERE, PLUGIN_INTERPRETER, PLUGIN_MISSING, PLUGIN_NOEXEC,
    PLUGIN_NOT_EXECUTABLE, PLUGIN_SILENT, PLUGIN_VERSION,
};
use crate::report::{Code, Located, word};

pub(super) fn wants(view: &View<'_>) -> Vec<ReadRequest> {
    let others = distro::bin_dirs().into_iter().map(HostPath::known);
    let dirs: Vec<HostPath> = view.bin_dirs.iter().cloned().chain(others).collect();
    let plugins = view
        .winner
        .iter()
        .flat_map(|winner| needed(view, winner))
        .filter(|plugin| is_file_name(plugin))
        .flat_map(|plugin| {
            dirs.iter().map(|dir| ReadRequest::Program(dir.join(&plugin))).collect::<Vec<_>>()
        });
    let reference = references().map(ReadRequest::Program);
    let interpreters =
        view.node.observations.programs.values().filter_map(|program| interpreter(program.present()?));
    plugins.chain(reference).chain(interpreters.flat_map(|path| host_file::wants(&path))).collect()
}

pub(super) fn questions(view: &View<'_>) -> Vec<Question> {
    let asked = |question: &VersionQuestion| view.node.answers.version(question).is_some();
    in_list(view).filter(|question| !asked(question)).map(Question::Version).collect()
}

/// The versions that plugins of the network support, as they said: the program, its stamp and its words.
pub(super) fn said<'v>(view: &'v View<'_>) -> impl Iterator<Item = (HostPath, Stamp, &'v str)> {
    in_list(view).filter_map(|question| match view.node.answers.version(&question)?.said.present()? {
        VersionReply::Said(words) => {
            let (path, program) = installed(view, &question.plugin)?;
            Some((path, program.stamp, std::str::from_utf8(words).ok()?))
        }
        VersionReply::Failed(_) | VersionReply::NotFromHere(_) => None,
    })
}

/// The question to each plugin of the list that can be executed.
fn in_list(view: &View<'_>) -> impl Iterator<Item = VersionQuestion> {
    let types: BTreeSet<&str> = view.winner.iter().flat_map(|winner| winner.conflist.types()).collect();
    types.into_iter().filter_map(|plugin| question(view, plugin)).collect::<Vec<_>>().into_iter()
}

fn question(view: &View<'_>, plugin: &str) -> Option<VersionQuestion> {
    let (path, program) = installed(view, plugin)?;
    let stamp = program.stamp;
    let question = VersionQuestion { plugin: plugin.to_owned(), binary: Binary::Host(path), stamp };
    (stamp.mode & 0o111 != 0).then_some(question)
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(winner) = &view.winner else { return Vec::new() };
    let mut findings: Vec<Located> = Vec::new();
    for located in needed(view, winner).iter().filter_map(|plugin| judge(view, winner, plugin)) {
        // A mount is reported once for all plugins on it.
        if !findings.contains(&located) {
            findings.push(located);
        }
    }
    findings
}

/// The binaries that the network runs: those of its plugins, and those that these plugins are known to run.
fn needed(view: &View<'_>, winner: &Winner<'_>) -> BTreeSet<String> {
    // A file that was added to the directory after the load has no effect yet, and has its own warning. If it is not
    // known what is loaded, it counts.
    let status = view.status();
    let is_known = status.is_some_and(|status| status.networks.is_some());
    let loaded = status.and_then(|status| status.pod_networks().next());
    let has = |name: &&str| loaded.is_some_and(|network| network.types.iter().any(|own| own == *name));
    let is_loaded = |plugin: &Conflist| !is_known || plugin.types().iter().all(has);
    let mut more = appended(view.node, &view.conf_dir, &winner.conflist).unwrap_or_default();
    more.retain(|(_, plugin)| is_loaded(plugin));
    let mut types = BTreeSet::new();
    for list in std::iter::once(&winner.conflist).chain(more.iter().map(|(_, plugin)| plugin)) {
        types.extend(list.executed().into_iter().flat_map(|(_, binaries)| binaries));
        types.extend(list.types().into_iter().map(str::to_owned));
    }
    types.extend(loopback::is_needed(view).then(|| LOOPBACK.to_owned()));
    types.retain(|plugin| !plugin.is_empty());
    types
}

/// The path where the runtime finds it: a regular file in the first directory that has one.
pub(super) fn installed<'a>(view: &View<'a>, plugin: &str) -> Option<(HostPath, &'a Program)> {
    view.bin_dirs.iter().find_map(|dir| {
        let path = dir.join(plugin);
        let program = view.node.observations.programs.get(&path)?.present()?;
        Some((path, program))
    })
}

/// True if a type can be a file name (libcni `invoke/find.go` refuses a separator).
fn is_file_name(plugin: &str) -> bool {
    !plugin.contains('/') && !matches!(plugin, "." | "..")
}

fn judge(view: &View<'_>, winner: &Winner<'_>, plugin: &str) -> Option<Located> {
    if !is_file_name(plugin) {
        let path = view.conf_dir.join(winner.name);
        let message = format!(
            "{} has the plugin type {plugin:?}, which is not a file name: every pod fails with invalid plugin name",
            winner.name
        );
        let remedy = format!(
            "grep -n '\"type\"' {}   # a type is the name of a binary in {}",
            view.word(&path),
            view.bin_dirs[0]
        );
        return Some(found(&PLUGIN_MISSING, &path, message, remedy));
    }
    let Some((path, program)) = installed(view, plugin) else { return missing(view, winner, plugin) };
    let otherwise = if view.is_live() { own_machine() } else { None };
    let fault = fault(program, false, Place::of(view.node, &path.parent(), program, otherwise));
    // A copy of a node may lack the directory of a loader that the node has.
    let is_unseen =
        interpreter(program).is_some_and(|path| matches!(host_file(view, &path), Observed::Unknown(_)));
    match fault.filter(|fault| !(is_unseen && matches!(fault, Fault::Interpreter { .. }))) {
        // The mount of a copy is not the node's.
        Some(Fault::NoExec(_)) if !view.is_live() => version(view, winner, plugin, &path),
        Some(Fault::NoExec(point)) => Some(on_noexec(&path.parent(), &point)),
        Some(fault) => {
            let message = format!("{}, so every pod fails", fault.sentence(path.as_str()));
            Some(found(
                code_of(&fault),
                &path,
                message,
                fault.remedy(path.as_str(), |text| view.word_of(text)),
            ))
        }
        None => version(view, winner, plugin, &path),
    }
}

fn on_noexec(dir: &HostPath, point: &str) -> Located {
    let message = format!(
        "the plugins in {dir} lie on the mount {point}, which has the option noexec: every pod fails with permission denied"
    );
    let remedy = format!(
        "mount -o remount,exec {}   # and remove noexec there from what mounts it (/etc/fstab); or set the runtime's \
         bin_dir to a directory elsewhere",
        word(point)
    );
    found(&PLUGIN_NOEXEC, dir, message, remedy)
}

/// The finding's code for a fault.
fn code_of(fault: &Fault) -> &'static Code {
    match fault {
        Fault::NotExecutable(_) => &PLUGIN_NOT_EXECUTABLE,
        Fault::Empty | Fault::NoProgram(_) | Fault::Cut(..) => &PLUGIN_DAMAGED,
        Fault::Architecture(..) => &PLUGIN_ARCHITECTURE,
        Fault::Interpreter { .. } => &PLUGIN_INTERPRETER,
        Fault::NoExec(_) => &PLUGIN_NOEXEC,
    }
}

/// The programs of the network that could not be judged, with the loaders and interpreters that are not visible.
pub(super) fn unseen(view: &View<'_>) -> Vec<String> {
    let Some(winner) = &view.winner else { return Vec::new() };
    let is_there = |dir: &HostPath| matches!(view.node.dirs.get(dir), Some(Observed::Present(_)));
    if !view.is_live() && !view.bin_dirs.iter().any(is_there) {
        let dirs: Vec<&str> = view.bin_dirs.iter().map(HostPath::as_str).collect();
        return vec![format!("the plugins of the network: {} is not among these files", dirs.join(", "))];
    }
    let needed = needed(view, winner);
    let programs = needed.iter().filter_map(|plugin| installed(view, plugin));
    let interpreters = programs.filter_map(|(path, program)| {
        let interpreter = interpreter(program)?;
        match host_file(view, &interpreter) {
            Observed::Unknown(why) => Some(format!("{interpreter}, which {path} needs: {why}")),
            Observed::Present(_) | Observed::Absent => None,
        }
    });
    interpreters.collect()
}

fn missing(view: &View<'_>, winner: &Winner<'_>, plugin: &str) -> Option<Located> {
    // A copy of a node's files may lack the programs: then nothing is known.
    let looked =
        view.bin_dirs.iter().any(|dir| matches!(view.node.dirs.get(dir), Some(Observed::Present(_))));
    let programs = &view.node.observations.programs;
    let is_hidden = |dir: &HostPath| {
        matches!(view.node.dirs.get(dir), Some(Observed::Unknown(_)))
            || !programs.contains_key(&dir.join(plugin))
    };
    let hidden = view.bin_dirs.iter().any(is_hidden);
    if hidden || (!looked && !view.is_live()) {
        return None;
    }
    let dirs: Vec<&str> = view.bin_dirs.iter().map(HostPath::as_str).collect();
    let dirs = dirs.join(", ");
    let elsewhere = view.node.observations.programs.iter().find(|(path, program)| {
        path.name() == plugin && program.present().is_some() && !view.bin_dirs.contains(&path.parent())
    });
    if elsewhere.is_some() && !view.bin_dirs_known {
        return None;
    }
    let path = view.conf_dir.join(winner.name);
    let needs = if plugin == LOOPBACK && !winner.conflist.needs(LOOPBACK) {
        format!("containerd itself runs the plugin {plugin:?} for every pod")
    } else {
        format!("{} needs the plugin {plugin:?}", winner.name)
    };
    Some(match elsewhere {
        Some((other, _)) => found(
            &PLUGIN_ELSEWHERE,
            other,
            format!(
                "{needs}, which lies at {other}, but the runtime looks only in {dirs}: every pod fails with failed to \
                 find plugin {plugin:?}",
            ),
            format!(
                "install -D -m 0755 {} {}   # or add {} to the runtime's bin_dirs",
                view.word(other),
                view.word(&view.bin_dirs[0].join(plugin)),
                other.parent()
            ),
        ),
        None => found(
            &PLUGIN_MISSING,
            &path,
            format!("{needs}, {}", missing_in(plugin, &view.bin_dirs)),
            format!(
                "ls -l {}   # restart the pod that installs {}, or remove {} if its network was uninstalled",
                view.word(&view.bin_dirs[0]),
                word(plugin),
                view.word(&path)
            ),
        ),
    })
}

fn version(view: &View<'_>, winner: &Winner<'_>, plugin: &str, path: &HostPath) -> Option<Located> {
    let asked = view.node.answers.version(&question(view, plugin)?)?;
    let version = winner.conflist.cni_version();
    let desired = version.unwrap_or("0.1.0");
    let silent = |words: &str| {
        found(
            &PLUGIN_SILENT,
            path,
            format!("{path} does not say which CNI versions it supports, but every plugin must: {words}"),
            format!(
                "echo {} | CNI_COMMAND=VERSION {}",
                word(&format!("{{\"cniVersion\":{desired:?}}}")),
                view.word(path)
            ),
        )
    };
    match asked.said.present()? {
        VersionReply::Said(bytes) => match Versions::parse(bytes) {
            Ok(versions) if versions.supports(version) => None,
            Ok(versions) => Some(found(
                &PLUGIN_VERSION,
                path,
                format!(
                    "{} has cniVersion {desired:?}, and {path} supports only {}: every pod fails",
                    winner.name,
                    versions.all().join(", ")
                ),
                format!(
                    "# install a {} that supports {}, or lower cniVersion in {}",
                    word(plugin),
                    word(desired),
                    view.word(&view.conf_dir.join(winner.name))
                ),
            )),
            Err(error) => Some(silent(&error.to_string())),
        },
        VersionReply::Failed(words) => Some(silent(words)),
        // The plugin could not be run here, which shows nothing about the host.
        VersionReply::NotFromHere(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_one_code_wherever_it_is_told() {
        let of_script = Fault::Interpreter { path: "/bin/sh".to_owned(), of_script: true, mode: None };
        let faults = [
            Fault::NotExecutable(0o644),
            Fault::Empty,
            Fault::NoProgram(1),
            Fault::Cut(1, 2),
            Fault::Architecture(62, 183),
            of_script,
            Fault::NoExec("/opt".to_owned()),
        ];
        for fault in faults {
            assert_eq!(code_of(&fault).name, fault.code().name());
        }
    }
}
