//! A pending edit in the runtime's config when a restart is needed.

use std::time::Duration;

use crate::install::assert_chained;
use crate::network::{CHAIN, PRIMARY, primary, replace_conf_dir, set_max_conf_num, wait_for_networks};
use crate::node::{CONF_DIR, CONFIG, Node};
use crate::program::{Run, UNINSTALL, Way, binary, install, run, start};
use crate::rig::Release;

const CODE: &str = "pending-edit-taken-along";

/// A node that needs a restart, and has a network.
fn wants_a_restart(node: &Node) -> String {
    // The program is built first: the build takes longer than the wait for the edit's author.
    binary();
    let before = set_max_conf_num(node, 0);
    node.write(PRIMARY, primary("primary", 88));
    wait_for_networks(node, &[&["ptp"]]);
    String::from_utf8(before).unwrap()
}

/// One more runtime, which replaces none.
fn another_runtime(before: &str) -> String {
    let table = |name: &str| {
        format!(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.{name}]\n  runtime_type = \"io.containerd.runc.v2\"\n"
        )
    };
    // On 1.x the first runtime in a file replaces runc.
    format!("{before}\n{}{}", table("runc"), table("other"))
}

fn message(report: &serde_json::Value) -> String {
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == CODE);
    finding.unwrap_or_else(|| panic!("no {CODE}: {report}"))["message"].as_str().unwrap().to_owned()
}

pub(crate) fn a_harmless_pending_edit_is_taken_along_and_told(node: &Node) {
    let before = wants_a_restart(node);
    let theirs = another_runtime(&before);
    node.write(CONFIG, &theirs);
    let starts = node.starts();
    let run = run(node, Way::Host, &install(&[]));
    let report = run.ended("ready");
    assert!(run.stderr.contains("30s to restart the runtime"), "its author comes first: {run}");
    let message = message(&report);
    assert!(message.contains("runtimes.other") && message.contains("a file that never ran"), "{message}");
    assert_eq!(
        String::from_utf8(node.read(CONFIG)).unwrap(),
        theirs.replace("max_conf_num = 0", "max_conf_num = 1")
    );
    assert_eq!(node.starts(), starts + 1);
    assert!(node.cri().status().unwrap().document("config").to_string().contains("\"other\""));
    assert_chained(node, &report);
}

/// CRI Status does not report these values. They are named in a finding, and the author is not awaited.
pub(crate) fn an_edit_that_cannot_be_compared_is_told_and_not_waited_for(node: &Node) {
    let before = wants_a_restart(node);
    node.write(CONFIG, format!("{before}\n[debug]\n  level = \"debug\"\n"));
    let run = run(node, Way::Host, &install(&[]));
    let report = run.ended("ready");
    assert!(!run.stderr.contains("to restart the runtime"), "{run}");
    assert!(message(&report).contains("a file that never ran"), "{run}");
    assert_chained(node, &report);
}

/// An author who edits the config restarts the runtime in the end. Then nothing has to be loaded, and one restart is
/// saved.
pub(crate) fn an_author_who_restarts_is_let_do_it(node: &Node) {
    let before = wants_a_restart(node);
    let theirs = another_runtime(&before).replace("max_conf_num = 0", "max_conf_num = 1");
    node.write(CONFIG, &theirs);
    let starts = node.starts();
    let running = start(node, Way::Host, &install(&[]));
    // The quiet time after the edit and a part of the author's time have passed.
    std::thread::sleep(Duration::from_secs(8));
    assert_eq!(node.starts(), starts, "somebody restarted while its author had time");
    node.restart_containerd();
    let run = running.wait();
    let report = run.ended("ready");
    assert_eq!(report["runtime"]["restarted"], false, "{run}");
    assert!(!run.has_finding(CODE), "{run}");
    assert_eq!(node.starts(), starts + 1, "{run}");
    assert_eq!(node.read(CONFIG), theirs.as_bytes());
}

