//! Patterns as Go's `path/filepath` matches them, for `imports`.

use std::collections::{BTreeMap, BTreeSet};

use crate::node::HostPath;

/// The names in a directory; `None` where there is no such directory.
pub type Listings = BTreeMap<HostPath, Option<Vec<String>>>;

/// A pattern that Go calls malformed (`[` without `]`, a lonely `\`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// What a pattern names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// These files, in the order in which Go's `Glob` gives them.
    Paths(Vec<HostPath>),
    /// It takes a look into these directories to say.
    Unlisted(BTreeSet<HostPath>),
}

/// Expands an absolute, cleaned pattern.
pub(crate) fn expand(pattern: &str, listings: &Listings) -> Result<Expansion, Malformed> {
    let mut found = vec![HostPath::root()];
    let mut unlisted = BTreeSet::new();
    let mut listed = false;
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        matches(part, "")?;
        // Before the first wildcard nothing has to exist; after it, Go looks each part up in its directory.
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
                    let mut names: Vec<&String> =
                        names.iter().filter(|name| matches(part, name) == Ok(true)).collect();
                    names.sort();
                    next.extend(names.into_iter().map(|name| dir.join(name)));
                }
            }
        }
        found = next;
    }
    Ok(if unlisted.is_empty() { Expansion::Paths(found) } else { Expansion::Unlisted(unlisted) })
}

/// Go's `filepath.Match` for one component.
pub(crate) fn matches(pattern: &str, name: &str) -> Result<bool, Malformed> {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    well_formed(&pattern)?;
    Ok(matches_from(&pattern, &name))
}

fn well_formed(mut pattern: &[char]) -> Result<(), Malformed> {
    while let Some(first) = pattern.first() {
        pattern = match first {
            '\\' => pattern.get(2..).ok_or(Malformed)?,
            '[' => &pattern[class(pattern, '\0').ok_or(Malformed)?.1..],
            _ => &pattern[1..],
        };
    }
    Ok(())
}

fn matches_from(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skip| matches_from(rest, &name[skip..])),
        ['?', rest @ ..] => !name.is_empty() && matches_from(rest, &name[1..]),
        ['[', ..] => name.first().is_some_and(|&char| {
            class(pattern, char)
                .is_some_and(|(inside, used)| inside && matches_from(&pattern[used..], &name[1..]))
        }),
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            name.first() == Some(literal) && matches_from(rest, &name[1..])
        }
    }
}

/// Reads `[...]` at the start: whether `char` is in it, and its length. `None` if it is malformed.
fn class(pattern: &[char], char: char) -> Option<(bool, usize)> {
    let mut at = 1;
    let negated = pattern.get(at) == Some(&'^');
    at += usize::from(negated);
    let mut inside = false;
    let mut ranges = 0;
    loop {
        if pattern.get(at) == Some(&']') && ranges > 0 {
            return Some((inside != negated, at + 1));
        }
        let low = class_char(pattern, &mut at)?;
        let high = if pattern.get(at) == Some(&'-') {
            at += 1;
            class_char(pattern, &mut at)?
        } else {
            low
        };
        inside |= (low..=high).contains(&char);
        ranges += 1;
    }
}

fn class_char(pattern: &[char], at: &mut usize) -> Option<char> {
    if matches!(pattern.get(*at), None | Some('-' | ']')) {
        return None;
    }
    if pattern[*at] == '\\' {
        *at += 1;
    }
    let char = *pattern.get(*at)?;
    *at += 1;
    Some(char)
}

#[cfg(test)]
mod tests {
    use super::{Expansion, Listings, Malformed, expand, matches};
    use crate::node::HostPath;

    #[test]
    fn one_component_matches_as_in_go() {
        for (pattern, name, expected) in [
            ("*.toml", "a.toml", Ok(true)),
            ("*.toml", ".hidden.toml", Ok(true)),
            ("*.toml", "a.toml.bak", Ok(false)),
            ("a?c", "abc", Ok(true)),
            ("[a-c]*", "beta", Ok(true)),
            ("[^a-c]*", "beta", Ok(false)),
            ("[-a]", "-", Err(Malformed)),
            ("\\*", "*", Ok(true)),
            ("\\*", "a", Ok(false)),
            ("[a", "a", Err(Malformed)),
            ("[]", "a", Err(Malformed)),
            ("a\\", "a", Err(Malformed)),
            ("*ä*", "xäy", Ok(true)),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn a_pattern_asks_for_the_directories_it_needs_and_sorts_what_it_finds() {
        let path = |text: &str| HostPath::new(text).unwrap();
        let mut listings = Listings::new();
        let Ok(Expansion::Unlisted(wanted)) = expand("/etc/c/*/x.toml", &listings) else { panic!() };
        assert_eq!(wanted.into_iter().collect::<Vec<_>>(), [path("/etc/c")]);
        listings.insert(path("/etc/c"), Some(vec!["b".into(), "a".into()]));
        let Ok(Expansion::Unlisted(wanted)) = expand("/etc/c/*/x.toml", &listings) else { panic!() };
        assert_eq!(wanted.into_iter().collect::<Vec<_>>(), [path("/etc/c/a"), path("/etc/c/b")]);
        listings.insert(path("/etc/c/a"), None);
        listings.insert(path("/etc/c/b"), Some(vec!["x.toml".into(), "y.toml".into()]));
        assert_eq!(expand("/etc/c/*/x.toml", &listings), Ok(Expansion::Paths(vec![path("/etc/c/b/x.toml")])));
    }
}
