//! The dead-man's switch: a rollback that the host's systemd makes when nobody is left to make it.
//!
//! If containerd does not come back, the kubelet cannot run our container again either. So before a restart a timer is
//! started outside of this process, and stopped when the restart is settled or given back.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::change::{Change, Step};
use super::facts::Facts;
use crate::node::{Before, Digest, HostPath, Kind, RUN_DIR, Record, RunBy, SWITCH_FILE, Service, quoted};
use crate::report::{Finding, Severity};

/// How long after our own deadline it fires: what we need to give back ourselves.
const MARGIN: Duration = Duration::from_secs(10);
/// What the saved bytes' files are called, before their hash.
const SAVED: &str = "before-";

/// A rollback that is to happen unless it is called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// By which means systemd is reached.
    pub by: RunBy,
    /// The runtime's unit.
    pub unit: String,
    /// The runtime's socket, made anew at each start.
    pub socket: HostPath,
    /// What is put back.
    pub kept: Vec<Kept>,
    /// When it fires, from now.
    pub after: Duration,
}

/// A config file as it was, and how it must be found to be put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it lies.
    pub path: HostPath,
    /// Its bytes before; none if it was not there.
    pub before: Option<Arc<[u8]>>,
    /// The hash of what we wrote: a file with another one is somebody else's.
    pub ours: Digest,
}

impl Kept {
    /// The name in `/run/cni-bootstrap` under which the bytes before are kept.
    pub fn name(&self) -> Option<String> {
        self.before.as_ref().map(|bytes| format!("{SAVED}{}", Digest::of(bytes)))
    }
}

impl Switch {
    /// The shell script that gives back. It lies in `/run/cni-bootstrap` beside the mark and the saved bytes, and does
    /// nothing once the mark says that the restart is settled, or if a file is neither as we wrote it nor as before.
    pub fn script(&self) -> String {
        let mut files = String::new();
        for kept in &self.kept {
            let before =
                kept.before.as_ref().map_or_else(|| "absent".to_owned(), |b| Digest::of(b).to_string());
            // Writing into a String cannot fail.
            let _ = writeln!(files, "    \"$1\" {before} {} {}", kept.ours, quoted(kept.path.as_str()));
        }
        HEAD.replace("@UNIT@", &quoted(&self.unit))
            .replace("@SOCKET@", &quoted(self.socket.as_str()))
            .replace("@FILES@", files.trim_end())
    }
}

const HEAD: &str = r#"# Run by a timer of systemd that cni-bootstrap starts before it has the runtime restarted, and stops afterwards. If it
# comes to run, nobody said that the runtime is back: its config is put back as it was, and it is restarted.
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
run=${0%/*}
unit=@UNIT@
socket=@SOCKET@
mark=$run/attempt.json

digest() {
    if [ -e "$1" ]; then sha256sum <"$1" | { read -r sum _ && echo "$sum"; }; else echo absent; fi
}

# $1: the hash before, $2: the hash that was written, $3: the file
look() {
    case $(digest "$3") in
    "$1" | "$2") ;;
    *) echo "$3 was changed by somebody else since; everything is left as it is" && exit 0 ;;
    esac
}

back() {
    [ "$(digest "$3")" = "$2" ] || return 0
    echo "putting $3 back as it was"
    if [ "$1" = absent ]; then
        rm -f -- "$3"
        return
    fi
    real=$(readlink -f -- "$3")
    temp=${real%/*}/.${real##*/}.cni-bootstrap-tmp
    rm -f -- "$temp"
    # The copy brings mode, owner and label; its bytes are replaced before it gets the name.
    cp -a -- "$real" "$temp" && cat "$run/before-$1" >"$temp" && sync && mv -f -- "$temp" "$real" || exit
}

each() {
    :
@FILES@
}

case $(cat "$mark") in
*'"phase":"asked"'*)
    each look
    # A runtime whose socket is older than the mark was never restarted: it runs with what is put back.
    kept=
    if [ "$mark" -nt "$socket" ] && systemctl is-active --quiet "$unit"; then kept=1; fi
    each back
    [ -z "$kept" ] || exit 0
    ;;
*'"phase":"giving-back"'*) ;;
*) exit 0 ;;
esac
echo "restarting $unit: nobody confirmed that it is back"
systemctl reset-failed "$unit"
exec systemctl restart "$unit"
"#;

