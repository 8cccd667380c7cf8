//! The room for a rollback: the old bytes lie beside the config, and are put back by a rename.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use cni_bootstrap::apply::{Applied, ApplyEnd};
use cni_bootstrap::node::{Before, HostPath, Kind, Layer, Node, Record, Written};
use cni_bootstrap::plan::{Change, Mode, Plan, Publish, Reserve, Settings, Source, Step};

use crate::model::drive::{assert_same, make, planned, see};
use crate::model::scene::{Asked, Event, OWNER, Scratch, ready};

const CONFIG: &str = "/etc/containerd/config.toml";
const BEFORE: &str = "version = 2\n# the administrator's\n";
const OURS: &str = "version = 2\n# ours\n";

struct Config {
    scratch: Scratch,
    settings: Settings,
    node: Node,
}

impl Config {
    /// A config file that a record names; with a link, the file lies behind it.
    fn new(is_link: bool) -> Self {
        let scratch = Scratch::new();
        for event in ready() {
            scratch.foreign(&event);
        }
        let real = if is_link { "opt/data/real.toml" } else { "etc/containerd/config.toml" };
        scratch.foreign(&Event::Write(real, BEFORE));
        fs::set_permissions(scratch.path(real), fs::Permissions::from_mode(0o640)).unwrap();
        if is_link {
            scratch.foreign(&Event::Link("etc/containerd/config.toml", "/opt/data/real.toml"));
        }
        let mut record = Record::new(OWNER, Layer::default());
        let written = Written::new(Kind::Config, Before::Bytes(BEFORE.into()));
        record.paths.insert(CONFIG.to_owned(), written);
        fs::create_dir_all(scratch.path("var/lib/cni-bootstrap")).unwrap();
        let path = scratch.path("var/lib/cni-bootstrap").join(format!("{OWNER}.json"));
        fs::write(path, record.bytes()).unwrap();
        let settings = scratch.settings(&Asked::install());
        let node = see(&scratch.root, &settings, &Node::default());
        Self { scratch, settings, node }
    }

    /// Makes the changes. The model must equal the next observation.
    fn make(&mut self, changes: &[Change]) {
        let (desired, _) = planned(&mut self.node.clone(), &self.settings).unwrap();
        let model = crate::model::drive::after(&self.node, &desired, changes, changes.len());
        let plan = Plan::steps(changes.iter().cloned().map(Step::Change).collect());
        let applied = make(&self.scratch.root, &desired, &self.node, &plan);
        assert!(
            matches!(&applied, Applied { done, end: ApplyEnd::Changed, .. } if *done == *changes),
            "{applied:?}"
        );
        self.node = see(&self.scratch.root, &self.settings, &self.node);
        assert_same(&model, &self.node, &self.settings, changes);
    }

    fn reserve(&self) -> Change {
        let of = HostPath::new(CONFIG).unwrap();
        let at = self.node.reserve_of(&of).unwrap();
        Change::Reserve(Reserve { of, at, bytes: BEFORE.as_bytes().into() })
    }

    /// The real file and its reserve.
    fn files(&self) -> (PathBuf, PathBuf) {
        let at = self.node.reserve_of(&HostPath::new(CONFIG).unwrap()).unwrap();
        let at = self.scratch.path(&at.as_str()[1..]);
        let name = at.file_name().unwrap().to_str().unwrap();
        let real = name.strip_prefix('.').unwrap().strip_suffix(".before.cni-bootstrap-tmp").unwrap();
        (at.with_file_name(real), at)
    }
}

fn publish(bytes: &str) -> Change {
    Change::Publish(Publish {
        path: HostPath::new(CONFIG).unwrap(),
        kind: Kind::Config,
        source: Source::Bytes(bytes.as_bytes().into()),
        mode: Mode::New(0o600),
    })
}

#[test]
fn a_rollback_renames_the_reserve() {
    for is_link in [false, true] {
        let mut config = Config::new(is_link);
        config.make(&[config.reserve(), publish(OURS)]);
        let (real, kept) = config.files();
        assert_eq!(
            (fs::read_to_string(&real).unwrap(), fs::read_to_string(&kept).unwrap()),
            (OURS.into(), BEFORE.into())
        );
        let reserve = fs::metadata(&kept).unwrap();
        assert_eq!(reserve.mode() & 0o7777, 0o640, "it has the mode of the file");
        config.make(&[publish(BEFORE)]);
        assert_eq!(fs::metadata(&real).unwrap().ino(), reserve.ino(), "no new file was needed");
        assert!(!kept.exists() && fs::read_to_string(&real).unwrap() == BEFORE);
        assert_eq!(fs::symlink_metadata(config.scratch.path(&CONFIG[1..])).unwrap().is_symlink(), is_link);
    }
}

/// Without a reserve, or with one that somebody changed, the bytes are written, and the rest is left for the sweep.
#[test]
fn what_is_not_the_bytes_is_not_renamed() {
    for foreign in [None, Some("somebody's")] {
        let mut config = Config::new(false);
        config.make(&[config.reserve(), publish(OURS)]);
        let (real, kept) = config.files();
        fs::remove_file(&kept).unwrap();
        if let Some(bytes) = foreign {
            fs::write(&kept, bytes).unwrap();
        }
        config.node = see(&config.scratch.root, &config.settings, &config.node);
        config.make(&[publish(BEFORE)]);
        assert_eq!(fs::read_to_string(&real).unwrap(), BEFORE);
        assert_eq!(fs::read_to_string(&kept).ok().as_deref(), foreign);
    }
}

/// A file that the restart removes is put back in the same way.
#[test]
fn a_removed_file_is_put_back_from_its_reserve() {
    let mut config = Config::new(false);
    let path = HostPath::new(CONFIG).unwrap();
    config.make(&[config.reserve(), Change::Remove { path, kind: Kind::Config }]);
    let (real, kept) = config.files();
    let inode = fs::metadata(&kept).unwrap().ino();
    assert!(!real.exists());
    config.make(&[publish(BEFORE)]);
    assert_eq!(fs::metadata(&real).unwrap().ino(), inode);
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
}
