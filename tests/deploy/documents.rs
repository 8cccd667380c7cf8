//! Every command in the documents is run, or checked as far as possible if it needs a cluster.

use std::collections::BTreeSet;
use std::process::Command;

use crate::markdown::{Block, Place, all, blocks, documents, options, spans};
use crate::network::{PRIMARY, arrive_in_pieces, primary};
use crate::node::Node;
use crate::program::{ON_HOST, binary};
use crate::rig::{Release, on};
use crate::tools::{good, run, tools, top, words};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cni-bootstrap");

/// The program's help for all verbs.
fn help() -> String {
    let verbs = ["install", "watch", "uninstall", "check", "status", "lint", "completions"];
    verbs.iter().map(|verb| good(PROGRAM, &[verb, "--help"])).collect()
}

#[test]
fn every_block_has_a_place_and_a_syntax() {
    let mut count = 0;
    for block in documents().iter().flat_map(|path| blocks(path)) {
        let (name, commands) = (&block.name, block.commands());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &commands).unwrap();
        good("sh", &["-n", file.path().to_str().unwrap()]);
        for word in commands.split(|c: char| c.is_whitespace() || "\"'()$;".contains(c)) {
            let path = word.strip_prefix("./").unwrap_or(word);
            let tops = ["deploy/", "images/", "tests/", "docs/", "examples/", "scripts/"];
            if path != word || tops.iter().any(|top| path.starts_with(top)) {
                assert!(top().join(path).exists(), "{name}: there is no {path}");
            }
        }
        count += 1;
    }
    assert!(count >= 30, "only {count} blocks were found");
}

#[test]
fn every_test_that_a_document_runs_is_there() {
    let blocks = all(Place::Tests);
    let mut count = 0;
    for block in &blocks {
        for line in block.text.lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if let Some(at) = words.iter().position(|word| *word == "--test") {
                let target = words[at + 1];
                // The modules of `integration` lie beside its root.
                let directory = top().join("tests").join(if target == "integration" { "" } else { target });
                assert!(directory.join("main.rs").exists(), "{}: there is no test {target}", block.name);
                for filter in words[at + 2..].iter().filter(|word| word.contains("::")) {
                    let names = filter.split("::").filter(|name| !name.is_empty());
                    assert!(names.clone().count() > 0, "{}: {filter}", block.name);
                    for name in names {
                        // A module, or the beginning of a test's name; a macro makes `v1_7` and similar names.
                        let pattern = format!(r"(mod|fn) {name}|\b{name}\b");
                        let found =
                            run("grep", &["-rqE", "--include=*.rs", &pattern, directory.to_str().unwrap()]);
                        assert!(found.status.success(), "{}: there is no {filter}", block.name);
                    }
                    count += 1;
                }
            }
            if let Some(at) = words.windows(2).position(|pair| pair == ["fuzz", "run"]) {
                let target = top().join("fuzz/fuzz_targets").join(words[at + 2]).with_extension("rs");
                assert!(target.exists(), "{}: {}", block.name, target.display());
            }
        }
    }
    assert!(blocks.len() >= 5 && count >= 5, "{} blocks, {count} filters", blocks.len());
}

#[test]
fn every_option_and_verb_that_a_document_or_manifest_names_is_there() {
    let help = help();
    let known: BTreeSet<String> = options(&help).into_iter().collect();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        // Options in the text belong to this program if they stand alone or after its name.
        let ours = |span: &String| span.starts_with("--") || span.starts_with("cni-bootstrap ");
        for span in spans(&text).iter().filter(|span| ours(span)) {
            for option in options(span) {
                let cargo_s = path.starts_with(top().join("tests")) && option == "--ignored";
                assert!(known.contains(&option) || cargo_s, "{}: {option} is not an option", path.display());
            }
        }
        for block in blocks(&path) {
            let joined = block.commands().replace("\\\n", " ");
            for line in joined.lines().filter_map(|line| line.split("cni-bootstrap ").nth(1)) {
                if !line.starts_with(|c: char| c.is_ascii_lowercase()) || block.place == Place::Cluster {
                    continue;
                }
                for option in options(line) {
                    assert!(known.contains(&option), "{}: {option} is not an option", block.name);
                }
            }
        }
        for word in text
            .split(|c: char| !c.is_ascii_uppercase() && c != '_')
            .filter(|word| word.starts_with("CNI_BOOTSTRAP_") && !path.starts_with(top().join("tests")))
        {
            assert!(help.contains(word), "{}: {word} is not a variable", path.display());
        }
    }
    let manifests = good("grep", &["-rhoE", "CNI_BOOTSTRAP_[A-Z_]+[A-Z]", "deploy"]);
    for variable in manifests.lines() {
        assert!(help.contains(variable), "deploy/: {variable} is not a variable");
    }
}

