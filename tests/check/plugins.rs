//! Plugin binaries.

use cni_bootstrap::node::{HostPath, Observed, VersionReply};

use crate::check::Damaged;
use crate::check::conf::LIST;
use crate::check::kinds::calico;

const CALICO: &str = "/opt/cni/bin/calico";

pub(crate) const DAMAGED: &[Damaged] = &[
    (&["plugin-missing"], || {
        let tree = calico();
        tree.remove(CALICO);
        tree
    }),
    (&["plugin-missing"], || {
        let tree = calico();
        tree.remove("/opt/cni/bin/calico-ipam");
        tree
    }),
    (&["plugin-missing"], || {
        let tree = calico();
        tree.edit(LIST, "\"portmap\"", "\"../portmap\"");
        tree
    }),
    (&["plugin-missing"], || {
        let tree = calico();
        tree.remove("/opt/cni/bin/loopback");
        tree
    }),
    (&["plugin-file-missing"], || {
        let tree = calico();
        tree.remove("/etc/cni/net.d/calico-kubeconfig");
        tree
    }),
    (&["plugin-file-missing"], || {
        let tree = calico();
        tree.file("/etc/cni/net.d/calico-kubeconfig", "");
        tree
    }),
    (&["plugin-file-missing"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST).remove("/var/lib/calico");
        tree
    }),
    (&["plugin-missing"], || {
        let tree = crate::check::kinds::k3s();
        tree.remove("/var/lib/rancher/k3s/data/cni/bridge");
        tree
    }),
    (&["plugin-elsewhere"], || {
        let tree = calico();
        tree.remove("/opt/cni/bin/portmap").program("/usr/lib/cni/portmap");
        tree
    }),
    (&["plugin-not-executable"], || {
        let tree = calico();
        tree.mode(CALICO, 0o644);
        tree
    }),
    (&["plugin-damaged"], || {
        let tree = calico();
        tree.file(CALICO, "").mode(CALICO, 0o755);
        tree
    }),
    (&["plugin-damaged"], || {
        let tree = calico();
        tree.file(CALICO, &crate::check::tree::ELF[..100]).mode(CALICO, 0o755);
        tree
    }),
    (&["plugin-damaged"], || {
        let tree = calico();
        tree.file(CALICO, "exec /opt/cni/bin/real\n").mode(CALICO, 0o755);
        tree
    }),
    (&["plugin-interpreter-missing"], || {
        let tree = calico();
        tree.file(CALICO, "#!/usr/bin/python2\n").mode(CALICO, 0o755);
        tree
    }),
    (&["plugin-interpreter-missing"], || {
        let tree = calico();
        tree.file(CALICO, "#!/bin/sh\n").mode(CALICO, 0o755).file("/bin/sh", "").mode("/bin/sh", 0o644);
        tree
    }),
    (&["plugin-on-noexec-mount"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST);
        tree.seen = Some(|node| {
            let dir = node.dirs.get_mut(&HostPath::new("/opt/cni/bin").unwrap());
            let Some(Observed::Present(dir)) = dir else { panic!("not looked at") };
            dir.mount.noexec = true;
        });
        tree
    }),
    (&["plugin-missing"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST);
        tree.remove("/opt/cni/bin/loopback");
        tree
    }),
    (&["plugin-wrong-architecture"], || {
        let tree = calico();
        let mut head = crate::check::tree::ELF.to_vec();
        head[18] = 183;
        tree.file(CALICO, head).mode(CALICO, 0o755);
        tree
    }),
    (&["plugin-no-version"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST).version("calico", VersionReply::Failed("it ended with 1".to_owned()));
        tree
    }),
    (&["plugin-no-version"], || {
        let mut tree = calico();
        tree.runs("1.7.24", LIST).version("calico", VersionReply::Said(b"usage: calico".to_vec()));
        tree
    }),
    (&["plugin-cni-version"], || {
        let mut tree = calico();
        let said = br#"{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.2.0"]}"#;
        tree.runs("1.7.24", LIST).version("portmap", VersionReply::Said(said.to_vec()));
        tree
    }),
];

