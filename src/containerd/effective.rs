//! The effective config: the values of all config files together that concern pod networks.

use std::collections::BTreeMap;

use super::dialect::{CRI, Dialect, Key, RUNC_V2};
use super::files::Files;
use super::imports::ConfigFiles;
use super::load::Loaded;
use super::loader::Loader;
use super::refusal::{Refusal, RefusalKind};
use super::tree::{Origin, Scalar, Tree};
use crate::node::HostPath;
use crate::node::Release;

/// A value and the file that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The file that sets it.
    pub file: HostPath,
    /// The line in that file, from 1; 0 if it is not known.
    pub line: usize,
}

impl<T> Sourced<T> {
    /// The file and the line, as `FILE:LINE`.
    pub fn place(&self) -> String {
        if self.line == 0 { self.file.to_string() } else { format!("{}:{}", self.file, self.line) }
    }
}

/// A runtime of `containerd.runtimes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeView {
    /// `runtime_type`.
    pub runtime_type: Option<Sourced<String>>,
    /// `runtime_path`, the shim as a path; releases before 1.7 do not read it.
    pub runtime_path: Option<Sourced<String>>,
    /// `options.BinaryName`, the program that the shim of runc executes; without it, `runc`.
    pub binary_name: Option<Sourced<String>>,
    /// `options.SystemdCgroup`; `None` means false.
    pub systemd_cgroup: Option<Sourced<bool>>,
    /// The runtime's own `cni_conf_dir`.
    pub cni_conf_dir: Option<Sourced<String>>,
    /// The runtime's own `cni_max_conf_num`; 0 counts as unset.
    pub cni_max_conf_num: Option<Sourced<i64>>,
}

/// The effective config. `None` means that no file sets the value and the release's default applies. Distributions
/// change defaults (Debian's `bin_dir` is `/usr/lib/cni`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// The config version of the merged files; 1 if no file has one.
    pub version: i64,
    /// The files in the order of reading; later files win.
    pub files: Vec<HostPath>,
    /// The entry of `disabled_plugins` that disables CRI.
    pub cri_disabled: Option<Sourced<String>>,
    /// `cni.max_conf_num`; the default of every release is 1.
    pub max_conf_num: Option<Sourced<i64>>,
    /// `cni.conf_template`; no release has a default.
    pub conf_template: Option<Sourced<String>>,
    /// `cni.conf_dir`.
    pub conf_dir: Option<Sourced<String>>,
    /// `cni.bin_dirs`, else `cni.bin_dir`; empty if neither is set.
    pub bin_dirs: Vec<Sourced<String>>,
    /// True if the runtime sets up the pod's loopback itself (`cni.use_internal_loopback`, 2.0 and later).
    pub has_own_loopback: bool,
    /// `sandbox_image`, or `pinned_images.sandbox`.
    pub sandbox_image: Option<Sourced<String>>,
    /// `containerd.default_runtime_name`, else `runc`.
    pub default_runtime: String,
    /// `containerd.default_runtime_name`, if a file sets it.
    pub default_runtime_set: Option<Sourced<String>>,
    /// The runtimes in the files; without any, the release has its own `runc`.
    pub runtimes: BTreeMap<String, RuntimeView>,
}

/// Reads the files as the release does. If the release is not known, all releases that read the files must agree on
/// the values.
pub fn effective(files: &ConfigFiles, release: Option<Release>) -> Result<Effective, Refusal> {
    let read = Files::read(files)?;
    let loaders = Loader::of(release);
    let mut seen: Option<(Loader, Effective)> = None;
    let mut refused = None;
    for loader in loaders {
        let view = match view(&read, loader) {
            Ok(view) => view,
            Err(refusal) => {
                refused.get_or_insert(refusal);
                continue;
            }
        };
        match &seen {
            Some((first, known)) if !known.agrees(&view) => {
                return Err(Refusal::new(
                    &files.main,
                    format!("{} and {} read different values from it", first.name(), loader.name()),
                    "give the program access to containerd's socket, so that it learns the release",
                )
                .of_kind(RefusalKind::ReleasesDiffer));
            }
            Some(_) => {}
            None => seen = Some((loader, view)),
        }
    }
    match (seen, refused) {
        (Some((_, view)), _) => Ok(view),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal::new(&files.main, "no release reads it", "mend the file")),
    }
}

