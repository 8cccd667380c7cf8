//! The package for /usr/local: the same bytes each time, with every file where man and the shells look for it.

use std::path::Path;
use std::process::Command;

use crate::tools::{good, top, words};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cni-bootstrap");

/// Packs, with this umask and this directory for temporary files.
fn pack(root: &Path, out: &Path, umask: &str, temporary: &Path) {
    let script = top().join("scripts/package");
    let packed = Command::new("sh")
        .args(["-c", "umask $0 && exec \"$@\"", umask])
        .args([script.as_path(), root, out])
        .env("TMPDIR", temporary)
        .env("PROGRAM", PROGRAM)
        .output()
        .unwrap();
    assert!(packed.status.success(), "{}", words(&packed.stderr));
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0, "it leaves something behind");
}

#[test]
fn the_archive_is_the_same_each_time_and_has_all_that_a_person_needs() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let text =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    // The state after images/build.sh.
    std::fs::create_dir_all(at("root/licenses")).unwrap();
    // For another architecture than this machine's.
    std::fs::write(at("root/cni-bootstrap"), "a program").unwrap();
    std::fs::write(at("root/sbom.cdx.json"), "{}").unwrap();
    std::fs::write(at("root/licenses/THIRD-PARTY.txt"), "texts").unwrap();
    for (name, umask) in [("first", "077"), ("second", "002")] {
        std::fs::create_dir_all(at(name).join("temporary")).unwrap();
        pack(&at("root"), &at(name).join("out.tar.gz"), umask, &at(name).join("temporary"));
    }
    let bytes = |name: &str| std::fs::read(at(name).join("out.tar.gz")).unwrap();
    assert!(bytes("first") == bytes("second"), "two archives of the same root differ");

    let prefix = at("prefix");
    std::fs::create_dir(&prefix).unwrap();
    let archive = at("first/out.tar.gz");
    good("tar", &["-xzpf", archive.to_str().unwrap(), "-C", prefix.to_str().unwrap()]);
    assert_eq!(text(&prefix.join("bin/cni-bootstrap")), "a program");
    good("test", &["-x", prefix.join("bin/cni-bootstrap").to_str().unwrap()]);
    let share = prefix.join("share");
    let mut pages = 0;
    for page in std::fs::read_dir(top().join("docs/man")).unwrap().flatten() {
        assert_eq!(text(&share.join("man/man1").join(page.file_name())), text(&page.path()));
        pages += 1;
    }
    assert!(pages >= 6, "only {pages} pages");
    for (shell, file) in [
        ("bash", "bash-completion/completions/cni-bootstrap"),
        ("zsh", "zsh/site-functions/_cni-bootstrap"),
        ("fish", "fish/vendor_completions.d/cni-bootstrap.fish"),
    ] {
        assert_eq!(text(&share.join(file)), good(PROGRAM, &["completions", shell]), "{file}");
    }
    for file in ["sbom.cdx.json", "THIRD-PARTY.txt", "CHANGELOG.md"] {
        assert!(share.join("doc/cni-bootstrap").join(file).exists(), "{file}");
    }
    let others = good("find", &[prefix.join("share").to_str().unwrap(), "-type", "f", "!", "-perm", "0644"]);
    assert_eq!(others, "");
}
