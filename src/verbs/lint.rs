//! `lint`: reads manifests and reports findings. It needs no node.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::command_output::CommandOutput;
use super::findings::{failed, judged, output_of};
use crate::cli::FindingsArgs;
use crate::diagnose::Verdict;
use crate::host::progress::Progress;
use crate::host::{clock, manifests};
use crate::manifest::{CODES, Input, Linter};
use crate::report::{Failure, FailureCode};

/// Reads the inputs one after another and reports what is wrong with them.
pub(super) fn lint(names: &[String], args: &FindingsArgs) -> CommandOutput {
    let began = clock::now();
    let report = match sources(names).and_then(|sources| Ok((read(&sources)?, sources))) {
        Ok((linter, sources)) => {
            let linted = linter.judged();
            let clean = clean(&sources, linted.objects);
            judged("lint", linted.findings, clean, args.strict, clock::now().since(began))
        }
        Err(failure) => failed("lint", &failure, clock::now().since(began)),
    };
    output_of(report, CODES, args)
}

/// What is read as one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    StandardInput,
    File(PathBuf),
}

impl Source {
    /// The size, if it is known before it is read.
    fn size(&self) -> Option<u64> {
        match self {
            Self::StandardInput => None,
            Self::File(path) => manifests::size(path),
        }
    }

    /// The name for findings.
    fn name(&self) -> String {
        match self {
            Self::StandardInput => "-".to_owned(),
            Self::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

fn clean(sources: &[Source], objects: usize) -> Verdict {
    let what = match sources {
        [one] => one.name(),
        many => format!("{} files", many.len()),
    };
    let message = match objects {
        0 => format!("{what}: no Kubernetes object was found, so there was nothing to judge"),
        _ => format!("{what}: found nothing that would keep pods from their network"),
    };
    Verdict { message, is_whole: objects > 0 }
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(
        FailureCode::LintInputUnreadable,
        format!("{name} cannot be read: {error}"),
        "name files, directories or -",
    )
}

/// All files that the names stand for. A file that is named twice counts once.
fn sources(names: &[String]) -> Result<Vec<Source>, Failure> {
    let (mut sources, mut known) = (Vec::new(), HashSet::new());
    let mut add = |source: Source| {
        if known.insert(source.clone()) {
            sources.push(source);
        }
    };
    for name in names {
        if name == "-" {
            add(Source::StandardInput);
            continue;
        }
        let files = manifests::below(Path::new(name)).map_err(|error| unreadable(name, &error))?;
        if files.is_empty() {
            return Err(Failure::new(
                FailureCode::LintNoManifests,
                format!("{name} and the directories below it have no *.yaml, *.yml or *.json"),
                "name the directory of the manifests",
            ));
        }
        files.into_iter().map(Source::File).for_each(&mut add);
    }
    Ok(sources)
}

/// Reads each file, and drops it before the next.
fn read(sources: &[Source]) -> Result<Linter, Failure> {
    let mut linter = Linter::default();
    let sizes: Option<Vec<u64>> = sources.iter().map(Source::size).collect();
    let progress = Progress::of("judged", sizes.map_or(0, |sizes| sizes.iter().sum()));
    let mut before = 0;
    for source in sources {
        let bytes = bytes(source)?;
        let size = bytes.len() as u64;
        linter.read(&Input { name: source.name(), bytes }, &|bytes| progress.tell(before + bytes));
        before += size;
    }
    Ok(linter)
}

fn bytes(source: &Source) -> Result<Vec<u8>, Failure> {
    let progress = Progress::new("read");
    let failure = |error| unreadable(&source.name(), &error);
    match source {
        Source::File(path) => manifests::whole(path, &progress).map_err(failure),
        Source::StandardInput => {
            let bytes = manifests::standard_input(&progress).map_err(failure)?;
            if bytes.trim_ascii().is_empty() {
                return Err(Failure::new(
                    FailureCode::LintInputEmpty,
                    "standard input is empty, so there is nothing to judge",
                    "see what the command before the pipe says",
                ));
            }
            Ok(bytes)
        }
    }
}