impl Effective {
    /// True if the values are equal. The order of the files and the written version do not count.
    fn agrees(&self, other: &Self) -> bool {
        let same = Self { version: self.version, files: self.files.clone(), ..other.clone() };
        *self == same
    }

    /// The runtimes that a `SystemdCgroup` concerns: the default one, and all others of type `io.containerd.runc.v2`.
    pub fn runc_runtimes(&self) -> Vec<String> {
        let is_runc = |name: &str, view: &RuntimeView| match &view.runtime_type {
            Some(kind) if !is_placeholder(&kind.value) => kind.value == RUNC_V2,
            Some(_) | None => name == "runc",
        };
        let known = self.runtimes.iter().filter(|(name, view)| is_runc(name, view));
        let mut names: Vec<String> = known.map(|(name, _)| name.clone()).collect();
        if self.default_runtime == "runc" && !self.runtimes.contains_key("runc") {
            names.push("runc".to_owned());
        }
        names
    }
}

/// True for a placeholder in a template (microk8s). Its value is not known, and containerd never sees it.
pub(crate) fn is_placeholder(value: &str) -> bool {
    value.starts_with("${")
}

/// Reads the files with one loader. A setting of a wrong type is an error, because containerd would not start.
pub(crate) fn view(files: &Files, loader: Loader) -> Result<Effective, Refusal> {
    let Loaded { version, order, tree } = files.load(loader)?;
    let dialect = loader.dialect();
    let reader = Reader { files, tree: &tree, dialect };
    let mut runtimes = BTreeMap::new();
    let names = reader.get(&reader.runtime(&["containerd", "runtimes"]))?.and_then(Tree::table);
    for name in names.into_iter().flat_map(BTreeMap::keys) {
        let at = |key: &str| reader.runtime(&["containerd", "runtimes", name, key]);
        runtimes.insert(
            name.clone(),
            RuntimeView {
                runtime_type: reader.text(&at("runtime_type"))?,
                runtime_path: reader.text(&at("runtime_path"))?.filter(|path| !path.value.is_empty()),
                binary_name: reader.option(&at("options"), "BinaryName"),
                systemd_cgroup: reader.flag(&dialect.path(&Key::SystemdCgroup(name.clone())))?,
                cni_conf_dir: reader.text(&at("cni_conf_dir"))?,
                cni_max_conf_num: reader.number(&at("cni_max_conf_num"))?,
            },
        );
    }
    let bin_dir = reader.text(&reader.runtime(&["cni", "bin_dir"]))?.filter(|dir| !dir.value.is_empty());
    let bin_dirs = reader.texts(&reader.runtime(&["cni", "bin_dirs"]))?;
    let default_runtime = reader.text(&reader.runtime(&["containerd", "default_runtime_name"]))?;
    Ok(Effective {
        version,
        files: order,
        cri_disabled: reader
            .texts(&["disabled_plugins".to_owned()])?
            .into_iter()
            .find(|name| CRI.contains(&name.value.as_str())),
        max_conf_num: reader.number(&dialect.path(&Key::MaxConfNum))?,
        conf_template: reader.text(&dialect.path(&Key::ConfTemplate))?,
        conf_dir: reader.text(&reader.runtime(&["cni", "conf_dir"]))?,
        has_own_loopback: reader
            .flag(&reader.runtime(&["cni", "use_internal_loopback"]))?
            .is_some_and(|flag| flag.value),
        bin_dirs: if bin_dirs.is_empty() { bin_dir.into_iter().collect() } else { bin_dirs },
        sandbox_image: reader.text(&dialect.path(&Key::SandboxImage))?,
        default_runtime: default_runtime
            .as_ref()
            .map_or_else(|| "runc".to_owned(), |name| name.value.clone()),
        default_runtime_set: default_runtime,
        runtimes,
    })
}

