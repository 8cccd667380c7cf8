//! The effect of files on each release, and the resulting patch.

use super::{MAIN, R17, R20, R21, R23, files, main_only, max, patched, path};
use crate::containerd::{ConfigFiles, Request, RuntimeConfig, effective, patch, wants_read};
use crate::node::Release;

const NAMES: [(&str, &str); 3] = [
    ("CRI1", "plugins.cri"),
    ("CRI2", "plugins.\"io.containerd.grpc.v1.cri\""),
    ("CRI3", "plugins.\"io.containerd.cri.v1.runtime\""),
];

fn spelled(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (short, name)| text.replace(short, name))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Refused,
    /// No file sets the value.
    Default,
    Set(i64),
}
use Seen::{Default as Unset, Refused, Set};

fn max_conf_num(files: &ConfigFiles, release: Release) -> Seen {
    match effective(files, Some(release)).map(|view| view.max_conf_num) {
        Err(_) => Refused,
        Ok(None) => Unset,
        Ok(Some(number)) => Set(number.value),
    }
}

/// Measured on 1.6, 1.7, 2.0 to 2.3 with `containerd config dump`.
#[test]
fn one_file_on_every_release() {
    let cases: [(&str, [Seen; 4]); 12] = [
        ("[CRI1.cni]\nmax_conf_num = 7\n", [Set(7), Unset, Unset, Set(7)]),
        ("[CRI2.cni]\nmax_conf_num = 7\n", [Unset, Unset, Unset, Set(7)]),
        ("version = 2\n[CRI2.cni]\nmax_conf_num = 7\n", [Set(7); 4]),
        ("version = 2\n[CRI3.cni]\nmax_conf_num = 7\n", [Unset, Set(7), Set(7), Set(7)]),
        (
            "version = 2\n[CRI2.cni]\nmax_conf_num = 7\n[CRI3.cni]\nmax_conf_num = 8\n",
            [Set(7), Set(8), Set(8), Set(8)],
        ),
        (
            "version = 2\n[CRI2.cni]\nmax_conf_num = 7\n[CRI3.cni]\nconf_dir = '/c'\n",
            [Set(7), Unset, Set(7), Set(7)],
        ),
        ("version = 3\n[CRI2.cni]\nmax_conf_num = 7\n", [Refused, Unset, Unset, Set(7)]),
        ("version = 3\n[CRI3.cni]\nmax_conf_num = 7\n", [Refused, Set(7), Set(7), Set(7)]),
        ("version = 4\n[CRI3.cni]\nmax_conf_num = 7\n", [Refused, Refused, Refused, Set(7)]),
        ("version = 2\n[CRI1.cni]\nmax_conf_num = 7\n", [Refused, Unset, Unset, Unset]),
        ("version = 2\n[CRI2.cni]\nmax_conf_num = '7'\n", [Refused; 4]),
        ("disabled_plugins = ['cri']\nversion = 2\n", [Refused; 4]),
    ];
    for (text, expected) in cases {
        let files = main_only(&spelled(text));
        let found = [R17, R20, R21, R23].map(|release| max_conf_num(&files, release));
        assert_eq!(found, expected, "{text}");
    }
}

