//! Every command in the documents is run, or, where it needs a cluster, checked as far as it can be without one.
//!
//! A block's language says where: `sh` on a real node, `sh repository` in a checkout, `sh cluster` nowhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::network::{PRIMARY, primary};
use crate::program::{ON_HOST, binary};
use crate::rig::{Release, on};
use crate::tools::{good, run, tools, top, words};

/// A block of commands.
struct Block {
    place: String,
    line: usize,
    text: String,
}

/// The documents whose commands are run.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![top().join("images/README.md")];
    let docs = std::fs::read_dir(top().join("docs")).unwrap().flatten().map(|entry| entry.path());
    found.extend(docs.filter(|path| path.extension().is_some_and(|e| e == "md")));
    found.extend(Some(top().join("README.md")).filter(|path| path.exists()));
    found.sort();
    found
}

/// The blocks of a document whose language begins with `sh`.
fn blocks(path: &Path) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(info), None) => {
                open = Some(Block { place: info.trim().to_owned(), line: at + 1, text: String::new() });
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a block does not end", path.display());
    found.retain(|block| block.place == "sh" || block.place.starts_with("sh "));
    // The README's commands are this test tier and the example: they run the tests, not the other way around.
    if path == top().join("README.md") {
        for block in &mut found {
            "sh cluster".clone_into(&mut block.place);
            for program in block.text.split_whitespace().filter(|word| word.starts_with("./")) {
                assert!(top().join(program).exists(), "README.md:{}: there is no {program}", block.line);
            }
        }
    }
    found
}

fn name(path: &Path, block: &Block) -> String {
    format!("{}:{}", path.strip_prefix(top()).unwrap().display(), block.line)
}

#[test]
fn every_block_has_a_place_and_a_syntax() {
    let mut count = 0;
    for path in documents() {
        for block in blocks(&path) {
            let name = name(&path, &block);
            assert!(
                ["sh", "sh repository", "sh cluster"].contains(&block.place.as_str()),
                "{name}: {:?}",
                block.place
            );
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &block.text).unwrap();
            good("sh", &["-n", file.path().to_str().unwrap()]);
            for word in block.text.split_whitespace() {
                let path = word.trim_matches(['"', '\'']);
                if ["deploy/", "images/", "tests/", "docs/"].iter().any(|top| path.starts_with(top)) {
                    assert!(top().join(path).exists(), "{name}: there is no {path}");
                }
            }
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} blocks were found");
}

#[test]
fn every_option_and_verb_that_a_document_or_manifest_names_is_there() {
    let program = env!("CARGO_BIN_EXE_cni-bootstrap");
    let known: BTreeSet<String> =
        ["install", "uninstall"].iter().flat_map(|verb| options(&good(program, &[verb, "--help"]))).collect();
    let variables: String =
        ["install", "uninstall"].iter().map(|verb| good(program, &[verb, "--help"])).collect();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        // In the text every `--option` in backticks is ours, unless its sentence names another program.
        for block in blocks(&path) {
            let joined = block.text.replace("\\\n", " ");
            for line in joined.lines().filter(|line| line.trim_start().starts_with("cni-bootstrap ")) {
                for option in options(line) {
                    assert!(known.contains(&option), "{}: {option} is no option", name(&path, &block));
                }
            }
        }
        for word in text
            .split(|c: char| !c.is_ascii_uppercase() && c != '_')
            .filter(|w| w.starts_with("CNI_BOOTSTRAP_"))
        {
            assert!(variables.contains(word), "{}: {word} is no variable", path.display());
        }
    }
    let manifests = good("grep", &["-rhoE", "CNI_BOOTSTRAP_[A-Z_]+[A-Z]", "deploy"]);
    for variable in manifests.lines() {
        assert!(variables.contains(variable), "deploy/: {variable} is no variable");
    }
}

/// The `--options` of a text.
fn options(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn commands_in_a_checkout() {
    let Some(tools) = tools() else { return };
    let path = format!("{}:{}", tools.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    for document in documents() {
        for block in blocks(&document).iter().filter(|block| block.place == "sh repository") {
            let out = Command::new("sh")
                .args(["-euc", &block.text])
                .current_dir(top())
                .env("PATH", &path)
                .output()
                .unwrap();
            let said = words(&out.stderr);
            assert!(out.status.success() && !out.stdout.is_empty(), "{}: {said}", name(&document, block));
        }
    }
}

#[test]
fn commands_on_a_node() {
    on(Release::Trixie, "the documents' commands", |node| {
        std::fs::copy(binary(), node.path(ON_HOST)).unwrap();
        node.write(PRIMARY, primary("primary", 88));
        let before = node.sh("ls /etc/cni/net.d");
        let mut count = 0;
        for document in documents() {
            for block in blocks(&document).iter().filter(|block| block.place == "sh") {
                let out = node.command("/bin/sh").args(["-euc", &block.text]).output().unwrap();
                let name = name(&document, block);
                assert!(out.status.success(), "{name}: {}{}", words(&out.stdout), words(&out.stderr));
                count += 1;
            }
            assert_eq!(
                node.sh("ls /etc/cni/net.d"),
                before,
                "{} leaves the node changed",
                document.display()
            );
        }
        assert!(count >= 4, "only {count} blocks were run");
    });
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = document.parent().unwrap().join(target);
            assert!(path.exists(), "{}: {target} is not there", document.display());
        }
    }
    let svg = run(
        "python3",
        &["-c", "import xml.dom.minidom,sys;xml.dom.minidom.parse(sys.argv[1])", "docs/how-it-works.svg"],
    );
    assert!(svg.status.success(), "{}", words(&svg.stderr));
}
