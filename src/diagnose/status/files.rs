//! One verdict for each entry of the conf dir, as the runtime reads them.

use crate::cni::{Conflist, Listing, Unloadable, Violation, extension};
use crate::diagnose::view::View;
use crate::node::{Digest, Kind, Observed};
use crate::plan::appended;
use crate::report::status::{ConfDir, ConfFile, Verdict};

pub(super) fn conf_dir(view: &View<'_>) -> ConfDir {
    let path = view.conf_dir.as_str().to_owned();
    let (reason, files) = match view.node.dirs.get(&view.conf_dir) {
        Some(Observed::Present(dir)) => {
            let judged = Judged { view, listing: view.listing(), loads: view.loads() };
            (None, dir.names.iter().map(|name| judged.file(name)).collect())
        }
        Some(Observed::Absent) => (Some("the directory does not exist".to_owned()), Vec::new()),
        Some(Observed::Unknown(why)) => (Some(format!("it cannot be read: {why}")), Vec::new()),
        None => (Some("it was not looked at".to_owned()), Vec::new()),
    };
    ConfDir { path, reason, files }
}

/// The directory, and what the runtime would load from it.
struct Judged<'v> {
    view: &'v View<'v>,
    listing: Listing<'v>,
    loads: Result<Vec<(&'v str, Conflist)>, Unloadable>,
}

impl Judged<'_> {
    fn file(&self, name: &str) -> ConfFile {
        let is_entry = self.listing.names().any(|entry| entry == name);
        let (verdict, why, place) = if extension(name).is_none() || !is_entry {
            (Verdict::Ignored, self.ignored(name), (0, 0))
        } else if let Some(why) = self.view.hidden(name) {
            (Verdict::Unseen, why.to_owned(), (0, 0))
        } else {
            match self.listing.read(name, self.view.rules()) {
                Some(Ok(conflist)) => self.right(name, &conflist),
                Some(Err(violation)) => self.broken(name, &violation),
                None => (Verdict::Unseen, "it was not read".to_owned(), (0, 0)),
            }
        };
        let (line, column) = place;
        ConfFile { name: name.to_owned(), verdict, why, line, column, chain_of: self.owner(name) }
    }

    fn ignored(&self, name: &str) -> String {
        let path = self.view.conf_dir.join(name);
        let more = self.view.winner.as_ref().and_then(|winner| {
            let files = appended(self.view.node, &self.view.conf_dir, &winner.conflist).ok()?;
            files.iter().any(|(file, _)| file.parent() == path).then_some(winner.name)
        });
        let entry = self.view.node.observations.entries.get(&path).and_then(Observed::present);
        match (more, entry.is_some_and(|entry| entry.is_dir)) {
            (Some(winner), _) => format!("a directory; the runtime adds its *.conf files to {winner}"),
            (None, true) => "a directory".to_owned(),
            (None, false) if extension(name).is_some() => "not a file".to_owned(),
            (None, false) => "its name does not end in .conf, .conflist or .json".to_owned(),
        }
    }

    fn right(&self, name: &str, conflist: &Conflist) -> (Verdict, String, (usize, usize)) {
        let network = format!("{:?}: {}", conflist.network(), conflist.types().join(" -> "));
        let (verdict, why) = match &self.loads {
            Ok(files) if files.iter().any(|(loaded, _)| *loaded == name) => (Verdict::Loads, network),
            Ok(files) => {
                let first: Vec<&str> = files.iter().map(|(loaded, _)| *loaded).collect();
                (Verdict::Shadowed, format!("{network}; {} comes first", first.join(", ")))
            }
            Err(Unloadable { name: broken, .. }) => (
                Verdict::Blocked,
                format!("{network}; while {broken} does not load, the runtime loads no file"),
            ),
        };
        (verdict, why, (0, 0))
    }

    fn broken(&self, name: &str, violation: &Violation) -> (Verdict, String, (usize, usize)) {
        let decides = match &self.loads {
            Err(unloadable) => unloadable.name == name,
            Ok(_) => false,
        };
        let more = if decides { "; the runtime loads no file because of it" } else { "" };
        (Verdict::Broken, format!("it {}{more}", violation.message), (violation.line, violation.column))
    }

    /// The owner that published these bytes.
    fn owner(&self, name: &str) -> Option<String> {
        let path = self.view.conf_dir.join(name);
        let digest = Digest::of(self.view.node.bytes(&path)?);
        let records = self.view.node.records();
        let owns = records.into_iter().filter(|(_, record)| {
            record.as_ref().is_ok_and(|record| {
                record.of_kind(Kind::Chain).any(|(chain, written)| chain == path && written.is_chain(&digest))
            })
        });
        let owners: Vec<String> = owns.map(|(owner, _)| owner).collect();
        (!owners.is_empty()).then(|| owners.join(", "))
    }
}
