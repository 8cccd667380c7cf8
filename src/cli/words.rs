//! Values that are one of a few words.

use clap::ValueEnum;

use crate::plan::Layout;

/// A shell with completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash 4.4 and later, with or without the package bash-completion.
    Bash,
    /// fish.
    Fish,
    /// zsh, after compinit.
    Zsh,
}

/// `--runtime`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindArg {
    /// The runtime that answers.
    Auto,
    /// containerd.
    Containerd,
    /// CRI-O. Its config is not judged yet: install refuses it.
    Crio,
    /// No runtime: only files are written.
    None,
}

/// `--layout`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LayoutArg {
    /// A file of its own, which sorts before the primary.
    OwnFile,
    /// The primary's own file.
    InPlace,
    /// Nothing is published.
    None,
}

impl From<LayoutArg> for Layout {
    fn from(layout: LayoutArg) -> Self {
        match layout {
            LayoutArg::OwnFile => Self::OwnFile,
            LayoutArg::InPlace => Self::InPlace,
            LayoutArg::None => Self::None,
        }
    }
}

/// `--restart`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RestartArg {
    /// dbus, then nsenter, then signal.
    Auto,
    /// systemd's private socket.
    Dbus,
    /// The host's systemctl in the host's namespaces.
    Nsenter,
    /// SIGTERM, if the supervisor starts the runtime again.
    Signal,
    /// No restart.
    Never,
}

/// `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Text,
    /// The report.
    Json,
}

/// `--output` of `check` and `lint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// For a person; coloured on a terminal, unless `NO_COLOR` is set.
    Text,
    /// The report.
    Json,
    /// SARIF 2.1.0, which CI systems show beside the code.
    Sarif,
}

/// `--output` of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For a person.
    Text,
    /// The report.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// For a custom plugin of node-problem-detector.
    Npd,
}

impl CheckFormat {
    /// The format of findings; `None` for one line without them.
    pub(super) const fn of_findings(self) -> Option<FindingsFormat> {
        match self {
            Self::Text => Some(FindingsFormat::Text),
            Self::Json => Some(FindingsFormat::Json),
            Self::Sarif => Some(FindingsFormat::Sarif),
            Self::Npd => None,
        }
    }
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object for each line.
    Json,
}

/// `--on-failure`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// The exit code shows the failure.
    #[default]
    Fail,
    /// The report, the log and the last line show the failure; exit codes 3 to 9 become 0.
    Continue,
}
