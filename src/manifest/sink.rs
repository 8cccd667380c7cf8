//! Collects findings.

use std::collections::HashMap;
use std::rc::Rc;

use crate::report::{Code, Finding, Located, Severity};

use super::object::Object;
use super::yaml::{Place, Spot};

/// Collects findings with their places.
#[derive(Default)]
pub(super) struct Sink {
    found: Vec<Located>,
}

impl Sink {
    /// A finding about `spot` of `object`.
    pub(super) fn add(
        &mut self,
        code: &Code,
        object: &Object<'_>,
        spot: &Spot<'_>,
        message: String,
        remedy: String,
    ) {
        self.tell_at(code, object, spot, spot.at, message, remedy);
    }

    /// A finding at its own place (inside the text of `spot`).
    pub(super) fn tell_at(
        &mut self,
        code: &Code,
        object: &Object<'_>,
        spot: &Spot<'_>,
        at: Place,
        message: String,
        remedy: String,
    ) {
        let subject = format!("{}:{} {object}", object.file, at.line);
        let message = shortened(message);
        let finding = Finding { code: code.name, severity: code.severity, subject, message, remedy };
        let (file, path) = (object.file.to_owned(), spot.path.clone());
        let (line, column) = (at.line as usize, at.column as usize);
        self.found.push(Located { finding, file, document: object.document, path, line, column });
    }

    /// A finding about a whole document.
    pub(super) fn document(
        &mut self,
        code: &Code,
        file: &str,
        document: usize,
        at: Place,
        message: String,
        remedy: String,
    ) {
        let subject = format!("{file}:{} document {document}", at.line);
        let message = shortened(message);
        let finding = Finding { code: code.name, severity: code.severity, subject, message, remedy };
        let (file, path) = (file.to_owned(), String::new());
        let (line, column) = (at.line as usize, at.column as usize);
        self.found.push(Located { finding, file, document, path, line, column });
    }

    /// Makes the last finding a warning, because something unknown may prevent the fault.
    pub(super) fn soften_last(&mut self) {
        if let Some(last) = self.found.last_mut() {
            last.finding.severity = last.finding.severity.min(Severity::Warning);
        }
    }

    /// The findings, in the order of the inputs, then of their lines.
    pub(super) fn into_sorted(mut self, names: &[Rc<str>]) -> Vec<Located> {
        let order: HashMap<&str, _> =
            names.iter().enumerate().rev().map(|(number, name)| (&**name, number)).collect();
        let key = |located: &Located| (order.get(located.file.as_str()), located.line, located.column);
        self.found.sort_by(|one, other| key(one).cmp(&key(other)));
        self.found
    }
}

/// The characters of a message that are shown; a longer one quotes a long value.
const LONGEST: usize = 1200;

/// The message without the middle of a long one.
fn shortened(message: String) -> String {
    if message.chars().count() <= LONGEST {
        return message;
    }
    let characters: Vec<char> = message.chars().collect();
    let (begin, end) = (&characters[..LONGEST / 2], &characters[characters.len() - LONGEST / 2..]);
    format!("{} ... {}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}
