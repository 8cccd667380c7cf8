//! The observed node, interpreted once for all rules.

use std::cell::OnceCell;

use super::other_runtime;
use super::winner::Winner;
use crate::cni::{Conflist, Content as Listed, Libcni, Listing, Unloadable, would_load};
use crate::containerd::{self, ConfigFiles, Effective, Refusal, UnitFile, config_path};
use crate::distro::{self, RuntimeName};
use crate::node::{
    Content, Digest, HostPath, Kind, Kubelet, Node, NotJudged, Observed, Release, Service, Status,
};
use crate::plan::{Dirs, NextStart, Settings, config_files};
use crate::report::word;

/// The limit of entries of a directory that are read. No CNI directory has more.
pub(super) const MOST_ENTRIES: usize = 4096;

/// An observed node with its interpretations.
pub struct View<'a> {
    pub(super) node: &'a Node,
    /// The time in seconds since the epoch; it is compared with dates of tokens.
    pub(super) wall: i64,
    /// The runtime, if it is not containerd.
    pub(super) other: Option<&'a NotJudged>,
    /// Where the host's root is mounted, or where its copy lies.
    pub(super) host_root: String,
    /// The directory of the network's files.
    pub(super) conf_dir: HostPath,
    /// The runtime's directories of plugins, in order.
    pub(super) bin_dirs: Vec<HostPath>,
    /// True if these directories are known to be all: if the runtime does not answer and its config cannot be read,
    /// they are guesses.
    pub(super) bin_dirs_known: bool,
    /// containerd's main config file, if it is known.
    pub(super) config: Option<HostPath>,
    /// The effective config; `None` if the files were not read.
    pub(super) effective: Option<Result<Effective, Refusal>>,
    /// The network that pods get, by the files on disk.
    pub(super) winner: Option<Winner<'a>>,
    /// The predicted result of the runtime's next start, computed when a rule first needs it.
    next_start: OnceCell<Option<NextStart>>,
}

impl<'a> View<'a> {
    /// Interprets a node. `wall` is the wall clock in seconds since the epoch.
    pub fn new(node: &'a Node, settings: &'a Settings, wall: i64) -> Self {
        let other = other_runtime::of(node);
        let config = config(node, settings).filter(|_| other.is_none());
        let effective = config
            .as_ref()
            .filter(|path| node.bytes(path).is_some())
            .map(|main| containerd::effective(&of_containerd(node, main), node.containerd_release()));
        let said = effective.as_ref().and_then(|effective| effective.as_ref().ok());
        let dirs = Dirs::of(settings, &node.answers);
        let live = node.answers.containerd().is_some();
        let path = |text: &str| HostPath::new(text).ok();
        let conf_dir = said
            .filter(|_| settings.conf_dir.is_none() && !live)
            .and_then(|said| path(&said.conf_dir.as_ref()?.value))
            .unwrap_or(dirs.conf);
        let bin_dirs: Vec<HostPath> = said
            .filter(|_| settings.bin_dir.is_none() && !live)
            .map(|said| said.bin_dirs.iter().filter_map(|dir| path(&dir.value)).collect())
            .or_else(|| {
                // If the runtime reports its directories, no others count.
                let dirs = &node.answers.containerd()?.bin_dirs;
                Some(dirs.iter().filter_map(|dir| path(dir)).collect())
            })
            .filter(|dirs: &Vec<HostPath>| !dirs.is_empty())
            .unwrap_or(dirs.bins);
        let refused = effective.as_ref().is_some_and(Result::is_err);
        let bin_dirs_known = live || settings.bin_dir.is_some() || !refused && other.is_none();
        let mut view = Self {
            node,
            wall,
            other,
            host_root: "/".to_owned(),
            conf_dir,
            bin_dirs,
            bin_dirs_known,
            config,
            effective,
            winner: None,
            next_start: OnceCell::new(),
        };
        view.winner = view.loads().ok().and_then(|files| {
            let (name, conflist) = files.into_iter().next()?;
            Some(Winner { name, conflist })
        });
        view
    }

    /// The observed node.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// The predicted result of the runtime's next start; `None` if its config file is not known.
    pub(super) fn next_start(&self) -> Option<&NextStart> {
        let judged = || Some(NextStart::of(self.node, self.config.as_ref()?, self.release()));
        self.next_start.get_or_init(judged).as_ref()
    }

