//! What a command line of containerd says.

use super::words;

/// Which config file a containerd was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigPath {
    /// This one, as it was written: a relative path is relative to the process's directory (`/` under systemd).
    Given(String),
    /// None was given, so it is [`ConfigPath::DEFAULT`], which need not exist.
    Default,
}

impl ConfigPath {
    /// The file that containerd reads if it is told of none (`defaults.DefaultConfigDir`).
    pub const DEFAULT: &str = "/etc/containerd/config.toml";

    /// The path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Given(path) => path,
            Self::Default => Self::DEFAULT,
        }
    }
}

/// The config file that this command line names: `--config X`, `--config=X`, `-c X`, `-c=X`. Go's `flag` takes one
/// dash and two alike, and the last one counts.
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

/// A command line as systemd starts it: `environment` (`NAME=value` each, a later one wins) put in for `${NAME}`,
/// and for `$NAME` where it is a word of its own, split at spaces. A name that is not set stays as it is written,
/// because an `EnvironmentFile=` may set it; systemd makes it empty if nothing does.
pub fn expand(argv: &[String], environment: &[String]) -> Vec<String> {
    let value = |name: &str| {
        let pairs = environment.iter().rev().filter_map(|line| line.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    // systemd expands nothing in the program's own name.
    let mut expanded: Vec<String> = argv.first().cloned().into_iter().collect();
    for word in argv.iter().skip(1) {
        match word.strip_prefix('$').filter(|name| words::is_name(name)).and_then(value) {
            Some(text) => expanded.extend(text.split_whitespace().map(ToOwned::to_owned)),
            None => expanded.push(braced(word, value)),
        }
    }
    expanded
}

/// `word` with `${NAME}` replaced and `$$` made `$`.
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
