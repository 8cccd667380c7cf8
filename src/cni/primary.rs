//! Which file is the primary: the network that the chain is made from.

use std::fmt;
use std::str::FromStr;

use super::conflist::Conflist;
use super::directory::Listing;
use super::rules::{Libcni, extension};
use super::violation::Violation;
use crate::glob::{Malformed, Pattern};

/// Which file the primary is, where the user says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The file of this name.
    File(String),
    /// The first file of the default rule whose name fits this pattern; with the text that was typed.
    Glob(String, Pattern),
    /// The first file whose network has this name.
    Network(String),
    /// The first file with a plugin of this type in its list.
    Type(String),
}

/// Why a text is no [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Nothing is selected.
    #[error("{0:?} selects nothing; give a file name, a glob, network=NAME or type=PLUGIN")]
    Empty(String),
    /// A path, where a name is asked for.
    #[error("{0:?} is a path; give the file's name alone, and its directory with --primary-dir")]
    Path(String),
    /// A name that no runtime loads.
    #[error("{0:?} is no file that a runtime loads; its name must end in .conf, .conflist or .json")]
    Extension(String),
    /// A pattern that does not end what it begins.
    #[error("{0:?} is no valid pattern; each [ needs its ], and a - or ] in a set a \\ before it")]
    Malformed(String),
    /// A set that a shell would read as its opposite.
    #[error("{0:?} has a set that begins with [!, which is no negation here; write [^ instead")]
    Negation(String),
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let selector = if let Some(network) = text.strip_prefix("network=") {
            (Self::Network(network.to_owned()), network)
        } else if let Some(plugin) = text.strip_prefix("type=") {
            (Self::Type(plugin.to_owned()), plugin)
        } else if text.contains('/') {
            return Err(SelectorError::Path(text.to_owned()));
        } else if text.contains(['*', '?', '[']) {
            if text.contains("[!") {
                return Err(SelectorError::Negation(text.to_owned()));
            }
            let pattern =
                Pattern::new(text).map_err(|Malformed| SelectorError::Malformed(text.to_owned()))?;
            (Self::Glob(text.to_owned(), pattern), text)
        } else if text.is_empty() || extension(text).is_some() {
            (Self::File(text.to_owned()), text)
        } else {
            return Err(SelectorError::Extension(text.to_owned()));
        };
        match selector {
            (_, "") => Err(SelectorError::Empty(text.to_owned())),
            (selector, _) => Ok(selector),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(name) | Self::Glob(name, _) => f.write_str(name),
            Self::Network(name) => write!(f, "network={name}"),
            Self::Type(name) => write!(f, "type={name}"),
        }
    }
}

/// What became of the search for the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Primary {
    /// It is there and the runtime would load it.
    Found {
        /// Its file name.
        name: String,
        /// What it is.
        conflist: Conflist,
    },
    /// It is there, or this file could be it, but the runtime would not load it.
    Invalid {
        /// Its file name.
        name: String,
        /// What it breaks.
        violation: Violation,
    },
    /// No file can be it.
    Missing {
        /// What was looked for, in words for a message.
        looked_for: String,
        /// All names that are there.
        there: Vec<String>,
    },
    /// It belongs to a meta-plugin, which is a primary only if it is named (any selector but a glob names it).
    Meta {
        /// Its file name.
        name: String,
    },
    /// The file that was named belongs to a chain, ours or another owner's.
    Ours {
        /// Its file name.
        name: String,
    },
}

/// Finds the primary among `listing`. `ours` says of a name whether it is the output file or another owner's chain.
///
/// Without a selector it is the first file in byte order, other packages' defaults aside (`87-podman*`, `100-crio*`,
/// `nerdctl-*`, lists of `loopback` alone); `10-containerd-net.conflist`, which containerd writes by itself, only if
/// nothing else is there. A glob narrows this rule. A file name overrules it. `network=` and `type=` look at the
/// content of all files but ours; a file before the one that fits which cannot be read could itself be the one, so
/// it decides, unless it is known by its name for a package's default.
///
/// The first that counts decides: if it is invalid, no later one is taken in its place.
pub fn primary(
    listing: &Listing<'_>,
    selector: Option<&Selector>,
    ours: &dyn Fn(&str) -> bool,
    rules: Libcni,
) -> Primary {
    let candidates: Vec<&str> = listing.loadable().filter(|name| !ours(name)).collect();
    let found = match selector {
        Some(Selector::File(name)) if ours(name) => Some(Primary::Ours { name: name.clone() }),
        Some(Selector::File(name)) => verdict(listing, name, rules),
        Some(Selector::Network(network)) => {
            by_content(listing, &candidates, rules, |conflist| conflist.network() == network)
        }
        Some(Selector::Type(plugin)) => {
            by_content(listing, &candidates, rules, |conflist| conflist.types().contains(&plugin.as_str()))
        }
        Some(Selector::Glob(_, pattern)) => {
            let fitting: Vec<&str> = candidates.into_iter().filter(|name| pattern.matches(name)).collect();
            by_default(listing, &fitting, rules)
        }
        None => by_default(listing, &candidates, rules),
    };
    found.unwrap_or_else(|| Primary::Missing {
        looked_for: selector.map_or_else(
            || "a .conflist, .conf or .json that is no package's default".to_owned(),
            ToString::to_string,
        ),
        there: listing.names().map(ToOwned::to_owned).collect(),
    })
}

/// Written by containerd itself from `conf_template`, before the real network comes.
const CONTAINERD_NET: &str = "10-containerd-net.conflist";

fn is_package_default(name: &str) -> bool {
    ["87-podman", "100-crio", "nerdctl-"].iter().any(|prefix| name.starts_with(prefix))
}

fn verdict(listing: &Listing<'_>, name: &str, rules: Libcni) -> Option<Primary> {
    let name = name.to_owned();
    Some(match listing.read(&name, rules)? {
        Ok(conflist) => Primary::Found { name, conflist },
        Err(violation) => Primary::Invalid { name, violation },
    })
}

fn by_default(listing: &Listing<'_>, names: &[&str], rules: Libcni) -> Option<Primary> {
    let (last_resort, names): (Vec<&str>, Vec<&str>) =
        names.iter().filter(|name| !is_package_default(name)).partition(|name| **name == CONTAINERD_NET);
    let found = names.iter().chain(&last_resort).find_map(|name| match verdict(listing, name, rules)? {
        Primary::Found { conflist, .. } if conflist.is_loopback_only() => None,
        found => Some(found),
    })?;
    Some(match found {
        Primary::Found { name, conflist } if conflist.delegates() => Primary::Meta { name },
        found => found,
    })
}

fn by_content(
    listing: &Listing<'_>,
    names: &[&str],
    rules: Libcni,
    fits: impl Fn(&Conflist) -> bool,
) -> Option<Primary> {
    names.iter().find_map(|name| match verdict(listing, name, rules)? {
        Primary::Found { conflist, .. } if !fits(&conflist) => None,
        Primary::Invalid { .. } if is_package_default(name) || *name == CONTAINERD_NET => None,
        found => Some(found),
    })
}

#[cfg(test)]
mod tests;