/// A writer truncates the file and then takes time. The runtime is never restarted on a part of it.
pub(crate) fn a_file_that_is_being_written_is_waited_for(node: &Node) {
    let before = wants_a_restart(node);
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let starts = node.starts();
    node.write(CONFIG, "");
    let running = start(node, Way::Host, &install(&[]));
    // Empty; cut inside a table's name; cut after a complete line: each for longer than a restart takes.
    for upto in [0, lines.len() / 3, 2 * lines.len() / 3] {
        let half = lines[upto].len() / 2;
        node.write(CONFIG, format!("{}{}", lines[..upto].concat(), &lines[upto][..half]));
        std::thread::sleep(Duration::from_secs(3));
        assert_eq!(node.starts(), starts, "restarted on a part: {upto} of {} lines", lines.len());
    }
    node.write(CONFIG, &before);
    let report = running.wait().ended("ready");
    assert_eq!(
        String::from_utf8(node.read(CONFIG)).unwrap(),
        before.replace("max_conf_num = 0", "max_conf_num = 1")
    );
    assert_eq!(node.starts(), starts + 1);
    assert_chained(node, &report);
}

/// A node on which another program cuts the config before the next start reads it, and writes it again in place,
/// after containerd is up and this command has ended.
fn cut_at_the_next_start(node: &Node, delay: &str) {
    wants_a_restart(node);
    let pre = "[ -e /run/whole ] || { cat config.toml >/run/whole; head -n 1 /run/whole >config.toml; }";
    let post = format!("[ -e /run/again ] || {{ {delay}; cat /run/whole >config.toml; touch /run/again; }}");
    let line = |when: &str, what: &str| format!("{when}=/bin/sh -c 'cd /etc/containerd; {what}'\n");
    let unit = format!("[Service]\n{}{}", line("ExecStartPre", pre), line("ExecStartPost", &post));
    node.write("/etc/systemd/system/containerd.service.d/cut.conf", unit);
    node.sh("systemctl daemon-reload");
    let config = String::from_utf8(node.read(CONFIG)).unwrap();
    assert!(
        config.starts_with("version = 2\n") && config.contains("sandbox_image = \"node.test/pause:1\""),
        "{config}"
    );
}

/// containerd runs on the complete file, with values that are not defaults.
fn assert_runs_on_the_whole_file(node: &Node) {
    assert!(node.has("/run/again"), "nobody cut the file");
    assert_eq!(node.read(CONFIG), node.read("/run/whole"));
    let live = node.cri().status().unwrap().document("config");
    assert_eq!(live["cni"]["maxConfNum"], 1, "{live}");
    if node.release == Release::Sid {
        // 2.1 moves the value, and does not report the image of another plugin.
        assert_eq!(live["cni"]["binDirs"][0], "/usr/lib/cni", "{live}");
        return;
    }
    assert_eq!(live["cni"]["binDir"], "/usr/lib/cni", "{live}");
    assert_eq!(live["sandboxImage"], "node.test/pause:1", "{live}");
}

/// The desired value is also containerd's default, so the result of the cut file looks like success.
pub(crate) fn a_file_that_is_cut_while_containerd_reads_it_takes_one_restart_more(node: &Node) {
    one_restart_more(node, ":");
}

pub(crate) fn a_file_that_stays_cut_for_a_while_takes_one_restart_more(node: &Node) {
    one_restart_more(node, "sleep 4");
}

/// The file is cut at containerd's next start, and complete again after `pause`.
fn one_restart_more(node: &Node, pause: &str) {
    cut_at_the_next_start(node, pause);
    let starts = node.starts();
    let run = run(node, Way::Host, &install(&[]));
    let report = run.ended("ready");
    assert_eq!(node.starts(), starts + 2, "{run}");
    assert_runs_on_the_whole_file(node);
    assert_chained(node, &report);
}

