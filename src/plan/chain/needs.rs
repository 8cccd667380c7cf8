//! The binaries that the chain runs must exist, and the host must be able to execute them.

use std::collections::BTreeSet;

use crate::cni::Conflist;
use crate::node::{File, HostPath, Observed, Program};
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::appended;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::wait_for::wait_until;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::decision::{Reason, ReasonKind};
use crate::plan::draft::Draft;
use crate::plan::grants::mounted;
use crate::program::{Fault, Place, fault, missing_in, own_machine};
use crate::report::{Failure, FailureCode, Finding, Severity, word};

/// What is wrong with a binary.
enum Lack {
    /// No directory of the runtime has it.
    Missing,
    /// The host cannot execute it: the path of the file or input, and the fault.
    Faulty(String, Fault),
    /// It was written during the observation.
    Changing(HostPath),
}

impl PlanContext<'_> {
    /// The path where the runtime finds a plugin (libcni `invoke/find.go`: a regular file with that name, first dir
    /// first).
    pub(in crate::plan) fn installed(&self, plugin: &str) -> Option<(HostPath, &File)> {
        self.desired.dirs.bins.iter().find_map(|dir| {
            let path = dir.join(plugin);
            match self.node.files.get(&path)? {
                Observed::Present(file) => Some((path, file)),
                Observed::Absent | Observed::Unknown(_) => None,
            }
        })
    }

    /// True if a binary cannot be run.
    pub(in crate::plan) fn is_lacking(&self, name: &str) -> bool {
        self.lack(name).is_some()
    }

    /// What is wrong with a binary, as far as it is visible.
    fn lack(&self, name: &str) -> Option<Lack> {
        let known = |program: &Program, dir: &HostPath, is_input| {
            fault(program, is_input, Place::of(self.node, dir, program, own_machine()))
        };
        if let Some((_, source)) = self.desired.binaries.iter().find(|(other, _)| other == name) {
            let program = self.node.observations.inputs.get(source)?.present()?;
            return known(program, &self.desired.dirs.install, true)
                .map(|fault| Lack::Faulty(source.clone(), fault));
        }
        let Some((path, file)) = self.installed(name) else { return Some(Lack::Missing) };
        let program = self.node.observations.programs.get(&path)?.present()?;
        if program.stamp != file.stamp {
            return Some(Lack::Changing(path));
        }
        known(program, &path.parent(), false).map(|fault| Lack::Faulty(path.to_string(), fault))
    }
}

/// Blocked until each input and each binary that this owner's plugins run exists. A binary that the primary or the
/// runtime needs anyway is awaited for a while, then reported. `stands` is true if the chain is already published: then
/// waiting helps no pod.
pub(in crate::plan) fn needs(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
    stands: bool,
) -> Result<(), Blocked> {
    let inputs = cx.desired.binaries.iter().map(|(name, _)| name.clone());
    // Without a chain the primary is what is proven, so that it can run belongs to the proof.
    let of_primary = (!cx.desired.has_chain()).then(|| primary.conflist.executed());
    let of_primary = of_primary.into_iter().flatten().flat_map(|(_, binaries)| binaries);
    let own = inputs.chain(cx.desired.added().flat_map(|(_, plugin)| plugin.executed())).chain(of_primary);
    for name in own {
        if let Some(lack) = cx.lack(&name) {
            mounts(cx)?;
            return Err(awaited(cx, &name, &lack));
        }
    }
    let lacking = lacking(cx, primary);
    if lacking.is_empty() {
        return Ok(());
    }
    mounts(cx)?;
    let words: Vec<String> = lacking.iter().map(|(name, lack)| lack.words(cx, name)).collect();
    if !stands && cx.settings.no_wait {
        return Err(Blocked::skipped(Reason { kind: ReasonKind::Binary, text: words.join("; ") }));
    }
    if !stands {
        let since = cx.history.since(ReasonKind::Binary, cx.now);
        let until = since.after(cx.settings.binary_grace);
        if cx.now < until {
            return Err(wait_until(ReasonKind::Binary, &words.join("; "), Some(until)));
        }
    }
    draft.findings.extend(lacking.iter().map(|(name, lack)| lack.finding(cx, primary, name)));
    Ok(())
}

/// True if pods already fail without the chain, because a binary of the primary or the runtime is missing.
pub(in crate::plan) fn is_lacking(cx: &PlanContext<'_>, primary: &Ready) -> bool {
    !lacking(cx, primary).is_empty()
}

