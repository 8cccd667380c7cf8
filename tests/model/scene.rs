//! Nodes that proptest generates: a scratch host root, and events on it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cni_bootstrap::cni::Position;
use cni_bootstrap::host::Root;
use cni_bootstrap::plan::{BinaryInput, Goal, Layout, PluginInput, RuntimeKind, Settings};
use proptest::prelude::*;
use tempfile::TempDir;

/// The owner in the scenes, its plugin and its output file.
pub(crate) const OWNER: &str = "tuning";
pub(crate) const BIN: &str = "opt/cni/bin";

const AZURE: &str = r#"{"cniVersion":"0.3.0","name":"azure","plugins":[{"type":"azure-vnet","mtu":1.50e3},{"type":"portmap"}]}"#;
const ADOPTABLE: &str =
    r#"{"cniVersion":"0.3.0","name":"old","plugins":[{"type":"azure-vnet"},{"type":"tuning"}]}"#;
const FOREIGN: &str = r#"{"cniVersion":"0.3.0","name":"theirs","plugins":[{"type":"bridge"}]}"#;
const SINGLE: &str = r#"{"cniVersion":"0.3.1","name":"single","type":"bridge"}"#;

/// An event on the node.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The program runs to its end.
    Run(Asked),
    /// Another program writes a file: the path below the root, and the bytes.
    Write(&'static str, &'static str),
    /// A symbolic link replaces a name: the path below the root, and the link's text.
    Link(&'static str, &'static str),
    /// Another program removes a file.
    Remove(&'static str),
    /// A plugin binary appears on the host.
    Binary(&'static str, &'static str, u32),
}

/// The options of a run.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) uninstall: bool,
    pub(crate) first: bool,
    pub(crate) in_place: bool,
    pub(crate) output: Option<&'static str>,
    pub(crate) bins: Vec<(&'static str, &'static str)>,
}

impl Asked {
    /// An install with the default options.
    pub(crate) fn install() -> Self {
        Self { uninstall: false, first: false, in_place: false, output: None, bins: Vec::new() }
    }
}

