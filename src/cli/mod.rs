//! The command line: parses options and environment.

mod args;
mod completions;
mod duration;
mod examples;
mod inputs;
mod logging;
mod profiles;
mod settings;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::node::Page;
use crate::plan::{Goal, Settings, VerifyLevel};
use crate::reconcile::LoopOptions;
use crate::report::{Failure, FailureCode};

pub use args::{
    CheckArgs, Cli, Common, CompletionsArgs, FindingsArgs, InstallArgs, LintArgs, LogArgs, NodeArgs,
    ProfilesArgs, StatusArgs, UninstallArgs, Verb, WatchArgs,
};
pub use logging::init as init_logging;
pub use words::{CheckFormat, FindingsFormat, Format, LogFormat, OnFailure, Shell};

/// The widest line of a help text, in characters.
const HELP_WIDTH: usize = 100;

/// The parsed command line.
#[derive(Debug)]
pub struct Command {
    /// The job to do.
    pub job: Job,
    /// The options of the log.
    pub log: LogArgs,
}

/// The job to do, and how to report it.
#[derive(Debug)]
pub enum Job {
    /// `install`, `watch`, `uninstall`: the loop.
    Reconcile(Box<ReconcileJob>),
    /// `check`.
    Check {
        /// The settings of the node.
        settings: Box<Settings>,
        /// The mount point of the host's root.
        host_root: PathBuf,
        /// How findings are judged and shown.
        findings: FindingsArgs,
        /// The words to explain.
        why: Option<String>,
        /// `--pod`.
        pod: VerifyLevel,
    },
    /// `check --output npd`.
    Npd {
        /// The settings of the node.
        settings: Box<Settings>,
        /// The mount point of the host's root.
        host_root: PathBuf,
        /// True if warnings count as problems.
        strict: bool,
    },
    /// `status`.
    Status {
        /// The settings of the node.
        settings: Box<Settings>,
        /// The mount point of the host's root.
        host_root: PathBuf,
        /// The format on standard output.
        format: Format,
    },
    /// `lint`.
    Lint {
        /// Files, directories, `-`.
        inputs: Vec<String>,
        /// How findings are judged and shown.
        findings: FindingsArgs,
    },
}

/// A run of the loop.
#[derive(Debug)]
pub struct ReconcileJob {
    /// The verb's name, for the report.
    pub verb: &'static str,
    /// The settings of the node.
    pub settings: Settings,
    /// The options of the loop.
    pub options: LoopOptions,
    /// The mount point of the host's root.
    pub host_root: PathBuf,
    /// The format of the report.
    pub format: Format,
    /// Decides the exit code after a failure.
    pub on_failure: OnFailure,
}

/// The result of parsing if there is no job to do.
#[derive(Debug)]
pub enum ParseExit {
    /// A text for standard output (help, the version, completions); exit 0.
    Printed(Page),
    /// A usage error.
    Usage(Failure),
}

/// Reads the command line and the environment.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, ParseExit> {
    let args: Vec<OsString> = args.into_iter().collect();
    let help = help_of(&args);
    let matches = matches(args).map_err(|error| ended(&error, &help))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| ended(&error, &help))?;
    match cli.verb {
        Verb::Install(args) => {
            let (common, options, on_failure) = of_install(&args);
            let settings = args.settings().map_err(ParseExit::Usage)?;
            Ok(request("install", common, settings, options, on_failure))
        }
        Verb::Watch(args) => {
            let (common, options, on_failure) = of_install(&args.install);
            let listen = inputs::listen(&args.listen).map_err(ParseExit::Usage)?;
            let options = LoopOptions { listen, ..options };
            let settings = args.settings().map_err(ParseExit::Usage)?;
            Ok(request("watch", common, settings, options, on_failure))
        }
        Verb::Uninstall(args) => {
            let common = args.common.clone();
            let settings = args.settings().map_err(ParseExit::Usage)?;
            let options = LoopOptions {
                initial: std::time::Duration::from_millis(100),
                max: std::time::Duration::from_secs(10),
                dry_run: common.dry_run,
                continues: false,
                listen: Vec::new(),
            };
            Ok(request("uninstall", common, settings, options, OnFailure::Fail))
        }
        Verb::Check(args) => of_check(args).map_err(ParseExit::Usage),
        Verb::Status(args) => {
            let (log, format, host_root) = (args.log.clone(), args.output, args.node.host_root.clone());
            let settings = Box::new(args.settings().map_err(ParseExit::Usage)?);
            Ok(Command { job: Job::Status { settings, host_root, format }, log })
        }
        Verb::Lint(LintArgs { inputs, findings, log }) => {
            Ok(Command { job: Job::Lint { inputs, findings }, log })
        }
        Verb::Profiles(ProfilesArgs { name }) => {
            let text = name.as_deref().and_then(profiles::shown).unwrap_or_else(profiles::list);
            Err(ParseExit::Printed(Page::of_lines(&text)))
        }
        Verb::Completions(CompletionsArgs { shell }) => {
            Err(ParseExit::Printed(Page::of_lines(&completions::script(shell))))
        }
    }
}

