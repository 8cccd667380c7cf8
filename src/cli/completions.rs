//! `completions`: a shell's completion script, made from the table of options.

use clap::CommandFactory as _;
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};

use super::args::Cli;
use super::words::Shell;

/// The script by which a shell completes this program's verbs, options and values.
pub(super) fn script(shell: Shell) -> String {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    // clap's enum of all shells is not used, because it would link the code for the others.
    match shell {
        Shell::Bash => generate(Bash, &mut command, name, &mut script),
        Shell::Fish => generate(Fish, &mut command, name, &mut script),
        Shell::Zsh => generate(Zsh, &mut command, name, &mut script),
    }
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        // clap spells the hyphen in the program's name in two ways that do not match, and no verb has options
        // (clap#6421).
        Shell::Bash => script.replace("cni__subcmd__bootstrap", "cni__bootstrap"),
        Shell::Fish | Shell::Zsh => script,
    }
}
