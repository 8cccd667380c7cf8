//! File name patterns.

/// Whether the file name `name` fits `pattern`: `*` stands for any text, `?` for one character, `[a-z]` and `[!a-z]`
/// for one of a set. A `[` that nothing closes stands for itself.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where to go on if what follows the last star does not fit: one more character for the star.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&'*') {
            retry = Some((p + 1, n));
            p += 1;
            continue;
        }
        let step = name.get(n).and_then(|&char| one(&pattern[p..], char));
        if let Some(length) = step {
            p += length;
            n += 1;
        } else if p == pattern.len() && n == name.len() {
            return true;
        } else if let Some((after_star, taken)) = retry.filter(|&(_, taken)| taken < name.len()) {
            retry = Some((after_star, taken + 1));
            (p, n) = (after_star, taken + 1);
        } else {
            return false;
        }
    }
}

/// How many characters of the pattern stand for `char`, if it begins with something that does.
fn one(pattern: &[char], char: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match set(pattern, char) {
            Some((length, fits)) => fits.then_some(length),
            None => (char == '[').then_some(1),
        },
        literal => (*literal == char).then_some(1),
    }
}

/// The length of the set that the pattern begins with, and whether `char` is in it.
fn set(pattern: &[char], char: char) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let first = if negated { 2 } else { 1 };
    let end = first + 1 + pattern.get(first + 1..)?.iter().position(|&c| c == ']')?;
    let mut members = &pattern[first..end];
    let mut found = false;
    while let Some((&low, rest)) = members.split_first() {
        if let ['-', high, rest @ ..] = rest {
            found |= (low..=*high).contains(&char);
            members = rest;
        } else {
            found |= low == char;
            members = rest;
        }
    }
    Some((end + 1, found != negated))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, name) in [
            ("*", ""),
            ("*.conflist", "10-azure.conflist"),
            ("1?-azure*", "15-azure-swift-overlay.conflist"),
            ("*a*b", "aaxbxb"),
            ("[01][0-9]-*", "05-x"),
            ("[!2-9]*", "10"),
            ("[]x]", "]"),
            ("[a", "[a"),
            ("é?", "éß"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("?", ""),
            ("*.conf", "a.conflist"),
            ("[!0-9]*", "10"),
            ("a*b*c", "abxb"),
            ("[a-c]", "d"),
            ("[a", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
