//! Findings as text for a person: the worst first, a summary at the end.

use std::collections::HashMap;

use super::{Finding, Located, OutcomeWord, Report, Severity, Why};
use crate::node::Page;

/// The findings, one block each, the worst first (equal ones keep their order), then a line that counts them. The
/// first line is the diagnosis. `page` is empty; it knows the terminal.
pub fn table(report: &Report<Located>, mut page: Page) -> Page {
    for why in report.why.iter().flatten() {
        explained(&mut page, why);
    }
    if report.why.as_ref().is_some_and(Vec::is_empty) {
        page.put(BLUE, "unknown").put("", "  ").line(format_args!("{UNKNOWN}"));
    }
    let mut findings: Vec<_> = report.findings.iter().map(|located| &located.finding).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for alike in together(&findings, page.is_for_person()) {
        block(&mut page, &alike);
    }
    if report.outcome == OutcomeWord::Failed {
        page.line(format_args!("{}", report.message.replace('\n', " ")));
        return page;
    }
    if !findings.is_empty() {
        page.put(BOLD, &counted(report)).end_line();
    }
    // What was not seen comes before the sentence that all is well.
    for unseen in &report.unseen {
        page.put(DIM, &format!("not seen: {unseen}")).end_line();
    }
    let is_told = report.outcome == OutcomeWord::Unchanged && report.why.is_some();
    if !is_told && (findings.is_empty() || report.exit_code == 0) {
        page.put(GREEN, &report.message).end_line();
    }
    page
}

/// The findings in blocks. For a person, those with the same words are one block, so that no sentence stands twice.
fn together<'f>(findings: &[&'f Finding], same: bool) -> Vec<Vec<&'f Finding>> {
    let mut blocks: Vec<Vec<&Finding>> = Vec::new();
    let mut known = HashMap::new();
    for finding in findings {
        let words = (finding.severity, &finding.message, &finding.remedy);
        let number = *known.entry(words).or_insert(blocks.len());
        match blocks.get_mut(number).filter(|_| same) {
            Some(block) => block.push(finding),
            None => blocks.push(vec![finding]),
        }
    }
    blocks
}

/// One message with its places and its remedy.
fn block(page: &mut Page, alike: &[&Finding]) {
    let Some(finding) = alike.first() else { return };
    let (word, colour) = match finding.severity {
        Severity::Error => ("error  ", RED),
        Severity::Warning => ("warning", YELLOW),
        Severity::Info => ("note   ", BLUE),
    };
    page.put(colour, word).put("", "  ").put(BOLD, finding.message.trim_end()).end_line();
    for finding in alike {
        let place = format!("{}  [{}]", finding.subject, finding.code);
        page.put("", INDENT).put(DIM, &place).end_line();
    }
    let mut remedy = finding.remedy.trim_end().split('\n').filter(|_| !finding.remedy.is_empty());
    if let Some(first) = remedy.next() {
        page.put("", INDENT).put(GREEN, "->").put("", " ").put("", first);
        end_remedy(page, first);
    }
    for line in remedy {
        page.put("", INDENT).put("", "   ").put("", line);
        end_remedy(page, line);
    }
}

/// Ends a line of a remedy. Only a sentence is wrapped.
pub(super) fn end_remedy(page: &mut Page, line: &str) {
    if line.starts_with(char::is_uppercase) && line.ends_with('.') {
        page.end_line();
    } else {
        page.end_command();
    }
}

/// A message and what it means. The finding of this node has the better remedy, if the node has one.
fn explained(page: &mut Page, why: &Why) {
    page.put(BLUE, "message").put("", "  ").put(BOLD, &why.words).end_line();
    page.put("", INDENT).put(DIM, &format!("from {}", why.source)).end_line();
    page.put("", INDENT).put("", &why.meaning).end_line();
    if why.on_this_node.is_empty() {
        page.put("", INDENT).put(GREEN, "->").put("", " ").put("", &why.remedy);
        end_remedy(page, &why.remedy);
    } else {
        let codes = why.on_this_node.join(", ");
        page.put("", INDENT).put("", &format!("This node has: {codes}, see below.")).end_line();
    }
}

/// What is said of words that no row of the table explains.
const UNKNOWN: &str = "This text contains no known message; docs/findings.md lists those that are known.";

const INDENT: &str = "         ";

/// The number of findings of each severity, in words: `2 errors, 1 warning`.
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

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const GREEN: &str = "32";
const BOLD: &str = "1";
const DIM: &str = "2";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::codes::install;
    use crate::report::{Exit, Finding};

    fn report() -> Report<Located> {
        let located = |severity, message: &str| Located {
            finding: Finding {
                code: install::ADOPTED_FILE.name,
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
        let page = table(&report(), Page::new(false));
        let text = page.as_str();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "error    first");
        assert_eq!(lines[1], "         /a  [adopted-file]");
        assert_eq!(lines[2..4], ["         -> one", "            two"]);
        assert_eq!(lines[4], "error    also");
        assert_eq!(lines[lines.len() - 2..], ["2 errors, 1 warning, 1 note", "not seen: the moon"]);
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn for_a_person_the_same_words_are_one_block() {
        let mut report = report();
        for (number, located) in report.findings.iter_mut().enumerate() {
            located.finding.severity = Severity::Error;
            located.finding.message = "the same".to_owned();
            located.finding.subject = format!("/{number}");
        }
        let lines = |page: Page| table(&report, page).as_str().lines().map(str::to_owned).collect::<Vec<_>>();
        let person = lines(Page::new(false).wrapped_to(Some(80)));
        assert_eq!(person.iter().filter(|line| line.contains("the same")).count(), 1, "{person:#?}");
        assert_eq!(person.iter().filter(|line| line.contains("-> one")).count(), 1, "{person:#?}");
        assert!((0..4).all(|number| person.iter().any(|line| line.contains(&format!("/{number}  [")))));
        assert_eq!(lines(Page::new(false)).iter().filter(|line| line.contains("the same")).count(), 4);
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
        let page = table(&report, Page::new(false));
        let text = page.as_str();
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("a \\u{1b}[2J") && text.contains("-> rm '\\u{7}'\n            ls"), "{text}");
    }

    #[test]
    fn colours_are_only_around_the_words() {
        let (plain, coloured) = (table(&report(), Page::new(false)), table(&report(), Page::new(true)));
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\x1b') {
            stripped.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain.as_str());
        assert!(coloured.as_str().starts_with("\x1b[1;31merror"));
    }
}
