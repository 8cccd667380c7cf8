//! Settings in a config file that have no effect: the release ignores their name, or a drop-in discards them.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::{Dialect, GRPC, IMAGES, Key, RUNTIME, SHORT};
use super::files::Files;
use super::fold::Folding;
use super::imports::ConfigFiles;
use super::load::Loaded;
use super::loader::Loader;
use super::tree::{Path, Tree};
use crate::node::HostPath;
use crate::node::Release;

/// Settings of one file that have no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredSetting {
    /// The file with the settings.
    pub file: HostPath,
    /// The settings, as dotted keys without the plugin's name (`cni.max_conf_num`).
    pub keys: Vec<String>,
    /// The file that discards the settings, if one does.
    pub by: Option<HostPath>,
}

/// A setting: its file, and its keys from the plugin on.
type Place = (HostPath, Path);

/// Settings under table names that this release ignores, so that its defaults apply. If the release is not known:
/// under names that all releases ignore. Empty for a config that is refused, because the refusal explains more.
pub fn ignored(files: &ConfigFiles, release: Option<Release>) -> Vec<IgnoredSetting> {
    let own = Files::read(&alone(files)).ok();
    told(files, release, |read, loader, loaded| {
        // A setting that a drop-in discards was read; `lost` reports it.
        let own = own.as_ref().and_then(|own| own.load(loader).ok());
        let settings = read.sources.values().flat_map(|source| {
            let tree = Tree::of(source);
            settings(&tree).into_iter().map(|keys| (source.path().clone(), keys)).collect::<Vec<_>>()
        });
        let in_order = settings.filter(|(file, _)| loaded.order.contains(file));
        in_order
            .filter(|(file, keys)| {
                let taken = own.as_ref().filter(|_| *file == files.main);
                !is_read(&loaded.tree, keys, loader)
                    && !taken.is_some_and(|own| is_read(&own.tree, keys, loader))
            })
            .collect()
    })
}

/// Settings of the main file that its drop-ins discard: on 1.x a drop-in replaces the whole CRI table
/// (containerd#5837), on 2.0 to 2.2 a drop-in with a newer version discards the main file's older table names.
pub fn lost(files: &ConfigFiles, release: Option<Release>) -> Vec<IgnoredSetting> {
    let Ok(alone) = Files::read(&alone(files)) else { return Vec::new() };
    let mut lost = told(files, release, |_, loader, loaded| {
        let Ok(before) = alone.load(loader) else { return BTreeSet::new() };
        let settings = settings(&before.tree).into_iter();
        let gone = settings.filter(|keys| !is_read(&loaded.tree, keys, loader));
        gone.map(|keys| (files.main.clone(), keys)).collect()
    });
    for ignored_settings in &mut lost {
        ignored_settings.by = taker(files);
    }
    lost
}

/// The same files with empty drop-ins, to see the main file's own effect.
pub fn alone(files: &ConfigFiles) -> ConfigFiles {
    let empty = |(path, bytes): (&HostPath, &Option<Vec<u8>>)| {
        let bytes = if *path == files.main { bytes.clone() } else { bytes.as_ref().map(|_| Vec::new()) };
        (path.clone(), bytes)
    };
    ConfigFiles { files: files.files.iter().map(empty).collect(), ..files.clone() }
}

/// The settings that `of` returns for every loader, in the order of each file.
fn told(
    files: &ConfigFiles,
    release: Option<Release>,
    of: impl Fn(&Files, Loader, &Loaded) -> BTreeSet<Place>,
) -> Vec<IgnoredSetting> {
    let Ok(read) = Files::read(files) else { return Vec::new() };
    let by_loader = Loader::of(release).into_iter().filter_map(|loader| {
        let loaded = read.load(loader).ok()?;
        Some(of(&read, loader, &loaded))
    });
    let all = by_loader.reduce(|one, other| one.intersection(&other).cloned().collect()).unwrap_or_default();
    let mut by_file: BTreeMap<HostPath, Vec<String>> = BTreeMap::new();
    for (file, keys) in all {
        let key = keys[2..].join(".");
        let known = by_file.entry(file).or_default();
        if !known.contains(&key) {
            known.push(key);
        }
    }
    by_file.into_iter().map(|(file, keys)| IgnoredSetting { file, keys, by: None }).collect()
}

/// The last drop-in with a CRI table.
fn taker(files: &ConfigFiles) -> Option<HostPath> {
    let read = Files::read(files).ok()?;
    let others = read.sources.values().filter(|source| *source.path() != files.main);
    let mut with_cri = others.filter(|source| {
        let tree = Tree::of(source);
        [SHORT, GRPC, RUNTIME].iter().any(|plugin| tree.get(&["plugins", plugin]).is_some())
    });
    with_cri.next_back().map(|source| source.path().clone())
}

