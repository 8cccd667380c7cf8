//! How a rule makes a finding.

use crate::report::{Code, Finding, Located, Severity};

/// A finding about a file (a subject that starts with `/`) or about another thing.
pub(super) fn found(
    code: &Code,
    subject: &(impl ToString + ?Sized),
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Located {
    let subject = subject.to_string();
    let file = if subject.starts_with('/') { subject.clone() } else { String::new() };
    let (message, remedy) = (message.into(), remedy.into());
    let finding = Finding { code: code.name, severity: code.severity, subject, message, remedy };
    Located { finding, file, document: 0, path: String::new(), line: 0, column: 0 }
}

impl Located {
    /// The same finding, with a place in its file.
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        if line > 0 {
            (self.line, self.column) = (line, column);
            self.finding.subject = format!("{}:{line}:{column}", self.file);
        }
        self
    }

    pub(super) fn with(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }
}