/// What a run of `install` needs besides its settings.
fn of_install(args: &InstallArgs) -> (Common, LoopOptions, OnFailure) {
    let common = args.common.clone();
    let options = LoopOptions {
        initial: args.backoff_initial,
        max: args.backoff_max,
        dry_run: common.dry_run,
        continues: args.on_failure == OnFailure::Continue,
        listen: Vec::new(),
    };
    (common, options, args.on_failure)
}

/// The matches; with a profile a second time, its values in place of the defaults.
fn matches(args: Vec<OsString>) -> clap::error::Result<clap::ArgMatches> {
    let plain = Cli::command().try_get_matches_from(args.clone())?;
    match profiles::with_profile(Cli::command(), &plain, inputs::is_set) {
        Some(command) => command.try_get_matches_from(args),
        None => Ok(plain),
    }
}

fn request(
    verb: &'static str,
    common: Common,
    settings: Settings,
    options: LoopOptions,
    on_failure: OnFailure,
) -> Command {
    debug_assert!(verb != "uninstall" || settings.goal == Goal::Uninstall);
    let host_root = common.node.host_root;
    let job = ReconcileJob { verb, settings, options, host_root, format: common.output, on_failure };
    Command { job: Job::Reconcile(Box::new(job)), log: common.log }
}

/// The job of `check`.
fn of_check(args: CheckArgs) -> Result<Command, Failure> {
    let (log, strict, host_root) = (args.log.clone(), args.strict, args.node.host_root.clone());
    let pod = args.pod.unwrap_or(VerifyLevel::Loaded);
    let why = args.why.clone().map(inputs::words).transpose()?;
    let Some(output) = args.output.of_findings() else {
        if why.is_some() || pod != VerifyLevel::Loaded {
            let sentence = "--output npd is one line about the node, without --why and --pod";
            return Err(Failure::new(FailureCode::CommandLineInvalid, sentence, "leave them out"));
        }
        let settings = Box::new(args.settings()?);
        return Ok(Command { job: Job::Npd { settings, host_root, strict }, log });
    };
    let findings = FindingsArgs { strict, output };
    let settings = Box::new(args.settings()?);
    Ok(Command { job: Job::Check { settings, host_root, findings, why, pod }, log })
}

/// The command that prints the help of the verb that was typed.
fn help_of(args: &[OsString]) -> String {
    let command = Cli::command();
    let is_verb = |arg: &&OsString| command.get_subcommands().any(|verb| verb.get_name() == arg.as_os_str());
    match args.iter().skip(1).find(is_verb) {
        Some(verb) => format!("see cni-bootstrap {} --help", verb.to_string_lossy()),
        None => "see cni-bootstrap --help".to_owned(),
    }
}

fn ended(error: &clap::Error, help: &str) -> ParseExit {
    use clap::error::ErrorKind;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            ParseExit::Printed(Page::of_wrapped_lines(&error.to_string(), HELP_WIDTH))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let verbs: Vec<String> =
                Cli::command().get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
            let sentence = format!("no verb was given; the verbs are {}", verbs.join(", "));
            ParseExit::Usage(Failure::new(FailureCode::CommandLineInvalid, sentence, help))
        }
        _ => {
            // The first paragraph: the names after "not provided:" and the possible values are in its other lines.
            let text = error.to_string();
            let paragraph: Vec<&str> =
                text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            let sentence = paragraph.join(" ").trim_start_matches("error: ").to_owned();
            let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
            ParseExit::Usage(Failure::new(
                FailureCode::CommandLineInvalid,
                sentence,
                tip.map_or_else(|| help.to_owned(), |tip| format!("{tip}; {help}")),
            ))
        }
    }
}