/// The settings of a file that concern pod networks, as keys from the root.
fn settings(tree: &Tree) -> Vec<Path> {
    let matters = |keys: &[String]| {
        // A spelling that this release ignores is still meant as this key.
        let keys = Folding::AnyCase.canonical(keys);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        match keys[..] {
            ["plugins", SHORT | GRPC | RUNTIME, ref rest @ ..] => matches!(
                rest,
                ["cni", ..]
                    | ["sandbox_image"]
                    | ["containerd", "default_runtime_name"]
                    | ["containerd", "runtimes", _, "runtime_type"]
                    | ["containerd", "runtimes", _, "options", "SystemdCgroup"]
            ),
            ["plugins", IMAGES, "pinned_images", "sandbox"] => true,
            _ => false,
        }
    };
    let leaves = tree.leaves().into_keys();
    // The list is reported, not its elements.
    leaves
        .filter(|keys| matters(keys) && keys.last().is_none_or(|key| key.parse::<usize>().is_err()))
        .collect()
}

/// True if the loaded tree has a value for a setting. 2.1 reads `bin_dir` into `bin_dirs`.
fn is_read(tree: &Tree, keys: &[String], loader: Loader) -> bool {
    let canonical = loader.folding().canonical(keys);
    if canonical != Folding::AnyCase.canonical(keys) {
        return false;
    }
    let mut keys = translated(&canonical, loader.dialect());
    let is_there = |keys: &Path| tree.get(keys).is_some();
    if is_there(&keys) {
        return true;
    }
    match keys.last_mut() {
        Some(last) if last == "bin_dir" => last.push('s'),
        _ => return false,
    }
    is_there(&keys)
}

/// The keys of the setting in the loaded tree.
fn translated(keys: &[String], dialect: Dialect) -> Path {
    let rest: Vec<&str> = keys.iter().skip(2).map(String::as_str).collect();
    match rest[..] {
        ["sandbox_image"] | ["pinned_images", "sandbox"] => dialect.path(&Key::SandboxImage),
        _ => ["plugins", dialect.runtime()].into_iter().chain(rest).map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = "/etc/containerd/config.toml";
    const DROP_IN: &str = "/etc/containerd/conf.d/x.toml";

    fn files(main: &str, drop_in: Option<&str>) -> ConfigFiles {
        let path = |text: &str| HostPath::new(text).unwrap();
        let mut files = BTreeMap::from([(path(MAIN), Some(main.as_bytes().to_vec()))]);
        if let Some(text) = drop_in {
            files.insert(path(DROP_IN), Some(text.as_bytes().to_vec()));
        }
        ConfigFiles { main: path(MAIN), files, listings: BTreeMap::new() }
    }

    fn keys(ignored_settings: &[IgnoredSetting]) -> Vec<&str> {
        ignored_settings.iter().flat_map(|one| one.keys.iter().map(String::as_str)).collect()
    }

    #[test]
    fn names_that_a_release_does_not_read_are_ignored() {
        let versionless = files("[plugins.cri.cni]\nmax_conf_num = 1\n", None);
        assert_eq!(keys(&ignored(&versionless, Some(Release::new(2, 1, 0)))), ["cni.max_conf_num"]);
        assert_eq!(keys(&ignored(&versionless, Some(Release::new(1, 7, 24)))), [""; 0]);
        assert_eq!(keys(&ignored(&versionless, None)), [""; 0]);
        let newer =
            files("version = 2\n[plugins.'io.containerd.cri.v1.runtime'.cni]\nconf_dir = '/a'\n", None);
        assert_eq!(keys(&ignored(&newer, Some(Release::new(1, 7, 24)))), ["cni.conf_dir"]);
        assert_eq!(keys(&ignored(&newer, Some(Release::new(2, 0, 0)))), [""; 0]);
        let both = files(
            "version = 2\n[plugins.'io.containerd.cri.v1.runtime'.cni]\nconf_dir = '/a'\n\
             [plugins.'io.containerd.grpc.v1.cri'.cni]\nconf_dir = '/a'\n",
            None,
        );
        for release in [Release::new(1, 6, 20), Release::new(2, 1, 0)] {
            assert_eq!(keys(&ignored(&both, Some(release))), [""; 0], "{release}");
        }
    }

    #[test]
    fn a_drop_in_takes_the_whole_table_on_1_x() {
        let main = format!(
            "version = 2\nimports = ['{DROP_IN}']\n[plugins.'io.containerd.grpc.v1.cri']\nsandbox_image = 'a'\n\
             [plugins.'io.containerd.grpc.v1.cri'.cni]\nmax_conf_num = 1\n"
        );
        let drop_in = "version = 2\n[plugins.'io.containerd.grpc.v1.cri'.cni]\nmax_conf_num = 2\n";
        let files = files(&main, Some(drop_in));
        let gone = lost(&files, Some(Release::new(1, 7, 24)));
        assert_eq!(keys(&gone), ["sandbox_image"]);
        assert_eq!(gone[0].by.as_ref().map(HostPath::as_str), Some(DROP_IN));
        assert!(lost(&files, Some(Release::new(2, 1, 0))).is_empty());
    }
}
