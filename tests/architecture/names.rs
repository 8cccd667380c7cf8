//! Names in comments and documents exist: files, directories, and names of code in backticks.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::scan::comments;

/// Products of the build, and files of other projects whose paths look like this project's.
const FOREIGN_FILES: &[&str] = &[
    "fuzz/artifacts",
    "fuzz/corpus",
    "images/bill/target",
    // containerd's.
    "images/plugin.go",
    // GKE's netd.
    "scripts/install-cni.sh",
    // Rust's standard library.
    "std/src/sys/pal/unix/stack_overflow.rs",
    // The crates notify and tokio.
    "inotify.rs",
    "runtime/blocking/pool.rs",
];

/// Names of other projects' code, with their project.
const FOREIGN_NAMES: &[(&str, &str)] = &[
    ("BINPRM_BUF_SIZE", "Linux"),
    ("EXT4_IOC_SHUTDOWN", "Linux"),
    ("CLOCK_MONOTONIC", "Linux"),
    ("PR_SET_CHILD_SUBREAPER", "Linux"),
    ("RENAME_EXCHANGE", "Linux"),
    ("RESOLVE_IN_ROOT", "Linux"),
    ("fsnotify_destroy_group", "Linux"),
    ("e_flags", "ELF"),
    ("SD_MESSAGE_UNIT_STARTED", "systemd"),
    ("extract_first_word", "systemd"),
    ("spawn_blocking", "tokio"),
    ("yaml_parser_fetch_next_token", "libyaml"),
    ("yaml_parser_scan_plain_scalar", "libyaml"),
    ("yaml_parser_scan_block_scalar", "libyaml"),
    ("max_simple_key_length", "go-yaml"),
];

/// Files that are not text, or not written by hand.
const LEFT_OUT: &[&str] = &["target", ".git", "Cargo.lock", "fuzz/target", "fuzz/corpus", "fuzz/artifacts"];

/// A file of the repository.
pub(crate) struct File {
    /// The path from the root of the repository.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl File {
    /// The lines for people: the comments of Rust files, all lines of other files.
    pub(crate) fn prose(&self) -> Vec<(usize, String)> {
        if !self.is_rust() {
            return self.text.lines().enumerate().map(|(at, line)| (at + 1, line.to_owned())).collect();
        }
        let lines = |(first, comment): (usize, String)| {
            comment.lines().enumerate().map(|(at, line)| (first + at, line.to_owned())).collect::<Vec<_>>()
        };
        comments(&self.text).0.into_iter().flat_map(lines).collect()
    }

    pub(crate) fn is_rust(&self) -> bool {
        is(&self.name, "rs")
    }

    pub(crate) fn is_document(&self) -> bool {
        is(&self.name, "md")
    }
}

/// True if a name has this extension and a stem.
fn is(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All text files.
pub(crate) fn files() -> Vec<File> {
    let mut files = Vec::new();
    collect(root(), &mut files);
    assert!(files.len() > 400, "only {} files", files.len());
    files
}

fn collect(dir: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if LEFT_OUT.contains(&name.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            files.push(File { name, text });
        }
    }
}

/// The words of a line that name a file of this repository: `*.rs`, and paths that begin with one of its directories.
fn named(line: &str, tops: &BTreeSet<&str>) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let words = line.split(|c: char| !inside(c)).map(|word| word.trim_end_matches(['.', '-']));
    words
        .filter(|word| match word.split_once('/') {
            Some((top, rest)) => tops.contains(top) && !rest.is_empty() || is(word, "rs"),
            None => is(word, "rs"),
        })
        // A path on a host, or below a shell variable, does not count.
        .filter(|word| !word.starts_with('/') && !line.contains(&format!("}}{word}")))
        .map(str::to_owned)
        .collect()
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_file_that_a_comment_or_a_document_names_is_there() {
    let files = files();
    let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
    for file in &files {
        paths.extend(Path::new(&file.name).ancestors().map(Path::to_owned));
    }
    let top = |file: &'_ File| file.name.split_once('/').map(|(top, _)| top.to_owned());
    let tops: BTreeSet<String> = files.iter().filter_map(top).collect();
    let tops: BTreeSet<&str> = tops.iter().map(String::as_str).collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in &files {
        let here = Path::new(&file.name).parent().unwrap();
        for (line, text) in file.prose() {
            for word in named(&text, &tops) {
                count += 1;
                let there = [Path::new(""), here, Path::new("src"), Path::new("tests")]
                    .iter()
                    .any(|dir| paths.contains(&plain(&dir.join(&word))))
                    || paths.iter().any(|path| path.ends_with(&word) && is(&word, "rs"));
                if !there && !FOREIGN_FILES.iter().any(|foreign| word.starts_with(foreign)) {
                    wrong.push(format!("{}:{line} names {word}", file.name));
                }
            }
        }
    }
    assert!(count > 150, "only {count} names");
    assert!(wrong.is_empty(), "there is no such file; another project's goes into FOREIGN_FILES: {wrong:#?}");
}

