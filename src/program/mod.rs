//! Judges if the host's kernel can execute a file. The plan and `check` share these rules.
//!
//! What is not visible here (a loader on a file system that is not mounted, the machine of a node without programs)
//! is unknown, and not a fault.

mod elf;
mod script;

use crate::distro;
use crate::node::{HostPath, Node, Observed, Program, Stamp};
use crate::report::FailureCode;

/// Programs of a node that show its machine.
pub fn references() -> impl Iterator<Item = HostPath> {
    distro::programs().into_iter().map(HostPath::known)
}

/// What follows from a plugin that no directory of the runtime has (libcni `invoke/find.go`), behind what needs it.
pub fn missing_in(plugin: &str, dirs: &[HostPath]) -> String {
    let dirs: Vec<&str> = dirs.iter().map(HostPath::as_str).collect();
    format!("which is not in {}: every pod fails with failed to find plugin {plugin:?}", dirs.join(", "))
}

/// A kind of machine, by its number in ELF headers.
pub type Machine = u16;

/// The place from which a program is executed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'a> {
    /// The node's machine, if it is known.
    pub machine: Option<Machine>,
    /// The mount point below which the program lies, if that mount is the host's and forbids execution.
    pub noexec: Option<&'a str>,
    /// The observed loader or interpreter; `None` if it was not observed.
    pub interpreter: Option<&'a Observed<Stamp>>,
}

/// The reason why the kernel does not execute a file (`execve(2)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The execute bits are missing; the mode.
    NotExecutable(u32),
    /// The file has 0 bytes.
    Empty,
    /// The file is neither an ELF program nor a script; its size in bytes.
    NoProgram(u64),
    /// The ELF program is cut off: its size, and the size by its headers.
    Cut(u64, u64),
    /// The program was built for another machine: the program's, and the node's.
    Architecture(Machine, Machine),
    /// The loader of an ELF program, or the interpreter of a script, does not exist or is not executable.
    Interpreter {
        /// The path of the loader or interpreter.
        path: String,
        /// True for the interpreter of a script.
        of_script: bool,
        /// Its mode, if it exists.
        mode: Option<u32>,
    },
    /// Its mount forbids execution; the mount point.
    NoExec(String),
}

impl<'a> Place<'a> {
    /// The facts about a directory of a node as a program's place. `otherwise` is the machine to assume if no program
    /// of the node shows it.
    pub fn of(node: &'a Node, dir: &HostPath, program: &Program, otherwise: Option<Machine>) -> Self {
        let dir = node.dirs.get(dir).and_then(Observed::present);
        let of_host = dir.filter(|dir| dir.mount.noexec && !(node.in_container && dir.mount.own_root));
        Self {
            machine: references()
                .find_map(|path| machine_of(node.observations.programs.get(&path)?.present()?))
                .or(otherwise),
            noexec: of_host.map(|dir| dir.mount.point.as_str()),
            interpreter: interpreter(program).and_then(|path| node.observations.interpreters.get(&path)),
        }
    }
}

/// The machine for which this program was built. If the runtime can be asked, it is the node's.
pub fn own_machine() -> Option<Machine> {
    elf::of_name(std::env::consts::ARCH)
}

/// The node's machine, by one of its programs.
pub fn machine_of(program: &Program) -> Option<Machine> {
    elf::read(&program.head).map(|header| header.machine)
}

/// The file that the kernel needs too: the loader of an ELF program (`PT_INTERP`), the interpreter of a script.
pub fn interpreter(program: &Program) -> Option<HostPath> {
    let path = match elf::read(&program.head) {
        Some(header) => header.interpreter?,
        None => script::interpreter(&program.head)?,
    };
    HostPath::new(&path).ok()
}

