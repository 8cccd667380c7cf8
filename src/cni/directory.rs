//! The files that the runtime would load from a configuration directory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conflist::Conflist;
use super::rules::{Libcni, extension};
use super::violation::{Rule, Violation};

/// The content of a directory entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// The bytes of the file, or of the file that a symbolic link leads to.
    Bytes(Arc<[u8]>),
    /// The entry cannot be read, for this reason (a link that leads nowhere or to a directory, an I/O error).
    Unreadable(&'a str),
}

/// The entries of a configuration directory, without its subdirectories, in byte order as the runtime reads them. A
/// symbolic link to a directory is an entry, because the runtime tries to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing<'a>(BTreeMap<&'a str, Content<'a>>);

/// A file that the runtime refuses, so that it loads no file at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {violation}")]
pub struct Unloadable {
    /// The file's name.
    pub name: String,
    /// The rule that the file breaks.
    pub violation: Violation,
}

impl<'a> FromIterator<(&'a str, Content<'a>)> for Listing<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Content<'a>)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<'a> Listing<'a> {
    /// All names in byte order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }

    /// The names that the runtime reads, in its order (go-cni `opts.go`, `loadFromConfDir`).
    pub fn loadable(&self) -> impl Iterator<Item = &'a str> {
        self.names().filter(|name| extension(name).is_some())
    }

    /// The same listing without the names for which `gone` is true.
    #[must_use]
    pub fn without(&self, gone: impl Fn(&str) -> bool) -> Self {
        self.0
            .iter()
            .filter(|(name, _)| !gone(name))
            .map(|(name, content)| (*name, content.clone()))
            .collect()
    }

    /// Reads the file called `name` by the rules of a release; `None` if the file does not exist.
    pub fn read(&self, name: &str, rules: Libcni) -> Option<Result<Conflist, Violation>> {
        Some(match self.0.get(name)? {
            Content::Bytes(bytes) => Conflist::of(name, bytes, rules),
            Content::Unreadable(why) => {
                Err(Violation::whole(Rule::Readable, format!("cannot be read: {why}")))
            }
        })
    }
}

/// The limit of values in all files that are loaded at once, as many as four files of the largest kind have. A runtime
/// without a limit loads all files, and each of them may be within the limit for one file.
const MOST_VALUES: usize = 1 << 18;

/// The networks that a runtime with this `max_conf_num` would load, in order; all of them if it is zero or negative.
/// One bad file within the limit fails the whole load: the runtime skips no file (go-cni `opts.go`,
/// `loadFromConfDir`). Without any file the list is empty, which the runtime reports as "not initialized".
pub fn would_load<'a>(
    listing: &Listing<'a>,
    max_conf_num: i64,
    rules: Libcni,
) -> Result<Vec<(&'a str, Conflist)>, Unloadable> {
    let limit = usize::try_from(max_conf_num).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
    let mut values = 0;
    listing
        .loadable()
        .take(limit)
        .filter_map(|name| Some((name, listing.read(name, rules)?)))
        .map(|(name, read)| {
            let refused = |violation| Unloadable { name: name.to_owned(), violation };
            let conflist = read.map_err(refused)?;
            values += conflist.values();
            if values > MOST_VALUES {
                let message = format!(
                    "has, with the files before it, more than {MOST_VALUES} values; no node has that many, so this \
                     program does not read it"
                );
                return Err(refused(Violation::whole(Rule::Readable, message)));
            }
            Ok((name, conflist))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] = br#"{"name":"n","plugins":[{"type":"a"}]}"#;
    const EMPTY: &[u8] = b"";

    fn loaded(entries: &[(&'static str, &[u8])], max: i64) -> Result<Vec<&'static str>, String> {
        let entries = entries.iter().map(|(name, bytes)| (*name, Content::Bytes((*bytes).into())));
        names(&entries.collect(), max)
    }

    fn names(listing: &Listing<'static>, max: i64) -> Result<Vec<&'static str>, String> {
        would_load(listing, max, Libcni::V1_1)
            .map(|files| files.into_iter().map(|(name, _)| name).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn all_files_of_a_runtime_without_a_limit_are_held_within_bounds() {
        let large =
            format!("{{\"name\":\"n\",\"plugins\":[{{\"type\":\"a\",\"x\":[{}0]}}]}}", "0,".repeat(65_000));
        let names: Vec<String> = (0..256).map(|at| format!("{at:03}.conflist")).collect();
        let bytes: Arc<[u8]> = large.as_bytes().into();
        let listing: Listing<'_> =
            names.iter().map(|name| (name.as_str(), Content::Bytes(Arc::clone(&bytes)))).collect();
        assert_eq!(would_load(&listing, 4, Libcni::V1_1).unwrap().len(), 4);
        let refused = would_load(&listing, 0, Libcni::V1_1).unwrap_err();
        assert_eq!((refused.name.as_str(), refused.violation.rule), ("004.conflist", Rule::Readable));
    }

    #[test]
    fn files_are_taken_in_byte_order_up_to_the_limit() {
        let entries = [
            ("a.conflist", GOOD),
            ("A.conflist", GOOD),
            ("10.conflist", GOOD),
            ("-.conflist", GOOD),
            (".z.conflist", GOOD),
        ];
        assert_eq!(loaded(&entries, 1).unwrap(), ["-.conflist"]);
        assert_eq!(loaded(&entries, 2).unwrap(), ["-.conflist", ".z.conflist"]);
        for all in [0, -1, i64::MIN, 9] {
            assert_eq!(loaded(&entries, all).unwrap().len(), 5);
        }
        assert_eq!(loaded(&[], 1).unwrap(), [""; 0]);
    }

    #[test]
    fn a_bad_file_fails_the_load_only_before_the_limit() {
        let entries = [("10.conflist", GOOD), ("99.conflist", EMPTY), ("00.conflist.bak", EMPTY)];
        assert!(loaded(&entries, 1).is_ok());
        assert_eq!(loaded(&entries, 0).unwrap_err(), "99.conflist is 0 bytes");
        let dangling = [
            ("10.conflist", Content::Unreadable("no such file")),
            ("20.conflist", Content::Bytes(GOOD.into())),
        ];
        assert_eq!(
            names(&dangling.into_iter().collect(), 1).unwrap_err(),
            "10.conflist cannot be read: no such file"
        );
    }
}
