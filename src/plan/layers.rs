//! The layers of the other owners on the node, from their records.

use std::str::FromStr as _;

use crate::cni::{ChainLayer, Conflist, Libcni, Plugin, Position, Selector};
use crate::node::{DesiredValues, Digest, HostPath, Kind, Layer, Node, Observed, Record};
use crate::plan::dirs::Dirs;
use crate::plan::settings::Layout;
use crate::plan::values::{Cgroup, Values};

/// The layer of another owner, from its record.
#[derive(Clone, Debug)]
pub struct OtherLayer {
    /// The owner.
    pub owner: String,
    /// The layer as it is recorded.
    pub layer: Layer,
    /// The part of the chain; `None` while the layer is not in the chain.
    pub chain: Option<ChainLayer>,
}

/// Where an owner finds the primary.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Choice {
    /// The owner.
    pub(in crate::plan) owner: String,
    /// `--primary`.
    pub(in crate::plan) selector: Option<Selector>,
    /// `--primary-dir`, else the conf dir.
    pub(in crate::plan) dir: HostPath,
}

/// The layers of the other owners whose uninstall has not begun, in byte order of the owners.
pub(in crate::plan) fn others(node: &Node, dirs: &Dirs, owner: &str) -> Vec<OtherLayer> {
    let records = node.records();
    let usable: Vec<&Record> = records.values().filter_map(|record| record.as_ref().ok()).collect();
    let stays = |record: &&&Record| record.owner != owner && !record.leaving;
    let others = usable.iter().filter(stays).map(|record| OtherLayer {
        owner: record.owner.clone(),
        layer: record.layer.clone(),
        chain: in_chain(node, dirs, record, &usable),
    });
    others.collect()
}

/// The layer's part of the chain. A layer counts once its record names the chain, and as long as its binaries exist.
/// Without a binary it counts only if the published chain has it already: an install that was killed before its binary
/// was in place must not break pods, and a layer that pods have is not dropped because somebody removed a binary.
fn in_chain(node: &Node, dirs: &Dirs, record: &Record, all: &[&Record]) -> Option<ChainLayer> {
    let layout = Layout::of_word(&record.layer.layout)?;
    let layer = parsed(record).filter(|_| layout.has_chain())?;
    record.of_kind(Kind::Chain).find(|(path, _)| is_same_dir(node, &path.parent(), &dirs.conf))?;
    let has = |binary: &String| {
        let there = |dir: &HostPath| matches!(node.files.get(&dir.join(binary)), Some(Observed::Present(_)));
        dirs.bins.iter().any(there)
    };
    let is_complete = layer.plugins.iter().flat_map(Plugin::executed).all(|binary| has(&binary));
    (is_complete || is_published(node, &layer, all)).then_some(layer)
}

/// True if a chain of this program that has these plugins is published.
fn is_published(node: &Node, layer: &ChainLayer, all: &[&Record]) -> bool {
    let mut chains = all.iter().flat_map(|record| record.of_kind(Kind::Chain));
    chains.any(|(path, written)| {
        let Some(bytes) = node.bytes(&path).filter(|bytes| written.wrote.contains(&Digest::of(bytes))) else {
            return false;
        };
        Conflist::read(path.name(), bytes, Libcni::Any).is_ok_and(|chain| {
            let types = chain.types();
            layer.plugins.iter().all(|plugin| types.contains(&plugin.plugin_type()))
        })
    })
}

/// The recorded layer, if it can be composed.
pub fn parsed(record: &Record) -> Option<ChainLayer> {
    let plugins = record.layer.plugins.iter().map(|text| Plugin::from_str(text).ok());
    Some(ChainLayer {
        owner: record.owner.clone(),
        plugins: plugins.collect::<Option<Vec<_>>>()?,
        position: Position::from_str(&record.layer.position).ok()?,
    })
}

/// True if two paths lead to one directory: by name, else by device and inode.
pub(in crate::plan) fn is_same_dir(node: &Node, one: &HostPath, other: &HostPath) -> bool {
    let place = |dir: &HostPath| {
        let stamp = node.dirs.get(dir).and_then(Observed::present)?.stamp;
        Some((stamp.dev, stamp.ino))
    };
    one == other || place(one).is_some_and(|at| Some(at) == place(other))
}

impl OtherLayer {
    /// Where the owner finds the primary; `None` if it named no file and no directory.
    pub(in crate::plan) fn choice(&self, dirs: &Dirs) -> Option<Choice> {
        self.chain.as_ref()?;
        let selector = self.layer.primary.as_deref().and_then(|text| Selector::from_str(text).ok());
        let dir = self.layer.primary_dir();
        let is_named = selector.is_some() || dir.is_some();
        let owner = self.owner.clone();
        is_named.then(|| Choice { owner, selector, dir: dir.unwrap_or_else(|| dirs.conf.clone()) })
    }

    /// The owner, and the runtime values that it wants.
    pub(in crate::plan) fn desired(&self) -> (&str, &DesiredValues) {
        (&self.owner, &self.layer.desired)
    }

    /// The runtime values that the owner wants.
    pub(in crate::plan) fn values(&self) -> Values {
        of(&self.layer.desired)
    }
}

fn of(desired: &DesiredValues) -> Values {
    Values {
        max_conf_num: desired.max_conf_num,
        conf_template: desired.conf_template.clone(),
        systemd_cgroup: desired.systemd_cgroup.map(Cgroup::All),
        sandbox_image: desired.sandbox_image.clone(),
    }
}
