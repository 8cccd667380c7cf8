//! What is done to a run, and to the node while it goes.

use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use crate::dice::Dice;
use crate::network::{CHAIN, PRIMARY};
use crate::node::{CONFIG, Node, Unsynced};
use crate::program::{UNINSTALL, Way, run, start};

/// What happens in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// SIGKILL at one to three random moments of `install`.
    Kill,
    /// The same of `uninstall`.
    KillUninstall,
    /// The power goes at a random moment of `install`.
    PowerCut,
    /// The power goes at a random moment of `uninstall`.
    PowerCutUninstall,
    /// No space is left on the file system of one of the directories that are written.
    FullDisk(&'static str),
    /// Another program writes a file in pieces, or restarts the runtime.
    Writer(Writer),
}

/// What another program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writer {
    /// Writes the primary anew in pieces.
    Primary,
    /// Removes the chain, or cuts it.
    Chain,
    /// Writes the runtime's config anew in pieces.
    Config,
    /// Restarts the runtime.
    Restarts,
}

const HARMS: [Harm; 12] = [
    Harm::Kill,
    Harm::Kill,
    Harm::KillUninstall,
    Harm::PowerCut,
    Harm::PowerCutUninstall,
    Harm::FullDisk("/var/lib/cni-bootstrap"),
    Harm::FullDisk("/etc/containerd"),
    Harm::FullDisk("/run/cni-bootstrap"),
    Harm::Writer(Writer::Primary),
    Harm::Writer(Writer::Chain),
    Harm::Writer(Writer::Config),
    Harm::Writer(Writer::Restarts),
];

/// All of them, or those whose name contains `CNI_BOOTSTRAP_CHAOS_HARM`.
pub(crate) fn harms() -> Vec<Harm> {
    let part = std::env::var("CNI_BOOTSTRAP_CHAOS_HARM").unwrap_or_default();
    let harms: Vec<Harm> = HARMS.into_iter().filter(|harm| format!("{harm:?}").contains(&part)).collect();
    assert!(!harms.is_empty(), "CNI_BOOTSTRAP_CHAOS_HARM: no harm has {part} in its name");
    harms
}

/// Does it to a run of `install`; `span` is how long an undisturbed one takes.
pub(crate) fn harm(node: &Node, dice: &mut Dice, harm: Harm, install: &[&str], span: Duration) {
    match harm {
        Harm::Kill => kill(node, dice, install, span),
        Harm::KillUninstall => {
            run(node, Way::Host, install);
            kill(node, dice, &UNINSTALL, span);
        }
        Harm::PowerCut => power_cut(node, dice, install, span),
        Harm::PowerCutUninstall => {
            run(node, Way::Host, install);
            power_cut(node, dice, &UNINSTALL, span);
        }
        Harm::FullDisk(dir) => full_disk(node, dice, dir, install),
        Harm::Writer(writer) => {
            let mut other = other(node, dice, writer);
            run(node, Way::Host, install);
            assert!(other.wait().unwrap().success(), "the other program on the node");
        }
    }
}

fn kill(node: &Node, dice: &mut Dice, args: &[&str], span: Duration) {
    for _ in 0..=dice.below(3) {
        let running = start(node, Way::Host, args);
        sleep(dice.moment(span));
        running.kill();
    }
}

fn power_cut(node: &Node, dice: &mut Dice, args: &[&str], span: Duration) {
    let unsynced = dice.one_of(&[Unsynced::Lost, Unsynced::Empty]);
    let running = start(node, Way::Host, args);
    sleep(dice.moment(span));
    node.power_cut(unsynced);
    running.kill();
}

/// A small file system over the directory, with a few blocks left or none; what the run left there is kept.
fn full_disk(node: &Node, dice: &mut Dice, dir: &str, install: &[&str]) {
    let left = 4 * dice.below(4);
    node.sh(&format!(
        "mkdir -p {dir} && rm -rf /root/kept && cp -a {dir} /root/kept &&
         mount -t tmpfs -o size=256k,mode=0755 small {dir} && cp -a /root/kept/. {dir}/ &&
         {{ dd if=/dev/zero of={dir}/.filler bs=4k 2>/dev/null || true; }} && truncate -s -{left}k {dir}/.filler"
    ));
    let full = run(node, Way::Host, install);
    node.sh(&format!(
        "rm {dir}/.filler && rm -rf /root/kept && cp -a {dir} /root/kept && umount {dir} &&
         find {dir} -mindepth 1 -delete && cp -a /root/kept/. {dir}/"
    ));
    // It went through, or it names the path that had no room and what to do.
    let named = full.stderr.lines().last().is_some_and(|line| line.contains('/') && line.contains(": "));
    assert!(full.code == 0 || named, "{full}");
}

/// Another program on the node, for about two seconds; what it leaves is what was there, or the chain's absence.
fn other(node: &Node, dice: &mut Dice, writer: Writer) -> Child {
    let pause = dice.one_of(&["0.02", "0.1", "0.3"]);
    let in_pieces = |file: &str, times: u32| {
        format!(
            "cp {file} /root/whole; size=$(stat -c %s /root/whole); for i in $(seq {times}); do
                : >{file}; sleep {pause}; head -c $((size / 2)) /root/whole >{file}; sleep {pause}; cat /root/whole >{file}
                sleep {pause}
             done"
        )
    };
    let script = match writer {
        Writer::Primary => in_pieces(PRIMARY, 4),
        Writer::Config => in_pieces(CONFIG, 2),
        Writer::Chain => format!(
            "for i in $(seq 3); do sleep {pause}; rm -f {CHAIN}; sleep {pause}; [ ! -e {CHAIN} ] || : >{CHAIN}; done; rm -f {CHAIN}"
        ),
        Writer::Restarts => format!("for i in 1 2; do sleep {pause}; systemctl restart containerd; done"),
    };
    node.command("/bin/sh").args(["-c", &script]).spawn().expect("nsenter")
}