/// The reason why the kernel does not execute a program. The mode of an input does not count, because it is set when
/// the input is installed.
pub fn fault(program: &Program, is_input: bool, place: Place<'_>) -> Option<Fault> {
    let (stamp, head) = (&program.stamp, &program.head);
    if !is_input && stamp.mode & 0o111 == 0 {
        return Some(Fault::NotExecutable(stamp.mode));
    }
    if stamp.size == 0 {
        return Some(Fault::Empty);
    }
    if let Some(point) = place.noexec {
        return Some(Fault::NoExec(point.to_owned()));
    }
    let of_script = script::interpreter(head);
    let path = match elf::read(head) {
        None if head.starts_with(elf::MAGIC) => return Some(Fault::Cut(stamp.size, elf::HEADER)),
        None if of_script.is_none() => return Some(Fault::NoProgram(stamp.size)),
        None => of_script.clone(),
        Some(header) if !header.is_program => return Some(Fault::NoProgram(stamp.size)),
        Some(header) if header.end > stamp.size => return Some(Fault::Cut(stamp.size, header.end)),
        Some(header) => match place.machine.filter(|machine| !elf::runs(*machine, header.machine)) {
            Some(machine) => return Some(Fault::Architecture(header.machine, machine)),
            None => header.interpreter,
        },
    };
    let mode = match place.interpreter? {
        Observed::Present(stamp) if stamp.mode & 0o111 != 0 => return None,
        Observed::Present(stamp) => Some(stamp.mode),
        Observed::Absent => None,
        Observed::Unknown(_) => return None,
    };
    Some(Fault::Interpreter { path: path?, of_script: of_script.is_some(), mode })
}

impl Fault {
    /// The code of the finding, and of the failure where the chain needs the binary.
    pub const fn code(&self) -> FailureCode {
        match self {
            Self::NotExecutable(_) => FailureCode::PluginNotExecutable,
            Self::Empty | Self::NoProgram(_) | Self::Cut(..) => FailureCode::PluginDamaged,
            Self::Architecture(..) => FailureCode::PluginArchitecture,
            Self::Interpreter { .. } => FailureCode::PluginInterpreter,
            Self::NoExec(_) => FailureCode::PluginNoExec,
        }
    }

    /// The message: what is wrong with the file at `path`, and the runtime's error.
    pub fn sentence(&self, path: &str) -> String {
        match self {
            Self::NotExecutable(mode) => {
                format!("{path} has mode {mode:04o} and cannot be executed (permission denied)")
            }
            Self::Empty => format!("{path} (0 bytes) is empty (exec format error)"),
            Self::NoProgram(size) => format!(
                "{path} ({size} bytes) is neither an ELF program nor a script with an interpreter (exec format error)"
            ),
            Self::Cut(size, whole) => format!(
                "{path} ({size} bytes) is an ELF program of {whole} bytes that was cut short or is still being written"
            ),
            Self::Architecture(program, node) => format!(
                "{path} is a program for {}, and this node is {} (exec format error)",
                elf::name(*program),
                elf::name(*node)
            ),
            Self::Interpreter { path: interpreter, of_script, mode } => {
                let what = if *of_script { "is a script for" } else { "needs the loader" };
                let why = mode.map_or_else(
                    || "does not exist (no such file or directory)".to_owned(),
                    |mode| format!("has mode {mode:04o} (permission denied)"),
                );
                format!("{path} {what} {interpreter}, which {why}")
            }
            Self::NoExec(point) => {
                format!("{path} lies on the mount {point}, which has the option noexec (permission denied)")
            }
        }
    }

    /// The command or comment that corrects it, for the binary at `path`. `word` makes one word of a command of a path
    /// or a name: names of plugins may contain anything.
    pub fn remedy(&self, path: &str, word: impl Fn(&str) -> String) -> String {
        let plugin = word(path.rsplit('/').next().unwrap_or_default());
        match self {
            Self::NotExecutable(_) => format!("chmod 0755 {}", word(path)),
            Self::Empty | Self::NoProgram(_) | Self::Cut(..) => {
                format!(
                    "rm {}   # then restart the pod that installs it, so that it copies it again",
                    word(path)
                )
            }
            Self::Architecture(_, node) => format!(
                "# install the {} build of it: see which image the pod that installs {plugin} runs",
                elf::name(*node)
            ),
            Self::Interpreter { mode: Some(_), path, .. } => format!("chmod 0755 {}", word(path)),
            Self::Interpreter { mode: None, path, .. } => {
                let path = word(path);
                format!(
                    "ls -l {path}   # install a static build of {plugin}, which does not need {path}; or install \
                     that file"
                )
            }
            Self::NoExec(point) => format!(
                "# mount {} without noexec, or set the runtime's bin_dir to a directory elsewhere",
                word(point)
            ),
        }
    }
}

#[cfg(test)]
mod tests;
