//! Findings for a person: the worst first, a summary at the end.

use std::fmt::{self, Write as _};

use super::{Located, OutcomeWord, Report, Severity};

/// The findings, one block each, the worst first (of equal ones the first stays first), then a line that counts them.
/// The first line is the diagnosis. `colours` is for terminals.
pub fn table(report: &Report<Located>, colours: bool) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write(&mut out, report, Paint(colours));
    out
}

fn write(out: &mut String, report: &Report<Located>, paint: Paint) -> fmt::Result {
    let mut findings: Vec<_> = report.findings.iter().map(|located| &located.finding).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in &findings {
        let (word, colour) = match finding.severity {
            Severity::Error => ("error  ", RED),
            Severity::Warning => ("warning", YELLOW),
            Severity::Info => ("note   ", BLUE),
        };
        writeln!(out, "{}  {}", paint.with(colour, word), paint.with(BOLD, &indented(&finding.message)))?;
        writeln!(
            out,
            "         {}",
            paint.with(DIM, &format!("{}  [{}]", shown(&finding.subject), finding.code))
        )?;
        if !finding.remedy.is_empty() {
            writeln!(out, "         {} {}", paint.with(GREEN, "->"), indented(&finding.remedy))?;
        }
    }
    if report.outcome == OutcomeWord::Failed {
        return writeln!(out, "{}", report.message);
    }
    if findings.is_empty() {
        writeln!(out, "{}", paint.with(GREEN, &shown(&report.message)))?;
    } else {
        writeln!(out, "{}", paint.with(BOLD, &counted(report)))?;
        if report.outcome == OutcomeWord::Healthy {
            writeln!(out, "{}", paint.with(GREEN, &shown(&report.message)))?;
        }
    }
    for unseen in &report.unseen {
        writeln!(out, "{}", paint.with(DIM, &format!("not seen: {}", shown(unseen))))?;
    }
    Ok(())
}

/// How many there are of each severity, in words: `2 errors, 1 warning`.
pub(super) fn counted(report: &Report<Located>) -> String {
    let count =
        |severity| report.findings.iter().filter(|located| located.finding.severity == severity).count();
    let words = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")];
    let words: Vec<String> = words
        .into_iter()
        .map(|(severity, word)| (count(severity), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    words.join(", ")
}

/// Further lines under the first one.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().split('\n').map(shown).collect();
    lines.join("\n            ")
}

/// Names come from files: what would steer a terminal is shown, not obeyed.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const GREEN: &str = "32";
const BOLD: &str = "1";
const DIM: &str = "2";

#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        let mut out = String::new();
        let _ = if self.0 { write!(out, "\x1b[{code}m{text}\x1b[0m") } else { out.write_str(text) };
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Exit, Finding};

    fn report() -> Report<Located> {
        let located = |severity, message: &str| Located {
            finding: Finding {
                code: "adopted-file",
                severity,
                subject: "/a".to_owned(),
                message: message.to_owned(),
                remedy: "one\ntwo".to_owned(),
            },
            file: "/a".to_owned(),
            document: 0,
            path: String::new(),
            line: 0,
            column: 0,
        };
        let bare = Report::bare("check", OutcomeWord::Problems, Exit::Problems, String::new());
        let findings = vec![
            located(Severity::Info, "third"),
            located(Severity::Error, "first"),
            located(Severity::Warning, "second"),
            located(Severity::Error, "also"),
        ];
        Report { findings, unseen: vec!["the moon".to_owned()], ..bare }
    }

    #[test]
    fn the_worst_comes_first_and_the_count_last() {
        let text = table(&report(), false);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "error    first");
        assert_eq!(lines[1], "         /a  [adopted-file]");
        assert_eq!(lines[2..4], ["         -> one", "            two"]);
        assert_eq!(lines[4], "error    also");
        assert_eq!(lines[lines.len() - 2..], ["2 errors, 1 warning, 1 note", "not seen: the moon"]);
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn no_name_steers_the_terminal() {
        let mut report = report();
        for located in &mut report.findings {
            located.finding.message = "a \x1b[2J\u{9b}b".to_owned();
            located.finding.subject = "/a\rb\n".to_owned();
            located.finding.remedy = "rm '\x07'\nls".to_owned();
        }
        report.unseen = vec!["\x1b]0;x".to_owned()];
        let text = table(&report, false);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("a \\u{1b}[2J") && text.contains("-> rm '\\u{7}'\n            ls"), "{text}");
    }

    #[test]
    fn colours_are_only_around_the_words() {
        let (plain, coloured) = (table(&report(), false), table(&report(), true));
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\x1b') {
            stripped.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
        assert!(coloured.starts_with("\x1b[1;31merror"));
    }
}
