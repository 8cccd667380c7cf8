//! The harm to a run, and to the node during the run.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::network::{CHAIN, PRIMARY};
use crate::node::{CONFIG, Node, Unsynced};
use crate::program::{Run, UNINSTALL, Way, install, run, start};

/// Short, so that a rollback by systemd happens within the round.
const OPTIONS: [&str; 2] = ["--restart-timeout", "30s"];
/// The drop-in that makes containerd's unit refuse the new config.
pub(crate) const DROP_IN: &str = "/etc/systemd/system/containerd.service.d/chaos.conf";
const REFUSED: &str = r#"ExecStartPre=/bin/sh -c "! grep -q 'max_conf_num = 1' /etc/containerd/config.toml""#;

/// The harm of one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Harm {
    pub(crate) done: Done,
    pub(crate) to: To,
}

/// The run that is harmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum To {
    Install,
    /// `install`, with a containerd that does not start with the new config.
    Refused,
    /// `uninstall` after a complete install.
    Uninstall,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Done {
    /// SIGKILL at one to three random moments.
    Kill,
    /// The power is cut at one or two random moments.
    PowerCut,
    /// One of the directories that are written has no space left.
    FullDisk(&'static str),
    /// Another program writes a file in pieces, or restarts the runtime.
    Writer(Writer),
}

/// The other program's action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Writer {
    /// Writes the primary again in pieces.
    Primary,
    /// Removes the chain, or truncates it.
    Chain,
    /// Writes the runtime's config again in pieces.
    Config,
    /// Restarts the runtime.
    Restarts,
}

const DONE: [Done; 11] = [
    Done::Kill,
    Done::Kill,
    Done::PowerCut,
    Done::PowerCut,
    Done::FullDisk("/var/lib/cni-bootstrap"),
    Done::FullDisk("/etc/containerd"),
    Done::FullDisk("/run/cni-bootstrap"),
    Done::Writer(Writer::Primary),
    Done::Writer(Writer::Chain),
    Done::Writer(Writer::Config),
    Done::Writer(Writer::Restarts),
];

impl std::fmt::Display for Harm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} to {:?}", self.done, self.to)
    }
}

impl To {
    pub(crate) const ALL: [Self; 3] = [Self::Install, Self::Refused, Self::Uninstall];

    /// Prepares the node for the run.
    pub(crate) fn prepare(self, node: &Node) -> Result<(), String> {
        match self {
            Self::Install => Ok(()),
            Self::Refused => {
                node.write(DROP_IN, format!("[Service]\n{REFUSED}\n"));
                node.sh("systemctl daemon-reload");
                Ok(())
            }
            Self::Uninstall => {
                let installed = run(node, Way::Host, &Self::Install.args());
                if installed.code == 0 { Ok(()) } else { Err(format!("before the harm: {installed}")) }
            }
        }
    }

    pub(crate) fn args(self) -> Vec<&'static str> {
        match self {
            Self::Install | Self::Refused => install(&OPTIONS),
            Self::Uninstall => [&UNINSTALL[..], &OPTIONS].concat(),
        }
    }

    /// The exit code of an undisturbed run.
    fn code(self) -> i32 {
        if self == Self::Refused { 7 } else { 0 }
    }

    /// Runs without harm, and measures the time.
    pub(crate) fn undisturbed(self, node: &Node) -> Duration {
        self.prepare(node).unwrap();
        let began = Instant::now();
        let run = run(node, Way::Host, &self.args());
        let span = began.elapsed();
        assert_eq!(run.code, self.code(), "{run}");
        span
    }
}

/// All kinds of harm, or those whose names contain `CNI_BOOTSTRAP_CHAOS_HARM`.
pub(crate) fn harms() -> Vec<Harm> {
    let part = std::env::var("CNI_BOOTSTRAP_CHAOS_HARM").unwrap_or_default();
    let all = To::ALL.into_iter().flat_map(|to| DONE.map(|done| Harm { done, to }));
    let harms: Vec<Harm> = all.filter(|harm| harm.to_string().contains(&part)).collect();
    assert!(!harms.is_empty(), "CNI_BOOTSTRAP_CHAOS_HARM: no harm has {part} in its name");
    harms
}

