//! The manual pages in `docs/man/` equal the program's own help.

use clap::CommandFactory as _;
use cni_bootstrap::cli::Cli;

use crate::tools::top;

/// Every page by its file name: the program's, and one for each verb.
fn pages() -> Vec<(String, String)> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let mut pages = vec![page(&command, "cni-bootstrap", &(exit_status() + FILES))];
    for verb in command.get_subcommands() {
        let name = format!("cni-bootstrap-{}", verb.get_name());
        pages.push(page(
            verb,
            &name,
            ".SH SEE ALSO\n.BR cni\\-bootstrap (1),\nfor the exit codes and the files\n",
        ));
    }
    pages
}

/// Sections that clap does not know.
const FILES: &str = "\
.SH FILES
.TP
\\fI/var/lib/cni\\-bootstrap/OWNER.json\\fR
The record: what was there before and what was written; \\fBuninstall\\fR undoes what it names
.TP
\\fI/run/cni\\-bootstrap\\fR
The guard of restarts, and the script that restores the runtime's config if the runtime does not come up
.TP
\\fI/etc/cni/net.d/05\\-OWNER.conflist\\fR
The chain
.SH ENVIRONMENT
Each option has a variable, which its page names; an option on the command line wins.
";

/// One page.
fn page(command: &clap::Command, name: &str, more: &str) -> (String, String) {
    let mut bytes = Vec::new();
    // No date: a page must be equal on each day.
    let page = clap_mangen::Man::new(command.clone()).title(name).date("").manual("cni-bootstrap");
    page.source(concat!("cni-bootstrap ", env!("CARGO_PKG_VERSION"))).render(&mut bytes).unwrap();
    (format!("{name}.1"), String::from_utf8(bytes).unwrap() + more)
}

/// The table from the documents.
fn exit_status() -> String {
    let table = std::fs::read_to_string(top().join("docs/exit-codes.md")).unwrap();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let code: u8 = cells.get(1)?.parse().ok()?;
        Some(format!(".TP\n\\fB{code}\\fR\n{}\n", cells[2].replace('`', "").replace('-', "\\-")))
    });
    std::iter::once(".SH \"EXIT STATUS\"\n".to_owned()).chain(rows).collect()
}

#[test]
fn the_manual_pages_are_current() {
    let directory = top().join("docs/man");
    let update = std::env::var_os("CNI_BOOTSTRAP_UPDATE_MANUAL").is_some();
    let mut names = Vec::new();
    for (name, text) in pages() {
        let path = directory.join(&name);
        if update {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap_or_default(),
            text,
            "docs/man/{name} is not what the program says: CNI_BOOTSTRAP_UPDATE_MANUAL=1 cargo test --test deploy manual"
        );
        names.push(name);
    }
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "docs/man/{name} is of no verb");
    }
}
