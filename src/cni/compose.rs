//! Composes the chain: the primary's own text with the owners' plugins spliced in.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::conflist::{Conflist, Parts, hands_on_to};
use super::json::Value;
use super::layout::Style;
use super::plugin::Plugin;
use super::rules::Libcni;
use super::violation::Violation;

/// The place in the list where plugins are added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Position {
    /// Before all plugins of the primary.
    First,
    /// After all plugins of the primary.
    #[default]
    Last,
    /// Directly before the first plugin of this type.
    Before(String),
    /// Directly after the last plugin of this type.
    After(String),
}

/// The text is not a [`Position`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a position; write first, last, before=TYPE or after=TYPE")]
pub struct PositionError(String);

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            None if text == "first" => Ok(Self::First),
            None if text == "last" => Ok(Self::Last),
            Some(("before", name)) if !name.is_empty() => Ok(Self::Before(name.to_owned())),
            Some(("after", name)) if !name.is_empty() => Ok(Self::After(name.to_owned())),
            _ => Err(PositionError(text.to_owned())),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::First => f.write_str("first"),
            Self::Last => f.write_str("last"),
            Self::Before(name) => write!(f, "before={name}"),
            Self::After(name) => write!(f, "after={name}"),
        }
    }
}

/// The plugins that one owner adds to the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLayer {
    /// The owner. Layers at the same place are ordered by the bytes of their owners' names.
    pub owner: String,
    /// The plugins in their order.
    pub plugins: Vec<Plugin>,
    /// The place of plugins that are not in the list yet.
    pub position: Position,
}

/// A composed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The text to publish as a `.conflist`.
    pub bytes: Arc<[u8]>,
    /// The plugins' types, in the order in which the runtime reads them.
    pub types: Vec<String>,
    /// The types of plugins in the base that an owner's plugin replaces, in the order of the list.
    pub replaced: Vec<String>,
}

/// The reason why no chain can be composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The list has no plugin of the type that a position names.
    #[error("the position of {owner} is {position}, but the primary has no plugin of that type; it has: {}", there.join(", "))]
    NoAnchor {
        /// The owner of the position.
        owner: String,
        /// The position.
        position: Position,
        /// The types in the list.
        there: Vec<String>,
    },
    /// Two layers add the same type.
    #[error("{first} and {second} both add the plugin type {plugin_type:?}; a chain runs each plugin once")]
    AddedTwice {
        /// The type.
        plugin_type: String,
        /// The first owner.
        first: String,
        /// The second owner.
        second: String,
    },
    /// Several plugins of the primary have this type, so the one to replace is not clear.
    #[error(
        "the primary has {times} plugins of the type {plugin_type:?}, so it is not clear which of them --plugin \
         replaces; remove all but one, or chain a plugin of another type"
    )]
    Ambiguous {
        /// The type.
        plugin_type: String,
        /// The number of plugins with this type.
        times: usize,
    },
    /// The primary already delegates to a plugin of this type.
    #[error(
        "the primary already delegates to a plugin of the type {0:?}; chaining it as well would run it twice"
    )]
    Wraps(String),
    /// The runtime would not load the result.
    #[error("the runtime would not load the chain: it {0}")]
    Unsound(Violation),
}

/// Splices the plugins of `layers` into the text of `base`, the primary with or without these layers.
///
/// Every byte of `base` stays, with its key order, unknown keys and spelling of numbers. A plugin whose type is in
/// the list already replaces it in its place, so a second composition returns the same bytes; the others go to the
/// position of their layer. The order of `layers` does not matter. A single plugin object becomes a list of one, as
/// in libcni's `ConfListFromConf`. The result passed the loading rules by which `base` was read.
pub fn compose(base: &Conflist, layers: &[ChainLayer]) -> Result<Composed, ComposeError> {
    #[cfg(test)]
    super::counted::note_composed();
    let list = match base.parts() {
        Some(_) => base.clone(),
        None => read(&list_of_one(base.root(), base.rules() == Libcni::V1_3).into(), base)?,
    };
    let Some(parts) = list.parts() else { return Ok(unchanged(&list)) };
    let layers = in_order(layers);
    let added = by_type(&layers)?;
    for name in added.keys() {
        let times = parts.plugins.iter().filter(|(_, there)| there == name).count();
        if times > 1 {
            return Err(ComposeError::Ambiguous { plugin_type: (*name).to_owned(), times });
        }
        let mut kept = parts.plugins.iter().filter(|(_, there)| !added.contains_key(there));
        if kept.any(|(plugin, _)| hands_on_to(*plugin, name)) {
            return Err(ComposeError::Wraps((*name).to_owned()));
        }
    }
    let gaps = gaps(&parts, &layers)?;
    let bytes: Arc<[u8]> = splice(list.bytes(), &parts, &added, &gaps).into();
    let replaced = parts.plugins.iter().filter(|(_, name)| added.contains_key(name));
    let replaced = replaced.map(|(_, name)| (*name).to_owned()).collect();
    let types = read(&bytes, base)?.types().into_iter().map(ToOwned::to_owned).collect();
    Ok(Composed { bytes, types, replaced })
}

fn read(bytes: &Arc<[u8]>, base: &Conflist) -> Result<Conflist, ComposeError> {
    Conflist::of("chain.conflist", bytes, base.rules()).map_err(ComposeError::Unsound)
}

/// The primary as it is: without a layer it is what the runtime must run, in its own spelling and form.
pub fn unchained(primary: &Conflist) -> Composed {
    unchanged(primary)
}

fn unchanged(list: &Conflist) -> Composed {
    let types = list.types().into_iter().map(ToOwned::to_owned).collect();
    Composed { bytes: list.bytes().into(), types, replaced: Vec::new() }
}

