//! A kind of finding, and how a table of kinds is made.

use crate::report::finding::Severity;

/// A kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable kebab-case name.
    pub name: &'static str,
    /// The usual severity; a finding that is less certain is a warning.
    pub severity: Severity,
    /// The meaning, in one line.
    pub title: &'static str,
}

/// Defines a constant for each code of findings, and the list of all codes.
macro_rules! finding_codes {
    ($(#[$doc:meta])* $($ident:ident $name:literal $severity:ident $title:literal;)*) => {
        $(pub(crate) const $ident: $crate::report::codes::code::Code = $crate::report::codes::code::Code {
            name: $name,
            severity: $crate::report::finding::Severity::$severity,
            title: $title,
        };)*
        $(#[$doc])*
        pub const CODES: &[$crate::report::codes::code::Code] = &[$($ident),*];
    };
}
pub(super) use finding_codes;
