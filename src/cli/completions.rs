//! `completions`: a shell's script, made from the table of options.

use clap::CommandFactory as _;
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};

use super::args::Cli;
use super::words::Shell;

/// The script by which a shell completes this program's verbs, options and their words.
pub(super) fn script(shell: Shell) -> String {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    // The three by name, and not clap's list of shells: the writers of the others would be linked as well.
    match shell {
        Shell::Bash => generate(Bash, &mut command, name, &mut script),
        Shell::Fish => generate(Fish, &mut command, name, &mut script),
        Shell::Zsh => generate(Zsh, &mut command, name, &mut script),
    }
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        // Two spellings of a hyphen in the program's name never meet, and no verb has options (clap#6421).
        Shell::Bash => script.replace("cni__subcmd__bootstrap", "cni__bootstrap"),
        Shell::Fish | Shell::Zsh => script,
    }
}
