//! The kind of a value, as far as a field or `range` can fail on it.

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActionKind {
    /// The data that containerd passes to the template.
    Data,
    Text,
    Texts,
    /// Unknown; no error is reported for it.
    Any,
}

impl ActionKind {
    /// The kind of a field of the value.
    pub(super) fn field(self, name: &str) -> Result<Self, String> {
        match (self, name) {
            (Self::Data, "PodCIDR") => Ok(Self::Text),
            (Self::Data, "PodCIDRRanges" | "Routes") => Ok(Self::Texts),
            (Self::Data, _) => Err(format!("containerd does not give a template the field .{name}")),
            (Self::Any, _) => Ok(Self::Any),
            (Self::Text, _) => Err(format!(".{name} is a field of a string, and a string has no fields")),
            (Self::Texts, _) => Err(format!(".{name} is a field of a list, and a list has no fields")),
        }
    }

    /// The kind of the elements that `range` iterates over.
    pub(super) fn element(self) -> Result<Self, String> {
        match self {
            Self::Texts => Ok(Self::Text),
            Self::Any => Ok(Self::Any),
            Self::Data => Err("range cannot go over the data".to_owned()),
            Self::Text => Err("range cannot go over a string".to_owned()),
        }
    }
}