    /// containerd's program: that of the running one, else the one that its unit starts.
    pub fn containerd_program(&self) -> Option<HostPath> {
        let running = self.service().and_then(|service| HostPath::new(service.argv.first()?).ok());
        running.or_else(|| HostPath::new(argv_of_unit(self.node)?.first()?).ok())
    }

    /// True for a running node, false for a copy of its files: systemd booted it (`sd_booted(3)`), or it has
    /// processes or a runtime's socket.
    pub fn is_live(&self) -> bool {
        let there = |path: &str| self.stamp(path).is_some();
        self.node.endpoint().is_some() || there("/run/systemd/system") || there("/proc/1")
    }

    /// True if the runtime is containerd, as far as that is known.
    pub fn is_of_containerd(&self) -> bool {
        self.other.is_none()
    }

    /// True if anything of a node is here: a runtime's socket or config, a CNI directory, a kubelet.
    pub fn is_a_node(&self) -> bool {
        let has_dir = self.node.dirs.get(&self.conf_dir).is_some_and(|dir| !dir.is_absent());
        let has_kubelet = self.kubelet().is_some_and(|kubelet| *kubelet != Kubelet::default());
        self.node.endpoint().is_some() || self.config.is_some() || has_dir || has_kubelet
    }

    /// The report of a containerd.
    pub fn status(&self) -> Option<&'a Status> {
        self.node.answers.containerd()
    }

    /// The file that pods get their network from.
    pub fn network_file(&self) -> Option<HostPath> {
        self.winner.as_ref().map(|winner| self.conf_dir.join(winner.name))
    }

    /// The unit that runs the runtime: as systemd reports it, else by the distribution that owns the config.
    pub(super) fn unit(&self) -> String {
        if let Some(other) = self.other {
            let unit = other.known.and_then(distro::unit_of);
            return unit.map_or_else(|| word(&other.title()), str::to_owned);
        }
        let config = self.config.as_ref().map_or("", HostPath::as_str);
        let of_distro = || distro::generated(config)?.0.unit();
        let told = self.service().and_then(|service| service.unit.as_deref());
        told.or_else(of_distro)
            .or_else(|| distro::unit_of(RuntimeName::Containerd))
            .unwrap_or_default()
            .to_owned()
    }

    /// The reason why a file of the conf dir cannot be read from here, although the runtime, as root on the host, may
    /// read it. Then it is not known what the runtime makes of the file.
    pub(super) fn hidden(&self, name: &str) -> Option<&'static str> {
        // The listing has this character for a byte that is not UTF-8.
        if name.contains(char::REPLACEMENT_CHARACTER) {
            return Some("its name is not UTF-8");
        }
        let why = match self.node.files.get(&self.conf_dir.join(name))? {
            Observed::Unknown(why) => why,
            Observed::Present(file) => match &file.content {
                Content::Unread(why) => why,
                Content::Bytes(_) | Content::Digest(_) => return None,
            },
            Observed::Absent => return None,
        };
        (why == "permission denied").then_some("permission denied")
    }

    /// The service of a containerd.
    pub(super) fn service(&self) -> Option<&'a Service> {
        service(self.node).filter(|_| self.is_of_containerd())
    }

    /// The release of containerd, by its own report or its program's.
    pub fn release(&self) -> Option<Release> {
        self.node.containerd_release().filter(|_| self.is_of_containerd())
    }

    pub(super) fn kubelet(&self) -> Option<&'a Kubelet> {
        self.node.observations.kubelet.as_ref()?.present()
    }

    /// The effective config, if the files could be read.
    pub(super) fn values(&self) -> Option<&Effective> {
        self.effective.as_ref()?.as_ref().ok()
    }

    /// `conf_template`: the live value, else the config's.
    pub(super) fn conf_template(&self) -> Option<String> {
        let live = self.status().and_then(|status| status.live.conf_template.clone());
        live.or_else(|| Some(self.values()?.conf_template.as_ref()?.value.clone()))
    }

    /// The loading rules of this runtime; if its release is not known, the rules that every release accepts.
    pub(super) fn rules(&self) -> Libcni {
        self.release().map_or(Libcni::Any, |release| Libcni::of_containerd(&release.to_string()))
    }

    /// The number of files that the runtime loads: the live value, else the config's, else the default of all
    /// releases.
    pub(super) fn max_conf_num(&self) -> i64 {
        let live = self.status().and_then(|status| status.live.max_conf_num);
        live.or_else(|| Some(self.values()?.max_conf_num.as_ref()?.value)).unwrap_or(1)
    }

    /// The networks that the runtime would load now.
    pub(super) fn loads(&self) -> Result<Vec<(&'a str, Conflist)>, Unloadable> {
        if self.other.is_some() {
            let is_hidden = |name: &str| self.hidden(name).is_some();
            return other_runtime::loads(&self.listing(), self.rules(), is_hidden);
        }
        would_load(&self.listing(), self.max_conf_num(), self.rules())
    }

    /// The entries of the conf dir without its subdirectories, for the module `cni`.
    pub(super) fn listing(&self) -> Listing<'a> {
        let Some(dir) = self.node.dirs.get(&self.conf_dir).and_then(Observed::present) else {
            return Listing::default();
        };
        dir.names
            .iter()
            .filter(|name| !dir.dirs.contains(*name))
            .filter_map(|name| {
                let path = self.conf_dir.join(name);
                if self
                    .node
                    .observations
                    .entries
                    .get(&path)
                    .and_then(Observed::present)
                    .is_some_and(|entry| entry.is_dir)
                {
                    return None;
                }
                Some((
                    name.as_str(),
                    match self.node.files.get(&path)? {
                        Observed::Present(file) => match &file.content {
                            Content::Bytes(bytes) => Listed::Bytes(bytes.clone()),
                            Content::Unread(why) => Listed::Unreadable(why),
                            Content::Digest(_) => Listed::Unreadable("only its hash was taken"),
                        },
                        Observed::Unknown(why) => Listed::Unreadable(why),
                        Observed::Absent => Listed::Unreadable(
                            "it is a symbolic link that dangles, or that leads to a directory",
                        ),
                    },
                ))
            })
            .collect()
    }

    /// The stamp of a file of any kind, if it exists.
    pub(super) fn stamp(&self, path: &str) -> Option<&'a crate::node::Stamp> {
        self.node.observations.stamps.get(&HostPath::new(path).ok()?)?.present()
    }

    /// True if these bytes at this path are a chain that this program published.
    pub(super) fn is_our_chain(&self, path: &HostPath, bytes: &[u8]) -> bool {
        let digest = Digest::of(bytes);
        let mut records = self.node.records().into_values().flatten();
        records.any(|record| {
            record.of_kind(Kind::Chain).any(|(chain, written)| chain == *path && written.is_chain(&digest))
        })
    }

    /// True if a record names this path as a chain.
    pub(super) fn is_chain(&self, path: &HostPath) -> bool {
        let mut records = self.node.records().into_values().flatten();
        records.any(|record| record.of_kind(Kind::Chain).any(|(chain, _)| chain == *path))
    }

    /// The text of a file, if it was read and is UTF-8.
    pub(super) fn text(&self, path: &HostPath) -> Option<&'a str> {
        self.node.text(path)
    }
}

fn service(node: &Node) -> Option<&Service> {
    node.answers.service.as_ref()?.said.present()
}

/// The command line in containerd's unit, as far as its files were read.
fn argv_of_unit(node: &Node) -> Option<Vec<String>> {
    let texts = node.unit_texts(&distro::unit_files());
    let argv = UnitFile::read(texts).argv();
    argv.into_iter().find(|argv| argv.first().is_some_and(|program| program.ends_with("/containerd")))
}

/// The files for the module `containerd`.
pub(super) fn of_containerd(node: &Node, main: &HostPath) -> ConfigFiles {
    config_files(node, main).0
}

/// The config file of containerd: the setting, else the process's, else the unit's, else the first usual one that
/// exists.
fn config(node: &Node, settings: &Settings) -> Option<HostPath> {
    let running = || service(node)?.config.clone();
    let unit = || HostPath::new(config_path(&argv_of_unit(node)?).as_str()).ok();
    let there = || {
        let mut paths = distro::configs().into_iter().map(HostPath::known);
        paths.find(|path| node.observations.stamps.get(path).is_some_and(|stamp| stamp.present().is_some()))
    };
    settings.containerd_config.clone().or_else(running).or_else(unit).or_else(there)
}
