//! The script of the rollback timer, run by a real shell: what it restores, and when it changes nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use cni_bootstrap::node::{Attempt, Before, Changed, Digest, HostPath, Phase, RestartMethod, RestartReason};
use cni_bootstrap::plan::RollbackTimer;
use proptest::prelude::*;
use tempfile::TempDir;

const BEFORE: &str = "version = 2\r\n# the administrator's";
const OURS: &str = "version = 2\r\n# ours";

/// `/run/cni-bootstrap` and a config file, with a `systemctl` that records its arguments.
struct Host {
    dir: TempDir,
    timer: RollbackTimer,
}

impl Host {
    /// The program's config, a mark in this phase, and a later start of the runtime if `restarted`.
    fn new(phase: Phase, restarted: bool) -> Self {
        Self::with_names(phase, restarted, "it's a config.toml", "containerd.service")
    }

    /// The same, with these names of the config file and the unit.
    fn with_names(phase: Phase, restarted: bool, config: &str, unit: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let host_path = |name: &str| HostPath::new(at(name).to_str().unwrap()).unwrap();
        for name in ["run", "bin", "etc"] {
            fs::create_dir(at(name)).unwrap();
        }
        let after = Some(Digest::of(OURS.as_bytes()));
        let config = Changed {
            path: host_path("etc").join(config),
            before: Before::Bytes(BEFORE.into()),
            after: after.clone(),
        };
        let drop_in = Changed { path: host_path("etc/ours.toml"), before: Before::Absent, after };
        fs::write(at("run").join(config.kept_as().unwrap()), BEFORE).unwrap();
        for changed in [&config, &drop_in] {
            fs::write(changed.path.as_str(), OURS).unwrap();
            fs::set_permissions(changed.path.as_str(), fs::Permissions::from_mode(0o640)).unwrap();
        }
        let systemctl = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >>{log}\n[ \"$1\" != is-active ] || [ ! -e {dir}/dead ]\n",
            log = at("asked").display(),
            dir = dir.path().display(),
        );
        fs::write(at("bin/systemctl"), systemctl).unwrap();
        fs::set_permissions(at("bin/systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        let timer = RollbackTimer {
            by: RestartMethod::Dbus,
            unit: unit.to_owned(),
            socket: host_path("socket"),
            changed: vec![config, drop_in],
            after: Duration::from_secs(1),
            needed: true,
        };
        fs::write(at("run/roll-back.sh"), timer.script()).unwrap();
        let host = Self { dir, timer };
        if restarted {
            host.mark(phase, 20);
            host.touch("socket", 10);
        } else {
            host.touch("socket", 20);
            host.mark(phase, 10);
        }
        host
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn config(&self) -> &str {
        self.timer.changed[0].path.as_str()
    }

    fn mark(&self, phase: Phase, ago: u64) {
        let reason = RestartReason::Values {
            desired: r#"conf_template = "\"phase\":\"asked\"""#.to_owned(),
            files: Digest::of(b"x"),
        };
        let attempt = Attempt { asked_ms: 1, timeout_ms: 1, ..Attempt::new(reason, None, phase) };
        fs::write(self.at("run/attempt.json"), attempt.bytes()).unwrap();
        self.touch("run/attempt.json", ago);
    }

    fn touch(&self, name: &str, ago: u64) {
        let file = fs::OpenOptions::new().create(true).append(true).open(self.at(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(ago)).unwrap();
    }

    /// Runs the script. Returns the calls of `systemctl`, without queries.
    fn fire(&self) -> Vec<String> {
        self.fire_in(&["/bin/sh"])
    }

    /// The same with another shell as `/bin/sh`.
    fn fire_in(&self, shell: &[&str]) -> Vec<String> {
        let (asked, run) = self.run_in(shell);
        assert!(run.status.success() && run.stderr.is_empty(), "{run:?}");
        asked
    }

    /// The same, also with the end of the script.
    fn run_in(&self, shell: &[&str]) -> (Vec<String>, std::process::Output) {
        let path = format!("{}:/usr/bin:/bin", self.at("bin").display());
        let run = Command::new(shell[0])
            .args(&shell[1..])
            .current_dir(self.dir.path())
            .args(["-c", r#"[ ! -e "$0" ] || . "$0""#])
            .arg(self.at("run/roll-back.sh"))
            .env("PATH", path)
            .output()
            .unwrap();
        let asked = fs::read_to_string(self.at("asked")).unwrap_or_default();
        let asked = asked.lines().filter(|line| !line.starts_with("is-active"));
        (asked.map(str::to_owned).collect(), run)
    }

    fn assert_as_before(&self) {
        assert_eq!(fs::read_to_string(self.config()).unwrap(), BEFORE);
        assert_eq!(fs::metadata(self.config()).unwrap().mode() & 0o7777, 0o640);
        let names: Vec<_> = fs::read_dir(self.at("etc")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(
            names,
            ["it's a config.toml"],
            "what was not there is gone, and no temporary file is left"
        );
    }

    fn assert_untouched(&self) {
        assert_eq!(fs::read_to_string(self.config()).unwrap(), OURS);
        assert!(self.at("etc/ours.toml").exists());
    }
}

const RESTARTED: [&str; 2] = ["reset-failed -- containerd.service", "restart -- containerd.service"];

#[test]
fn what_nobody_settled_is_restored_and_the_runtime_restarted() {
    let host = Host::new(Phase::Asked, true);
    assert_eq!(host.fire(), RESTARTED);
    host.assert_as_before();
}

/// Another file system of the host that cannot be synced, such as a dead server's, must not block the script.
#[test]
fn nothing_is_synced_but_what_is_restored() {
    let host = Host::new(Phase::Asked, true);
    let log = host.at("synced");
    let sync = format!("#!/bin/sh\n[ $# -gt 0 ] || exit 1\nprintf '%s\\n' \"$@\" >>{}\n", log.display());
    fs::write(host.at("bin/sync"), sync).unwrap();
    fs::set_permissions(host.at("bin/sync"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(host.fire(), RESTARTED);
    host.assert_as_before();
    let synced = fs::read_to_string(log).unwrap();
    assert_eq!(synced, format!("{}\n", host.at("etc/.it's a config.toml.cni-bootstrap-tmp").display()));
}

/// The bytes lie beside the file, so a full disk does not matter: nothing is copied, and a full `/run` takes no trace.
#[test]
fn on_a_full_disk_the_reserve_is_put_back_by_a_rename() {
    for shell in shells() {
        for bytes in [BEFORE, "version = 2\n# somebody's"] {
            let host = Host::new(Phase::Asked, true);
            let kept = host.at("etc/.it's a config.toml.before.cni-bootstrap-tmp");
            fs::write(&kept, bytes).unwrap();
            fs::set_permissions(&kept, fs::Permissions::from_mode(0o640)).unwrap();
            let inode = fs::metadata(&kept).unwrap().ino();
            // A redirection into a directory fails, as one into a full file system does.
            fs::create_dir(host.at("run/rolled-back")).unwrap();
            fs::create_dir(host.at("run/rolled-back-while-up")).unwrap();
            fs::write(host.at("bin/cp"), "#!/bin/sh\nexit 1\n").unwrap();
            fs::set_permissions(host.at("bin/cp"), fs::Permissions::from_mode(0o755)).unwrap();
            let (asked, _) = host.run_in(shell);
            if bytes == BEFORE {
                assert_eq!(asked, RESTARTED, "{shell:?}");
                host.assert_as_before();
                assert_eq!(fs::metadata(host.config()).unwrap().ino(), inode, "{shell:?}");
            } else {
                assert_ne!(fs::read_to_string(host.config()).unwrap(), bytes, "{shell:?}");
            }
        }
    }
}

/// A file that was removed is put back in the same way, and so is one behind a link.
#[test]
fn a_removed_file_and_one_behind_a_link_are_put_back_from_their_reserves() {
    let host = Host::new(Phase::Asked, true);
    let real = host.at("real.toml");
    fs::rename(host.config(), &real).unwrap();
    std::os::unix::fs::symlink("../real.toml", host.config()).unwrap();
    let kept = host.at(".real.toml.before.cni-bootstrap-tmp");
    fs::write(&kept, BEFORE).unwrap();
    assert_eq!(host.fire(), RESTARTED);
    assert!(fs::symlink_metadata(host.config()).unwrap().is_symlink() && !kept.exists());
    assert_eq!(fs::read_to_string(real).unwrap(), BEFORE);

    let mut host = Host::new(Phase::Asked, true);
    host.timer.changed.truncate(1);
    host.timer.changed[0].after = None;
    fs::write(host.at("run/roll-back.sh"), host.timer.script()).unwrap();
    fs::remove_file(host.config()).unwrap();
    let kept = host.at("etc/.it's a config.toml.before.cni-bootstrap-tmp");
    fs::write(&kept, BEFORE).unwrap();
    assert_eq!(host.fire(), RESTARTED);
    assert_eq!(fs::read_to_string(host.config()).unwrap(), BEFORE);
    assert!(!kept.exists());
}

#[test]
fn a_link_stays_a_link_and_what_it_leads_to_is_restored() {
    let host = Host::new(Phase::Asked, true);
    let real = host.at("real.toml");
    fs::rename(host.config(), &real).unwrap();
    std::os::unix::fs::symlink("../real.toml", host.config()).unwrap();
    assert_eq!(host.fire(), RESTARTED);
    assert!(fs::symlink_metadata(host.config()).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(real).unwrap(), BEFORE);
}

#[test]
fn a_runtime_that_was_never_restarted_is_not_restarted_now() {
    let host = Host::new(Phase::Asked, false);
    assert_eq!(host.fire(), [""; 0]);
    host.assert_as_before();
    let dead = Host::new(Phase::Asked, false);
    fs::write(dead.at("dead"), "").unwrap();
    assert_eq!(dead.fire(), RESTARTED);
    dead.assert_as_before();
}

/// The shells that hosts have as `/bin/sh`, if they are installed here.
fn shells() -> Vec<&'static [&'static str]> {
    const SHELLS: &[&[&str]] =
        &[&["/bin/sh"], &["/usr/bin/dash"], &["/usr/bin/bash", "--posix"], &["/usr/bin/busybox", "sh"]];
    SHELLS.iter().copied().filter(|shell| std::path::Path::new(shell[0]).exists()).collect()
}

/// Shells disagree about which of two files is newer if one does not exist. A runtime that is active without a socket
/// does not run with the restored config.
#[test]
fn every_shell_puts_back_and_restarts_alike() {
    assert!(!shells().is_empty());
    for shell in shells() {
        for (restarted, socket, asked) in [
            (true, true, &RESTARTED[..]),
            (false, true, &[]),
            (true, false, &RESTARTED),
            (false, false, &RESTARTED),
        ] {
            let host = Host::new(Phase::Asked, restarted);
            if !socket {
                fs::remove_file(host.at("socket")).unwrap();
            }
            assert_eq!(host.fire_in(shell), asked, "{shell:?}, restarted: {restarted}, socket: {socket}");
            host.assert_as_before();
            let came_up = host.at("run/rolled-back-while-up").exists();
            assert_eq!(came_up, restarted && socket, "{shell:?}, restarted: {restarted}, socket: {socket}");
        }
    }
}

#[test]
fn a_good_config_is_left_alone() {
    for phase in [Phase::Settled, Phase::Failed] {
        let host = Host::new(phase, true);
        assert_eq!(host.fire(), [""; 0], "{phase:?}");
        host.assert_untouched();
    }
    let forgotten = Host::new(Phase::Asked, true);
    fs::remove_file(forgotten.at("run/roll-back.sh")).unwrap();
    assert_eq!(forgotten.fire(), [""; 0]);
    forgotten.assert_untouched();
}

/// By this trace the next run knows that the values were tried.
#[test]
fn what_was_restored_leaves_a_trace() {
    let host = Host::new(Phase::Asked, true);
    host.fire();
    assert!(host.at("run/rolled-back").exists());
    let before = Host::new(Phase::Asked, true);
    for changed in &before.timer.changed {
        fs::remove_file(changed.path.as_str()).unwrap();
    }
    fs::write(before.config(), BEFORE).unwrap();
    before.fire();
    assert!(!before.at("run/rolled-back").exists(), "nothing was restored");
}

/// The runtime was up with the restored config, and only the run was gone: the values did not fail.
#[test]
fn a_runtime_that_was_up_with_what_is_restored_leaves_another_trace() {
    let came_up = Host::new(Phase::Asked, true);
    assert_eq!(came_up.fire(), RESTARTED);
    assert!(came_up.at("run/rolled-back-while-up").exists());
    let down = Host::new(Phase::Asked, true);
    fs::write(down.at("dead"), "").unwrap();
    assert_eq!(down.fire(), RESTARTED);
    let never = Host::new(Phase::Asked, false);
    assert_eq!(never.fire(), [""; 0]);
    for host in [down, never] {
        assert!(host.at("run/rolled-back").exists() && !host.at("run/rolled-back-while-up").exists());
    }
}

#[test]
fn somebody_elses_bytes_are_left_alone_and_so_is_everything() {
    let host = Host::new(Phase::Asked, true);
    fs::write(host.at("etc/ours.toml"), "somebody else's").unwrap();
    assert_eq!(host.fire(), [""; 0]);
    host.assert_untouched();
}

#[test]
fn a_run_that_was_killed_while_it_rolled_back_gets_its_restart() {
    let host = Host::new(Phase::RollingBack, false);
    assert_eq!(host.fire(), RESTARTED);
    host.assert_as_before();
    let half = Host::new(Phase::Asked, true);
    fs::write(half.config(), BEFORE).unwrap();
    assert_eq!(half.fire(), RESTARTED);
    half.assert_as_before();
}

/// `uninstall` restores the old config and removes the program's drop-in; the script reverts that.
#[test]
fn what_an_uninstall_removed_is_there_again() {
    let mut host = Host::new(Phase::Asked, true);
    for changed in &mut host.timer.changed {
        (changed.before, changed.after) = (Before::Bytes(BEFORE.into()), None);
        fs::remove_file(changed.path.as_str()).unwrap();
    }
    fs::write(host.at("run/roll-back.sh"), host.timer.script()).unwrap();
    assert_eq!(host.fire(), RESTARTED);
    for changed in &host.timer.changed {
        assert_eq!(fs::read_to_string(changed.path.as_str()).unwrap(), BEFORE);
    }
}

/// A restart to load the chain changes no config.
#[test]
fn where_nothing_is_to_be_restored_only_a_runtime_that_is_down_is_restarted() {
    for restarted in [false, true] {
        let mut host = Host::new(Phase::Asked, restarted);
        host.timer.changed.clear();
        fs::write(host.at("run/roll-back.sh"), host.timer.script()).unwrap();
        assert_eq!(host.fire(), [""; 0], "restarted: {restarted}");
        fs::write(host.at("dead"), "").unwrap();
        assert_eq!(host.fire(), RESTARTED, "restarted: {restarted}");
        assert_eq!(fs::read_to_string(host.at("etc/ours.toml")).unwrap(), OURS);
    }
}

/// Names come from outside: files of `imports`, units from systemd. Each of these words has a meaning for a shell,
/// for `echo`, for a tool's options, or for the script's own arguments.
fn hostile() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "'",
        "\"",
        "\\",
        "\n",
        "\r",
        "\t",
        " ",
        "$(touch pwned)",
        "`touch pwned`",
        "$HOME",
        "${",
        "}",
        ";",
        "&",
        "|",
        "<",
        ">",
        "(",
        ")",
        "*",
        "?",
        "[",
        "]",
        "~",
        "#",
        "!",
        "%s",
        "%",
        "-",
        "--",
        "=",
        "\\n",
        "\\c",
        "\\0",
        "set -- ",
        "$1",
        "$@",
        "@",
        "'$(touch pwned)'",
        "'; touch pwned; '",
        "\u{202e}",
        "\u{9b}",
        "é",
        "a",
        ".",
        "EOF\n",
        "in",
        "esac",
        "exit 1\n",
    ];
    prop::collection::vec(prop::sample::select(WORDS), 1..8)
        .prop_map(|words| words.concat())
        .prop_filter("a name", |name| !matches!(name.as_str(), "." | ".."))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_breaks_the_script(config in hostile(), unit in hostile(), shell in prop::sample::select(shells())) {
        let host = Host::with_names(Phase::Asked, true, &config, &unit);
        let read = Command::new(shell[0]).args(&shell[1..]).arg("-n").arg(host.at("run/roll-back.sh")).output().unwrap();
        prop_assert!(read.status.success() && read.stderr.is_empty(), "{:?}", read);
        host.fire_in(shell);
        let asked = fs::read_to_string(host.at("asked")).unwrap();
        let expected =
            format!("is-active --quiet -- {unit}\nreset-failed -- {unit}\nrestart -- {unit}\n");
        prop_assert_eq!(asked, expected);
        prop_assert_eq!(fs::read_to_string(host.config()).unwrap(), BEFORE);
        let names: Vec<_> = fs::read_dir(host.at("etc")).unwrap().map(|e| e.unwrap().file_name()).collect();
        prop_assert_eq!(names, [config.as_str()]);
        prop_assert!(!host.at("pwned").exists());
    }
}