/// A scratch host root and a directory of inputs.
pub(crate) struct Scratch {
    pub(crate) dir: TempDir,
    pub(crate) root: Arc<Root>,
    inputs: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["etc", "opt", "var/lib", "run"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let root = Arc::new(Root::open(dir.path()).unwrap());
        Self { dir, root, inputs: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Carries out an event of another program.
    pub(crate) fn foreign(&self, event: &Event) {
        match event {
            Event::Run(_) => {}
            Event::Write(path, bytes) => write(&self.path(path), bytes, 0o644),
            Event::Link(path, text) => {
                let path = self.path(path);
                let _ = fs::remove_file(&path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::os::unix::fs::symlink(text, path).unwrap();
            }
            Event::Remove(path) => drop(fs::remove_file(self.path(path))),
            Event::Binary(name, bytes, mode) => write(&self.path(BIN).join(name), program(bytes), *mode),
        }
    }

    /// The settings of a run, with its inputs in place.
    pub(crate) fn settings(&self, asked: &Asked) -> Settings {
        let install_bins = asked.bins.iter().map(|(name, bytes)| {
            let path = self.inputs.path().join(format!("{name}-{}", bytes.len()));
            if !path.exists() {
                write(&path, program(bytes), 0o755);
            }
            BinaryInput { name: Some((*name).to_owned()), path: path.to_str().unwrap().to_owned() }
        });
        Settings {
            goal: if asked.uninstall { Goal::Uninstall } else { Goal::Install },
            install_bins: install_bins.collect(),
            position: if asked.first { Position::First } else { Position::Last },
            layout: (asked.in_place && !asked.uninstall).then_some(Layout::InPlace),
            output_file: asked.output.filter(|_| !asked.in_place).map(str::to_owned),
            ..settings(OWNER)
        }
    }
}

/// A scratch host root after a story.
pub(crate) fn play(story: &[Event], run: impl Fn(&Scratch, &Asked)) -> Scratch {
    let scratch = Scratch::new();
    for event in story {
        match event {
            Event::Run(asked) => run(&scratch, asked),
            foreign => scratch.foreign(foreign),
        }
    }
    scratch
}

/// The settings of an owner, for files only.
pub(crate) fn settings(owner: &str) -> Settings {
    let plugin = format!(r#"{{"type":"{owner}","sysctl":{{"net.core.somaxconn":"500"}}}}"#);
    Settings {
        primary_timeout: Some(Duration::ZERO),
        plugins: vec![PluginInput::Json(plugin)],
        runtime: RuntimeKind::None,
        restart_timeout: Duration::from_secs(60),
        verify_timeout: Duration::from_secs(1),
        ..Settings::without_desires(Goal::Install)
    }
}

/// A program that the host can execute, with these bytes at its end.
fn program(bytes: &str) -> Vec<u8> {
    [include_bytes!("../support/killed.elf"), bytes.as_bytes()].concat()
}

fn write(path: &Path, bytes: impl AsRef<[u8]>, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // A link's absolute target is meant inside the scratch root, but this process would write to the machine's own.
    if path.is_symlink() {
        fs::remove_file(path).unwrap();
    }
    // Written in place, as other programs do: inode and mode may stay.
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn runtime_config() -> impl Strategy<Value = Asked> {
    let bins = prop_oneof![
        2 => Just(vec![("tuning", "tuning-1")]),
        1 => Just(vec![("tuning", "tuning-two"), ("helper", "h")]),
        1 => Just(Vec::new()),
    ];
    let output = prop_oneof![4 => Just(None), 1 => Just(Some("03-other-name.conflist"))];
    (prop::bool::weighted(0.3), any::<bool>(), prop::bool::weighted(0.4), output, bins).prop_map(
        |(uninstall, first, in_place, output, bins)| Asked { uninstall, first, in_place, output, bins },
    )
}

/// A story of some length. It begins with files that nearly every node has, so that most runs succeed.
pub(crate) fn stories() -> impl Strategy<Value = Vec<Event>> {
    let there = prop::sample::subsequence(ready(), 4..=5);
    (there, prop::collection::vec(events(), 1..7)).prop_map(|(there, events)| [there, events].concat())
}

/// Events after which an install succeeds.
pub(crate) fn ready() -> Vec<Event> {
    vec![
        Event::Write("etc/cni/net.d/10-azure.conflist", AZURE),
        Event::Binary("azure-vnet", "azure", 0o755),
        Event::Binary("portmap", "portmap", 0o755),
        Event::Binary("bridge", "bridge", 0o755),
        Event::Binary("tuning", "tuning-of-the-distribution", 0o755),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => runtime_config().prop_map(Event::Run),
        4 => foreign(),
    ]
}

/// An event of another program.
pub(crate) fn foreign() -> impl Strategy<Value = Event> {
    prop::sample::select(vec![
        Event::Write("etc/cni/net.d/10-azure.conflist", AZURE),
        Event::Write("etc/cni/net.d/10-azure.conflist", ""),
        Event::Write("etc/cni/net.d/10-azure.conflist", r#"{"name":"azure","plug"#),
        Event::Write("etc/cni/net.d/20-single.conf", SINGLE),
        Event::Write("etc/cni/net.d/08-single.conf", SINGLE),
        Event::Remove("etc/cni/net.d/08-single.conf"),
        Event::Remove("etc/cni/net.d/08-single.conflist"),
        Event::Write("etc/cni/net.d/10-azure.conflist", ADOPTABLE),
        Event::Write("etc/cni/net.d/05-tuning.conflist", ""),
        Event::Write("etc/cni/net.d/05-tuning.conflist", ADOPTABLE),
        Event::Write("etc/cni/net.d/05-tuning.conflist", FOREIGN),
        Event::Write("etc/cni/net.d/00-first.conflist", FOREIGN),
        Event::Write("etc/cni/net.d/87-podman-bridge.conflist", FOREIGN),
        Event::Write("etc/cni/net.d/notes.txt", "not a config"),
        Event::Write("etc/cni/net.d/.05-tuning.conflist.cni-bootstrap-tmp", "half a"),
        Event::Write("opt/cni/bin/.tuning.cni-bootstrap-tmp", "half a"),
        Event::Write("var/lib/cni-bootstrap/tuning.json", "{"),
        Event::Remove("var/lib/cni-bootstrap/tuning.json"),
        Event::Remove("etc/cni/net.d/10-azure.conflist"),
        Event::Remove("etc/cni/net.d/05-tuning.conflist"),
        Event::Remove("opt/cni/bin/tuning"),
        Event::Link("opt/cni/bin/tuning", "portmap"),
        Event::Link("opt/cni/bin/tuning", "/etc/theirs"),
        Event::Link("opt/cni/bin/tuning", "../../../nowhere"),
        Event::Link("opt/cni/bin/bridge", "tuning"),
        Event::Link("opt/cni/bin/.tuning.cni-bootstrap-tmp", "/etc/theirs"),
        Event::Link("etc/cni/net.d/05-tuning.conflist", "/etc/theirs"),
        Event::Link("etc/cni/net.d/05-tuning.conflist", "10-azure.conflist"),
        Event::Link("etc/cni/net.d/10-azure.conflist", "/etc/theirs"),
        Event::Write("etc/theirs", ADOPTABLE),
        Event::Binary("tuning", "tuning-of-the-distribution", 0o755),
        Event::Binary("tuning", "tuning-1", 0o700),
        Event::Binary("tuning", "tuning-1", 0o755),
        Event::Binary("bridge", "bridge", 0o755),
    ])
}
