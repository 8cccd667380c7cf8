//! The IPPools among the documents, by name and network.

use crate::report::join_truncated;
use std::cell::RefCell;
use std::collections::HashMap;

use super::super::cluster::Cluster;
use super::super::nearest::nearest;
use super::super::net::{Cidr, Family};
use super::super::unread::Unread;

/// The number of unknown names for which the nearest pool is looked up: each look-up compares all pools.
const MAX_LOOKUPS: usize = 50;

/// A Calico IPPool.
pub(super) struct Pool<'a> {
    pub(super) name: &'a str,
    pub(super) cidr: &'a str,
    pub(super) disabled: bool,
}

impl Pool<'_> {
    /// The family of its CIDR, if the CIDR is valid.
    pub(super) fn family(&self) -> Option<Family> {
        Cidr::parse(self.cidr).map(Cidr::family)
    }
}

/// All IPPools.
pub(super) struct Pools<'a> {
    all: Vec<Pool<'a>>,
    names: HashMap<&'a str, usize>,
    networks: HashMap<(u128, u8, bool), usize>,
    unread: &'a Unread,
    nearest: RefCell<HashMap<(String, bool), Option<&'a str>>>,
}

impl<'a> Pools<'a> {
    /// The IPPools of both API groups of Calico.
    pub(super) fn of(cluster: &'a Cluster<'_>) -> Self {
        let groups = ["crd.projectcalico.org", "projectcalico.org"];
        let objects = groups.into_iter().flat_map(|group| cluster.of_kind(group, "IPPool"));
        let all: Vec<_> = objects
            .map(|object| {
                let spec = object.spot.get("spec");
                Pool {
                    name: object.name,
                    cidr: spec.as_ref().and_then(|spec| spec.text_of("cidr")).unwrap_or(""),
                    disabled: spec.is_some_and(|spec| spec.is_true("disabled")),
                }
            })
            .collect();
        let (mut names, mut networks) = (HashMap::new(), HashMap::new());
        for (number, pool) in all.iter().enumerate() {
            names.entry(pool.name).or_insert(number);
            if let Some(cidr) = Cidr::parse(pool.cidr) {
                networks.entry(cidr.network()).or_insert(number);
            }
        }
        Self { all, names, networks, unread: &cluster.unread, nearest: RefCell::default() }
    }

    /// True if a pool with this name or CIDR may be in a document that could not be read.
    pub(super) fn may_be_unread(&self, entry: &str) -> bool {
        self.unread.may_define(entry)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The pool with a CIDR, or else with a name.
    pub(super) fn find(&self, cidr: Option<Cidr>, name: &str) -> Option<&Pool<'a>> {
        let by_network = cidr.and_then(|cidr| self.networks.get(&cidr.network()));
        by_network.or_else(|| self.names.get(name)).map(|number| &self.all[*number])
    }

    /// The first names, in words.
    pub(super) fn words(&self) -> String {
        let names: Vec<_> = self.all.iter().map(|pool| pool.name).collect();
        join_truncated(&names)
    }

    /// The name of the usable pool that was likely meant.
    pub(super) fn nearest(&self, name: &str, family: Family) -> Option<&'a str> {
        let mut known = self.nearest.borrow_mut();
        let key = (name.to_owned(), family == Family::V4);
        if let Some(answer) = known.get(&key) {
            return *answer;
        }
        if known.len() >= MAX_LOOKUPS {
            return None;
        }
        let usable = self.all.iter().filter(|pool| pool.family() == Some(family) && !pool.disabled);
        let answer = nearest(name, usable.map(|pool| pool.name));
        known.insert(key, answer);
        answer
    }
}
