//! Files that other programs fill without limit neither end the program nor cause unlimited output.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use rustix::process::Signal;

use crate::support::{CONF, PROGRAM, Ran, Running, Scratch, TUNING};

/// A valid list with this number of bytes.
fn list(bytes: usize) -> String {
    let head = "{\"cniVersion\":\"0.4.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"azure-vnet\",\"x\":\"";
    let tail = "\"}]}\n";
    format!("{head}{}{tail}", "y".repeat(bytes - head.len() - tail.len()))
}

/// The program with the manifests' memory limit. Without a cgroup only address space can be limited, which includes
/// the program's own image and stacks.
fn limited(scratch: &Scratch, words: &[&str]) -> Ran {
    let root = scratch.root().to_string_lossy().into_owned();
    let common = ["--host-root", &root, "--output", "json", "--log-format", "text"];
    let (verb, rest) = words.split_first().unwrap();
    let script = "ulimit -v 327680; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", PROGRAM, verb]).args(common).args(rest);
    Ran::of(command.output().unwrap())
}

const INSTALL: [&str; 7] = ["install", "--plugin", TUNING, "--runtime", "none", "--primary-timeout", "2s"];

#[test]
fn twenty_lists_of_four_megabytes_are_told_and_not_died_of() {
    let mut scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    for number in 10..30 {
        scratch = scratch.conf(&format!("{number}.conflist"), list(4_000_000));
    }
    let ran = limited(&scratch, &INSTALL).exits(0).finds("conf-dir-crowded");
    assert_eq!(ran.report()["primary"]["path"], "/etc/cni/net.d/10.conflist", "the one that decides is read");
    let crowded = |ran: &Ran| {
        let report = ran.report();
        let findings = report["findings"].as_array().unwrap().clone();
        findings.into_iter().find(|one| one["code"] == "conf-dir-crowded").unwrap().to_string()
    };
    for word in ["/etc/cni/net.d has", "32 MiB", "did not read the rest"] {
        assert!(crowded(&ran).contains(word), "{}", crowded(&ran));
    }
    let check = limited(&scratch, &["check"]).finds("conf-dir-crowded");
    assert!(crowded(&check).contains("/etc/cni/net.d"));
    // The chain and its primary are read in any case, also by the next run.
    limited(&scratch, &INSTALL).exits(0).outcome("unchanged");
    limited(&scratch, &["uninstall", "--owner", "tuning", "--runtime", "none"]).exits(0);
}

/// For a parser, each value costs more memory than its byte of text.
#[test]
fn lists_of_nothing_but_small_values_are_told_and_not_died_of() {
    let mut scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]).conf("10.conflist", list(200));
    let many = list(200).replace("\"x\":", &format!("\"x\":[{}0],\"y\":", "0,".repeat(1_990_000)));
    for number in 11..13 {
        scratch = scratch.conf(&format!("{number}.conflist"), &many);
    }
    limited(&scratch, &INSTALL).exits(0);
    limited(&scratch, &["check"]);
    limited(&scratch, &["uninstall", "--owner", "tuning", "--runtime", "none"]).exits(0);
    let primary = [&INSTALL[..], &["--primary", "11.conflist"]].concat();
    let ran = limited(&scratch, &primary).fails("primary-invalid");
    assert!(ran.stderr.contains("11.conflist: it has more than 65536 values"), "{}", ran.stderr);
}

