//! One config file, both as text and as parsed TOML with byte positions.

use std::collections::BTreeMap;
use std::rc::Rc;

use toml_edit::{Document, Item, Table};

use super::fold::Folding;
use super::refusal::{Position, Refusal};
use super::strict;
use crate::node::HostPath;

const BOM: char = '\u{feff}';

/// A config file that parses. The spans of its items are offsets in [`Source::text`].
#[derive(Clone, Debug)]
pub(crate) struct Source {
    path: HostPath,
    /// True if the file exists; a missing file reads as empty.
    present: bool,
    bom: bool,
    document: Document<String>,
}

/// Parsed files by path.
pub(crate) type Sources = BTreeMap<HostPath, Rc<Source>>;

impl Source {
    /// Parses a file's bytes; `None` is a file that does not exist.
    ///
    /// Refused is a file that no containerd reads: not UTF-8, not TOML, or with syntax of TOML 1.1.
    pub(crate) fn read(path: &HostPath, bytes: Option<&[u8]>) -> Result<Self, Refusal> {
        let raw = bytes.unwrap_or_default();
        let text = std::str::from_utf8(raw).map_err(|error| {
            let start = String::from_utf8_lossy(&raw[..error.valid_up_to()]).into_owned();
            Refusal::new(path, "it is not UTF-8, and TOML must be", "save it as UTF-8")
                .at(position(&start, start.len()))
        })?;
        let (bom, text) = match text.strip_prefix(BOM) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // The parser drops a byte order mark, so it is kept separately.
        if text.starts_with(BOM) {
            return Err(Refusal::new(
                path,
                "it has two byte order marks, but TOML allows one at most; containerd would not start",
                "save it as UTF-8 without a byte order mark",
            )
            .at(position(text, 0)));
        }
        let document = Document::parse(text.to_owned()).map_err(|error| {
            let refusal = Refusal::new(
                path,
                format!("it is not TOML ({}), and containerd would not start", one_line(error.message())),
                "mend the syntax there",
            );
            match error.span() {
                Some(span) => refusal.at(position(text, span.start)),
                None => refusal,
            }
        })?;
        if let Some((what, at)) = strict::newer_than_1_0(document.as_item(), text) {
            return Err(Refusal::new(
                path,
                format!("{what} is TOML 1.1, which containerd does not read"),
                "write it as TOML 1.0",
            )
            .at(position(text, at)));
        }
        Ok(Self { path: path.clone(), present: bytes.is_some(), bom, document })
    }

    /// The same file with another text (without the byte order mark, which is kept).
    pub(crate) fn with_text(&self, text: &str) -> Result<Self, Refusal> {
        let mut next = Self::read(&self.path, Some(text.as_bytes()))?;
        next.bom = self.bom;
        Ok(next)
    }

    pub(crate) fn path(&self) -> &HostPath {
        &self.path
    }

    pub(crate) fn is_present(&self) -> bool {
        self.present
    }

    pub(crate) fn has_bom(&self) -> bool {
        self.bom
    }

    /// The position of the first key with an escape.
    pub(crate) fn escaped_key(&self) -> Option<Position> {
        strict::escaped_key(self.root(), self.text()).map(|offset| self.position(offset))
    }

    pub(crate) fn text(&self) -> &str {
        self.document.raw()
    }

    pub(crate) fn root(&self) -> &Table {
        self.document.as_table()
    }

    /// The value of a key at the root, in any spelling that the release reads.
    pub(crate) fn item(&self, key: &str, folding: Folding) -> Option<&Item> {
        self.root().get(self.spelled(key, folding)?)
    }

    /// The file's spelling of a key at the root.
    pub(crate) fn spelled(&self, key: &str, folding: Folding) -> Option<&str> {
        folding.pick(key, self.root().iter().map(|(key, _)| key))
    }

    /// A list of strings at the root; empty if the value has another type.
    pub(crate) fn strings(&self, key: &str, folding: Folding) -> Vec<String> {
        let array = self.item(key, folding).and_then(Item::as_array);
        array.into_iter().flatten().filter_map(toml_edit::Value::as_str).map(str::to_owned).collect()
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.text().len() + 3);
        if self.bom {
            bytes.extend_from_slice(BOM.encode_utf8(&mut [0; 4]).as_bytes());
        }
        bytes.extend_from_slice(self.text().as_bytes());
        bytes
    }

    /// The line ending of the file: that of its first line.
    pub(crate) fn line_ending(&self) -> &'static str {
        match self.text().split_once('\n') {
            Some((line, _)) if line.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        position(self.text(), offset)
    }
}

/// The reason why a file looks cut off: its TOML ends where more must follow. A syntax error before that is not a
/// sign of a file that is still being written.
pub fn cut_off(path: &HostPath, bytes: &[u8]) -> Option<Refusal> {
    let refusal = Source::read(path, Some(bytes)).err()?;
    let text = String::from_utf8_lossy(bytes);
    let last_line = text.trim_end().matches('\n').count() + 1;
    refusal.position.is_some_and(|position| position.line >= last_line).then_some(refusal)
}

fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).collect::<Vec<_>>().join(", ")
}