/// The binaries that are missing for the primary's own plugins, for those that the runtime appends, and for the
/// runtime itself.
fn lacking(cx: &PlanContext<'_>, primary: &Ready) -> Vec<(String, Lack)> {
    let own: BTreeSet<&str> = cx.desired.added().map(|(_, plugin)| plugin.plugin_type()).collect();
    let added = appended(cx.node, &cx.desired.dirs.conf, &primary.conflist).unwrap_or_default();
    let lists = std::iter::once(&primary.conflist).chain(added.iter().map(|(_, plugin)| plugin));
    let mut names: BTreeSet<String> = lists
        .flat_map(Conflist::executed)
        .filter(|(plugin, _)| !own.contains(plugin))
        .flat_map(|(_, binaries)| binaries)
        .collect();
    if let RuntimeState::Status(status) = cx.runtime() {
        names.extend(status.own_plugins().map(str::to_owned));
    }
    names
        .into_iter()
        .filter_map(|name| Some((cx.lack(&name)?, name)))
        .map(|(lack, name)| (name, lack))
        .collect()
}

/// No binary will ever appear in a directory that is not the host's.
fn mounts(cx: &PlanContext<'_>) -> Result<(), Failure> {
    let dirs = &cx.desired.dirs;
    if dirs.bins.iter().any(|dir| mounted(cx, dir).is_ok()) { Ok(()) } else { mounted(cx, &dirs.install) }
}

fn awaited(cx: &PlanContext<'_>, name: &str, lack: &Lack) -> Blocked {
    let needs = format!("the chain needs the plugin {name:?}");
    let (sentence, remedy) = match lack {
        Lack::Missing => (
            format!("{needs}, {}", missing_in(name, &cx.desired.dirs.bins)),
            format!(
                "install it into {}, or give it with --install-bin {}=PATH",
                cx.desired.dirs.install,
                word(name)
            ),
        ),
        Lack::Faulty(path, fault) => {
            (format!("{needs}, and {}, so every pod fails", fault.sentence(path)), fault.remedy(path, word))
        }
        Lack::Changing(path) => (format!("{needs}, and {}", lack.words(cx, name)), writers_of(path)),
    };
    cx.wait_for(lack.words(cx, name), Failure::new(lack.code(), sentence, remedy))
}

/// The command that shows which program keeps a file from being at rest.
fn writers_of(path: &HostPath) -> String {
    format!(
        "fuser -v {0}   # it names the program that writes {path} again and again; stop that one",
        word(path.as_str())
    )
}

fn searched(cx: &PlanContext<'_>, between: &str) -> String {
    cx.desired.dirs.bins.iter().map(HostPath::as_str).collect::<Vec<_>>().join(between)
}

impl Lack {
    const fn code(&self) -> FailureCode {
        match self {
            Self::Missing => FailureCode::PluginMissing,
            Self::Faulty(_, fault) => fault.code(),
            Self::Changing(_) => FailureCode::PluginDamaged,
        }
    }

    fn words(&self, cx: &PlanContext<'_>, name: &str) -> String {
        match self {
            Self::Missing => format!("the plugin binary {name:?} is not in {}", searched(cx, ", ")),
            Self::Faulty(path, fault) => fault.sentence(path),
            Self::Changing(path) => format!("{path} is still being written"),
        }
    }

    fn finding(&self, cx: &PlanContext<'_>, primary: &Ready, name: &str) -> Finding {
        let needs = format!("{} needs the plugin {name:?}", primary.path);
        let (subject, message, remedy) = match self {
            Self::Missing => (
                primary.path.to_string(),
                format!("{needs}, {}", missing_in(name, &cx.desired.dirs.bins)),
                format!(
                    "ls -l {}   # the package or the pod that installs the network puts {} there",
                    searched(cx, " "),
                    word(name)
                ),
            ),
            Self::Faulty(path, fault) => (
                path.clone(),
                format!("{needs}, and {}, so every pod fails", fault.sentence(path)),
                fault.remedy(path, word),
            ),
            Self::Changing(path) => {
                (path.to_string(), format!("{needs}, and {}", self.words(cx, name)), writers_of(path))
            }
        };
        Finding { code: self.code().name(), severity: Severity::Error, subject, message, remedy }
    }
}