/// The limit applies to all directories together.
#[test]
fn the_directories_of_twenty_networks_are_told_and_not_died_of() {
    let mut scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    let plugin = list(4_000_000).replace("\"plugins\":[{", "").replace("}]}", "}");
    for number in 10..30 {
        let name = format!("n{number}");
        let network = list(200).replace("\"name\":\"n\"", &format!("\"name\":\"{name}\""));
        scratch = scratch.conf(&format!("{number}.conflist"), network);
        let dir = scratch.path(CONF).join(name);
        fs::create_dir(&dir).unwrap();
        for plugins in 0..4 {
            fs::write(dir.join(format!("{plugins}.conf")), &plugin).unwrap();
        }
    }
    let ran = limited(&scratch, &[&INSTALL[..], &["--primary", "29.conflist"]].concat());
    let report = ran.exits(0).finds("conf-dir-crowded").report();
    let findings = report["findings"].as_array().unwrap();
    let unread: Vec<&str> = findings.iter().filter_map(|finding| finding["subject"].as_str()).collect();
    assert!(unread.contains(&"/etc/cni/net.d/n28"), "{unread:?}");
    assert!(!unread.contains(&"/etc/cni/net.d/n29"), "that of the network that decides is read: {unread:?}");
    let check = limited(&scratch, &["check"]).finds("conf-dir-crowded").report();
    let findings = check["findings"].as_array().unwrap().clone();
    let unread = findings.iter().filter(|finding| finding["code"] == "conf-dir-crowded");
    assert!(
        unread.filter_map(|finding| finding["subject"].as_str()).any(|dir| dir.ends_with("/n28")),
        "{check}"
    );
}

/// A regression: the bytes of the last observation and those of the next one together were twice the limit.
#[test]
fn lists_that_are_all_replaced_while_it_waits_take_no_more_memory() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    let place = |first: u32| {
        for number in first..first + 8 {
            let path = scratch.path(CONF).join(format!("{number}.conflist"));
            // Not a name that the runtime loads, until it is complete.
            let part = path.with_extension("part");
            fs::write(&part, list(4_000_000)).unwrap();
            fs::rename(part, path).unwrap();
        }
    };
    place(20);
    let words = ["install", "--plugin", TUNING, "--primary", "10.conflist", "--log-level", "debug"];
    let data = "ulimit -d 61440; exec \"$@\"";
    let mut running =
        Running::start(&mut scratch.within(&["sh", "-c", data, "sh"], &words)).until("no primary");
    // The same names with other bytes, then other names: eight files and their directory differ.
    for first in [20, 30] {
        running.signal(Signal::STOP);
        for number in 20..first.min(28) {
            fs::remove_file(scratch.path(CONF).join(format!("{number}.conflist"))).unwrap();
        }
        place(first);
        running.signal(Signal::CONT);
        running = running.until("changed=9");
    }
    fs::write(scratch.path(CONF).join("10.conflist"), list(200)).unwrap();
    running.end().exits(0);
}

#[test]
fn a_primary_that_is_named_is_read_behind_all_others() {
    let mut scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    for number in 0..4_200 {
        scratch = scratch.conf(&format!("10-{number:04}.conf"), "{\"name\":\"n\",\"type\":\"azure-vnet\"}");
    }
    let scratch = scratch.conf("99-last.conflist", list(200));
    let named = [&INSTALL[..], &["--primary", "99-last.conflist"]].concat();
    let ran = limited(&scratch, &named).exits(0).finds("conf-dir-crowded");
    assert_eq!(ran.report()["primary"]["path"], "/etc/cni/net.d/99-last.conflist");
}

/// A regression: two thousand lines a second.
#[test]
fn a_primary_that_grows_is_told_at_a_bounded_rate() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "tuning"]);
    let path = scratch.path(CONF).join("10-azure.conflist");
    fs::write(&path, "{\"name\":\"n\",\"cniVersion\":\"0.4.0\",\n").unwrap();
    let root = scratch.root().to_string_lossy().into_owned();
    let started = Instant::now();
    let mut child = Command::new(PROGRAM)
        .args(["install", "--plugin", TUNING, "--runtime", "none", "--primary-timeout", "4s"])
        .args(["--host-root", &root, "--log-format", "text"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut growing = OpenOptions::new().append(true).open(&path).unwrap();
    let mut writes = 0_u32;
    while child.try_wait().unwrap().is_none() {
        growing.write_all(b" \n").unwrap();
        writes += 1;
        if writes.is_multiple_of(64) {
            std::thread::yield_now();
        }
    }
    let seconds = usize::try_from(started.elapsed().as_secs()).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap()).exits(4);
    let lines = ran.stderr.lines().count();
    // Eight at once, one each second, and the last one; 4 s of such writes printed thousands.
    assert!(lines <= 8 + seconds + 4, "{lines} lines in {seconds} s of {writes} writes:\n{}", ran.stderr);
    assert!(ran.stderr.contains("changes since the previous line"), "{}", ran.stderr);
}
