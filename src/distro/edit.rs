//! Where an edit of a runtime's config lasts, as a distribution decides it.

/// Where an edit of containerd's config lasts.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// In the files that containerd reads.
    InPlace,
    /// In the files that containerd reads, until this program writes them anew at the next boot.
    UntilBoot(&'static str),
    /// Not in the file that containerd reads: it is made anew at each start.
    Generated(Generated),
    /// Nowhere in `/usr`, which is the image. The file is copied to `/etc`, and a drop-in of containerd's unit names the
    /// copy.
    Image {
        /// The lines of the drop-in.
        drop_in: &'static str,
    },
    /// Nowhere below this tree: the file is built from settings in another language.
    Built {
        /// The tree.
        tree: &'static str,
        /// Why an edit cannot last there.
        why: &'static str,
        /// The setting that the lines belong to, and the command that builds the file.
        instead: &'static str,
    },
    /// Nowhere: an API writes the file.
    Api {
        /// Why an edit does not last.
        why: &'static str,
        /// The command that sets the sandbox image, up to its value.
        sandbox_image: &'static str,
    },
}

/// A config file that is made anew at each start.
#[derive(Debug, PartialEq, Eq)]
pub struct Generated {
    /// Which files are such a file.
    pub place: Place,
    /// What it is made from. Paths are relative to its directory.
    pub material: Material,
    /// The command that makes it anew.
    pub restart: &'static str,
}

/// Which paths are a generated config: these with both parts.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// A part of the path; of two distributions with the same end, the one with the longer part is meant.
    pub within: &'static str,
    /// The end of the path.
    pub end: &'static str,
}

/// What a generated config is made from.
#[derive(Debug, PartialEq, Eq)]
pub enum Material {
    /// A template that a user may write, for each version of the config the newest first, and the directory of drop-ins
    /// that the file may import.
    UserTemplates(&'static [(&'static str, &'static str)]),
    /// A template that is always there.
    Template(&'static str),
    /// The distribution's values and a directory of drop-ins that the distribution merges, while the file's first line is
    /// a comment with this mark. A file without the mark is the user's own.
    DropIns {
        /// The directory.
        dir: &'static str,
        /// The mark.
        mark: &'static str,
    },
}
