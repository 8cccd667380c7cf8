//! `completions`: each shell loads its script and completes with it, and printing it needs nothing of the machine.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::tools::{good, tools, words};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cni-bootstrap");

/// The words that were typed, and the completion of the last one.
const TYPED: [(&[&str], &str); 5] = [
    (&["inst"], "install"),
    (&["install", "--conf-d"], "--conf-dir"),
    (&["uninstall", "--ow"], "--owner"),
    (&["install", "--restart", "nse"], "nsenter"),
    (&["completions", "z"], "zsh"),
];

fn script(shell: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(&format!(".{shell}")).tempfile().unwrap();
    std::fs::write(file.path(), good(PROGRAM, &["completions", shell])).unwrap();
    file
}

/// Asks for the completion of each input; a line of the answer begins with an offered word.
fn each(all: &[(&[&str], &str)], ask: impl Fn(&[&str]) -> String) {
    for (typed, word) in all {
        let said = ask(typed);
        let mut offered = said.lines().filter_map(|line| line.split_whitespace().next());
        assert!(offered.any(|offer| offer == *word), "{typed:?} is not completed to {word}: {said:?}");
    }
}

#[test]
fn bash_completes() {
    // As readline calls it: the program, the word, the word before it; all words in COMP_WORDS.
    const ASK: &str = r#"
        . "$1"; shift
        [[ $(complete -p cni-bootstrap) =~ -F\ ([^ ]+) ]] && complete=${BASH_REMATCH[1]}
        COMP_WORDS=(cni-bootstrap "$@") COMP_CWORD=$#
        "$complete" cni-bootstrap "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}""#;
    let script = script("bash");
    each(&TYPED, |typed| {
        let args = ["--norc", "-uc", ASK, "bash", script.path().to_str().unwrap()];
        good("bash", &[&args[..], typed].concat())
    });
}

#[test]
fn fish_completes() {
    if tools().is_none() {
        return;
    }
    let script = script("fish");
    // clap's script for fish knows only the values of options, and offers files for an argument.
    each(&TYPED[..4], |typed| {
        let line = ["cni-bootstrap"].iter().chain(typed).copied().collect::<Vec<_>>().join(" ");
        let ask = format!("source {}; complete -C '{line}'", script.path().display());
        good("fish", &["--no-config", "-c", &ask])
    });
}

#[test]
fn zsh_completes() {
    // zsh completes only at a terminal, so one is created; after the tab a key prints the completed line.
    const AT_THE_TERMINAL: &str = r#"
        autoload -U compinit && compinit -D
        source "$SCRIPT"
        tell() { words=(${(z)BUFFER}); print -r -- "[[ $words[-1] ]]" }
        zle -N tell; bindkey '^X' tell; PS1=; print READY"#;
    const ASK: &str = r#"
        zmodload zsh/zpty
        zpty -b terminal zsh -f -i
        zpty -w terminal "source $1"; shift
        zpty -r terminal said '*READY*'
        zpty -w -n terminal "cni-bootstrap $*"$'\t\x18'
        zpty -r terminal said '*\[\[ * \]\]*'
        zpty -d terminal
        print -r -- ${${said##*\[\[ }%% \]\]*}"#;
    if tools().is_none() {
        return;
    }
    let (script, rc) = (script("zsh"), tempfile::NamedTempFile::new().unwrap());
    good("zsh", &["-f", "-n", script.path().to_str().unwrap()]);
    let text = AT_THE_TERMINAL.replace("$SCRIPT", script.path().to_str().unwrap());
    std::fs::write(rc.path(), text).unwrap();
    each(&TYPED, |typed| {
        let args = ["-f", "-c", ASK, "zsh", rc.path().to_str().unwrap()];
        good("zsh", &[&args[..], typed].concat()).replace('=', "")
    });
}

#[test]
fn they_need_no_privileges_and_no_sound_environment() {
    // In a directory that nobody can read.
    let dir = tempfile::Builder::new().permissions(mode(0o755)).tempdir().unwrap();
    let copy = dir.path().join("cni-bootstrap");
    good("install", &["-m", "0755", PROGRAM, copy.to_str().unwrap()]);
    for shell in ["bash", "fish", "zsh"] {
        let mut command = Command::new(&copy);
        command.args(["completions", shell]).env_clear().current_dir("/");
        command.env("CNI_BOOTSTRAP_HOST_ROOT", "/nowhere").env("CNI_BOOTSTRAP_PLUGIN", "{");
        if rustix::process::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        let out = command.output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{shell}: {}", words(&out.stderr));
        assert_eq!(words(&out.stdout), good(PROGRAM, &["completions", shell]), "{shell}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "it wrote where it lies");
}

fn mode(bits: u32) -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}