/// The names in backticks that can only be names of code: with `::`, or with words joined by `_`.
fn code_names(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.map(|span| span.trim_end_matches("()")).filter(|span| {
        let names = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        !span.is_empty()
            && span.chars().all(names)
            && (span.contains("::") || span.trim_matches('_').contains('_'))
    })
}

/// This includes names of tests, whose words are joined by `_`.
#[test]
fn every_name_of_code_that_a_comment_or_a_document_has_is_there() {
    let files = files();
    let mut words: BTreeSet<String> = BTreeSet::new();
    for file in files.iter().filter(|file| !file.is_document()) {
        let code = if file.is_rust() { comments(&file.text).1 } else { file.text.clone() };
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
        words.extend(code.split(|c: char| !inside(c)).map(str::to_owned));
    }
    let (mut wrong, mut count) = (Vec::new(), 0);
    // The changelog may name removed code.
    let told =
        files.iter().filter(|file| file.is_rust() || file.is_document() && file.name != "CHANGELOG.md");
    for file in told {
        for (line, text) in file.prose() {
            for name in code_names(&text) {
                count += 1;
                let foreign = FOREIGN_NAMES.iter().any(|(foreign, _)| name == *foreign);
                if !foreign && !name.split("::").all(|word| word.is_empty() || words.contains(word)) {
                    wrong.push(format!("{}:{line} names {name}", file.name));
                }
            }
        }
    }
    assert!(count > 150, "only {count} names");
    assert!(wrong.is_empty(), "there is no such code; another project's goes into FOREIGN_NAMES: {wrong:#?}");
}

/// The characters of a line of prose.
const WIDTH: usize = 120;

/// Scripts, workflows and what else has comments that begin with `#`. An example's file is a product's, and the specs
/// for kops and the user-data have the units within them, indented.
#[test]
fn comments_of_scripts_are_wrapped() {
    let of_scripts = |file: &&File| {
        let begins = file.text.starts_with("#!") || file.text.contains("# shellcheck shell=");
        begins || [".sh", ".yml", ".yaml", ".toml", "Dockerfile"].iter().any(|end| file.name.ends_with(end))
    };
    let left_out = |file: &&File| {
        let foreign = [
            "examples/",
            "testdata/",
            "tests/",
            "deploy/kops/cluster.yaml",
            "deploy/cloud-init/user-data.yaml",
        ];
        foreign.iter().any(|begin| file.name.starts_with(begin)) && !is(&file.name, "sh")
    };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in files().iter().filter(of_scripts).filter(|file| !left_out(file)) {
        count += 1;
        for (at, line) in file.text.lines().enumerate() {
            let is_comment = line.trim_start().strip_prefix("# ").is_some_and(|rest| rest.contains(' '));
            if is_comment && line.chars().count() > WIDTH {
                wrong.push(format!("{}:{}: {} characters", file.name, at + 1, line.chars().count()));
            }
        }
    }
    assert!(count > 30, "only {count} files");
    assert!(wrong.is_empty(), "comments with more than {WIDTH} characters: {wrong:#?}");
}

/// Tables and fenced blocks cannot be wrapped; nor can a single word or text in backticks.
#[test]
fn documents_are_wrapped() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.is_document()) {
        let mut fenced = false;
        for (at, line) in file.text.lines().enumerate() {
            let text = line.trim_start();
            if text.starts_with("```") {
                fenced = !fenced;
            }
            let outside: String = text.split('`').step_by(2).collect();
            let breaks = outside.trim_start_matches(['-', '*', '>', ' ']).contains(' ');
            let is_wrapped = fenced || text.starts_with(['|', '#']) || !breaks;
            if !is_wrapped && line.chars().count() > WIDTH {
                wrong.push(format!("{}:{}: {} characters", file.name, at + 1, line.chars().count()));
            }
        }
    }
    assert!(wrong.is_empty(), "lines with more than {WIDTH} characters: {wrong:#?}");
}

#[test]
fn names_are_found_in_prose_and_nowhere_else() {
    let tops = BTreeSet::from(["src", "tests"]);
    let line = "See `src/reconcile`, tests/a/*.rs and plan/x.rs; /etc/src/y, https://a.example/src/z, main.go, a.rs.";
    assert_eq!(named(line, &tops), ["src/reconcile", "tests/a/", "plan/x.rs", "a.rs"]);
    let names: Vec<&str> =
        code_names("`Node::after`, `max_conf_num = 1`, `the_test`, `x`, `f_g()`").collect();
    assert_eq!(names, ["Node::after", "the_test", "f_g"]);
    let (told, code) = comments("let a = \"// no\"; // yes\n/* and\nthis */ let b = 'c';");
    assert_eq!(told, [(1, "// yes".to_owned()), (2, "/* and\nthis */".to_owned())]);
    assert_eq!(code, "let a = \"// no\"; \n let b = 'c';");
}
