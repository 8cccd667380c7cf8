//! A broken rule, and its place in the file.

use std::fmt;

/// The rule that is broken, as a true statement about a good file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The file can be read.
    Readable,
    /// Its name ends in `.conf`, `.conflist` or `.json`.
    Extension,
    /// It has at least one byte.
    Empty,
    /// It has more than whitespace.
    Whitespace,
    /// It has no NUL bytes (a crash of the node leaves them where data was not yet written).
    Nul,
    /// It does not start with a byte order mark.
    ByteOrderMark,
    /// It does not end in the middle.
    Truncated,
    /// It is JSON.
    Syntax,
    /// It is one document.
    OneDocument,
    /// It is nested at most 10,000 levels deep.
    Depth,
    /// Every number fits a 64-bit float.
    Number,
    /// The document is an object.
    Object,
    /// `name` is there, a string.
    Name,
    /// `cniVersion` is a string.
    CniVersion,
    /// `cniVersions` is a list of versions.
    CniVersions,
    /// `disableCheck`, `disableGC` or `loadOnlyInlinedPlugins` is a boolean.
    Switch,
    /// `plugins` is a list that is not empty.
    Plugins,
    /// Each plugin is an object with a `type`.
    Type,
    /// A plugin's common fields (`capabilities`, `ipam`, `dns`, ...) have their types.
    Field,
    /// No key that decides the chain occurs twice. This program adds the rule: the runtime would take the last one.
    DuplicateKey,
    /// The `type` of a plugin to add is a file name. The runtime notices only when a pod starts.
    TypeName,
}

/// The reason why a file is not loaded: the rule, the place and a phrase that completes "10-azure.conflist ...".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violation {
    /// The rule that is broken.
    pub rule: Rule,
    /// The line, from 1; 0 if the rule is about the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 if the rule is about the whole file.
    pub column: usize,
    /// The fault as a phrase that follows the file's name: `is missing 'type' in plugins[1]`.
    pub message: String,
}

impl Violation {
    /// A violation at the byte `offset` of `text`.
    pub(super) fn at(text: &[u8], offset: usize, rule: Rule, message: impl Into<String>) -> Self {
        let before = &text[..offset.min(text.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
        Self {
            rule,
            line: before.split(|&b| b == b'\n').count(),
            column: String::from_utf8_lossy(&before[line_start..]).chars().count() + 1,
            message: message.into(),
        }
    }

    /// A violation of the whole file.
    pub(super) fn whole(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, line: 0, column: 0, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.line > 0 {
            write!(f, " (line {}, column {})", self.line, self.column)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, Violation};

    #[test]
    fn columns_count_characters_and_lines_newlines() {
        let text = "{\r\n  \"é\": 1}".as_bytes();
        let violation = Violation::at(text, text.len() - 2, Rule::Syntax, "is odd");
        assert_eq!((violation.line, violation.column), (2, 8));
        assert_eq!(violation.to_string(), "is odd (line 2, column 8)");
        assert_eq!(Violation::at(b"", 9, Rule::Syntax, "").column, 1);
        assert_eq!(Violation::whole(Rule::Empty, "is 0 bytes").to_string(), "is 0 bytes");
    }
}
