//! Explains the words of a kubelet, a runtime or a plugin.

use super::message::{Message, Rank};
use super::pattern::{Found, find, normal};
use super::table::all;
use crate::report::word;

/// A known message in somebody's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The row of the table.
    pub message: &'static Message,
    /// The message as it stands in the words.
    pub words: String,
    /// What it means.
    pub meaning: String,
    /// A command that looks at the cause or mends it, or a comment.
    pub look: String,
}

/// The known messages in `words`, likelier causes first: errors are wrapped from the inside, and the last event is the
/// newest, so the last message comes first. Empty if no row of the table fits.
pub fn explain(words: &str) -> Vec<Explanation> {
    let text = normal(words);
    let mut rows: Vec<(&Message, Found<'_>)> =
        all().filter_map(|message| Some((message, find(message.text, &text)?))).collect();
    let Some(best) = rows.iter().map(|(message, _)| message.rank).min() else { return Vec::new() };
    rows.retain(|(message, _)| message.rank == best);
    // Of two rows about one place, the row that says more of the text is the more exact one.
    rows.sort_by_key(|(message, _)| std::cmp::Reverse(message.text.len()));
    let mut told: Vec<(&Message, Found<'_>)> = Vec::new();
    for (message, found) in rows {
        let overlaps = |(_, other): &(&Message, Found<'_>)| {
            found.place.start < other.place.end && other.place.start < found.place.end
        };
        if !told.iter().any(overlaps) {
            told.push((message, found));
        }
    }
    told.sort_by_key(|(_, found)| std::cmp::Reverse(found.place.start));
    told.into_iter().map(|(message, found)| explanation(message, &text, &found)).collect()
}

fn explanation(message: &'static Message, text: &str, found: &Found<'_>) -> Explanation {
    let parts: Vec<&str> = found.parts.iter().map(|part| inside(part)).collect();
    let quoted: Vec<String> = parts.iter().map(|part| word(part)).collect();
    Explanation {
        message,
        words: text.get(found.place.clone()).unwrap_or_default().to_owned(),
        meaning: filled(message.meaning, &parts),
        look: filled(message.look, &quoted),
    }
}

/// The text without the quotes around it, and without what follows them.
fn inside(part: &str) -> &str {
    let quotes = ['"', '\'', '`'];
    let part = part.trim().trim_start_matches(quotes);
    part.split(quotes).next().unwrap_or(part)
}

/// Puts the texts at each `…` of the message into a sentence or a command. A text that is put in is not read again.
fn filled(template: &str, parts: &[impl AsRef<str>]) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once('}').and_then(|(number, rest)| {
            let at: usize = number.parse().ok()?;
            Some((parts.get(at.checked_sub(1)?)?.as_ref(), rest))
        });
        match named {
            Some((part, rest)) => text.extend([part, rest]),
            None => text.extend(["{", piece]),
        }
    }
    text
}

impl Rank {
    /// True if the message names a cause, or possible causes.
    pub const fn is_a_cause(self) -> bool {
        !matches!(self, Self::Step)
    }
}
