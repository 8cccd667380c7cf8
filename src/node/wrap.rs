//! Wraps a line to a width.

/// The narrowest column of text. In a narrower terminal the terminal itself wraps.
const NARROWEST: usize = 20;

/// The line, broken at spaces so that no part is wider than `width`, unless a word is. The parts after the first begin
/// below the text: behind the last gap of two spaces or an arrow near the start. Escape sequences have no width.
pub(super) fn wrap(line: &str, width: usize) -> String {
    let indent = text_column(line);
    if visible(line) <= width || width < indent + NARROWEST {
        return line.to_owned();
    }
    let (mut out, mut column) = (String::with_capacity(line.len() + 80), 0);
    for (number, word) in words(line).into_iter().enumerate() {
        let length = visible(word.text);
        // Blanks of the beginning and of a table stay; a break replaces those before a word.
        if number > 0 && column > indent && column + word.blanks + length > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.extend(std::iter::repeat_n(' ', word.blanks));
            column += word.blanks;
        }
        out.push_str(word.text);
        column += length;
    }
    out
}

/// A word, and the spaces before it.
struct Word<'t> {
    blanks: usize,
    text: &'t str,
}

fn words(line: &str) -> Vec<Word<'_>> {
    let (mut words, mut rest) = (Vec::new(), line);
    while !rest.trim_start_matches(' ').is_empty() {
        let text = rest.trim_start_matches(' ');
        let blanks = rest.len() - text.len();
        let end = text.find(' ').unwrap_or(text.len());
        words.push(Word { blanks, text: &text[..end] });
        rest = &text[end..];
    }
    words
}

/// The column in which the text of a line begins: `error    text`, `  -o, --output  text`, `    -> text`.
fn text_column(line: &str) -> usize {
    /// A gap farther to the right is part of the text.
    const FARTHEST: usize = 50;
    let (mut column, mut indent) = (0, 0);
    for (number, word) in words(line).iter().enumerate() {
        column += word.blanks;
        if number == 0 || word.blanks >= 2 && column <= FARTHEST {
            indent = column;
        }
        column += visible(word.text);
        if number == 0 && visible(word.text) == 2 && word.text.contains("->") {
            indent = column + 1;
        }
    }
    indent
}

/// The number of characters that a terminal shows of a text.
fn visible(text: &str) -> usize {
    let (mut count, mut escape) = (0, false);
    for c in text.chars() {
        match c {
            '\x1b' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            _ => count += 1,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{visible, wrap};

    #[test]
    fn a_line_is_broken_below_its_text() {
        assert_eq!(
            wrap("error    one two three four five", 30),
            "error    one two three four\n         five"
        );
        let option = "  -o, --output <FORMAT>  Format of the findings";
        assert_eq!(
            wrap(option, 46),
            "  -o, --output <FORMAT>  Format of the\n                         findings"
        );
        assert_eq!(wrap("         -> See what it says.", 35), "         -> See what it says.");
        assert_eq!(
            wrap("    -> See what the command says now", 30),
            "    -> See what the command\n       says now"
        );
        assert_eq!(
            wrap("\x1b[1mone\x1b[0m two three four five six seven", 30),
            "\x1b[1mone\x1b[0m two three four five six\nseven"
        );
        assert_eq!(wrap("short", 3), "short");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_part_is_wider(line in "( {1,3}[a-z>-]{1,12}){0,30}", width in 20_usize..120) {
            let wrapped = wrap(&line, width);
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrapped), words(&line));
            if wrapped.contains('\n') {
                for part in wrapped.lines() {
                    prop_assert!(visible(part) <= width || !part.trim_start().contains(' '), "{}", wrapped);
                }
            }
        }
    }
}
