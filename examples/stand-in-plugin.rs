//! A CNI plugin with one command, `VERSION`, which every plugin has (CNI specification, "VERSION: probe plugin
//! version support"). `./example` and the benchmark install it in place of a network's plugins. It is linked
//! statically, so that it runs below an otherwise empty host root.

#![allow(
    clippy::disallowed_methods,
    reason = "a program of its own; a plugin is spoken to by its environment"
)]

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut stdout = std::io::stdout();
    let (answer, code) = if std::env::var("CNI_COMMAND").as_deref() == Ok("VERSION") {
        let versions = r#"["0.1.0","0.2.0","0.3.0","0.3.1","0.4.0","1.0.0","1.1.0"]"#;
        (format!(r#"{{"cniVersion":"1.1.0","supportedVersions":{versions}}}"#), ExitCode::SUCCESS)
    } else {
        let refusal = r#"{"cniVersion":"1.1.0","code":100,"msg":"a stand-in attaches no pod to a network"}"#;
        (refusal.to_owned(), ExitCode::FAILURE)
    };
    if stdout.write_all(answer.as_bytes()).is_err() {
        return ExitCode::FAILURE;
    }
    code
}
