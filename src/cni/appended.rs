//! The plugins that libcni 1.3 adds to a list from the directory of the network's name.

use super::conflist::Conflist;
use super::directory::{Listing, Unloadable};
use super::rules::{Extension, Libcni, extension};

impl Conflist {
    /// The directory beside the file whose `*.conf` the release is known to add to the list as further plugins (`conf.go`,
    /// `NetworkPluginConfsFromFiles`); none where it looks for no directory, and none of a name with which every pod fails
    /// whatever it looks for.
    pub fn network_directory(&self) -> Option<&str> {
        self.appended_directory().filter(|_| self.rules() == Libcni::V1_3 && self.has_usable_name())
    }
}

impl Listing<'_> {
    /// The files that libcni 1.3 adds to the list of the network that this directory is named after, in its order. One bad
    /// file fails the load of the list.
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
