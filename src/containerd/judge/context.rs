//! The input of the rules: the effective config of one release, and the paths of the host that were read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::read::filled;
use super::seen::SeenKind;
use crate::containerd::dialect::{Dialect, GRPC, IMAGES, RUNTIME};
use crate::containerd::files::Files;
use crate::containerd::imports::Request;
use crate::containerd::load::Loaded;
use crate::containerd::loader::Loader;
use crate::containerd::refusal::Refusal;
use crate::containerd::splice;
use crate::containerd::tree::{Origin, Tree};
use crate::node::Release;
use crate::node::{HostPath, Observed};

/// A part of CRI: one plugin up to 1.7, three plugins from 2.0 on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Runtime,
    Images,
    Server,
}

/// What fails because of a defect.
#[derive(Clone, Copy, Debug)]
pub(super) enum Loss {
    /// The daemon ends before it serves.
    Daemon,
    /// The daemon runs, but calls to CRI fail with `unknown service runtime.v1.RuntimeService`.
    Cri,
}

pub(super) struct Context<'a> {
    pub(super) release: Release,
    /// The name of the release in sentences.
    who: &'a str,
    files: &'a Files,
    config: Loaded,
    loader: Loader,
    seen: &'a dyn Fn(&HostPath) -> Observed<SeenKind>,
    asked: RefCell<BTreeSet<Request>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        files: &'a Files,
        config: Loaded,
        loader: Loader,
        (release, who): (Release, &'a str),
        seen: &'a dyn Fn(&HostPath) -> Observed<SeenKind>,
    ) -> Self {
        Self { release, who, files, config, loader, seen, asked: RefCell::default() }
    }

    /// True from 2.0 on: CRI is split into plugins, and defaults stay beside the files' values.
    pub(super) fn is_split(&self) -> bool {
        self.loader.dialect() == Dialect::Split
    }

    pub(super) fn is_from(&self, major: u32, minor: u32) -> bool {
        self.release >= Release::new(major, minor, 0)
    }

    /// The value at a path from the root of the config.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Tree> {
        self.config.tree.get(path)
    }

    /// The value at a path in a part of CRI.
    pub(super) fn cri(&self, part: Part, path: &[&str]) -> Option<&Tree> {
        let plugin = match part {
            _ if !self.is_split() => GRPC,
            Part::Runtime => RUNTIME,
            Part::Images => IMAGES,
            Part::Server => GRPC,
        };
        self.at(&["plugins", plugin])?.get(path)
    }

    /// The version in the files.
    pub(super) fn version(&self) -> i64 {
        self.config.version
    }

    /// containerd's directory for state that survives a boot.
    pub(super) fn root(&self) -> &str {
        filled(self.at(&["root"])).map_or("/var/lib/containerd", |text| text.value)
    }

    /// True if the files configure how the transfer service unpacks.
    pub(super) fn unpacks_as_told(&self) -> bool {
        let list = self.at(&["plugins", "io.containerd.transfer.v1.local", "unpack_config"]);
        matches!(list, Some(Tree::List(list)) if !list.is_empty())
    }

    /// The runtimes of `containerd.runtimes` by name.
    pub(super) fn runtimes(&self) -> Option<&BTreeMap<String, Tree>> {
        self.cri(Part::Runtime, &["containerd", "runtimes"])?.table()
    }

    /// What is at a path of the host. The path is recorded as a request.
    pub(super) fn look(&self, path: &str) -> Observed<SeenKind> {
        let Ok(path) = HostPath::new(path) else { return Observed::Unknown("no host path".to_owned()) };
        let mut asked = self.asked.borrow_mut();
        asked.insert(Request::File(path.clone()));
        asked.insert(Request::Directory(path.clone()));
        (self.seen)(&path)
    }

    /// All paths that the rules asked for.
    pub(super) fn into_requests(self) -> BTreeSet<Request> {
        self.asked.into_inner()
    }

    /// The function of containerd that checks CRI's runtime settings.
    pub(super) fn validation(&self) -> &'static str {
        if self.is_split() { "config.go ValidateRuntimeConfig" } else { "config.go ValidatePluginConfig" }
    }

    /// A refusal at the position of the value. `rule` is a clause; `source` is the function of containerd that checks
    /// it.
    pub(super) fn refuse(
        &self,
        at: &Tree,
        loss: Loss,
        source: &str,
        rule: &str,
        remedy: impl Into<String>,
    ) -> Refusal {
        let origin = at.origins().into_iter().next();
        let key = origin.map(|origin| format!("{} ", splice::dotted(&origin.path))).unwrap_or_default();
        let refusal = self.told(origin, loss, source, &format!("{key}{rule}"), remedy.into());
        match origin {
            Some(origin) => self.files.point(refusal, origin),
            None => refusal,
        }
    }

    /// A refusal without a position: a value is missing.
    pub(super) fn refuse_all(
        &self,
        loss: Loss,
        source: &str,
        rule: &str,
        remedy: impl Into<String>,
    ) -> Refusal {
        self.told(None, loss, source, rule, remedy.into())
    }

    fn told(&self, origin: Option<&Origin>, loss: Loss, source: &str, rule: &str, remedy: String) -> Refusal {
        let end = match loss {
            Loss::Daemon => format!("{} does not start then", self.who),
            Loss::Cri => format!("{} runs without CRI then", self.who),
        };
        let file = origin.map_or(&self.files.main, |origin| &origin.file);
        Refusal::new(file, format!("{rule}, and {end} ({source})"), remedy)
    }
}
