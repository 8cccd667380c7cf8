//! `status`: shows the node as it is. It judges nothing, so it ends with 0 whatever it finds.

use std::path::Path;

use super::command_output::CommandOutput;
use super::see::{How, see};
use crate::cli::Format;
use crate::diagnose::{View, denied, status as of_view};
use crate::host::{clock, say};
use crate::node::Page;
use crate::plan::Settings;
use crate::report::status::status_text;
use crate::report::{Failure, FailureCode};

/// Shows the node.
pub(super) fn status(settings: &Settings, host_root: &Path, format: Format) -> CommandOutput {
    let observed = match see(settings, host_root, &How::THOROUGHLY) {
        Ok(observed) => observed,
        Err(failure) => return failed(Page::new(false), &failure),
    };
    let view = View::new(&observed.node, settings, clock::wall()).at(&host_root.to_string_lossy());
    let status = of_view(&view);
    let output = match format {
        Format::Text => status_text(&status, say::page()),
        Format::Json => Page::json(&status),
    };
    match denied(&view) {
        Some(what) => {
            let remedy = "run it as root, in a container with the host's directories mounted";
            failed(output, &Failure::new(FailureCode::AccessDenied, what, remedy))
        }
        None => CommandOutput { output, message: String::new(), tells_message: true, exit_code: 0 },
    }
}

fn failed(output: Page, failure: &Failure) -> CommandOutput {
    CommandOutput {
        output,
        message: failure.to_string(),
        tells_message: false,
        exit_code: failure.exit().code(),
    }
}
