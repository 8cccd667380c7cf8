//! `lint`: reads manifests and reports findings. It needs no node.

use std::path::Path;

use super::command_output::CommandOutput;
use super::findings::{failed, judged, output_of};
use crate::cli::FindingsArgs;
use crate::host::{clock, manifests};
use crate::manifest::{self, CODES, Input};
use crate::report::{Failure, FailureCode};

/// Reads the inputs and reports what is wrong with them.
pub(super) fn lint(names: &[String], args: &FindingsArgs) -> CommandOutput {
    let began = clock::now();
    let report = match read(names) {
        Ok(inputs) => {
            let findings = manifest::lint(&inputs);
            let healthy = match inputs.len() {
                1 => {
                    format!("{}: found nothing that would keep pods from their network", inputs[0].name)
                }
                many => format!("{many} files: found nothing that would keep pods from their network"),
            };
            judged("lint", findings, healthy, args.strict, clock::now().since(began))
        }
        Err(failure) => failed("lint", &failure, clock::now().since(began)),
    };
    output_of(report, CODES, args)
}

fn read(names: &[String]) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    for name in names {
        let read = if name == "-" {
            manifests::standard_input().map(|bytes| vec![("-".to_owned(), bytes)])
        } else {
            manifests::below(Path::new(name))
        };
        let read = read.map_err(|error| {
            Failure::new(
                FailureCode::LintInputUnreadable,
                format!("{name} cannot be read: {error}"),
                "name files, directories or -",
            )
        })?;
        if name == "-" && read.iter().all(|(_, bytes)| bytes.trim_ascii().is_empty()) {
            return Err(Failure::new(
                FailureCode::LintInputEmpty,
                "standard input is empty, so there is nothing to judge",
                "see what the command before the pipe says",
            ));
        }
        if read.is_empty() {
            return Err(Failure::new(
                FailureCode::LintNoManifests,
                format!("{name} and the directories below it have no *.yaml, *.yml or *.json"),
                "name the directory of the manifests",
            ));
        }
        // A file that is named twice counts once.
        let new = read.into_iter().filter(|(name, _)| !inputs.iter().any(|known| known.name == *name));
        let new: Vec<Input> = new.map(|(name, bytes)| Input { name, bytes }).collect();
        inputs.extend(new);
    }
    Ok(inputs)
}