/// Harms a run; `span` is the time of an undisturbed run. Returns the run if it came to its end.
pub(crate) fn harm(node: &Node, dice: &mut Dice, harm: Harm, span: Duration) -> Result<Option<Run>, String> {
    harm.to.prepare(node)?;
    let args = harm.to.args();
    match harm.done {
        Done::Kill => kill(node, dice, &args, span),
        Done::PowerCut => power_cut(node, dice, &args, span),
        Done::FullDisk(dir) => return full_disk(node, dice, dir, harm.to).map(Some),
        Done::Writer(writer) => {
            let mut other = other(node, dice, writer);
            let run = run(node, Way::Host, &args);
            assert!(other.wait().unwrap().success(), "the other program on the node");
            return Ok(Some(run));
        }
    }
    Ok(None)
}

fn kill(node: &Node, dice: &mut Dice, args: &[&str], span: Duration) {
    for _ in 0..=dice.below(3) {
        let running = start(node, Way::Host, args);
        sleep(dice.moment(span));
        running.kill();
    }
}

fn power_cut(node: &Node, dice: &mut Dice, args: &[&str], span: Duration) {
    // The test's own files are synced here; the program must sync its files itself.
    node.sh(&format!("[ ! -e {DROP_IN} ] || sync {DROP_IN} $(dirname {DROP_IN}) /etc/systemd/system"));
    // The second cut comes while the next run repairs the node.
    for _ in 0..=dice.below(2) {
        let unsynced = dice.one_of(&[Unsynced::Lost, Unsynced::Empty]);
        let running = start(node, Way::Host, args);
        sleep(dice.moment(span));
        node.power_cut(unsynced);
        running.kill();
    }
}

/// Mounts a small file system over the directory, with few free blocks or none. The run's files there are kept.
fn full_disk(node: &Node, dice: &mut Dice, dir: &str, to: To) -> Result<Run, String> {
    let left = 4 * dice.below(4);
    node.sh(&format!(
        "mkdir -p {dir} && rm -rf /root/kept && cp -a {dir} /root/kept &&
         mount -t tmpfs -o size=256k,mode=0755 small {dir} && cp -a /root/kept/. {dir}/ &&
         {{ dd if=/dev/zero of={dir}/.filler bs=4k 2>/dev/null || true; }} && truncate -s -{left}k {dir}/.filler"
    ));
    let full = run(node, Way::Host, &to.args());
    node.sh(&format!(
        "rm {dir}/.filler && rm -rf /root/kept && cp -a {dir} /root/kept && umount {dir} &&
         find {dir} -mindepth 1 -delete && cp -a /root/kept/. {dir}/"
    ));
    // The run succeeded, or its message names the path that had no space and a remedy.
    let named = full.stderr.lines().last().is_some_and(|line| line.contains('/') && line.contains(": "));
    if full.code == to.code() || named {
        Ok(full)
    } else {
        Err(format!("no path with the disk full: {full}"))
    }
}

/// Another program on the node, for about two seconds. It restores the old file, or leaves the chain removed.
fn other(node: &Node, dice: &mut Dice, writer: Writer) -> Child {
    let pause = dice.one_of(&["0.02", "0.1", "0.3"]);
    let in_pieces = |file: &str, times: u32| {
        // The other program writes the bytes from before the run.
        node.sh(&format!("cp {file} /root/whole"));
        format!(
            "size=$(stat -c %s /root/whole); for i in $(seq {times}); do
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
        // A start with a refused config fails.
        Writer::Restarts => {
            format!("for i in 1 2; do sleep {pause}; systemctl restart containerd || [ -e {DROP_IN} ]; done")
        }
    };
    node.command("/bin/sh").args(["-c", &script]).spawn().expect("nsenter")
}
