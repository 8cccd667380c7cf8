//! Finds the paths that a source file names, and their modules.
//!
//! A small scanner, not a parser of Rust: it skips comments and literals, and keeps words and signs. A path is words
//! joined by `::`, with groups in braces expanded. That is enough for `use crate::{a, b::c}` and for
//! `crate::a::b(...)` in an expression.

use std::path::{Path, PathBuf};

/// One source file.
pub(crate) struct Source {
    /// The path below `src/`.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
    /// The paths in the file, with `super`, `self` and `crate` resolved: the first word is a module of this crate
    /// (`Named::Own`) or another name.
    pub(crate) named: Vec<Named>,
}

/// A path that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A path in this crate, from its root.
    Own(Vec<String>),
    /// A path in another crate, or a name of the file itself.
    Other(Vec<String>),
}

impl Source {
    /// A file of this name with this text.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let named = paths(text, &module_of(name));
        Self { name: name.to_owned(), text: text.to_owned(), named }
    }

    /// The module of the file: the first directory, or the file at the root.
    pub(crate) fn module(&self) -> &str {
        self.name.split('/').next().unwrap().trim_end_matches(".rs")
    }

    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

/// Every source file of the program.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            Source::new(&name, &text)
        })
        .collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// `plan/mod.rs` is `[plan]`, `plan/chain/mod.rs` is `[plan, chain]`, `lib.rs` the root.
pub(crate) fn module_of(name: &str) -> Vec<String> {
    let path = name.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').filter(|part| !matches!(*part, "lib" | "main")).map(str::to_owned).collect()
}

/// The paths in a text that belongs to `module`.
pub(crate) fn paths(text: &str, module: &[String]) -> Vec<Named> {
    let words = words(text);
    let mut found = Vec::new();
    let mut module = module.to_vec();
    // The depth in braces at which each inline module begins.
    let (mut depth, mut inline) = (0_usize, Vec::new());
    let mut at = 0;
    while at < words.len() {
        match words[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "mod" if words.get(at + 2).is_some_and(|word| word == "{") => {
                module.push(words[at + 1].clone());
                inline.push(depth);
                depth += 1;
                at += 2;
            }
            word if is_name(word) && words.get(at + 1).is_some_and(|next| next == "::") => {
                let before = found.len();
                at = tree(&words, at, &mut Vec::new(), &mut found) - 1;
                for path in &mut found[before..] {
                    resolve(path, &module);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or group from `at` on. Returns the position of its end.
fn tree(words: &[String], mut at: usize, stem: &mut Vec<String>, found: &mut Vec<Named>) -> usize {
    let length = stem.len();
    loop {
        match words.get(at).map(String::as_str) {
            Some("{") => {
                at += 1;
                while words.get(at).is_some_and(|word| word != "}") {
                    at = tree(words, at, stem, found);
                    while words.get(at).is_some_and(|word| word == "as") {
                        at += 2;
                    }
                    at += usize::from(words.get(at).is_some_and(|word| word == ","));
                }
                stem.truncate(length);
                return at + 1;
            }
            Some(word) if is_name(word) || word == "*" => stem.push(word.to_owned()),
            // A turbofish, or the end of a qualified path.
            _ => at -= 1,
        }
        at += 1;
        if words.get(at).is_none_or(|word| word != "::") {
            found.push(Named::Other(stem.clone()));
            stem.truncate(length);
            return at;
        }
        at += 1;
    }
}

fn resolve(path: &mut Named, module: &[String]) {
    let Named::Other(words) = path else { return };
    let (mut at, mut base) = match words[0].as_str() {
        "crate" | "cni_bootstrap" => (1, Vec::new()),
        "self" => (1, module.to_vec()),
        "super" => (0, module.to_vec()),
        _ => return,
    };
    while words.get(at).is_some_and(|word| word == "super") {
        base.pop();
        at += 1;
    }
    base.extend(words[at..].iter().cloned());
    *path = Named::Own(base);
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The words and signs of a text, without comments and literals.
pub(crate) fn words(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") {
            at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            at += text[at..].find("*/").map_or(rest.len(), |end| end + 2);
        } else if let Some(end) = literal(rest) {
            at += end;
        } else if rest[0].is_ascii_alphanumeric() || rest[0] == b'_' {
            let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
            let end = end.unwrap_or(rest.len());
            words.push(text[at..at + end].to_owned());
            at += end;
        } else if rest.starts_with(b"::") {
            words.push("::".to_owned());
            at += 2;
        } else {
            if rest[0].is_ascii_punctuation() {
                words.push(char::from(rest[0]).to_string());
            }
            at += 1;
        }
    }
    words
}

/// The length of the literal at the start, if there is one: `"..."`, `r#"..."#`, `b"..."`, `'x'`; not for a lifetime.
fn literal(rest: &[u8]) -> Option<usize> {
    let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'r' | b'c')).count();
    let after = &rest[prefix..];
    let hashes = after.iter().take_while(|byte| **byte == b'#').count();
    if rest[..prefix].contains(&b'r') && after.get(hashes) == Some(&b'"') {
        let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
        let body = &after[hashes + 1..];
        let end = body.windows(close.len()).position(|window| window == close)?;
        return Some(prefix + hashes + 1 + end + close.len());
    }
    match after.first()? {
        b'"' => Some(prefix + 1 + closing(&after[1..], b'"')?),
        b'\'' if after.get(1) == Some(&b'\\') => Some(prefix + 1 + closing(&after[1..], b'\'')?),
        // One character of any length in UTF-8; a lifetime has no closing quote after its first character.
        b'\'' => {
            let first = std::str::from_utf8(&after[1..after.len().min(5)])
                .or_else(|error| std::str::from_utf8(&after[1..=error.valid_up_to()]));
            let length = first.ok()?.chars().next()?.len_utf8();
            (after.get(1 + length) == Some(&b'\'')).then_some(prefix + length + 2)
        }
        _ => None,
    }
}

fn closing(body: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while *body.get(at)? != quote {
        at += if body[at] == b'\\' { 2 } else { 1 };
    }
    Some(at + 1)
}

/// The comments of a text with their line numbers, and the text without them.
pub(crate) fn comments(text: &str) -> (Vec<(usize, String)>, String) {
    let (mut comments, mut code) = (Vec::new(), String::new());
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let comment = if rest.starts_with(b"//") {
            Some(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()))
        } else if rest.starts_with(b"/*") {
            Some(text[at..].find("*/").map_or(rest.len(), |end| end + 2))
        } else {
            None
        };
        let length = comment
            .or_else(|| literal(rest))
            .unwrap_or_else(|| text[at..].chars().next().map_or(1, char::len_utf8));
        let part = &text[at..at + length];
        if comment.is_some() {
            comments.push((line, part.to_owned()));
        } else {
            code.push_str(part);
        }
        line += part.matches('\n').count();
        at += length;
    }
    (comments, code)
}

/// The literals of a text, each with the line where it begins.
pub(crate) fn strings(text: &str) -> Vec<(usize, String)> {
    let code = comments(text).1;
    let (mut strings, mut at, mut line) = (Vec::new(), 0, 1);
    while at < code.len() {
        let length = literal(&code.as_bytes()[at..]);
        let part =
            &code[at..at + length.unwrap_or_else(|| code[at..].chars().next().map_or(1, char::len_utf8))];
        if length.is_some() {
            strings.push((line, part.to_owned()));
        }
        line += part.matches('\n').count();
        at += part.len();
    }
    strings
}
