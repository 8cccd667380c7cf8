//! Words that are not used: one thing has one name, and a person who reads about it for the first time knows that name.
//!
//! Names of types are compared as they are. Words and phrases are looked for in names, comments, documents and in the texts
//! that the program prints, in any case, as whole words.

use std::collections::BTreeSet;

use crate::names::{File, files};
use crate::scan::{strings, words};

/// Types that had another name once, and what each is called.
const TYPES: &[(&str, &str)] = &[
    ("Turner", "Reconciler"),
    ("Sight", "Observed"),
    ("Facts", "PlanContext"),
    ("Wanted", "Desired"),
    ("Past", "History"),
    ("Next", "Decision"),
    ("Rest", "Outcome"),
    ("Wish", "Setting"),
    ("Wishes", "RuntimeConfig"),
    ("Wished", "LiveConfig or OriginalConfig"),
    ("CgroupWish", "Setting"),
    ("Glance", "ReadRequest"),
    ("Survey", "CheckObservations"),
    ("RunBy", "RestartMethod"),
    ("Holds", "Verification"),
    ("Told", "CommandOutput"),
    ("Ended", "ParseExit"),
    ("Pace", "LoopOptions"),
    ("Whose", "ApplyContext"),
    ("Trouble", "ApplyError"),
    ("Visit", "HostCommand"),
    ("GivingBack", "Uninstall"),
];

/// Words and phrases that are used nowhere, and what to write.
const ANYWHERE: &[(&str, &str)] = &[
    ("turner", "reconciler"),
    ("glance", "read request"),
    ("wish", "setting, or desired value"),
    ("wishes", "settings, or desired values"),
    ("wished", "desired"),
    ("unheeded", "ignored"),
    ("withdrawn", "uninstalled"),
    ("dead-man", "rollback timer"),
    ("dead man", "rollback timer"),
    ("house", "architecture"),
    ("storey", "layer"),
    ("storeys", "layers"),
    ("eyes", "observe"),
    ("hands and eyes", "effects"),
    ("otherwise than", "a sentence that says what is so"),
    ("by whatever name", "a sentence that says which"),
    ("is to be had", "a sentence that says what is available"),
    ("none is to be had", "unavailable"),
    ("rooms", "modules"),
    ("the mind", "the functional core"),
];

/// What no person is told: the program has a name.
const NOT_TOLD: &[(&str, &str)] = &[
    ("we", "cni-bootstrap, or this program"),
    ("us", "cni-bootstrap, or this program"),
    ("our", "cni-bootstrap's"),
    ("ours", "cni-bootstrap's"),
    ("ourselves", "cni-bootstrap"),
];

/// Texts with the line that each begins in.
type Texts = Vec<(usize, String)>;

/// One line for each place where `text` has one of the words, as `file:line: word: what to write`.
fn found(file: &File, texts: &Texts, unused: &[(&str, &str)]) -> Vec<String> {
    let mut places = Vec::new();
    for (line, text) in texts {
        let text = plain(text);
        for (word, instead) in unused {
            if text.contains(&plain(word)) {
                places.push(format!("{}:{line}: {word}: write {instead}", file.name));
            }
        }
    }
    places
}

/// The words of a text in lower case with one blank around each, so that a phrase is found over the end of a line, and in
/// a name as its parts.
fn plain(text: &str) -> String {
    let mut plain = String::from(" ");
    let mut before = ' ';
    for c in text.chars() {
        if c.is_alphanumeric() || c == '-' && before.is_alphanumeric() {
            if c.is_uppercase() && before.is_lowercase() {
                plain.push(' ');
            }
            plain.extend(c.to_lowercase());
        } else if !plain.ends_with(' ') {
            plain.push(' ');
        }
        before = c;
    }
    plain.trim_end_matches(' ').to_owned() + " "
}

/// Comments, joined where they follow each other, so that a phrase is found over two lines.
fn comments(file: &File) -> Texts {
    let mut joined: Texts = Vec::new();
    let mut last = 0;
    for (line, text) in file.prose() {
        let text = text.trim_start_matches(['/', '!', '*', ' ', '#']).to_owned();
        match joined.last_mut() {
            Some((_, before)) if last + 1 == line && !text.is_empty() => {
                before.push(' ');
                before.push_str(&text);
            }
            _ => joined.push((line, text)),
        }
        last = line;
    }
    joined
}

