//! Reads command lines of containerd.

use super::words;

/// The config file on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigPath {
    /// This file, as written. A relative path is relative to the process's directory (`/` under systemd).
    Given(String),
    /// The command line names no file, so [`ConfigPath::DEFAULT`] applies, which need not exist.
    Default,
}

impl ConfigPath {
    /// The file that containerd reads by default (`defaults.DefaultConfigDir`).
    pub const DEFAULT: &str = "/etc/containerd/config.toml";

    /// The path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Given(path) => path,
            Self::Default => Self::DEFAULT,
        }
    }
}

/// The config file on this command line: `--config X`, `--config=X`, `-c X`, `-c=X`. Go's `flag` accepts one or two
/// dashes, and the last option counts.
pub fn config_path(argv: &[String]) -> ConfigPath {
    let mut path = None;
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        let Some(flag) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        match flag.split_once('=') {
            Some(("config" | "c", value)) => path = Some(value.to_owned()),
            None if flag == "config" || flag == "c" => path = words.next().cloned().or(path),
            _ => {}
        }
    }
    path.map_or(ConfigPath::Default, ConfigPath::Given)
}

/// Expands a command line as systemd does: `${NAME}` anywhere, and `$NAME` as a whole word, which is split at spaces.
/// The values are in `environment` (`NAME=value` each; a later one wins). An unknown name stays as written, because
/// an `EnvironmentFile=` may set it; systemd would make it empty.
pub fn expand(argv: &[String], environment: &[String]) -> Vec<String> {
    let value = |name: &str| {
        let pairs = environment.iter().rev().filter_map(|line| line.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    // systemd does not expand the program's path.
    let mut expanded: Vec<String> = argv.first().cloned().into_iter().collect();
    for word in argv.iter().skip(1) {
        match word.strip_prefix('$').filter(|name| words::is_name(name)).and_then(value) {
            Some(text) => expanded.extend(text.split_whitespace().map(ToOwned::to_owned)),
            None => expanded.push(braced(word, value)),
        }
    }
    expanded
}

/// `word` with `${NAME}` replaced and `$$` as `$`.
fn braced<'a>(word: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        match name.and_then(|(name, after)| Some((value(name)?, after))) {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => text.push('$'),
        }
    }
    text + rest
}