/// No run remembers that the file was cut. The next runs see it from the node, and do not repeat the restart that was
/// made already.
pub(crate) fn killed_between_the_two_restarts_of_a_cut_file_the_next_run_makes_the_second(node: &Node) {
    cut_at_the_next_start(node, "until [ -e /run/go ]; do sleep 0.1; done");
    let starts = node.starts();
    let first = start(node, Way::Host, &install(&[]));
    node.wait_for("the first restart", || {
        if node.has("/run/whole") { Ok(()) } else { Err("nobody has cut the file".to_owned()) }
    });
    first.kill();
    let second = start(node, Way::Host, &install(&[]));
    node.wait_for("the mark that somebody disturbed it", || {
        let attempt = node.try_sh("cat /run/cni-bootstrap/attempt.json").stdout;
        let attempt = String::from_utf8_lossy(&attempt).into_owned();
        if attempt.contains("\"disturbed\":true") { Ok(()) } else { Err(attempt) }
    });
    second.kill();
    // The unit is still starting after its first start.
    assert_eq!(node.starts(), starts, "restarted on a part");
    node.write("/run/go", "");
    let third = run(node, Way::Host, &install(&[]));
    let report = third.ended("ready");
    assert_eq!(node.starts(), starts + 2, "{third}");
    assert_runs_on_the_whole_file(node);
    assert_chained(node, &report);
    run(node, Way::Host, &install(&[])).ended("unchanged");
    assert_eq!(node.starts(), starts + 2);
}

/// An empty file is never an author's intention.
pub(crate) fn a_file_that_stays_empty_is_refused(node: &Node) {
    wants_a_restart(node);
    node.write(CONFIG, "");
    let starts = node.starts();
    let run = run(node, Way::Host, &install(&[]));
    run.failed("config-empty");
    assert_eq!((node.starts(), node.read(CONFIG)), (starts, Vec::new()));
    assert!(node.cri().status().is_ok());
}

/// Edits that disable CRI at the next start, with the word in the message that names the cause. `config dump` accepts
/// all of them.
fn defects(node: &Node, before: &str) -> Vec<(String, &'static str)> {
    let cri = "plugins.\"io.containerd.grpc.v1.cri\"";
    let cni = format!("    [{cri}.cni]\n");
    assert!(before.contains(&cni), "{before}");
    let no_runtime = match node.release {
        // 2.x keeps its own runc beside the runtimes of the files.
        Release::Sid => format!("{before}[{cri}.containerd]\n  default_runtime_name = \"gone\"\n"),
        Release::Bookworm | Release::Trixie => {
            format!(
                "{before}[{cri}.containerd.runtimes.nvidia]\n  runtime_type = \"io.containerd.runc.v2\"\n"
            )
        }
    };
    vec![
        (no_runtime, "default"),
        (
            format!(
                "{before}[{cri}.registry]\n  config_path = \"/etc/containerd/certs.d\"\n\
                 [{cri}.registry.mirrors.\"docker.io\"]\n  endpoint = [\"https://mirror.example\"]\n"
            ),
            "mirrors",
        ),
        (
            format!(
                "{before}[{cri}.containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n\
                 base_runtime_spec = \"/etc/containerd/absent.json\"\n"
            ),
            "base_runtime_spec",
        ),
        (
            before.replace(&cni, &format!("    stream_idle_timeout = \"4 hours\"\n{cni}")),
            "stream_idle_timeout",
        ),
    ]
}

/// The node is unchanged: containerd was not restarted, its config is as it was, CRI answers.
fn assert_untouched(node: &Node, config: &str, starts: usize) {
    assert_eq!(String::from_utf8(node.read(CONFIG)).unwrap(), config);
    assert_eq!(node.starts(), starts);
    assert!(node.cri().status().is_ok());
}

