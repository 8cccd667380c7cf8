//! Loads config files as a containerd release does: reads, merges and migrates them.
//!
//! Taken from `cmd/containerd/server/config/config.go` and the `ConfigMigration` of the CRI plugins, and measured
//! with `containerd config dump` of 1.6.20, 1.7.24 and 2.1.9 (`tests/config_matrix`).

use super::dialect::Dialect;
use super::glob::Listings;
use super::imports;
use super::loader::Loader;
use super::merge::{deep, whole_plugins};
use super::migrate;
use super::refusal::Refusal;
use super::source::{Source, Sources};
use super::tree::Tree;
use crate::node::HostPath;

/// The config after loading.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The version in the merged files; 1 if no file has one.
    pub(crate) version: i64,
    /// The files in the order of reading.
    pub(crate) order: Vec<HostPath>,
    /// The merged config under the names of [`Loader::dialect`], without `version` and `imports`.
    pub(crate) tree: Tree,
}

impl Loader {
    /// Reads, merges and migrates as these releases do.
    pub(crate) fn load(
        self,
        main: &HostPath,
        sources: &Sources,
        listings: &Listings,
    ) -> Result<Loaded, Refusal> {
        let order = imports::order(main, sources, listings, self)?;
        let mut merged = Tree::empty();
        let mut version = 0;
        let mut root_version = 0;
        for source in order.iter().filter_map(|path| sources.get(path)) {
            self.starts_with(source)?;
            let own = self.version_of(source)?;
            root_version = if root_version == 0 { own } else { root_version };
            if own > root_version && self == (Self::TwoThree { refuses_newer_drop_ins: true }) {
                return Err(Refusal::new(
                    source.path(),
                    format!(
                        "its version {own} is above the main file's version {root_version}, and containerd 2.3.0 \
                         to 2.3.4 refuse that"
                    ),
                    format!("write version = {root_version} in it, with that version's table names"),
                ));
            }
            let mut tree = Tree::of(source);
            self.folding().file(&mut tree);
            if let Some(table) = tree.table_mut() {
                table.remove("version");
                table.remove("imports");
            }
            match self {
                Self::One { .. } => whole_plugins(&mut merged, tree),
                Self::TwoZero | Self::TwoOne => {
                    if own < 2 {
                        migrate::short_names(&mut tree);
                    }
                    deep(&mut merged, tree);
                }
                Self::TwoThree { .. } => {
                    if own < 2 {
                        migrate::short_names(&mut tree);
                    }
                    if own < self.newest() {
                        migrate::split(&mut tree, true);
                    }
                    deep(&mut merged, tree);
                }
            }
            version = if own == 0 { version } else { own };
        }
        self.finish(main, sources, order, merged, version)
    }

    fn finish(
        self,
        main: &HostPath,
        sources: &Sources,
        order: Vec<HostPath>,
        mut tree: Tree,
        version: i64,
    ) -> Result<Loaded, Refusal> {
        match self {
            Self::One { .. } if version < 2 => migrate::only_short_names(&mut tree),
            Self::One { .. } => migrate::refuse_short_names(main, &tree)?,
            // A main file without a version counts as version 3 already, so its tables are not migrated.
            Self::TwoZero | Self::TwoOne if version == 2 => migrate::split(&mut tree, self == Self::TwoOne),
            _ => {}
        }
        if version >= 2 || self.dialect() == Dialect::Split {
            migrate::refuse_short_disabled(sources, &tree)?;
        }
        // Migrations know only containerd's spelling of keys; a plugin decodes its table after them.
        self.folding().plugins(&mut tree);
        migrate::drop_unread(&mut tree, self.dialect());
        Ok(Loaded { version: version.max(1), order, tree })
    }

    /// Checks that the release's parser accepts the file; some accept less than TOML 1.0.
    fn starts_with(self, source: &Source) -> Result<(), Refusal> {
        if self.dialect() == Dialect::Split && source.has_bom() {
            return Err(Refusal::new(
                source.path(),
                format!("it begins with a byte order mark, and {} does not start with one", self.name()),
                "save it as UTF-8 without a byte order mark",
            ));
        }
        match source.escaped_key().filter(|_| self.dialect() == Dialect::Grpc) {
            None => Ok(()),
            Some(position) => Err(Refusal::new(
                source.path(),
                format!("{} reads the backslash as a part of this key, so it reads another key", self.name()),
                "write the key without an escape",
            )
            .at(position)),
        }
    }

    fn version_of(self, source: &Source) -> Result<i64, Refusal> {
        let Some(item) = source.item("version", self.folding()) else { return Ok(0) };
        let refuse = |rule: String, remedy: &str| {
            let refusal = Refusal::new(source.path(), rule, remedy);
            Err(match item.span() {
                Some(span) => refusal.at(source.position(span.start)),
                None => refusal,
            })
        };
        match item.as_integer() {
            Some(version) if (0..=self.newest()).contains(&version) => Ok(version),
            Some(version) => refuse(
                format!("{} reads config versions up to {}, not {version}", self.name(), self.newest()),
                "write the file in a version that this containerd reads (version = 2 is read by every release)",
            ),
            None => refuse("version is not a whole number".to_owned(), "write version = 2"),
        }
    }
}
