//! The manual pages in `docs/man/` are what the program says of itself.

use clap::CommandFactory as _;
use cni_bootstrap::cli::Cli;

use crate::tools::top;

/// Every page by its file name: the program's, and one for each verb.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = Cli::command();
    command.build();
    let page = |command: clap::Command, name: &str| {
        let mut bytes = Vec::new();
        // No date: a page that is made again on another day is the same page.
        clap_mangen::Man::new(command)
            .title(name)
            .date("")
            .manual("cni-bootstrap")
            .render(&mut bytes)
            .unwrap();
        (format!("{name}.1"), bytes)
    };
    let mut pages = vec![page(command.clone(), "cni-bootstrap")];
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        let name = format!("cni-bootstrap-{}", verb.get_name());
        pages.push(page(verb.clone(), &name));
    }
    pages
}

#[test]
fn the_manual_pages_are_current() {
    let directory = top().join("docs/man");
    let update = std::env::var_os("CNI_BOOTSTRAP_UPDATE_MANUAL").is_some();
    let mut names = Vec::new();
    for (name, bytes) in pages() {
        let path = directory.join(&name);
        if update {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_default();
        assert_eq!(
            String::from_utf8_lossy(&kept),
            String::from_utf8_lossy(&bytes),
            "docs/man/{name} is not what the program says: CNI_BOOTSTRAP_UPDATE_MANUAL=1 cargo test --test deploy manual"
        );
        names.push(name);
    }
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "docs/man/{name} is of no verb");
    }
}