/// The restart would end the runtime. It is refused, also by a dry run, and nothing is changed.
pub(crate) fn a_defect_that_waits_on_disk_is_refused_before_the_restart(node: &Node) {
    let before = wants_a_restart(node);
    let starts = node.starts();
    for (at, (config, word)) in defects(node, &before).into_iter().enumerate() {
        node.write(CONFIG, &config);
        if at == 0 {
            // The author gets time to finish.
            let run = run(node, Way::Host, &install(&[]));
            assert!(run.code == 6 && run.stderr.contains("to restart the runtime"), "{run}");
        }
        let dry = node.wait_for("the file to rest", || {
            let run = run(node, Way::Host, &install(&["--dry-run"]));
            if run.code == 6 { Ok(run) } else { Err(run.to_string()) }
        });
        let real = run(node, Way::Host, &install(&["--no-wait"]));
        for run in [dry, real] {
            let message = run.failed("runtime-will-not-come-up")["message"].as_str().unwrap().to_owned();
            assert!(message.contains(word) && message.contains(CONFIG), "{word}: {message}");
        }
        assert_untouched(node, &config, starts);
        assert!(!node.has(CHAIN));
    }
    // Nothing else was wrong.
    node.write(CONFIG, &before);
    run(node, Way::Host, &install(&[])).ended("ready");
}

/// A restart for the chain needs no new config, but the config on disk is judged too, before the chain is published.
pub(crate) fn a_dead_watch_is_no_reason_to_restart_on_a_defect(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    let before = String::from_utf8(node.read(CONFIG)).unwrap();
    let starts = node.starts();
    for (config, word) in defects(node, &before) {
        node.write(CONFIG, &config);
        replace_conf_dir(node);
        node.write(PRIMARY, primary("replaced", 89));
        // A dry run does not wait until the config rests.
        for more in [&[][..], &["--dry-run"]] {
            let run = run(node, Way::Host, &install(more));
            assert_refused_before(node, &run, "runtime-will-not-come-up", word);
            assert_untouched(node, &config, starts);
        }
    }
    node.write(CONFIG, &before);
    let never = run(node, Way::Host, &install(&["--restart", "never"]));
    assert_refused_before(node, &never, "restart-forbidden", "--restart never");
    let report = run(node, Way::Host, &install(&[])).ended("ready");
    assert_eq!(node.starts(), starts + 1);
    assert_chained(node, &report);
}

/// The chain was not published, and the message names the directory and what forbids the restart.
fn assert_refused_before(node: &Node, run: &Run, code: &str, word: &str) {
    let report = run.failed(code);
    let message = report["message"].as_str().unwrap();
    let names = [word, &format!("{CONF_DIR} was replaced"), "the chain was not published"];
    assert!(names.iter().all(|name| message.contains(name)), "{names:?}: {run}");
    assert!(!node.has(CHAIN), "{run}");
}

/// 2.1 ends with its conf dir, and the service manager starts it again. That start watches the new directory, so no
/// restart is needed, and none is forbidden.
pub(crate) fn a_runtime_that_ends_with_its_conf_dir_needs_no_restart(node: &Node) {
    node.write(PRIMARY, primary("primary", 88));
    run(node, Way::Host, &install(&[])).ended("ready");
    replace_conf_dir(node);
    node.write(PRIMARY, primary("replaced", 89));
    let run = run(node, Way::Host, &install(&["--restart", "never"]));
    let report = run.ended("ready");
    assert_eq!(report["runtime"]["restarted"], false, "{run}");
    assert_chained(node, &report);
}

/// The runtime may not come up with its old config any more. Then it is not restored.
pub(crate) fn an_uninstall_onto_a_defect_is_refused_before_the_chain_goes(node: &Node) {
    let spec = "/etc/containerd/spec.json";
    node.sh(&format!("ctr oci spec > {spec}"));
    let with_spec = defects(node, &String::from_utf8(node.read(CONFIG)).unwrap()).remove(2).0;
    node.write(CONFIG, with_spec.replace("absent.json", "spec.json"));
    wants_a_restart(node);
    let installed = run(node, Way::Host, &install(&[]));
    installed.ended("ready");
    assert!(!installed.has_finding(CODE), "{installed}");
    let (config, starts) = (String::from_utf8(node.read(CONFIG)).unwrap(), node.starts());
    node.sh(&format!("rm {spec}"));
    let run = run(node, Way::Host, &UNINSTALL);
    assert!(
        run.failed("runtime-will-not-come-up")["message"].as_str().unwrap().contains("base_runtime_spec"),
        "{run}"
    );
    assert_untouched(node, &config, starts);
    assert!(node.has(CHAIN), "{run}");
}
