//! The files that the patterns of `imports` match, as in Go's `filepath.Glob`.

use std::collections::{BTreeMap, BTreeSet};

use crate::glob::{Malformed, Pattern};
use crate::node::HostPath;

/// The names in each directory; `None` for a directory that does not exist.
pub type Listings = BTreeMap<HostPath, Option<Vec<String>>>;

/// The result of expanding a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// These files match, in the order of Go's `Glob`.
    Paths(Vec<HostPath>),
    /// These directories must be listed first.
    Unlisted(BTreeSet<HostPath>),
}

/// Expands an absolute, cleaned pattern.
pub(crate) fn expand(pattern: &str, listings: &Listings) -> Result<Expansion, Malformed> {
    let mut found = vec![HostPath::root()];
    let mut unlisted = BTreeSet::new();
    let mut listed = false;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let fits = Pattern::new(part)?;
        // Go checks no part before the first wildcard; after it, it looks up each part in its directory.
        if !listed && !part.contains(['*', '?', '[', '\\']) {
            found = found.iter().map(|dir| dir.join(part)).collect();
            continue;
        }
        listed = true;
        let mut next = Vec::new();
        for dir in found {
            match listings.get(&dir) {
                None => {
                    unlisted.insert(dir);
                }
                Some(None) => {}
                Some(Some(names)) => {
                    let mut names: Vec<&String> = names.iter().filter(|name| fits.matches(name)).collect();
                    names.sort();
                    next.extend(names.into_iter().map(|name| dir.join(name)));
                }
            }
        }
        found = next;
    }
    Ok(if unlisted.is_empty() { Expansion::Paths(found) } else { Expansion::Unlisted(unlisted) })
}

#[cfg(test)]
mod tests {
    use super::{Expansion, Listings, Malformed, expand};
    use crate::node::HostPath;

    #[test]
    fn a_pattern_asks_for_the_directories_it_needs_and_sorts_what_it_finds() {
        let path = |text: &str| HostPath::new(text).unwrap();
        let mut listings = Listings::new();
        let Ok(Expansion::Unlisted(desired)) = expand("/etc/c/*/x.toml", &listings) else { panic!() };
        assert_eq!(desired.into_iter().collect::<Vec<_>>(), [path("/etc/c")]);
        listings.insert(path("/etc/c"), Some(vec!["b".into(), "a".into()]));
        let Ok(Expansion::Unlisted(desired)) = expand("/etc/c/*/x.toml", &listings) else { panic!() };
        assert_eq!(desired.into_iter().collect::<Vec<_>>(), [path("/etc/c/a"), path("/etc/c/b")]);
        listings.insert(path("/etc/c/a"), None);
        listings.insert(path("/etc/c/b"), Some(vec!["x.toml".into(), "y.toml".into()]));
        assert_eq!(expand("/etc/c/*/x.toml", &listings), Ok(Expansion::Paths(vec![path("/etc/c/b/x.toml")])));
    }

    /// A regression: `*a*a*...b` took minutes.
    #[test]
    fn a_pattern_of_many_stars_ends() {
        let dir = HostPath::new("/etc/c").unwrap();
        let listings = Listings::from([(dir.clone(), Some(vec!["a".repeat(255), "b".to_owned()]))]);
        let pattern = format!("/etc/c/{}b", "*a".repeat(100));
        assert_eq!(expand(&pattern, &listings), Ok(Expansion::Paths(vec![])));
        assert_eq!(expand("/etc/c/*[", &listings), Err(Malformed));
        assert_eq!(expand("/etc/c/*b", &listings), Ok(Expansion::Paths(vec![dir.join("b")])));
    }
}
