//! Unified diffs of what changes.

use similar::TextDiff;

/// The unified diff of a file, with its path as both names; empty for equal texts and for bytes that are no text.
pub(super) fn unified(path: &str, before: &[u8], after: &[u8]) -> String {
    let (Ok(before), Ok(after)) = (std::str::from_utf8(before), std::str::from_utf8(after)) else {
        return String::new();
    };
    if before == after {
        return String::new();
    }
    TextDiff::from_lines(before, after).unified_diff().context_radius(3).header(path, path).to_string()
}