/// The layers in a fixed order that does not depend on the order of the argument.
fn in_order(layers: &[ChainLayer]) -> Vec<&ChainLayer> {
    fn key(layer: &ChainLayer) -> (&str, Vec<&str>) {
        (&layer.owner, layer.plugins.iter().map(Plugin::plugin_type).collect())
    }
    let mut layers: Vec<&ChainLayer> = layers.iter().collect();
    layers.sort_by(|a, b| key(a).cmp(&key(b)));
    layers
}

/// All plugins to add, by type.
fn by_type<'a>(layers: &[&'a ChainLayer]) -> Result<BTreeMap<&'a str, &'a Plugin>, ComposeError> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut plugins = BTreeMap::new();
    for (layer, plugin) in
        layers.iter().flat_map(|layer| layer.plugins.iter().map(move |plugin| (layer, plugin)))
    {
        let name = plugin.plugin_type();
        if let Some(other) = owners.insert(name, &layer.owner) {
            return Err(ComposeError::AddedTwice {
                plugin_type: name.to_owned(),
                first: other.to_owned(),
                second: layer.owner.clone(),
            });
        }
        plugins.insert(name, plugin);
    }
    Ok(plugins)
}

/// The plugins to add before each plugin of the list, and after the last one.
fn gaps<'a>(parts: &Parts<'_>, layers: &[&'a ChainLayer]) -> Result<Vec<Vec<&'a Plugin>>, ComposeError> {
    let is_there = |plugin: &Plugin| parts.plugins.iter().any(|(_, name)| *name == plugin.plugin_type());
    let mut placed = Vec::new();
    for layer in layers {
        let new: Vec<&Plugin> = layer.plugins.iter().filter(|plugin| !is_there(plugin)).collect();
        if !new.is_empty() {
            placed.push((place(parts, layer)?, new));
        }
    }
    placed.sort_by_key(|(place, _)| *place);
    let mut gaps = vec![Vec::new(); parts.plugins.len() + 1];
    for ((gap, _), plugins) in placed {
        gaps[gap].extend(plugins);
    }
    Ok(gaps)
}

/// The gap for a layer's plugins and their rank in it: a layer with a position beside a plugin stands nearer to that
/// plugin than a layer with a position at an end of the list.
fn place(parts: &Parts<'_>, layer: &ChainLayer) -> Result<(usize, u8), ComposeError> {
    let types = || parts.plugins.iter().map(|(_, name)| *name);
    let place = match &layer.position {
        Position::First => Some((0, 1)),
        Position::Last => Some((parts.plugins.len(), 1)),
        Position::Before(name) => types().position(|there| there == name).map(|at| (at, 2)),
        Position::After(name) => types().rposition(|there| there == name).map(|at| (at + 1, 0)),
    };
    place.ok_or_else(|| ComposeError::NoAnchor {
        owner: layer.owner.clone(),
        position: layer.position.clone(),
        there: types().map(ToOwned::to_owned).collect(),
    })
}

fn splice(text: &[u8], parts: &Parts<'_>, added: &BTreeMap<&str, &Plugin>, gaps: &[Vec<&Plugin>]) -> Vec<u8> {
    let style = Style::of(text, parts);
    let separator = style.separator();
    let mut out = Vec::with_capacity(text.len() + 1024);
    let mut copied = 0;
    for ((value, name), gap) in parts.plugins.iter().zip(gaps) {
        let span = value.span();
        out.extend_from_slice(&text[copied..span.start]);
        for plugin in gap {
            out.extend_from_slice(&style.write(plugin.object()));
            out.extend_from_slice(separator.as_bytes());
        }
        match added.get(name) {
            Some(plugin) => out.extend_from_slice(&style.write(plugin.object())),
            None => out.extend_from_slice(value.raw()),
        }
        copied = span.end;
    }
    for plugin in gaps.last().into_iter().flatten() {
        out.extend_from_slice(separator.as_bytes());
        out.extend_from_slice(&style.write(plugin.object()));
    }
    out.extend_from_slice(&text[copied..]);
    out
}

/// The list that libcni makes of a single plugin object (`conf.go`, `ConfListFromConf`), around its unchanged text.
/// For a list libcni 1.3 also reads a directory, which it does not for a single object; `inlined_only` turns that off
/// in the list.
fn list_of_one(plugin: Value<'_>, inlined_only: bool) -> Vec<u8> {
    let text = plugin.raw();
    let eol = match text.iter().position(|&byte| byte == b'\n') {
        Some(at) if at > 0 && text[at - 1] == b'\r' => "\r\n",
        Some(_) => "\n",
        None => "",
    };
    let (space, unit) = if eol.is_empty() { ("", "") } else { (" ", "  ") };
    let field = |key| plugin.fields(key).find(|value| value.string().is_some()).map(Value::raw);
    let mut out = format!("{{{eol}").into_bytes();
    if let Some(version) = field("cniVersion") {
        out.extend_from_slice(format!("{unit}\"cniVersion\":{space}").as_bytes());
        out.extend_from_slice(version);
        out.extend_from_slice(format!(",{eol}").as_bytes());
    }
    out.extend_from_slice(format!("{unit}\"name\":{space}").as_bytes());
    out.extend_from_slice(field("name").unwrap_or(b"\"\""));
    if inlined_only {
        out.extend_from_slice(format!(",{eol}{unit}\"loadOnlyInlinedPlugins\":{space}true").as_bytes());
    }
    out.extend_from_slice(format!(",{eol}{unit}\"plugins\":{space}[{eol}{unit}{unit}").as_bytes());
    out.extend_from_slice(text);
    out.extend_from_slice(format!("{eol}{unit}]{eol}}}{eol}").as_bytes());
    out
}

#[cfg(test)]
mod tests;
