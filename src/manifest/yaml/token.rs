//! The tokens of YAML.

use super::{Place, Style, Text};

/// A token, and where it begins.
pub(super) struct Token<'t> {
    pub(super) at: Place,
    pub(super) kind: Kind<'t>,
}

pub(super) enum Kind<'t> {
    StreamEnd,
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockListStart,
    BlockMapStart,
    BlockEnd,
    FlowListStart,
    FlowListEnd,
    FlowMapStart,
    FlowMapEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    Tag(&'t str),
    Scalar(Text<'t>, Style),
}