/// Measured in the same way. The main file has 5 and a sandbox image.
#[test]
fn a_drop_in_on_every_release() {
    const V2: &str = "version = 2\nimports = ['/etc/containerd/conf.d/*.toml']\n[CRI2]\nsandbox_image = 's'\n[CRI2.cni]\nmax_conf_num = 5\n";
    const V3: &str = "version = 3\nimports = ['/etc/containerd/conf.d/*.toml']\n[plugins.'io.containerd.cri.v1.images'.pinned_images]\nsandbox = 's'\n[CRI3.cni]\nmax_conf_num = 5\n";
    type Row = [(Seen, bool); 4];
    let cases: [(&str, &str, Row); 8] = [
        // 1.x replaces the plugin; 2.x merges.
        (
            V2,
            "version = 2\n[CRI2.cni]\nmax_conf_num = 8\n",
            [(Set(8), false), (Set(8), true), (Set(8), true), (Set(8), true)],
        ),
        (
            V2,
            "[CRI2.cni]\nmax_conf_num = 8\n",
            [(Set(8), false), (Set(8), true), (Set(8), true), (Set(8), true)],
        ),
        (V2, "", [(Set(5), true); 4]),
        // The version of the last file applies to all files: the main file's tables are not migrated.
        (
            V2,
            "version = 3\n[CRI3.cni]\nmax_conf_num = 8\n",
            [(Refused, false), (Set(8), false), (Set(8), false), (Refused, false)],
        ),
        // On 2.0 one key in the new cni table hides the whole old table.
        (
            V2,
            "[CRI3.cni]\nconf_dir = '/c'\n",
            [(Set(5), true), (Unset, true), (Set(5), true), (Set(5), true)],
        ),
        (
            V3,
            "version = 2\n[CRI2.cni]\nmax_conf_num = 8\n",
            [(Refused, false), (Set(5), true), (Set(5), true), (Set(8), true)],
        ),
        (
            V3,
            "version = 3\n[CRI3.cni]\nmax_conf_num = 8\n",
            [(Refused, false), (Set(8), true), (Set(8), true), (Set(8), true)],
        ),
        (
            V3,
            "version = 4\n[CRI3.cni]\nmax_conf_num = 8\n",
            [(Refused, false), (Refused, false), (Refused, false), (Refused, false)],
        ),
    ];
    for (index, (main, drop_in, expected)) in cases.into_iter().enumerate() {
        let files = files(&[(MAIN, &spelled(main)), ("/etc/containerd/conf.d/10.toml", &spelled(drop_in))]);
        for (release, expected) in [R17, R20, R21, R23].into_iter().zip(expected) {
            let view = effective(&files, Some(release));
            let found = (max_conf_num(&files, release), view.is_ok_and(|view| view.sandbox_image.is_some()));
            assert_eq!(found, expected, "case {index} on {release}");
        }
    }
}

#[test]
fn the_version_of_the_last_file_decides_and_fills_what_is_not_set() {
    let drop_in = spelled("version = 2\n[CRI2.cni]\nmax_conf_num = 8\nconf_template = 'd'\n");
    let main = spelled("version = 3\nimports = ['10.toml']\n[CRI3.cni]\nmax_conf_num = 5\n");
    let files = files(&[(MAIN, &main), ("/etc/containerd/10.toml", &drop_in)]);
    let view = effective(&files, Some(R21)).unwrap();
    assert_eq!((view.version, view.max_conf_num.unwrap().value), (2, 5));
    assert_eq!(view.conf_template.unwrap().value, "d");
}

#[test]
fn a_place_that_would_hide_other_values_is_passed_over() {
    // On 2.0 a cni table in the new plugin would hide bin_dir.
    let text = spelled("version = 2\n[CRI2.cni]\nbin_dir = '/b'\n[CRI3]\nenable_selinux = true\n");
    let view = effective(&patched(&main_only(&text), Some(R20), &max(5)), Some(R20)).unwrap();
    assert_eq!(view.max_conf_num.unwrap().value, 5);
    assert_eq!(view.bin_dirs[0].value, "/b");
}

#[test]
fn after_2_3_4_a_drop_in_may_be_newer_again() {
    let drop_in = spelled("version = 4\n[CRI3.cni]\nmax_conf_num = 8\n");
    let files =
        files(&[(MAIN, "version = 2\nimports = ['10.toml']\n"), ("/etc/containerd/10.toml", &drop_in)]);
    assert_eq!(max_conf_num(&files, R23), Refused);
    assert_eq!(max_conf_num(&files, Release { patch: 5, ..R23 }), Set(8));
}

#[test]
fn an_unknown_release_is_patched_only_where_all_agree() {
    let aks = main_only(&spelled("version = 2\n[CRI3.cni]\nmax_conf_num = 7\n"));
    let refusal = patch(&aks, None, &max(5)).unwrap_err().to_string();
    assert!(refusal.contains("every release that it may be"), "{refusal}");
    assert!(effective(&aks, None).is_err());
    // No 1.x reads version 3, so only 2.x counts.
    patched(&main_only(&spelled("version = 3\n[CRI3.cni]\nmax_conf_num = 7\n")), None, &max(5));
}

