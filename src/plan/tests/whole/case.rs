//! Possible nodes, and events on them.

use std::time::Duration;

use proptest::prelude::*;

use super::super::world::{at, with_binary};
use super::super::{CONFIG, World};
use super::BEHIND;
use crate::node::{Content, Digest, Dir, File, Observed, Stamp};
use crate::plan::{BinaryInput, RestartMode, Setting};

/// Files that imports may name.
pub(super) const DROP_INS: [&str; 3] =
    ["/etc/containerd/conf.d/10-a.toml", "/etc/containerd/conf.d/99-z.toml", "/etc/containerd/extra.toml"];

/// Possible content of a config file beside its version and imports, good and bad.
pub(super) const WORDS: [&str; 10] = [
    "",
    "[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 0\n",
    "[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 1\n",
    "[debug]\n  level = \"info\"\n",
    "[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"a/b:1\"\n",
    "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n",
    "[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  default_runtime_name = \"nvidia\"\n",
    "[plugins.\"io.containerd.grpc.v1.cri\"]\n  stream_idle_timeout = \"soon\"\n",
    "disabled_plugins = [\"cri\"]\n",
    "[plugins.\"io.containerd.gr",
];

/// A possible node, and its events.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) version: &'static str,
    pub(super) imports: &'static str,
    pub(super) main: usize,
    pub(super) drop_ins: [Option<usize>; 3],
    pub(super) links: [bool; 3],
    pub(super) live: i64,
    pub(super) config: Option<&'static str>,
    pub(super) loaded: usize,
    pub(super) uninstalls: usize,
    pub(super) restart: RestartMode,
    pub(super) image: bool,
    pub(super) accepted: bool,
    pub(super) is_one_dir: bool,
    pub(super) passes: Vec<(Pass, u64)>,
}

/// The event between two passes.
#[derive(Clone, Debug)]
pub(super) enum Pass {
    /// A restart brings up what the config says; all questions are answered.
    Fine,
    /// The runtime does not come back from a restart.
    Silent,
    /// Another author writes one of the drop-ins, or removes it.
    Edit(usize, Option<usize>),
    /// The run is killed before that many changes, and another one begins.
    Killed(usize),
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let words = 0..WORDS.len();
    // Most files are good, or restarts would rarely be planned.
    let fine = prop_oneof![4 => 0..6_usize, 1 => words.clone()];
    let drop_in = || prop::option::weighted(0.7, prop_oneof![4 => 0..6_usize, 1 => 0..WORDS.len()]);
    let pass = prop_oneof![
        6 => Just(Pass::Fine),
        2 => Just(Pass::Silent),
        1 => (0..3_usize, drop_in()).prop_map(|(which, words)| Pass::Edit(which, words)),
        1 => (0..6_usize).prop_map(Pass::Killed),
    ];
    let files = (
        prop::sample::select(
            vec!["version = 2\n"; 8].into_iter().chain(["", "version = 3\n"]).collect::<Vec<_>>(),
        ),
        prop::sample::select(vec![
            "",
            "imports = [\"/etc/containerd/conf.d/*.toml\"]\n",
            "imports = [\"/etc/containerd/extra.toml\", \"/etc/containerd/conf.d/10-a.toml\"]\n",
        ]),
        fine,
        [drop_in(), drop_in(), drop_in()],
        prop::array::uniform3(prop::bool::weighted(0.3)),
    );
    let said = (
        prop::bool::weighted(0.85).prop_map(|old| i64::from(!old)),
        prop::sample::select(vec![None, Some("{\"cni\": {\"binDir\": \"/opt/cni/bin\"}}")]),
        0..3_usize,
    );
    let asked = (
        prop::sample::select(vec![usize::MAX, usize::MAX, 0, 4]),
        prop::sample::select(vec![
            RestartMode::Auto,
            RestartMode::Auto,
            RestartMode::Auto,
            RestartMode::Never,
        ]),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.1),
    );
    (files, said, asked, prop::collection::vec((pass, 1..15_u64), 8..24)).prop_map(
        |(files, said, asked, passes)| Case {
            version: files.0,
            imports: files.1,
            main: files.2,
            drop_ins: files.3,
            links: files.4,
            live: said.0,
            config: said.1,
            loaded: said.2,
            uninstalls: asked.0,
            restart: asked.1,
            image: asked.2,
            accepted: asked.3,
            is_one_dir: asked.4,
            passes,
        },
    )
}

impl Case {
    pub(super) fn world(&self) -> World {
        let mut world = with_binary(World::new());
        for dir in ["/etc/containerd/conf.d", "/data"] {
            world.node.dirs.insert(at(dir), Observed::Present(Dir::default()));
        }
        let main = format!("{}{}{}", self.version, self.imports, WORDS[self.main]);
        world = world.with(CONFIG, &main);
        for (path, words) in DROP_INS.iter().zip(self.drop_ins) {
            world = match words {
                Some(words) => world.with(path, WORDS[words]),
                None => world.without(path),
            };
        }
        for ((name, behind), _) in BEHIND.iter().zip(self.links).filter(|(_, is_link)| *is_link) {
            let bytes = if *name == CONFIG { main.as_str() } else { "somebody's" };
            world = world.with(behind, bytes).with(name, bytes);
            world.node.symlinks.insert(at(name), (*behind).to_owned());
            if *name == CONFIG {
                world.node.links.insert(at(name), at(behind));
            }
        }
        world.settings.restart = self.restart;
        world.settings.restart_timeout = Duration::from_secs(20);
        if self.is_one_dir {
            // One directory with two names, and a binary in it with the chain's name.
            let other =
                BinaryInput { name: Some("05-tuning.conflist".to_owned()), path: "/in/other".to_owned() };
            world.settings.install_bins.push(other);
            let content = Content::Digest(Digest::of(b"other"));
            let file = File { stamp: Stamp { mode: 0o755, ..Stamp::default() }, content };
            world.node.sources.insert("/in/other".to_owned(), Observed::Present(file));
            for dir in ["/etc/cni/net.d", "/opt/cni/bin"] {
                world.dir(dir).stamp.ino = 7;
            }
        }
        if self.image {
            world.settings.sandbox_image = Setting::Set("c/d:2".to_owned());
        }
        world
    }
}
