//! `lint`: reads manifests and reports findings. It needs no node.

use std::collections::HashSet;
use std::path::Path;

use super::command_output::CommandOutput;
use super::findings::{failed, judged, output_of};
use crate::cli::FindingsArgs;
use crate::diagnose::Verdict;
use crate::host::progress::Progress;
use crate::host::{clock, manifests};
use crate::manifest::{self, CODES, Input};
use crate::report::{Failure, FailureCode};

/// Reads the inputs and reports what is wrong with them.
pub(super) fn lint(names: &[String], args: &FindingsArgs) -> CommandOutput {
    let began = clock::now();
    let progress = Progress::new("read");
    let report = match read(names, &progress) {
        Ok(inputs) => {
            let bytes = inputs.iter().map(|input| input.bytes.len() as u64).sum();
            let progress = progress.next("judged", bytes);
            let linted = manifest::lint(&inputs, &|bytes| progress.tell(bytes));
            let clean = clean(&inputs, linted.objects);
            judged("lint", linted.findings, clean, args.strict, clock::now().since(began))
        }
        Err(failure) => failed("lint", &failure, clock::now().since(began)),
    };
    output_of(report, CODES, args)
}

fn clean(inputs: &[Input], objects: usize) -> Verdict {
    let what = match inputs {
        [one] => one.name.clone(),
        many => format!("{} files", many.len()),
    };
    let message = match objects {
        0 => format!("{what}: no Kubernetes object was found, so there was nothing to judge"),
        _ => format!("{what}: found nothing that would keep pods from their network"),
    };
    Verdict { message, is_whole: objects > 0 }
}

/// The bytes of all inputs together. What one file names may be defined in any other, so all are in memory.
const MAX_TOTAL: usize = 1 << 30;

fn within_total(total: usize, files: usize, name: &str) -> Result<(), Failure> {
    // A single file has its own limit and finding.
    if files < 2 || total <= MAX_TOTAL {
        return Ok(());
    }
    Err(Failure::new(
        FailureCode::LintInputUnreadable,
        format!("with {name} the inputs have more than {MAX_TOTAL} bytes together, so they were not judged"),
        "give them in parts, each with what its pods name",
    ))
}

fn read(names: &[String], progress: &Progress) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut total = 0;
    // A file that is named twice counts once.
    let mut known = HashSet::new();
    for name in names {
        let failure = |error: std::io::Error| {
            Failure::new(
                FailureCode::LintInputUnreadable,
                format!("{name} cannot be read: {error}"),
                "name files, directories or -",
            )
        };
        if name == "-" {
            let bytes = manifests::standard_input(progress).map_err(failure)?;
            if bytes.trim_ascii().is_empty() {
                return Err(Failure::new(
                    FailureCode::LintInputEmpty,
                    "standard input is empty, so there is nothing to judge",
                    "see what the command before the pipe says",
                ));
            }
            if known.insert(name.clone()) {
                inputs.push(Input { name: name.clone(), bytes });
            }
            continue;
        }
        let files = manifests::below(Path::new(name)).map_err(failure)?;
        if files.is_empty() {
            return Err(Failure::new(
                FailureCode::LintNoManifests,
                format!("{name} and the directories below it have no *.yaml, *.yml or *.json"),
                "name the directory of the manifests",
            ));
        }
        for file in files {
            let name = file.to_string_lossy().into_owned();
            if known.insert(name.clone()) {
                let bytes = manifests::whole(&file, progress).map_err(failure)?;
                total += bytes.len();
                inputs.push(Input { name: name.clone(), bytes });
                within_total(total, inputs.len(), &name)?;
            }
        }
    }
    Ok(inputs)
}