struct Reader<'a> {
    files: &'a Files,
    tree: &'a Tree,
    dialect: Dialect,
}

impl Reader<'_> {
    fn runtime(&self, keys: &[&str]) -> Vec<String> {
        ["plugins", self.dialect.runtime()].iter().chain(keys).map(|key| (*key).to_owned()).collect()
    }

    /// The value at the path. All parents must be tables.
    fn get(&self, path: &[String]) -> Result<Option<&Tree>, Refusal> {
        let mut tree = self.tree;
        for (depth, key) in path.iter().enumerate() {
            tree = match tree {
                Tree::Table(table) => match table.get(key) {
                    Some(tree) => tree,
                    None => return Ok(None),
                },
                Tree::Leaf(_, origin) => return Err(self.wrong(&path[..depth], "a table", Some(origin))),
                Tree::List(_) => return Err(self.wrong(&path[..depth], "a table", None)),
            };
        }
        Ok(Some(tree))
    }

    fn read<T>(
        &self,
        path: &[String],
        kind: &str,
        read: impl Fn(&Scalar) -> Option<T>,
    ) -> Result<Option<Sourced<T>>, Refusal> {
        match self.get(path)? {
            None => Ok(None),
            Some(Tree::Leaf(scalar, origin)) => match read(scalar) {
                Some(value) => Ok(Some(self.sourced(value, origin))),
                None => Err(self.wrong(path, kind, Some(origin))),
            },
            Some(_) => Err(self.wrong(path, kind, None)),
        }
    }

    fn sourced<T>(&self, value: T, origin: &Origin) -> Sourced<T> {
        Sourced { value, file: origin.file.clone(), line: self.files.line(origin) }
    }

    /// A text among a shim's options. They are decoded when a pod starts, so a wrong type stops nothing here.
    fn option(&self, options: &[String], key: &str) -> Option<Sourced<String>> {
        match self.tree.get(options)?.get(&[key])? {
            Tree::Leaf(Scalar::Text(value), origin) if !value.is_empty() => {
                Some(self.sourced(value.clone(), origin))
            }
            _ => None,
        }
    }

    fn text(&self, path: &[String]) -> Result<Option<Sourced<String>>, Refusal> {
        self.read(path, "a string", text)
    }

    fn number(&self, path: &[String]) -> Result<Option<Sourced<i64>>, Refusal> {
        self.read(path, "a whole number", |scalar| match scalar {
            Scalar::Int(number) => Some(*number),
            _ => None,
        })
    }

    fn flag(&self, path: &[String]) -> Result<Option<Sourced<bool>>, Refusal> {
        self.read(path, "true or false", |scalar| match scalar {
            Scalar::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    fn texts(&self, path: &[String]) -> Result<Vec<Sourced<String>>, Refusal> {
        let kind = "a list of strings";
        match self.get(path)? {
            None => Ok(Vec::new()),
            Some(Tree::List(list)) => list
                .iter()
                .map(|tree| match tree {
                    Tree::Leaf(Scalar::Text(value), origin) => Ok(self.sourced(value.clone(), origin)),
                    _ => Err(self.wrong(path, kind, None)),
                })
                .collect(),
            Some(Tree::Leaf(_, origin)) => Err(self.wrong(path, kind, Some(origin))),
            Some(Tree::Table(_)) => Err(self.wrong(path, kind, None)),
        }
    }

    fn wrong(&self, path: &[String], kind: &str, origin: Option<&Origin>) -> Refusal {
        let file = origin.map_or(&self.files.main, |origin| &origin.file);
        let key = path.last().map_or("", String::as_str);
        let refusal = Refusal::new(
            file,
            format!("{key} is not {kind}, and containerd does not start with it"),
            format!("write {kind} for {key}"),
        );
        match origin {
            Some(origin) => self.files.point(refusal, origin),
            None => refusal,
        }
    }
}

fn text(scalar: &Scalar) -> Option<String> {
    match scalar {
        Scalar::Text(text) => Some(text.clone()),
        _ => None,
    }
}