/// The `PATH` of a person who has the program and the tools.
fn path() -> String {
    let bin = |path: &std::path::Path| path.display().to_string();
    let tools = tools().map(|tools| bin(&tools.join("bin")) + ":").unwrap_or_default();
    let program = bin(std::path::Path::new(PROGRAM).parent().unwrap());
    format!("{tools}{program}:{}", std::env::var("PATH").unwrap_or_default())
}

#[test]
fn commands_in_a_checkout() {
    if tools().is_none() {
        return;
    }
    let blocks = all(Place::Repository);
    assert!(blocks.len() >= 4, "only {} blocks", blocks.len());
    for block in blocks {
        let out = Command::new("sh")
            .args(["-euc", &block.text])
            .current_dir(top())
            .env("PATH", path())
            .output()
            .unwrap();
        assert!(out.status.success() && !out.stdout.is_empty(), "{}: {}", block.name, words(&out.stderr));
    }
}

#[test]
fn what_is_shown_in_a_checkout_is_what_is_said() {
    let mut count = 0;
    for block in all(Place::Console) {
        if block.commands().contains("kubectl ") && tools().is_none() {
            continue;
        }
        for (command, shown) in block.dialogue() {
            let out = Command::new("sh")
                .args(["-uc", command])
                .current_dir(top())
                .env("PATH", path())
                .output()
                .unwrap();
            assert!([0, 20].contains(&out.status.code().unwrap()), "{}: {out:?}", block.name);
            said_in_order(&block, &shown, &words(&out.stdout));
            count += 1;
        }
    }
    assert!(count >= 4, "only {count} commands");
}

#[test]
fn what_is_shown_on_a_node_is_what_is_said() {
    on(Release::Trixie, "what the documents show of a node", |node| {
        bring_program(node);
        let blocks = all(Place::ConsoleNode);
        assert!(!blocks.is_empty());
        for block in blocks {
            for (command, shown) in block.dialogue() {
                let mut shell = node.command("/bin/sh");
                // A person sees the log at a terminal.
                shell.args(["-uc", &format!("export CNI_BOOTSTRAP_LOG_FORMAT=text; {command} 2>&1")]);
                let running = shell.stdout(std::process::Stdio::piped()).spawn().unwrap();
                arrive_in_pieces(node, |_| {});
                let out = running.wait_with_output().unwrap();
                assert!(out.status.success(), "{}: {}", block.name, words(&out.stdout));
                said_in_order(&block, &shown, &words(&out.stdout));
            }
        }
    });
}

/// Checks that the command prints each shown line, in this order. Numbers may differ, `...` matches anything, and the
/// times in the log are ignored.
fn said_in_order(block: &Block, shown: &[&str], said: &str) {
    let numbers = |text: &str| {
        text.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("#")
    };
    let mut lines = said.lines().map(numbers);
    for line in shown.iter().filter(|line| !line.trim().is_empty()) {
        let parts: Vec<String> = line.split("...").map(|part| numbers(part.trim())).collect();
        let found = lines.any(|said| {
            let mut rest = &said[..];
            parts.iter().all(|part| {
                let at = rest.find(part.as_str());
                at.is_some_and(|at| {
                    rest = &rest[at + part.len()..];
                    true
                })
            })
        });
        assert!(found, "{}: this is not said, or not at this place: {line}\n{said}", block.name);
    }
}

fn bring_program(node: &Node) {
    std::fs::copy(binary(), node.path(ON_HOST)).unwrap();
}

#[test]
fn commands_on_a_node() {
    on(Release::Trixie, "the documents' commands", |node| {
        bring_program(node);
        node.write(PRIMARY, primary("primary", 88));
        let before = node.sh("ls /etc/cni/net.d");
        let mut count = 0;
        for document in documents() {
            for block in blocks(&document).iter().filter(|block| block.place == Place::Node) {
                let out = node.command("/bin/sh").args(["-euc", &block.text]).output().unwrap();
                let name = &block.name;
                assert!(out.status.success(), "{name}: {}{}", words(&out.stdout), words(&out.stderr));
                count += 1;
            }
            let after = node.sh("ls /etc/cni/net.d");
            assert_eq!(after, before, "{} leaves the node changed", document.display());
        }
        assert!(count >= 6, "only {count} blocks were run");
    });
}

/// The anchors of a document: its headings, as a forge spells them.
fn anchors(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let spelt = headings.map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"));
    spelt.map(|name| name.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let here = document.parent().unwrap().join(target);
            let path = if target.is_empty() { &document } else { &here };
            assert!(path.exists(), "{}: {target} is not there", document.display());
            if !anchor.is_empty() {
                assert!(anchors(path).contains(&anchor.to_owned()), "{}: {link}", document.display());
            }
        }
    }
    let svg = run(
        "python3",
        &["-c", "import xml.dom.minidom,sys;xml.dom.minidom.parse(sys.argv[1])", "docs/how-it-works.svg"],
    );
    assert!(svg.status.success(), "{}", words(&svg.stderr));
}