#[test]
fn what_is_patched_is_the_file_that_wins() {
    let drop_in = "/etc/containerd/conf.d/10.toml";
    let files = files(&[
        (MAIN, &spelled("version = 2\nimports = ['conf.d/10.toml']\n[CRI2.cni]\nmax_conf_num = 2\n")),
        (drop_in, &spelled("version = 2\n[CRI2.cni]\nconf_dir = '/c'\n")),
    ]);
    // On 1.x the drop-in's plugin replaces the main file's; on 2.x the main file's number still counts.
    for (release, file) in [(R17, drop_in), (R21, MAIN)] {
        let patch = patch(&files, Some(release), &max(5)).unwrap();
        assert_eq!(patch.edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(), [file]);
        let named = patch.findings.iter().any(|finding| finding.code == "config-drop-in-overrides");
        assert_eq!(named, file == drop_in);
    }
}

#[test]
fn a_table_in_vain_is_told() {
    let files = main_only(&spelled("[CRI1.cni]\nmax_conf_num = 1\n"));
    let codes = |release| {
        let findings = patch(&files, Some(release), &max(1)).unwrap().findings;
        findings.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(R21), ["config-table-ignored"]);
    assert_eq!(codes(R17), [""; 0]);
}

#[test]
fn systemd_cgroup_is_set_for_each_runtime_of_type_runc_only() {
    let text = spelled(
        "version = 2\n[CRI2.containerd.runtimes.runc]\nruntime_type = 'io.containerd.runc.v2'\n[CRI2.containerd.runtimes.gpu]\nruntime_type = 'io.containerd.runc.v2'\noptions = { BinaryName = '/g' }\n[CRI2.containerd.runtimes.kata]\nruntime_type = 'io.containerd.kata.v2'\n",
    );
    let runtime_config = RuntimeConfig { systemd_cgroup: Some(true), ..RuntimeConfig::default() };
    for release in [R17, R21, R23] {
        let view =
            effective(&patched(&main_only(&text), Some(release), &runtime_config), Some(release)).unwrap();
        let set: Vec<_> =
            view.runtimes.iter().map(|(name, view)| (name.as_str(), view.systemd_cgroup.is_some())).collect();
        assert_eq!(set, [("gpu", true), ("kata", false), ("runc", true)]);
    }
}

#[test]
fn imports_are_asked_for_until_all_are_read() {
    let all = files(&[
        (MAIN, "imports = ['conf.d/*.toml', '/x.toml']\n"),
        ("/etc/containerd/conf.d/a.toml", "imports = ['../b.toml']\n"),
        ("/etc/containerd/b.toml", ""),
    ]);
    let mut seen = ConfigFiles { files: [].into(), listings: [].into(), ..all.clone() };
    assert_eq!(wants_read(&seen, Some(R21)), [Request::File(path(MAIN))]);
    for _ in 0..5 {
        for request in wants_read(&seen, Some(R21)) {
            match request {
                Request::File(path) => {
                    seen.files.insert(path.clone(), all.files.get(&path).cloned().flatten()).is_none()
                }
                Request::Directory(path) => {
                    seen.listings.insert(path.clone(), all.listings[&path].clone()).is_none()
                }
            };
        }
    }
    assert_eq!(wants_read(&seen, Some(R21)), []);
    let refusal = patch(&seen, Some(R21), &max(5)).unwrap_err();
    assert!(refusal.rule.contains("imports /x.toml, which does not exist"), "{refusal}");
    seen.files.insert(path("/x.toml"), Some(Vec::new()));
    let view = effective(&seen, Some(R21)).unwrap();
    let order: Vec<_> = view.files.iter().map(crate::node::HostPath::as_str).collect();
    assert_eq!(order, [MAIN, "/etc/containerd/conf.d/a.toml", "/x.toml", "/etc/containerd/b.toml"]);
}
