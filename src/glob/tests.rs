use proptest::prelude::*;

use super::{Malformed, Pattern};

fn matches(pattern: &str, name: &str) -> Result<bool, Malformed> {
    Ok(Pattern::new(pattern)?.matches(name))
}

/// The cases of Go's own `path/filepath/match_test.go`, and some with names of this program's files.
#[test]
fn patterns_match_as_in_go() {
    for (pattern, name, expected) in [
        ("abc", "abc", Ok(true)),
        ("*", "abc", Ok(true)),
        ("*", "", Ok(true)),
        ("", "", Ok(true)),
        ("", "a", Ok(false)),
        ("?", "", Ok(false)),
        ("*c", "abc", Ok(true)),
        ("a*", "a", Ok(true)),
        ("a*", "ab/c", Ok(false)),
        ("a*/b", "abc/b", Ok(true)),
        ("a*/b", "a/c/b", Ok(false)),
        ("a*b*c*d*e*/f", "axbxcxdxe/f", Ok(true)),
        ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", Ok(false)),
        ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
        ("a*b?c*x", "abxbbxdbxebxczzy", Ok(false)),
        ("ab[c]", "abc", Ok(true)),
        ("ab[e-g]", "abc", Ok(false)),
        ("ab[^c]", "abc", Ok(false)),
        ("ab[^e-g]", "abc", Ok(true)),
        ("a\\*b", "a*b", Ok(true)),
        ("a\\*b", "ab", Ok(false)),
        ("a?b", "a☺b", Ok(true)),
        ("a[^a]b", "a☺b", Ok(true)),
        ("a???b", "a☺b", Ok(false)),
        ("[a-ζ]*", "α", Ok(true)),
        ("*[a-ζ]", "A", Ok(false)),
        ("a?b", "a/b", Ok(false)),
        ("a*b", "a/b", Ok(false)),
        ("[\\]a]", "]", Ok(true)),
        ("[\\-]", "-", Ok(true)),
        ("[x\\-]", "-", Ok(true)),
        ("[\\-x]", "z", Ok(false)),
        ("[]a]", "]", Err(Malformed)),
        ("[-]", "-", Err(Malformed)),
        ("[x-]", "x", Err(Malformed)),
        ("[-x]", "x", Err(Malformed)),
        ("[a-b-c]", "a", Err(Malformed)),
        ("[", "a", Err(Malformed)),
        ("[^", "a", Err(Malformed)),
        ("[^bc", "a", Err(Malformed)),
        ("a[", "a", Err(Malformed)),
        ("a[", "ab", Err(Malformed)),
        ("[]", "a", Err(Malformed)),
        ("a\\", "a", Err(Malformed)),
        ("*x", "xxx", Ok(true)),
        ("[!a]", "!", Ok(true)),
        ("*.toml", ".hidden.toml", Ok(true)),
        ("*.toml", "a.toml.bak", Ok(false)),
        ("1?-azure*", "15-azure-swift-overlay.conflist", Ok(true)),
        ("[01][0-9]-*", "05-x", Ok(true)),
        ("a*b*c", "abxb", Ok(false)),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
    }
}

/// The match ends: a matcher that tries every star again would run almost forever.
#[test]
fn many_stars_are_no_trap() {
    let pattern = Pattern::new(&"*a".repeat(5_000)).unwrap();
    assert!(!pattern.matches(&"a".repeat(4_999)));
    assert!(Pattern::new(&format!("{}b", "*a".repeat(40))).is_ok_and(|p| !p.matches(&"a".repeat(4_096))));
    assert!(Pattern::new(&"*".repeat(100_000)).is_ok_and(|p| p.matches(&"a".repeat(255))));
}

/// The grammar, tried in every way: the reference for names without separators. (With a separator Go itself differs
/// from the grammar: a set may match a separator that the star before it could have left to the next part.)
fn naive(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len())
            .take_while(|skip| !name[..*skip].contains(&'/'))
            .any(|skip| naive(rest, &name[skip..])),
        ['?', rest @ ..] => name.first().is_some_and(|char| *char != '/') && naive(rest, &name[1..]),
        ['[', rest @ ..] => {
            let (members, rest) = naive_set(rest);
            let Some(char) = name.first() else { return false };
            members(*char) && naive(rest, &name[1..])
        }
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            name.first() == Some(literal) && naive(rest, &name[1..])
        }
    }
}

/// The set after a `[` as a function, and the text after its `]`. The pattern is well formed.
fn naive_set(pattern: &[char]) -> (Box<dyn Fn(char) -> bool>, &[char]) {
    let (negated, mut rest) = match pattern {
        ['^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut members: Vec<(char, char)> = Vec::new();
    let one = |rest: &mut &[char]| {
        let escaped = usize::from(rest[0] == '\\');
        let char = rest[escaped];
        *rest = &rest[escaped + 1..];
        char
    };
    while rest[0] != ']' || members.is_empty() {
        let low = one(&mut rest);
        let high = if rest[0] == '-' {
            rest = &rest[1..];
            one(&mut rest)
        } else {
            low
        };
        members.push((low, high));
    }
    let inside = move |char| members.iter().any(|(low, high)| (*low..=*high).contains(&char)) != negated;
    (Box::new(inside), &rest[1..])
}

/// Patterns with every part of the grammar, many of them malformed. They use few characters, so that they often
/// match.
fn pattern() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            4 => "[ab]",
            3 => Just("*".to_owned()),
            1 => Just("?".to_owned()),
            1 => Just("/".to_owned()),
            2 => "\\[\\^?[a-c](-[a-c])?[ab]?\\]",
            1 => r"\\[ab*\[]",
            1 => r"[\[\]\-\\^!]",
        ],
        0..9,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn it_matches_what_the_grammar_says(pattern in pattern(), name in "[abc*\\[\\]é]{0,8}") {
        if let Ok(read) = Pattern::new(&pattern) {
            let (chars, letters): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
            prop_assert_eq!(read.matches(&name), naive(&chars, &letters));
        }
    }

    #[test]
    fn no_pattern_panics(pattern in ".*", name in ".*") {
        let _ = Pattern::new(&pattern).map(|pattern| pattern.matches(&name));
    }

    #[test]
    fn an_escaped_name_is_itself(name in "[^/]{0,12}") {
        let escaped: String = name.chars().flat_map(|char| ['\\', char]).collect();
        prop_assert!(Pattern::new(&escaped).unwrap().matches(&name));
    }
}
