//! An answer that leaves the scope of an observation as it is needs no new observation.

use std::path::Path;

use cni_bootstrap::cli;
use cni_bootstrap::host::Root;
use cni_bootstrap::node::{
    Answers, Asked, Digest, DryLoad, HostPath, Moment, Node, Observed, RawStatus, Restart, Runtime,
    Sandboxes, Service, Status,
};
use cni_bootstrap::observe::{Scope, look};
use cni_bootstrap::plan::Settings;

const CNI: &str = r#"{"PluginDirs":["/opt/cni/bin"],"PluginConfDir":"/etc/cni/net.d","Networks":[
  {"Config":{"Name":"cni-loopback","CNIVersion":"0.3.1","Plugins":[{"Network":{"type":"loopback"},"Source":"{}"}],
    "Source":"{}"},"IFName":"lo"}]}"#;

/// A host with all that an observation may read.
fn host() -> tempfile::TempDir {
    let host = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "etc/cni/net.d/10-net.conflist",
            r#"{"cniVersion":"1.0.0","name":"net","plugins":[{"type":"bridge"}]}"#,
        ),
        ("etc/cni/net.d/net/20-more.conf", r#"{"type":"portmap"}"#),
        ("other/net.d/10-net.conflist", "{}"),
        ("opt/cni/bin/bridge", "#!/bin/sh"),
        ("opt/cni/bin/tuning", "#!/bin/sh"),
        ("opt/cni/bin/loopback", "#!/bin/sh"),
        ("etc/containerd/config.toml", "version = 2\nimports = [\"/etc/containerd/conf.d/*.toml\"]\n"),
        ("etc/containerd/conf.d/10-a.toml", "version = 2\n[debug]\nlevel = \"info\"\n"),
        ("etc/containerd/other.toml", "version = 2\n"),
        ("run/containerd/containerd.sock", ""),
        ("run/k3s/containerd/containerd.sock", ""),
    ] {
        let path = host.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    host
}

fn settings(host: &Path) -> Settings {
    let words = ["cni-bootstrap", "install", "--plugin", r#"{"type":"tuning"}"#, "--host-root"];
    let words = words.into_iter().map(Into::into).chain([host.as_os_str().to_owned()]);
    let cli::Job::Reconcile(job) = cli::parse(words).unwrap().job else {
        panic!("install is not a job of the loop")
    };
    job.settings
}

fn path(text: &str) -> HostPath {
    HostPath::new(text).unwrap()
}

fn asked<T>(said: T) -> Asked<T> {
    Asked { at: Moment::default(), incarnation: None, said: Observed::Present(said) }
}

fn answers() -> Answers {
    let raw = RawStatus {
        runtime_name: "containerd".to_owned(),
        runtime_version: "1.7.24".to_owned(),
        info: [("cniconfig".to_owned(), CNI.to_owned())].into(),
        ..RawStatus::default()
    };
    let config = Some(path("/etc/containerd/config.toml"));
    Answers {
        runtime: Some(asked(Runtime::read(raw))),
        endpoint: Some(path("/run/containerd/containerd.sock")),
        service: Some(asked(Service { config, ..Service::default() })),
        ..Answers::default()
    }
}

fn status(answers: &mut Answers) -> &mut Status {
    match &mut answers.runtime {
        Some(Asked { said: Observed::Present(Runtime::Containerd(status)), .. }) => status,
        other => panic!("{other:?}"),
    }
}

fn service(answers: &mut Answers) -> &mut Service {
    let Some(Asked { said: Observed::Present(service), .. }) = &mut answers.service else {
        panic!("no service")
    };
    service
}

/// A change of the answers.
type Change = fn(&mut Answers);

/// The scope, and what an observation in it reads.
fn seen(root: &Root, settings: &Settings, answers: &Answers) -> (Scope, Node) {
    let scope = Scope::of(settings, answers);
    let node = look(root, settings, &scope, Node { answers: answers.clone(), ..Node::default() });
    assert!(node.files.len() > 3 && node.dirs.len() > 3, "{node:?}");
    (scope, Node { answers: Answers::default(), runtime_age: None, wall: 0, up_for: None, ..node })
}

#[test]
fn the_scope_is_all_that_an_observation_takes_from_the_answers() {
    let host = host();
    let (root, settings) = (Root::open(host.path()).unwrap(), settings(host.path()));
    let before = seen(&root, &settings, &answers());
    let changes: &[(bool, Change)] = &[
        (true, |answers| status(answers).network_ready = true),
        (true, |answers| status(answers).load_status = Some("no network config found".to_owned())),
        (true, |answers| status(answers).live.max_conf_num = Some(7)),
        (true, |answers| status(answers).deprecations.push("soon".to_owned())),
        (true, |answers| answers.last_status = None),
        (true, |answers| service(answers).restart = Some(Restart::default())),
        (true, |answers| answers.sandboxes = Some(asked(Sandboxes::default()))),
        (true, |answers| {
            answers.dry_loads.insert(Digest::of(b"config"), asked(DryLoad::Accepted));
        }),
        (false, |answers| status(answers).conf_dir = Some("/other/net.d".to_owned())),
        (false, |answers| status(answers).networks = None),
        (false, |answers| status(answers).release = None),
        (false, |answers| service(answers).config = Some(path("/etc/containerd/other.toml"))),
        (false, |answers| answers.endpoint = Some(path("/run/k3s/containerd/containerd.sock"))),
    ];
    for (at, (same, change)) in changes.iter().enumerate() {
        let mut answers = answers();
        change(&mut answers);
        let after = seen(&root, &settings, &answers);
        assert_eq!(before.0 == after.0, *same, "{at}: {:?}", after.0);
        if *same {
            assert_eq!(before.1, after.1, "{at}");
        }
    }
}