/// What a person is told: documents, manual pages and help as they are, of code the literals outside of its tests.
fn told(file: &File) -> Texts {
    let is_text = file.is_document() || file.name.starts_with("docs/");
    if is_text || file.name == "src/cli/args.rs" {
        return comments(file);
    }
    if !file.is_rust() || !file.name.starts_with("src/") || is_of_tests(&file.name) {
        return Texts::new();
    }
    let program = file.text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
    // A sentence has blanks; a unit, a key or a name that is stored has none.
    strings(program).into_iter().filter(|(_, text)| text.contains(' ')).collect()
}

fn is_of_tests(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/") || name.ends_with("properties.rs")
}

/// The names of a file of code.
fn names(file: &File) -> Texts {
    if file.is_rust() { words(&file.text).into_iter().map(|word| (0, word)).collect() } else { Texts::new() }
}

/// The lists here and what older releases wrote.
fn is_left_out(file: &File) -> bool {
    file.name == "tests/architecture/words.rs" || file.name.contains("/testdata/")
}

#[test]
fn old_names_of_types_are_gone() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.is_rust()) {
        let words = words(&file.text);
        for (old, name) in TYPES {
            if words.iter().any(|word| word == old) {
                wrong.push(format!("{}: {old} is called {name}", file.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_that_are_not_used_are_gone() {
    let mut wrong = BTreeSet::new();
    for file in files().iter().filter(|file| !is_left_out(file)) {
        for texts in [comments(file), told(file), names(file)] {
            wrong.extend(found(file, &texts, ANYWHERE));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The texts that say what a thing "is no", as `file:line: the words`. A reader who learned English at school takes "is
/// not a" at first sight.
fn inverted(file: &File, texts: &Texts) -> Vec<String> {
    let mut places = Vec::new();
    for (line, text) in texts {
        let text = plain(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        for at in words.windows(4) {
            let is_no = matches!(at[1], "is" | "are" | "was" | "were") && at[2] == "no";
            if is_no && at[0] != "there" && at[3] != "longer" {
                places.push(format!("{}:{line}: {}: write \"not a\"", file.name, at.join(" ")));
            }
        }
    }
    places
}

#[test]
fn a_thing_is_not_another_and_never_is_no_other() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| !is_left_out(file)) {
        wrong.extend(inverted(file, &comments(file)));
        wrong.extend(inverted(file, &told(file)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let text = "/// The port is no\n/// number. There is no other, and it is no longer one.\n";
    let code = File { name: "src/a.rs".to_owned(), text: text.to_owned() };
    assert_eq!(inverted(&code, &comments(&code)), ["src/a.rs:1: port is no number: write \"not a\""]);
}

#[test]
fn no_person_is_told_of_us() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files().iter().filter(|file| !is_left_out(file)) {
        let texts = told(file);
        count += texts.len();
        wrong.extend(found(file, &texts, NOT_TOLD));
    }
    assert!(count > 1500, "only {count} texts");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_word_is_found_in_names_and_over_lines_and_not_within_another() {
    let file = |name: &str, text: &str| File { name: name.to_owned(), text: text.to_owned() };
    let code = "// by\n// whatever name\nfn the_wish() {}\n/// No wishful dishwasher.\nstruct WishList;\n";
    let code = file("src/a.rs", code);
    assert_eq!(
        found(&code, &comments(&code), ANYWHERE),
        ["src/a.rs:1: by whatever name: write a sentence that says which"]
    );
    assert_eq!(found(&code, &names(&code), ANYWHERE).len(), 2);
    let code = file(
        "src/a.rs",
        "// we\nconst A: &str = \"as we say\";\n#[cfg(test)]\nmod tests { const B: &str = \"ours\"; }",
    );
    assert_eq!(
        found(&code, &told(&code), NOT_TOLD),
        ["src/a.rs:2: we: write cni-bootstrap, or this program"]
    );
    let document = file("README.md", "What is\nOURS. Bus, Austria's\n");
    assert_eq!(found(&document, &told(&document), NOT_TOLD), ["README.md:1: ours: write cni-bootstrap's"]);
}
