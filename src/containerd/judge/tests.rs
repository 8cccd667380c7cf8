//! The rules without a containerd. `tests/defects` compares them with a real one.

use std::collections::BTreeMap;

use super::*;
use crate::containerd::RefusalKind;

const NEWEST: [Release; 6] = [
    Release::new(1, 6, 39),
    Release::new(1, 7, 34),
    Release::new(2, 0, 11),
    Release::new(2, 1, 9),
    Release::new(2, 2, 7),
    Release::new(2, 3, 4),
];

fn config(text: &str) -> ConfigFiles {
    let main = HostPath::new("/etc/containerd/config.toml").unwrap();
    ConfigFiles {
        files: BTreeMap::from([(main.clone(), Some(text.as_bytes().to_vec()))]),
        main,
        listings: BTreeMap::new(),
    }
}

fn unseen(_: &HostPath) -> Observed<SeenKind> {
    Observed::Unknown("not looked at".to_owned())
}

/// A path that is not visible is not a reason to refuse.
#[test]
fn what_is_hidden_is_no_reason_to_refuse() {
    let text = "version = 2\n\
        [grpc]\ntcp_tls_cert = \"/hidden/a\"\ntcp_tls_key = \"/hidden/b\"\n\
        [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nbase_runtime_spec = \"/hidden/c\"\n\
        [plugins.\"io.containerd.grpc.v1.cri\".cni]\nconf_dir = \"/hidden/d\"\n";
    for release in NEWEST {
        assert_eq!(judge(&config(text), release, &unseen), Judgement::ComesUp, "{release}");
        let desired = judge_requests(&config(text), release);
        // From 2.3 on the daemon's servers are plugins, which are not judged.
        let of_servers = if release < Release::new(2, 3, 0) { &["/hidden/a", "/hidden/b"][..] } else { &[] };
        for path in of_servers.iter().chain(&["/hidden/c", "/hidden"]) {
            let path = HostPath::new(path).unwrap();
            assert!(
                desired.contains(&Request::File(path.clone()))
                    && desired.contains(&Request::Directory(path.clone())),
                "{release}: {path} of {desired:?}"
            );
        }
    }
}

/// A value that a template replaces later (microk8s) is not judged.
#[test]
fn a_placeholder_is_not_judged() {
    let text = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nstream_idle_timeout = \"${TIMEOUT}\"\n\
        [plugins.\"io.containerd.grpc.v1.cri\".containerd]\n\
        snapshotter = \"${SNAPSHOTTER}\"\ndefault_runtime_name = \"${RUNTIME}\"\n";
    for release in NEWEST {
        assert_eq!(judge(&config(text), release, &unseen), Judgement::ComesUp, "{release}");
    }
}

#[test]
fn a_refusal_names_file_line_key_source_and_remedy() {
    let text = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  stream_idle_timeout = \"soon\"\n";
    let Judgement::Fails(refusals) = judge(&config(text), Release::new(1, 7, 24), &unseen) else {
        panic!("it comes up")
    };
    assert_eq!(
        refusals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [concat!(
            "/etc/containerd/config.toml:3:25: ",
            "plugins.\"io.containerd.grpc.v1.cri\".stream_idle_timeout is \"soon\", which is not a duration, ",
            "and containerd 1.7.24 runs without CRI then (config.go ValidatePluginConfig); write it as 4h or 30m"
        )]
    );
}

/// The same files under the rules of each release.
#[test]
fn a_rule_applies_from_its_release_on() {
    let cri = |key: &str| format!("version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n{key}\n");
    let first = |text: &str| {
        let fails =
            |release: &&Release| matches!(judge(&config(text), **release, &unseen), Judgement::Fails(_));
        NEWEST.iter().find(fails).copied()
    };
    let runtime = |key: &str| {
        cri(&format!(
            "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n{key}"
        ))
    };
    assert_eq!(first(&cri("image_pull_progress_timeout = \"soon\"")), Some(Release::new(1, 7, 34)));
    assert_eq!(first(&runtime("io_type = \"pipe\"")), Some(Release::new(2, 0, 11)));
    assert_eq!(
        first(&runtime("privileged_without_host_devices_all_devices_allowed = true")),
        Some(Release::new(1, 7, 34))
    );
    assert_eq!(first(&cri("drain_exec_sync_io_timeout = \"soon\"")), Some(Release::new(1, 6, 39)));
    let old = judge(&config(&cri("drain_exec_sync_io_timeout = \"soon\"")), Release::new(1, 6, 20), &unseen);
    assert_eq!(old, Judgement::ComesUp, "1.6.20 does not know the key");
    assert_eq!(first(&runtime("runtime_root = \"/x\"")), Some(Release::new(1, 6, 39)));
    let split = judge(&config(&runtime("runtime_root = \"/x\"")), Release::new(2, 1, 9), &unseen);
    assert_eq!(split, Judgement::ComesUp);
}

