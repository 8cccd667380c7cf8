//! `cni-bootstrap`: brings a Kubernetes node's pod network up and verifies that it is up.

use std::process::ExitCode;

use cni_bootstrap::cli::{self, ParseExit};
use cni_bootstrap::report::Failure;
use cni_bootstrap::{host, verbs};

fn main() -> ExitCode {
    host::start::start();
    // A copy of this program that joins the host's namespaces must do so before it has a second thread.
    if let Some(code) = host::enter::take_over() {
        return code;
    }
    let request = match cli::parse(std::env::args_os()) {
        Ok(request) => request,
        Err(ParseExit::Printed(text)) => {
            return match host::say::out(&text) {
                Ok(()) => ExitCode::SUCCESS,
                Err(lost) => unsaid(&Failure::from(&lost)),
            };
        }
        Err(ParseExit::Usage(failure)) => {
            host::say::last(&failure.to_string());
            return ExitCode::from(failure.exit().code());
        }
    };
    cli::init_logging(request.log.log_format, request.log.log_level);
    let told = verbs::run(request.job);
    let said = host::say::out(&told.output);
    match said {
        Err(lost) if told.exit_code == 0 => unsaid(&Failure::from(&lost)),
        _ => {
            // `status` judges nothing, so it has no last word.
            if told.message.is_empty() {
                return ExitCode::from(told.exit_code);
            }
            if told.tells_message {
                host::say::last_after_page(&told.message);
            } else {
                host::say::last(&told.message);
            }
            ExitCode::from(told.exit_code)
        }
    }
}

/// The job is done, but its report cannot be printed.
fn unsaid(failure: &Failure) -> ExitCode {
    host::say::last(&failure.to_string());
    ExitCode::from(failure.exit().code())
}
