//! A plugin object to be chained.

use std::str::FromStr;

use super::json::{Document, JsonKind, Value};
use super::rules::Libcni;
use super::typed::plugin_type;
use super::violation::{Rule, Violation};

/// No real plugin object is nested as deep. Within the limit the layout may recurse.
const MAX_DEPTH: usize = 64;

/// A plugin object that every release of libcni accepts, with its original text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    document: Document,
    plugin_type: String,
}

/// The reason why a text is not a plugin object: the broken rule and its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugin object {0}")]
pub struct PluginError(pub Violation);

impl Plugin {
    /// The `type`, which is the file name of the binary.
    pub fn plugin_type(&self) -> &str {
        &self.plugin_type
    }

    /// The original text.
    pub fn text(&self) -> &[u8] {
        self.document.text()
    }

    /// The object.
    pub(super) fn object(&self) -> Value<'_> {
        self.document.root()
    }

    fn read(text: &str) -> Result<Self, Violation> {
        let document = Document::parse(text.as_bytes())?;
        let object = document.root();
        if object.kind() != JsonKind::Object {
            let message =
                format!("is {}, not an object such as {{\"type\": \"tuning\"}}", object.kind().name());
            return Err(object.violation(Rule::Type, message));
        }
        let plugin_type = plugin_type(object, "", Libcni::Any)?;
        if plugin_type.contains(['/', '\0']) || matches!(plugin_type.as_str(), "." | "..") {
            let message = format!(
                "has the type {plugin_type:?}, but a type must be the name of a file in the plugin directory, \
                 without '/'"
            );
            let at = object.fields("type").next().unwrap_or(object);
            return Err(at.violation(Rule::TypeName, message));
        }
        let too_deep = object.descendants().find(|value| depth(*value) > MAX_DEPTH);
        if let Some(value) = too_deep {
            return Err(value.violation(Rule::Depth, format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { document, plugin_type })
    }
}

fn depth(value: Value<'_>) -> usize {
    std::iter::successors(Some(value), |value| value.parent()).take(MAX_DEPTH + 2).count() - 1
}

impl FromStr for Plugin {
    type Err = PluginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).map_err(PluginError)
    }
}

#[cfg(test)]
mod tests;
