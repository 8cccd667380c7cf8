//! The text that is printed. Names, keys and messages come from files and other programs. None of them can control
//! the terminal, change the reading direction, hide text or start a line; and passwords that they quote are hidden.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::masked_words;
use super::wrap::wrap;

/// The number of characters of another program's message that are shown.
const WORDS: usize = 400;

/// True for a character that acts instead of being visible: control characters (C0, DEL, C1), marks and overrides of
/// the reading direction (UAX #9), line and paragraph separators, characters without width, tags.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text as one line: invisible characters are escaped, a line break becomes `\n`, a secret `***`.
pub fn one_line(text: &str) -> String {
    escaped(&masked_words(text), |_| false)
}

/// A message of another program (a plugin, the runtime, systemd) as one line of limited length.
pub fn heard(words: &str) -> String {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // Only the beginning is shown, so megabytes need not be read.
        if line.len() > WORDS * 4 {
            break;
        }
    }
    let line = one_line(&line);
    match line.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{} ...", line[..end].trim_end()),
        None => line,
    }
}

/// JSON without characters that control a terminal. In valid JSON they occur only inside strings, where their escapes
/// are equal. Secrets become `***`.
pub fn json_for_terminals(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in masked_words(json).chars() {
        if c == '\n' || !is_unseen(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing into a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if keep(c) || !is_unseen(c) => line.push(c),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c => line.extend(c.escape_unicode()),
        }
    }
    line
}

/// A page for standard output. Each line is made safe when it is added, so no caller can forget it, and no name in a
/// line can start another line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    text: String,
    colours: bool,
    /// The width to which lines are wrapped, in characters; `None` in a pipe.
    width: Option<usize>,
    /// Where the current line begins in the text.
    line: usize,
}

impl Page {
    /// An empty page. `colours` is true for a terminal that shows colours.
    pub fn new(colours: bool) -> Self {
        Self { colours, ..Self::default() }
    }

    /// The page with its lines wrapped to a width.
    #[must_use]
    pub fn wrapped_to(self, width: Option<usize>) -> Self {
        Self { width, ..self }
    }

    /// A value as indented JSON.
    pub fn json(value: &impl Serialize) -> Self {
        // Reports have only texts, numbers and lists, which always serialise.
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        Self { text: format!("{}\n", json_for_terminals(&json)), ..Self::default() }
    }

    /// A text of many lines that is part of this program: help, completions.
    pub fn of_lines(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines() {
            page.verbatim(line);
        }
        page
    }

    /// A text of many lines that is part of this program, with its lines wrapped.
    pub fn of_wrapped_lines(text: &str, width: usize) -> Self {
        let mut page = Self::default();
        for line in text.lines() {
            wrap(line, width).lines().for_each(|line| page.verbatim(line));
            if line.is_empty() {
                page.end_command();
            }
        }
        page
    }

    /// The width to which lines are wrapped, in characters; `None` in a pipe.
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// True for a terminal of known width: a person reads the page.
    pub fn is_for_person(&self) -> bool {
        self.width.is_some()
    }

    /// Adds text to the current line in a colour (the parameter of ECMA-48's SGR; empty for none).
    pub fn put(&mut self, colour: &str, text: &str) -> &mut Self {
        let text = one_line(text);
        // Writing into a String cannot fail.
        let _ = if self.colours && !colour.is_empty() {
            write!(self.text, "\x1b[{colour}m{text}\x1b[0m")
        } else {
            self.text.write_str(&text)
        };
        self
    }

    /// Ends the current line, which is wrapped.
    pub fn end_line(&mut self) {
        if let Some(width) = self.width {
            let wrapped = wrap(&self.text[self.line..], width);
            self.text.truncate(self.line);
            self.text.push_str(&wrapped);
        }
        self.end_command();
    }

    /// Ends the current line as it is: a command with a line break in it cannot be pasted.
    pub fn end_command(&mut self) {
        self.text.push('\n');
        self.line = self.text.len();
    }

    /// Adds a line.
    pub fn line(&mut self, line: fmt::Arguments<'_>) {
        self.put("", &line.to_string()).end_line();
    }

    /// Adds a line of a file, with its tabs.
    pub fn verbatim(&mut self, line: &str) {
        self.text.push_str(&escaped(line, |c| c == '\t'));
        self.end_command();
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One character of every invisible kind.
    const UNSEEN: &str = "\0\x07\x1b[2J\x7f\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200e}\u{202e}\u{2028}\u{2029}\u{2060}\u{2066}\u{2069}\u{feff}\u{e0041}";

    fn seen(text: &str) -> bool {
        !text.chars().any(|c| c != '\n' && is_unseen(c))
    }

    #[test]
    fn what_is_not_seen_is_shown() {
        assert_eq!(one_line("a\nb\x1b[2J\u{202e}é"), "a\\nb\\u{1b}[2J\\u{202e}é");
        assert!(seen(&one_line(UNSEEN)));
    }

    #[test]
    fn a_secret_is_told_nowhere() {
        assert_eq!(one_line("password = \"x1\"\nhttps://u:x1@h"), "password = \"***\"\\nhttps://***@h");
        let page = Page::json(&["got {\"auth\": \"x1\"}", "password = 'x1'"]);
        assert_eq!(
            serde_json::from_str::<[String; 2]>(page.as_str()).unwrap(),
            ["got {\"auth\": \"***\"}", "password = '***'"]
        );
    }

    #[test]
    fn words_are_one_line_of_bounded_length() {
        assert_eq!(heard("  panic:\n\tgoroutine\x1b[1m 1\n"), "panic: goroutine\\u{1b}[1m 1");
        let long = heard(&"word \u{202e}\n".repeat(100_000));
        assert!(long.ends_with(" ...") && long.chars().count() <= WORDS + 4 && seen(&long), "{long}");
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_whatever_is_in_it(name in any::<String>(), more in "\\PC*") {
            let mut page = Page::new(false);
            page.line(format_args!("  primary  {name}{UNSEEN}\n{more}"));
            page.put("31", &name).put("", &more).end_line();
            page.verbatim(&format!("{name}\tx"));
            prop_assert_eq!(page.as_str().lines().count(), 3);
            prop_assert!(page.as_str().chars().all(|c| "\n\t".contains(c) || !is_unseen(c)));
        }

        #[test]
        fn json_means_the_same_and_shows_all(text in any::<String>()) {
            // A possible secret is replaced, so it does not stay equal.
            prop_assume!(!text.contains(['=', ':', '@']));
            let text = format!("{text}{UNSEEN}");
            let page = Page::json(&[&text]);
            prop_assert!(seen(page.as_str()));
            prop_assert_eq!(serde_json::from_str::<[String; 1]>(page.as_str()).unwrap(), [text]);
        }
    }
}
