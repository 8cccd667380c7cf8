//! Finds the file that the chain is made from, or what to wait for.

use std::cell::OnceCell;

use crate::cni::{Conflist, Content as Listed, Listing, Primary, is_default_of_runtime, primary};
use crate::node::{Content, Digest, HostPath, Kind, Observed};
use crate::plan::blocked::Blocked;
use crate::plan::chain::appended::{appended, appended_types};
use crate::plan::chain::ready::Ready;
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::grants::mounted;
use crate::plan::layers::Choice;
use crate::plan::settings::Layout;
use crate::report::codes::install;
use crate::report::{Failure, FailureCode, Finding, Severity};
use crate::verify::verify;

impl PlanContext<'_> {
    /// The primary; blocked while there is none. It is looked for once in a planning pass.
    pub(in crate::plan) fn primary(&self) -> Result<&Ready, Blocked> {
        self.primary.get_or_init(|| self.find_primary()).as_ref().map_err(Blocked::clone)
    }

    /// The primary of all owners: where several name it, each must find the same file.
    fn find_primary(&self) -> Result<Ready, Blocked> {
        let (first, rest) = self.desired.choices(self.settings);
        let ready = self.choose(&first)?;
        for other in rest {
            let found = self.choose(&other)?;
            if found.path != ready.path {
                return Err(Blocked::refused(
                    FailureCode::OwnersDisagree,
                    format!(
                        "the chain of all owners has one primary, but {:?} finds {} and {:?} finds {}",
                        first.owner, ready.path, other.owner, found.path
                    ),
                    "give the same --primary and --primary-dir to both owners, or to one of them only",
                ));
            }
        }
        Ok(ready)
    }

    /// The primary that an owner names, else the default one.
    fn choose(&self, choice: &Choice) -> Result<Ready, Blocked> {
        let dir = &choice.dir;
        if let Some(Observed::Unknown(why)) = self.node.dirs.get(dir) {
            return Err(Blocked::refused(
                FailureCode::ConfDirUnreadable,
                format!("{dir} cannot be read: {why}"),
                "run the program as root, so that it can read it",
            ));
        }
        // No primary will ever appear in a directory that is not the host's.
        mounted(self, dir)?;
        let listing = self.without_layers(dir);
        let ours = |name: &str| self.is_output(dir, name);
        let own = self.own_networks();
        match primary(&listing, choice.selector.as_ref(), &ours, &own, self.rules()) {
            Primary::Found { name, conflist } => self.found(choice, &name, conflist, &own),
            // Without a chain nothing is made from it, so a meta-plugin's file is as good as any.
            Primary::Meta { name } if !self.desired.has_chain() => self.meta(dir, &listing, &name),
            Primary::Meta { name } => Err(Blocked::refused(
                FailureCode::PrimaryIsMetaPlugin,
                format!("{} belongs to a meta-plugin, which wraps the primary", dir.join(&name)),
                "name the primary with --primary; name this file with --primary if it is the primary",
            )),
            Primary::Ours { name } => Err(Blocked::refused(
                FailureCode::PrimaryIsOwnChain,
                format!(
                    "{} is a chain of cni-bootstrap, and a chain is never made from a chain",
                    dir.join(&name)
                ),
                "name the primary itself with --primary",
            )),
            Primary::Invalid { name, violation } => {
                Err(self.invalid(&dir.join(&name), &format!("it {violation}"), format!("{name} {violation}")))
            }
            Primary::Missing { looked_for, there } => Err(self.no_primary(dir, &looked_for, there)),
        }
    }

    /// Waits for a primary to be written.
    fn no_primary(&self, dir: &HostPath, looked_for: &str, there: Vec<String>) -> Blocked {
        // Names that no runtime loads are listed too: the file may have a wrong name.
        let listed = self.node.dirs.get(dir).and_then(Observed::present).map(|dir| dir.names.iter().cloned());
        let there: Vec<String> = listed.map_or(there, Iterator::collect);
        let there = if self.node.dirs.get(dir).is_none_or(Observed::is_absent) {
            format!("{dir} does not exist")
        } else if there.is_empty() {
            format!("{dir} is empty")
        } else {
            format!("{dir} has only {}", there.join(", "))
        };
        self.without_primary(
            format!("no primary: looked for {looked_for}; {there}"),
            Failure::new(
                FailureCode::NoPrimary,
                format!("no primary CNI configuration was written: looked for {looked_for}; {there}"),
                "find out why the pod that writes it does not start (kubectl -n kube-system get pods -o \
                 wide), or name the file with --primary",
            ),
        )
    }

    fn meta(&self, dir: &HostPath, listing: &Listing<'_>, name: &str) -> Result<Ready, Blocked> {
        let path = dir.join(name);
        match listing.read(name, self.rules()) {
            Some(Ok(conflist)) => Ok(Ready { path, conflist, is_last_resort: false, chain: OnceCell::new() }),
            Some(Err(violation)) => {
                Err(self.invalid(&path, &format!("it {violation}"), format!("{name} {violation}")))
            }
            None => Err(self.invalid(&path, "it is gone", format!("{name} is gone"))),
        }
    }

    /// A file that the runtime would load.
    fn found(&self, choice: &Choice, name: &str, conflist: Conflist, own: &[&str]) -> Result<Ready, Blocked> {
        let (dir, path) = (&choice.dir, choice.dir.join(name));
        let mut added = self.desired.added().map(|(_, plugin)| plugin);
        if let Some(plugin) = added.find(|plugin| delegates_to(&conflist, plugin.plugin_type())) {
            return Err(Blocked::refused(
                FailureCode::PluginRunsTwice,
                format!(
                    "{path} already delegates to {:?}, so the plugin would run twice",
                    plugin.plugin_type()
                ),
                "name the primary itself with --primary",
            ));
        }
        let is_last_resort = is_default_of_runtime(choice.selector.as_ref(), name, own);
        if is_last_resort {
            self.wait_for_another(dir, name)?;
        }
        match appended(self.node, dir, &conflist) {
            // In another directory than the runtime's, the chain's rules report it.
            Err((file, violation)) if *dir == self.desired.dirs.conf => {
                Err(self.invalid(&path, &format!("{file} {violation}"), format!("{file} {violation}")))
            }
            _ => Ok(Ready { path, conflist, is_last_resort, chain: OnceCell::new() }),
        }
    }

    /// Waits for the primary to become valid. `why` completes a sentence about the file; `text` is a sentence of its
    /// own.
    fn invalid(&self, path: &HostPath, why: &str, text: String) -> Blocked {
        self.without_primary(
            text,
            Failure::new(
                FailureCode::PrimaryInvalid,
                format!("the runtime would not load {path}: {why}"),
                "mend or remove that file; it is the primary, and the runtime never skips to a later file",
            ),
        )
    }

    /// Waits for the primary; for a shorter time if the last good chain is loaded, because pods have their network
    /// then.
    fn without_primary(&self, text: String, at_deadline: Failure) -> Blocked {
        // Who leaves a chain of several owners needs the primary: the last good chain has his layer.
        if self.settings.no_wait || !self.desired.is_in() || !self.last_good_chain_is_loaded() {
            return self.wait_for(text, at_deadline);
        }
        let grace = self.settings.primary_grace;
        let grace = self.settings.primary_timeout.map_or(grace, |patience| grace.min(patience));
        if let Err(wait) = self.awaited(&text, Some(grace)) {
            return wait;
        }
        Blocked::kept_last_good(
            "the primary is gone; the last good chain is loaded and stays",
            Finding {
                code: install::PRIMARY_MISSING.name,
                severity: Severity::Warning,
                subject: self.desired.dirs.primary.to_string(),
                message: format!("{text}; the last good chain is loaded and stays; its primary is gone"),
                remedy: at_deadline.remedy,
            },
        )
    }

    /// True if the runtime has loaded a chain that this owner wrote and that is still on disk.
    pub(in crate::plan) fn last_good_chain_is_loaded(&self) -> bool {
        let RuntimeState::Status(status) = self.runtime() else { return false };
        let Some(record) = self.record() else { return false };
        record.of_kind(Kind::Chain).any(|(path, written)| {
            let Some(bytes) = self.node.bytes(&path) else { return false };
            let Ok(conflist) = Conflist::read(path.name(), bytes, self.rules()) else { return false };
            let more = appended_types(self.node, &path.parent(), &conflist);
            let types: Vec<String> = conflist.types().into_iter().map(str::to_owned).chain(more).collect();
            written.is_chain(&Digest::of(bytes)) && verify(status, bytes, &types).is_verified()
        })
    }

    /// The files of a directory, for the module `cni`.
    pub(in crate::plan) fn listing<'n>(&'n self, dir: &'n HostPath) -> Listing<'n> {
        self.entries(dir).collect()
    }

    /// The files of a directory, each with its name.
    pub(in crate::plan) fn entries<'n>(
        &'n self,
        dir: &'n HostPath,
    ) -> impl Iterator<Item = (&'n str, Listed<'n>)> {
        self.node.files_in(dir).filter_map(|(name, observed)| match observed {
            Observed::Present(file) => Some(match &file.content {
                Content::Bytes(bytes) => (name, Listed::Bytes(bytes.clone())),
                Content::Unread(why) => (name, Listed::Unreadable(why)),
                Content::Digest(_) => (name, Listed::Unreadable("only its hash was taken")),
            }),
            Observed::Unknown(why) => Some((name, Listed::Unreadable(why))),
            Observed::Absent => self.dangling(dir, name),
        })
    }

    /// A listed name that leads nowhere. It counts, because libcni tries to read it and fails.
    fn dangling<'n>(&'n self, dir: &HostPath, name: &'n str) -> Option<(&'n str, Listed<'n>)> {
        let dir = self.node.dirs.get(dir)?.present()?;
        // go-cni ignores directories of any name (`opts.go`).
        let dangling = dir.names.contains(name) && !dir.dirs.contains(name);
        // A listing has this character for a byte that is not UTF-8. The runtime reads bytes and loads such a file.
        let why = if name.contains(char::REPLACEMENT_CHARACTER) {
            "its name is not UTF-8, so this program does not read it; rename the file"
        } else {
            "it is a dangling symbolic link"
        };
        dangling.then_some((name, Listed::Unreadable(why)))
    }

    /// True for an output file: of this owner, by name or by record, or of another owner.
    fn is_output(&self, dir: &HostPath, name: &str) -> bool {
        let by_name =
            [format!("05-{}.conflist", self.desired.owner), format!("00-{}.conflist", self.desired.owner)];
        let given = self.desired.output_file();
        if dir == &self.desired.dirs.conf
            && self.desired.layout != Layout::InPlace
            && (given == Some(name) || given.is_none() && by_name.iter().any(|own| own == name))
        {
            return true;
        }
        let path = dir.join(name);
        self.records
            .values()
            .flatten()
            .flat_map(|record| record.of_kind(Kind::Chain))
            .any(|(chain, written)| written.place.is_own() && chain == path)
    }
}

/// True if a list runs `plugin` through another plugin.
fn delegates_to(conflist: &Conflist, plugin: &str) -> bool {
    conflist.delegates() && conflist.contains_type_deep(plugin)
}
