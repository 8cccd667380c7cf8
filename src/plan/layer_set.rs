//! The layers of all owners, as a set. The chain and its file are functions of it: who came first does not matter.

use std::collections::BTreeSet;

use crate::cni::{ChainLayer, Plugin};
use crate::plan::layers::Choice;
use crate::plan::recording::Recording;
use crate::plan::resolve::Desired;
use crate::plan::settings::{Goal, Layout, Settings};

impl Desired {
    /// True if this run installs its owner's layer; an uninstall leaves it out.
    pub(in crate::plan) fn is_in(&self) -> bool {
        self.goal == Goal::Install
    }

    /// True if the owner's layer is a part of the chain.
    fn is_in_chain(&self) -> bool {
        self.is_in() && self.layout.has_chain()
    }

    /// The layout of the chain: all owners of one have the same (`owners.rs` refuses two).
    pub(in crate::plan) fn chain_layout(&self) -> Layout {
        let others = self.others.iter().filter(|other| other.chain.is_some());
        let mut others = others.filter_map(|other| Layout::of_word(&other.layer.layout));
        let own = Some(self.layout).filter(|_| self.is_in_chain());
        own.or_else(|| others.next()).unwrap_or(Layout::None)
    }

    /// True if any owner has a layer in a chain. Without one the primary itself is what the runtime must run.
    pub fn has_chain(&self) -> bool {
        self.is_in_chain() || self.others.iter().any(|other| other.chain.is_some())
    }

    /// What the runtime must run, in words.
    pub const fn what_runs(&self) -> &'static str {
        match self.layout {
            Layout::OwnFile | Layout::InPlace => "the chain",
            Layout::None => "the network",
        }
    }

    /// All layers of the chain, the other owners' included.
    pub(in crate::plan) fn layers(&self, settings: &Settings) -> Vec<ChainLayer> {
        let own = ChainLayer {
            owner: self.owner.clone(),
            plugins: self.plugins.clone(),
            position: settings.position.clone(),
        };
        let own = self.is_in_chain().then_some(own);
        own.into_iter().chain(self.others.iter().filter_map(|other| other.chain.clone())).collect()
    }

    /// All plugins of the chain that owners add, each with its owner.
    pub(in crate::plan) fn added(&self) -> impl Iterator<Item = (&str, &Plugin)> {
        let own = self.plugins.iter().filter(|_| self.is_in()).map(|plugin| (self.owner.as_str(), plugin));
        let layers = self.others.iter().filter_map(|other| other.chain.as_ref());
        own.chain(
            layers.flat_map(|layer| layer.plugins.iter().map(move |plugin| (layer.owner.as_str(), plugin))),
        )
    }

    /// The owners of the layers in the chain.
    pub(in crate::plan) fn sharers(&self) -> BTreeSet<String> {
        let others = self.others.iter().filter(|other| other.chain.is_some());
        let own = self.is_in_chain().then(|| self.owner.clone());
        own.into_iter().chain(others.map(|other| other.owner.clone())).collect()
    }

    /// The owner whose name the chain's file has: the first in byte order.
    pub(in crate::plan) fn first_owner(&self) -> String {
        self.sharers().pop_first().unwrap_or_else(|| self.owner.clone())
    }

    /// The file name of the chain that an owner gave. (`owners.rs` refuses two different ones.)
    pub(in crate::plan) fn output_file(&self) -> Option<&str> {
        self.outputs().next().map(|(_, name)| name)
    }

    /// The file names of the chain that owners gave.
    pub(in crate::plan) fn outputs(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.is_in_chain().then_some((self.owner.as_str(), self.layer.output.as_str()));
        let others = self.others.iter().filter(|other| other.chain.is_some());
        let others = others.map(|other| (other.owner.as_str(), other.layer.output.as_str()));
        own.into_iter().chain(others).filter(|(_, name)| !name.is_empty())
    }

    /// Where the owners find the primary: one of them, and the rest. Whoever names no file takes that of the others.
    pub(in crate::plan) fn choices(&self, settings: &Settings) -> (Choice, Vec<Choice>) {
        let is_named = settings.primary.is_some() || settings.primary_dir.is_some();
        let own = Choice {
            owner: self.owner.clone(),
            selector: settings.primary.clone(),
            dir: self.dirs.primary.clone(),
        };
        let named = self.is_in().then(|| own.clone()).filter(|_| is_named);
        let others = self.others.iter().filter_map(|other| other.choice(&self.dirs));
        let mut choices = named.into_iter().chain(others);
        (choices.next().unwrap_or(own), choices.collect())
    }

    /// The records that the run writes.
    pub fn recording(&self) -> Recording {
        Recording {
            owner: self.owner.clone(),
            layer: self.layer.clone(),
            sharers: self.sharers(),
            binaries: self.binaries.iter().map(|(name, _)| self.dirs.install.join(name)).collect(),
            leaves: !self.is_in(),
        }
    }
}