#[test]
fn what_is_not_known_is_not_judged() {
    let text = "version = 2\n";
    for release in [Release::new(1, 5, 18), Release::new(2, 4, 0), Release::new(3, 0, 0)] {
        assert!(matches!(judge(&config(text), release, &unseen), Judgement::NotJudged(_)), "{release}");
    }
    let unread = config("version = 2\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n");
    let Judgement::NotJudged(why) = judge(&unread, Release::new(2, 1, 9), &unseen) else { panic!() };
    assert_eq!(why, "/etc/containerd/conf.d was not read");
}

/// A regression: 1.6.20 took relative patterns from the root, so it may not import a file that other releases import.
#[test]
fn what_only_another_release_imports_is_not_judged() {
    let mut files = config("version = 2\nimports = [\"conf.d/*.toml\"]\n");
    let mut add = |dir: &str, text: Option<&str>| {
        let dir = HostPath::new(dir).unwrap();
        let names = text.map(|_| vec!["a.toml".to_owned()]).unwrap_or_default();
        files.listings.insert(dir.clone(), Some(names));
        if let Some(text) = text {
            files.files.insert(dir.join("a.toml"), Some(text.as_bytes().to_vec()));
        }
    };
    add("/etc/containerd/conf.d", None);
    add("/conf.d", Some("this is not TOML"));
    assert_eq!(judge(&files, Release::new(2, 1, 9), &unseen), Judgement::ComesUp);
    assert!(matches!(judge(&files, Release::new(1, 6, 20), &unseen), Judgement::Fails(_)));
}

/// Before 1.6.32, 1.6 did not check versions and starts with any, as Debian's 1.6.20 does.
#[test]
fn a_version_that_nobody_checks_is_not_judged() {
    let files = config("version = 3\n");
    assert!(matches!(judge(&files, Release::new(1, 6, 20), &unseen), Judgement::NotJudged(_)));
    assert!(matches!(judge(&files, Release::new(1, 6, 39), &unseen), Judgement::Fails(_)));
    assert!(matches!(judge(&files, Release::new(1, 7, 24), &unseen), Judgement::Fails(_)));
    assert_eq!(judge(&files, Release::new(2, 1, 9), &unseen), Judgement::ComesUp);
}

/// One rule that differs between releases, and one from 2.1 on.
#[test]
fn what_leaves_no_cri_is_refused_by_the_release_that_it_leaves_without() {
    let kata = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\n\
        runtime_type = \"io.containerd.kata.v2\"\n";
    let both = "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nbin_dir = \"/a\"\nbin_dirs = [\"/b\"]\n";
    for release in NEWEST {
        let Judgement::Fails(refusals) = judge(&config(kata), release, &unseen) else {
            assert!(release >= Release::new(2, 0, 0), "{release}");
            continue;
        };
        assert!(
            release < Release::new(2, 0, 0) && refusals[0].kind == RefusalKind::DefaultRuntimeMissing,
            "{release}: {refusals:?}"
        );
    }
    for release in NEWEST.into_iter().filter(|release| *release >= Release::new(2, 0, 0)) {
        match judge(&config(both), release, &unseen) {
            Judgement::Fails(refusals) => {
                assert!(release >= Release::new(2, 1, 0), "{release}");
                assert_eq!(refusals[0].place(), "/etc/containerd/config.toml:3:11", "{release}");
            }
            other => assert_eq!((other, release), (Judgement::ComesUp, Release::new(2, 0, 11))),
        }
    }
}

#[test]
fn what_every_release_refuses_is_refused_where_the_release_is_not_known() {
    let text = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"nvidia\"\n";
    let Judgement::Fails(refusals) = judge_of_any(&config(text), &unseen) else { panic!("it comes up") };
    let said = refusals[0].to_string();
    assert!(
        said.starts_with("/etc/containerd/config.toml:3:24: ") && said.contains("every containerd"),
        "{said}"
    );
    assert!(refusals[0].kind == RefusalKind::DefaultRuntimeMissing && refusals.len() == 1, "{refusals:?}");
}

#[test]
fn what_some_release_takes_is_not_judged_where_the_release_is_not_known() {
    for text in [
        "",
        "version = 2\n",
        "version = 3\n",
        // From 2.1 on.
        "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nbin_dir = \"/a\"\nbin_dirs = [\"/b\"]\n",
        // On 1.x this runtime replaces runc.
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\nruntime_type = \"io.containerd.kata.v2\"\n",
        "this is not TOML",
    ] {
        let judgement = judge_of_any(&config(text), &unseen);
        assert!(matches!(judgement, Judgement::NotJudged(_)), "{text}: {judgement:?}");
    }
}