/// A type may contain anything, and a remedy is pasted into a root shell.
#[test]
fn no_plugin_type_becomes_a_command() {
    for name in ["a\ntouch it", "a;touch it", "$(touch it)", "a' touch it '", "-rf", "a`touch it`"] {
        for damage in [
            None,
            Some(("", 0o755)),
            Some(("#!/usr/bin/such\ntouch it", 0o755)),
            Some(("#!/bin/sh\n", 0o644)),
        ] {
            let tree = calico();
            let kind = serde_json::to_string(name).unwrap();
            tree.edit(LIST, "\"portmap\"", &kind);
            if let Some((text, mode)) = damage {
                let path = format!("/opt/cni/bin/{name}");
                tree.file(&path, text).mode(&path, mode);
            }
            let found = tree.findings_of_copy();
            assert!(!found.is_empty(), "{name:?}");
            for located in found {
                let remedy = &located.finding.remedy;
                let lines = remedy.lines().map(|line| line.split(' ').next().unwrap());
                let known = |first: &str| ["#", "ls", "rm", "chmod", "grep"].contains(&first);
                assert!(lines.clone().all(known), "{name:?}: {remedy}");
                // The words that a shell makes of it: the name is in one of them, or in a comment.
                let out = std::process::Command::new("sh")
                    .args(["-c", &format!("touch() {{ echo RAN; }}; ls() {{ :; }}; rm() {{ :; }}; chmod() {{ :; }}; grep() {{ :; }}\n{remedy}")])
                    .current_dir(tree.root())
                    .output()
                    .unwrap();
                assert!(!String::from_utf8_lossy(&out.stdout).contains("RAN"), "{name:?}: {remedy}");
            }
        }
    }
}

#[test]
fn what_multus_delegates_to_is_looked_for_as_well() {
    let tree = crate::check::kinds::multus();
    tree.remove(CALICO);
    let found = tree.findings();
    assert_eq!(found[0].finding.code, "plugin-missing");
    assert!(found[0].finding.message.starts_with("00-multus.conf needs the plugin \"calico\""), "{found:#?}");
}

/// `azure-cns` is a part of `azure-vnet`. How another vendor's plugin uses its `ipam` is not known.
#[test]
fn an_ipam_that_is_no_binary_is_not_missed() {
    for (plugin, ipam, missing) in [
        ("azure-vnet", "azure-cns", false),
        ("antrea", "antrea-ipam", false),
        ("calico", "calico-ipam-of-mine", true),
        ("bridge", "dhcp", true),
    ] {
        let tree = calico();
        tree.file(LIST, format!(r#"{{"cniVersion":"0.3.1","name":"n","plugins":[{{"type":"{plugin}","ipam":{{"type":"{ipam}"}}}}]}}"#));
        tree.program(&format!("/opt/cni/bin/{plugin}"));
        let found = tree.findings();
        let missed = found.iter().filter(|located| located.finding.code == "plugin-missing").count();
        assert_eq!(missed, usize::from(missing), "{plugin} {ipam}: {found:#?}");
    }
}

#[test]
fn a_plugin_in_a_usual_directory_is_not_told_where_the_config_cannot_be_read() {
    let tree = calico();
    tree.edit(crate::check::tree::CONFIG, "version = 2", "version = ")
        .remove("/opt/cni/bin/portmap")
        .program("/usr/lib/cni/portmap");
    let found = tree.findings();
    let found: Vec<&str> = found.iter().map(|located| located.finding.code).collect();
    assert_eq!(found, ["runtime-config-refused"]);
}

#[test]
fn a_copy_without_programs_says_nothing_of_them() {
    let tree = calico();
    tree.remove("/opt/cni").remove("/usr/bin");
    assert!(tree.findings().is_empty(), "{:#?}", tree.findings());
}

#[test]
fn a_plugin_that_cannot_be_run_from_here_says_nothing_of_the_host() {
    let mut tree = calico();
    tree.runs("1.7.24", LIST).version("calico", VersionReply::NotFromHere("no loader".to_owned()));
    assert!(tree.findings().is_empty());
}
