//! A finished run, and assertions about it.

use std::process::{ExitStatus, Output};

use cni_bootstrap::report::FailureCode;
use serde_json::Value;

/// A finished run.
#[derive(Debug)]
pub(crate) struct Ran {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(status: ExitStatus, stdout: String, stderr: String) -> Self {
        Self { status, stdout, stderr }
    }

    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self::new(output.status, text(output.stdout), text(output.stderr))
    }

    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The run ended with this code.
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The report has this code of a failure, and the run ended with the exit code that belongs to it.
    #[track_caller]
    pub(crate) fn fails(self, code: &str) -> Self {
        assert_eq!(self.report()["code"], code, "{}", self.stdout);
        let failure = FailureCode::ALL.iter().find(|failure| failure.name() == code);
        let exit = failure.unwrap_or_else(|| panic!("{code} is not the code of a failure")).exit().code();
        self.exits(exit.into())
    }

    /// The last line on standard error has all these words, and equals the report's message.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        let last = self.last();
        for word in words {
            assert!(last.contains(word), "{word:?} is not in {last:?}");
        }
        if let Ok(report) = serde_json::from_str::<Value>(&self.stdout) {
            assert_eq!(report["message"].as_str().unwrap().replace('\n', " "), last);
            assert_eq!(report["exitCode"].as_i64(), self.code().map(i64::from));
        }
        self
    }

    /// The last line on standard error, without the program's name.
    pub(crate) fn last(&self) -> &str {
        let line = self.stderr.lines().last().unwrap_or_default();
        line.strip_prefix("cni-bootstrap: ").unwrap_or_else(|| panic!("{line:?} is not said by the program"))
    }

    /// The report.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    pub(crate) fn outcome(self, word: &str) -> Self {
        assert_eq!(self.report()["outcome"], word, "{}", self.stdout);
        self
    }

    /// The codes of the report's findings.
    pub(crate) fn findings(&self) -> Vec<String> {
        let report = self.report();
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["code"].as_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn finds(self, code: &str) -> Self {
        assert!(
            self.findings().iter().any(|found| found == code),
            "{code} is not among {:?}",
            self.findings()
        );
        self
    }

    /// The kinds of the report's actions, each with the last part of its path.
    pub(crate) fn actions(&self) -> Vec<String> {
        let report = self.report();
        let actions = report["actions"].as_array().unwrap().iter().map(|action| {
            let path = action["path"].as_str().unwrap_or_default();
            format!("{} {}", action["kind"].as_str().unwrap(), path.rsplit('/').next().unwrap())
        });
        actions.map(|action| action.trim().to_owned()).collect()
    }
}
