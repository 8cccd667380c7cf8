//! Finds the primary: the network that the chain is made from.

use std::fmt;
use std::str::FromStr;

use super::conflist::Conflist;
use super::directory::Listing;
use super::rules::{Libcni, extension};
use super::violation::Violation;
use crate::distro;
use crate::glob::{Malformed, Pattern};

/// The user's selection of the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The file with this name.
    File(String),
    /// The first file of the default rule whose name matches this pattern; with the pattern as it was typed.
    Glob(String, Pattern),
    /// The first file whose network has this name.
    Network(String),
    /// The first file with a plugin of this type in its list.
    Type(String),
}

/// The reason why a text is not a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The text is empty.
    #[error("{0:?} selects nothing; give a file name, a glob, network=NAME or type=PLUGIN")]
    Empty(String),
    /// The text is a path instead of a name.
    #[error("{0:?} is a path; give the file's name alone, and its directory with --primary-dir")]
    Path(String),
    /// A runtime loads no file with this extension.
    #[error("a runtime does not load {0:?}; the name must end in .conf, .conflist or .json")]
    Extension(String),
    /// The pattern has a part that is not closed.
    #[error("{0:?} is not a valid pattern; each [ needs its ], and a - or ] in a set needs a \\ before it")]
    Malformed(String),
    /// A shell would read the set as its opposite.
    #[error("{0:?} has a set that begins with [!, which does not negate here; write [^ instead")]
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

/// The result of the search for the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Primary {
    /// The primary exists and the runtime would load it.
    Found {
        /// Its file name.
        name: String,
        /// The parsed file.
        conflist: Conflist,
    },
    /// This file is the primary, or could be, but the runtime would not load it.
    Invalid {
        /// Its file name.
        name: String,
        /// The rule that the file breaks.
        violation: Violation,
    },
    /// No file is the primary.
    Missing {
        /// What was searched for, in words for a message.
        looked_for: String,
        /// All names in the directory.
        there: Vec<String>,
    },
    /// The file belongs to a meta-plugin. Such a file is a primary only if it is named (any selector but a glob names
    /// it).
    Meta {
        /// Its file name.
        name: String,
    },
    /// The selected file is the chain of this owner or of another one.
    Ours {
        /// Its file name.
        name: String,
    },
}

/// Finds the primary in `listing`. `ours` is true for the output file and for other owners' chains.
///
/// Without a selector it is the first file in byte order, except for defaults of other packages (`87-podman*`,
/// `100-crio*`, `nerdctl-*`, lists with only `loopback`). `10-containerd-net.conflist`, which containerd writes
/// itself, and the networks that the node's own runtime brings (`own`: how their names begin) count only if no other
/// file exists ([`is_default_of_runtime`]). A glob narrows this rule; a file name replaces it. `network=` and
/// `type=` read the content of all files but chains. An unreadable file before the match could be the match, so the
/// search ends there, unless its name is that of a package's default.
///
/// The first candidate decides: if it is invalid, no later file is taken instead.
pub fn primary(
    listing: &Listing<'_>,
    selector: Option<&Selector>,
    ours: &dyn Fn(&str) -> bool,
    own: &[&str],
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
            by_default(listing, &fitting, own, rules)
        }
        None => by_default(listing, &candidates, own, rules),
    };
    found.unwrap_or_else(|| Primary::Missing {
        looked_for: selector.map_or_else(
            || "a .conflist, .conf or .json that is not a package's default".to_owned(),
            ToString::to_string,
        ),
        there: listing.names().map(ToOwned::to_owned).collect(),
    })
}

/// containerd writes this file itself from `conf_template`, before the real network exists.
const CONTAINERD_NET: &str = "10-containerd-net.conflist";

/// A default that a package brings for its own containers.
pub fn is_package_default(name: &str) -> bool {
    distro::package_networks().iter().any(|prefix| name.starts_with(prefix))
}

fn verdict(listing: &Listing<'_>, name: &str, rules: Libcni) -> Option<Primary> {
    let name = name.to_owned();
    Some(match listing.read(&name, rules)? {
        Ok(conflist) => Primary::Found { name, conflist },
        Err(violation) => Primary::Invalid { name, violation },
    })
}

/// True for a network that the node's own runtime brings: it counts only if no other is there.
fn is_last_resort(name: &str, own: &[&str]) -> bool {
    name == CONTAINERD_NET || own.iter().any(|front| name.starts_with(front))
}

/// True if the default rule took such a network because no other is there. A selector that names it takes it at once.
pub fn is_default_of_runtime(selector: Option<&Selector>, name: &str, own: &[&str]) -> bool {
    matches!(selector, None | Some(Selector::Glob(..))) && is_last_resort(name, own)
}

fn by_default(listing: &Listing<'_>, names: &[&str], own: &[&str], rules: Libcni) -> Option<Primary> {
    let is_last = |name: &str| is_last_resort(name, own);
    let (last_resort, names): (Vec<&str>, Vec<&str>) = names
        .iter()
        .filter(|name| is_last(name) || !is_package_default(name))
        .partition(|name| is_last(name));
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
