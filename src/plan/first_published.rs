//! When a chain was first published with its owner's plugins. A chain that is published again does not make pods older
//! that have its plugins already.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use crate::cni::Plugin;
use crate::node::{Content, FirstPublished, HostPath, Kind, Layer, Node, Record};

/// Since when the chain at `path` has the plugins of this record's owner, by the wall clock. A record of an older release
/// does not tell it; then the file's own time does, which is that of its last publication.
pub fn chained_since(node: &Node, record: &Record, path: &HostPath) -> Option<FirstPublished> {
    let written = record.paths.get(path.as_str()).filter(|written| written.kind == Kind::Chain)?;
    if let Some(first) = &written.first_published {
        return Some(first.clone());
    }
    let file = node.files.get(path)?.present()?;
    let is_own = matches!(file.content, Content::Bytes(_))
        && file.content.digest().is_some_and(|digest| written.wrote.contains(&digest));
    is_own.then(|| FirstPublished { plugins: types(&record.layer), wall_ms: millis(file.stamp.ctime) })
}

impl Node {
    /// The time for the record of a chain that is published now with this layer. It stays if the chain had these
    /// plugins before, under this name or another.
    pub(in crate::plan) fn first_published(&self, known: Option<&Record>, layer: &Layer) -> FirstPublished {
        let plugins = types(layer);
        let chains = known
            .into_iter()
            .flat_map(|record| record.of_kind(Kind::Chain).map(move |(path, _)| (record, path)));
        let earlier = chains
            .filter_map(|(record, path)| chained_since(self, record, &path))
            .filter(|first| first.plugins.is_superset(&plugins))
            .map(|first| first.wall_ms)
            .min();
        FirstPublished { plugins, wall_ms: earlier.unwrap_or_else(|| millis(self.wall)) }
    }
}

impl Record {
    /// The types of the owner's plugins.
    pub fn plugin_types(&self) -> BTreeSet<String> {
        types(&self.layer)
    }

    pub(in crate::plan) fn set_first_published(&mut self, path: &HostPath, first: FirstPublished) {
        if let Some(written) = self.paths.get_mut(path.as_str()) {
            written.first_published = Some(first);
        }
    }
}

/// The types of a layer's plugins.
fn types(layer: &Layer) -> BTreeSet<String> {
    let plugins = layer.plugins.iter().filter_map(|text| Plugin::from_str(text).ok());
    plugins.map(|plugin| plugin.plugin_type().to_owned()).collect()
}

fn millis(nanos: i128) -> i64 {
    i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Before, Digest, File, Observed, Written};

    const PATH: &str = "/etc/cni/net.d/05-a.conflist";

    fn layer(types: &[&str]) -> Layer {
        let plugins = types.iter().map(|kind| format!(r#"{{"type":"{kind}"}}"#)).collect();
        Layer { plugins, ..Layer::default() }
    }

    fn record(types: &[&str], first: Option<i64>) -> Record {
        let mut record = Record::new("a", layer(types));
        let first_published =
            first.map(|wall_ms| FirstPublished { plugins: super::types(&record.layer), wall_ms });
        let wrote = vec![Digest::of(b"chain")];
        let written = Written { wrote, first_published, ..Written::new(Kind::Chain, Before::Absent) };
        record.paths.insert(PATH.to_owned(), written);
        record
    }

    fn node(bytes: &[u8]) -> Node {
        let mut file = File::of(bytes, 0o600);
        file.stamp.ctime = 3_000_000;
        let files = [(HostPath::known(PATH), Observed::Present(file))].into();
        Node { wall: 9_000_000, files, ..Node::default() }
    }

    #[test]
    fn a_chain_with_the_same_plugins_or_fewer_is_as_old_as_it_was() {
        for (had, has, at) in [
            (&["x"][..], &["x"][..], 5),
            (&["x", "y"], &["y"], 5),
            (&["x"], &["y"], 9),
            (&["x"], &["x", "y"], 9),
        ] {
            let known = record(had, Some(5));
            let first = node(b"another program's").first_published(Some(&known), &layer(has));
            assert_eq!((first.wall_ms, first.plugins), (at, super::types(&layer(has))), "{had:?} {has:?}");
        }
        assert_eq!(node(b"chain").first_published(None, &layer(&["x"])).wall_ms, 9);
    }

    #[test]
    fn without_the_time_in_the_record_the_file_tells_it_if_its_bytes_are_the_chains() {
        let known = record(&["x"], None);
        assert_eq!(node(b"chain").first_published(Some(&known), &layer(&["x"])).wall_ms, 3);
        assert_eq!(node(b"other").first_published(Some(&known), &layer(&["x"])).wall_ms, 9);
        assert_eq!(node(b"chain").first_published(Some(&known), &layer(&["y"])).wall_ms, 9);
    }
}
