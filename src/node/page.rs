//! What is printed. Names, keys and other programs' words come from files and processes: none of them steers a
//! terminal, turns the reading direction, hides, or begins a line of its own; and no password that they quote is told.

use std::fmt::{self, Write as _};

use serde::Serialize;

use super::masked_words;

/// How many characters of another program's words are shown.
const WORDS: usize = 400;

/// Whether a character does something instead of being seen: control characters (C0, DEL, C1), marks and overrides of
/// the reading direction (UAX #9), line and paragraph separators, what has no width, tags.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text as one line: what is not seen is written as its escape, a line break as `\n`, a secret as `***`.
pub fn one_line(text: &str) -> String {
    escaped(&masked_words(text), |_| false)
}

/// Another program's words (a plugin's, the runtime's, systemd's) as one line of bounded length.
pub fn heard(words: &str) -> String {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // Nobody needs to walk through megabytes to show the beginning.
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

/// JSON of which no character steers a terminal that shows it: in valid JSON such characters stand only inside
/// strings, where an escape means the same. Secrets in it are `***`.
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

/// What goes to standard output. It is made line by line, and each line is made safe where it is added: no text can
/// forget it, and no name in a line can begin another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    text: String,
    colours: bool,
}

impl Page {
    /// An empty page, for a terminal that shows colours or for one that does not.
    pub fn new(colours: bool) -> Self {
        Self { text: String::new(), colours }
    }

    /// A value as indented JSON.
    pub fn json(value: &impl Serialize) -> Self {
        // What is told has texts, numbers and lists, which always serialise.
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        Self { text: format!("{}\n", json_for_terminals(&json)), colours: false }
    }

    /// A text of many lines that this program itself brings: help, completions.
    pub fn of_lines(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines() {
            page.verbatim(line);
        }
        page
    }

    /// Adds to the line in hand, in a colour (the parameter of ECMA-48's SGR; empty: none).
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

    /// Ends the line in hand.
    pub fn end_line(&mut self) {
        self.text.push('\n');
    }

    /// Adds a line.
    pub fn line(&mut self, line: fmt::Arguments<'_>) {
        self.put("", &line.to_string()).end_line();
    }

    /// Adds a line of somebody's file, with its tabs.
    pub fn verbatim(&mut self, line: &str) {
        self.text.push_str(&escaped(line, |c| c == '\t'));
        self.end_line();
    }

    /// The page as it is printed.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One of every kind that is not seen.
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
            // What might be a secret does not mean the same.
            prop_assume!(!text.contains(['=', ':', '@']));
            let text = format!("{text}{UNSEEN}");
            let page = Page::json(&[&text]);
            prop_assert!(seen(page.as_str()));
            prop_assert_eq!(serde_json::from_str::<[String; 1]>(page.as_str()).unwrap(), [text]);
        }
    }
}