/// Whether anything of a switch is left in `/run`.
pub(super) fn is_armed(facts: &Facts<'_>) -> bool {
    let dir = facts.node.dirs.get(&HostPath::known(RUN_DIR)).and_then(crate::node::Sight::seen);
    dir.is_some_and(|dir| dir.names.iter().any(|name| is_of_switch(name)))
}

/// Whether a name in `/run/cni-bootstrap` belongs to a switch.
pub fn is_of_switch(name: &str) -> bool {
    name.starts_with(SAVED) || name == HostPath::known(SWITCH_FILE).name()
}

/// Arms the switch before a restart by this means, where it can be.
pub(super) fn arm(facts: &Facts<'_>, service: &Service, by: RunBy, kept: Vec<Kept>) -> Option<Step> {
    service.switches.iter().find(|(means, can)| *means == by && can.is_ok())?;
    Some(Step::Change(Change::Arm(Switch {
        by,
        unit: service.unit.clone()?,
        socket: facts.node.endpoint()?.clone(),
        kept,
        after: facts.settings.restart_timeout + MARGIN,
    })))
}

/// Calls the switch off, if there is one.
pub(super) fn disarm(facts: &Facts<'_>, service: &Service) -> Option<Step> {
    let by = service.switches.iter().find(|(_, can)| can.is_ok()).map(|(by, _)| *by);
    is_armed(facts).then_some(Step::Change(Change::Disarm { by }))
}

/// What a switch gives back: the config files that are ours, or will be after these steps.
pub(super) fn kept(facts: &Facts<'_>, steps: &[Step]) -> Vec<Kept> {
    let changes =
        || steps.iter().filter_map(|step| if let Step::Change(change) = step { Some(change) } else { None });
    let will_be = facts.node.intended(&facts.wanted.owner, &facts.wanted.layer, changes());
    let Some(record) = will_be.as_ref().or_else(|| facts.record()) else { return Vec::new() };
    of_record(facts, record, |path| {
        changes().find_map(|change| match change {
            Change::Publish(publish) if publish.path == *path => Some(publish.source.digest()),
            _ => None,
        })
    })
}

fn of_record(
    facts: &Facts<'_>,
    record: &Record,
    published: impl Fn(&HostPath) -> Option<Digest>,
) -> Vec<Kept> {
    let kept = record.of_kind(Kind::Config).filter_map(|(path, written)| {
        let ours = published(&path).or_else(|| facts.node.bytes(&path).map(Digest::of))?;
        let before = match &written.before {
            Before::Absent => None,
            Before::Bytes(bytes) => Some(bytes.as_slice().into()),
            Before::Saved(..) => return None,
        };
        written.wrote.contains(&ours).then_some(Kept { path, before, ours })
    });
    kept.collect()
}

/// What a person should know before this restart: that nobody mends it if we are killed, and what else restarts.
pub(super) fn findings(service: &Service, by: RunBy, values: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unit = service.unit.clone().unwrap_or_else(|| "the runtime".to_owned());
    let can = service.switches.iter().find(|(means, _)| *means == by).map(|(_, can)| can);
    let why = match can {
        Some(Ok(())) => None,
        Some(Err(why)) => Some(why.as_str()),
        None => Some("a signal reaches the runtime only, and no systemd that could do it later"),
    };
    if let Some(why) = why.filter(|_| values) {
        findings.push(Finding {
            code: "no-dead-mans-switch",
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "the restart is by {} and no rollback can be armed outside this program ({why}): if it is killed while the \
                 runtime does not come up with the new config, nobody puts the old one back",
                by.word()
            ),
            remedy: "mount the host's /run/systemd into the container (read-only is enough) and use --restart dbus"
                .to_owned(),
        });
    }
    if !service.taken_along.is_empty() && by != RunBy::Signal {
        findings.push(Finding {
            code: "restart-takes-along",
            severity: Severity::Warning,
            subject: unit.clone(),
            message: format!(
                "systemd restarts {} together with {unit}: each says Requires=, BindsTo= or PartOf= {unit}",
                service.taken_along.join(", ")
            ),
            remedy: format!("let them say Wants= and After={unit} instead, if they need not be restarted"),
        });
    }
    findings
}
