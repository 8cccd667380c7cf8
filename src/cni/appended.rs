//! The plugins that libcni 1.3 appends to a list from the directory with the network's name.

use super::conflist::Conflist;
use super::directory::{Listing, Unloadable};
use super::rules::{Extension, Libcni, extension};

impl Conflist {
    /// The directory beside the file whose `*.conf` files the release appends to the list as plugins (`conf.go`,
    /// `NetworkPluginConfsFromFiles`). `None` if the release reads no such directory, or if the network's name fails
    /// every pod anyway.
    pub fn network_directory(&self) -> Option<&str> {
        self.appended_directory().filter(|_| self.rules() == Libcni::V1_3 && self.has_usable_name())
    }
}

impl Listing<'_> {
    /// The files that libcni 1.3 appends to the list of the network with this directory's name, in libcni's order.
    /// One bad file fails the load of the list.
    pub fn appended(&self, rules: Libcni) -> Result<Vec<(&str, Conflist)>, Unloadable> {
        self.names()
            .filter(|name| extension(name) == Some(Extension::Conf))
            .filter_map(|name| Some((name, self.read(name, rules)?)))
            .map(|(name, read)| match read {
                Ok(plugin) => Ok((name, plugin)),
                Err(violation) => Err(Unloadable { name: name.to_owned(), violation }),
            })
            .collect()
    }
}
