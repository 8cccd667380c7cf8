//! Resolves the settings to the desired state of this node.

use std::path::Path;
use std::str::FromStr as _;

use crate::cni::Plugin;
use crate::node::{Content, DENIED, DesiredValues, File, HostPath, Layer, Node, Observed};
use crate::plan::dirs::Dirs;
use crate::plan::layers::{OtherLayer, others};
use crate::plan::runtime::cgroup;
use crate::plan::settings::{BinaryInput, Goal, Layout, PluginInput, Setting, Settings};
use crate::plan::values::Values;
use crate::report::codes::install;
use crate::report::{Failure, FailureCode, Finding, Severity};

/// The desired state of this node: a function of the layers of all owners.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The goal of the run.
    pub goal: Goal,
    /// The owner whose layer the run installs or uninstalls.
    pub owner: String,
    /// The owner's plugins to chain, in order.
    pub plugins: Vec<Plugin>,
    /// What this owner publishes.
    pub layout: Layout,
    /// The layers of the other owners, in byte order of the owners.
    pub others: Vec<OtherLayer>,
    /// The layer for the record.
    pub layer: Layer,
    /// The directories.
    pub dirs: Dirs,
    /// The binaries for the bin dir, by name, each with the path of its input.
    pub binaries: Vec<(String, String)>,
    /// Inputs that do not exist yet: another container may bring them.
    pub absent_inputs: Vec<String>,
    /// The desired values of the runtime, those of the other owners included.
    pub values: Values,
    /// Findings about the settings.
    pub findings: Vec<Finding>,
}

/// Resolves the settings on this node. A fault in the settings is a usage error on any node.
pub fn resolve(settings: &Settings, node: &Node) -> Result<Desired, Failure> {
    let dirs = Dirs::of(settings, &node.answers);
    let mut absent_inputs = Vec::new();
    let plugins = plugins(settings, node, &mut absent_inputs)?;
    let owner = match (&settings.owner, plugins.first()) {
        (Some(owner), _) => owner.clone(),
        (None, Some(plugin)) => plugin.plugin_type().to_owned(),
        (None, None) if has_no_plugin(settings) => WITHOUT_PLUGIN.to_owned(),
        (None, None) => String::new(),
    };
    check_owner(&owner, settings)?;
    let layout = layout(settings, node, &owner)?;
    let binaries = binaries(settings, node, &mut absent_inputs)?;
    let mut layer = Layer {
        plugins: plugins.iter().map(|plugin| String::from_utf8_lossy(plugin.text()).into_owned()).collect(),
        position: settings.position.to_string(),
        layout: layout.word().to_owned(),
        output: settings.output_file.clone().unwrap_or_default(),
        primary: settings.primary.as_ref().map(ToString::to_string),
        primary_dir: settings.primary_dir.as_ref().map(ToString::to_string),
        desired: DesiredValues::default(),
    };
    let mut findings = Vec::new();
    let values = Values {
        max_conf_num: match settings.max_conf_num {
            None if layout != Layout::OwnFile => None,
            None => Some(1),
            Some(Setting::Set(number)) => Some(number),
            Some(Setting::Keep) => None,
        },
        conf_template: conf_template(settings, &dirs.conf, &mut findings),
        systemd_cgroup: cgroup::desired(settings, node, &mut findings),
        sandbox_image: match &settings.sandbox_image {
            Setting::Keep => None,
            Setting::Set(image) => Some(image.clone()),
        },
    };
    layer.desired = values.desired();
    let others = others(node, &dirs, &owner);
    let values = others.iter().fold(values, |values, other| values.or(other.values()));
    let goal = settings.goal;
    Ok(Desired {
        goal,
        owner,
        plugins,
        layout,
        others,
        layer,
        dirs,
        binaries,
        absent_inputs,
        values,
        findings,
    })
}

/// The owner of a layer without a plugin.
const WITHOUT_PLUGIN: &str = "node";

/// True if the layer has no plugin on purpose.
fn has_no_plugin(settings: &Settings) -> bool {
    settings.plugins.is_empty() && !settings.layout.is_some_and(Layout::has_chain)
}

/// An uninstall that names no owner, on a node with records of other owners only: asked before the first plan, because
/// an uninstall removes its own record.
pub fn unnamed_owner(settings: &Settings, node: &Node) -> Option<Failure> {
    let records = node.records();
    let is_named = settings.owner.is_some() || !settings.plugins.is_empty();
    if settings.goal == Goal::Install || is_named || records.contains_key(WITHOUT_PLUGIN) {
        return None;
    }
    let owners: Vec<&str> = records.keys().map(String::as_str).collect();
    let first = owners.first()?;
    Some(Failure::new(
        FailureCode::OwnerMissing,
        format!("no owner was given, and this node has records of {}", owners.join(", ")),
        format!("name one: cni-bootstrap uninstall --owner {first}"),
    ))
}

/// The layout that the options ask for. Without a plugin it is `none`. An uninstall takes the layout from the record,
/// because it undoes what was published then.
fn layout(settings: &Settings, node: &Node, owner: &str) -> Result<Layout, Failure> {
    let recorded = || {
        let record = node.records().remove(owner)?.ok()?;
        Layout::of_word(&record.layer.layout)
    };
    let usage =
        |sentence: &str, remedy: &str| Failure::new(FailureCode::CommandLineInvalid, sentence, remedy);
    match (settings.layout, settings.plugins.is_empty()) {
        _ if settings.goal == Goal::Uninstall => Ok(recorded().unwrap_or(Layout::OwnFile)),
        (None | Some(Layout::None), true) if settings.primary_dir.is_some() => Err(usage(
            "without a chain nothing is published, so the runtime would never load a primary in --primary-dir",
            "leave --primary-dir out, or give a --plugin",
        )),
        (None | Some(Layout::None), true) => Ok(Layout::None),
        (None | Some(Layout::OwnFile), false) => Ok(Layout::OwnFile),
        (Some(Layout::InPlace), false) if settings.output_file.is_some() => Err(usage(
            "--layout in-place publishes the chain in the primary's own file, and --output-file names another",
            "leave one of the two out",
        )),
        (Some(Layout::InPlace), false) if settings.primary_dir.is_some() => Err(usage(
            "--layout in-place publishes the chain in the primary's own file, which the runtime does not see in \
             --primary-dir",
            "leave one of the two out",
        )),
        (Some(Layout::InPlace), false) => Ok(Layout::InPlace),
        (Some(Layout::None), false) => {
            Err(usage("--layout none chains nothing, and a --plugin was given", "leave one of the two out"))
        }
        (Some(layout), true) => Err(usage(
            &format!("--layout {} publishes a chain, and no --plugin was given", layout.word()),
            "give a --plugin, or leave --layout out",
        )),
    }
}

fn plugins(settings: &Settings, node: &Node, absent: &mut Vec<String>) -> Result<Vec<Plugin>, Failure> {
    let mut plugins = Vec::new();
    for input in &settings.plugins {
        let text = match input {
            PluginInput::Json(text) => text.clone(),
            PluginInput::File(path) if node.sources.get(path).is_some_and(is_denied) => {
                return Err(Failure::new(
                    FailureCode::AccessDenied,
                    format!("--plugin @{path} cannot be read: {DENIED}"),
                    "run the program as root, so that it can read it",
                ));
            }
            PluginInput::File(path) => {
                match node.sources.get(path).map(|observed| (observed, observed.present())) {
                    Some((_, Some(file))) => match &file.content {
                        Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                        Content::Digest(_) | Content::Unread(_) => {
                            return Err(Failure::new(
                                FailureCode::PluginFileUnreadable,
                                format!("--plugin @{path} could not be read"),
                                "check the file",
                            ));
                        }
                    },
                    Some((Observed::Unknown(why), _)) => {
                        return Err(Failure::new(
                            FailureCode::PluginFileUnreadable,
                            format!("--plugin @{path} could not be read: {why}"),
                            "check the file",
                        ));
                    }
                    _ => {
                        absent.push(path.clone());
                        continue;
                    }
                }
            }
        };
        plugins.push(Plugin::from_str(&text).map_err(|error| {
            Failure::new(
                FailureCode::PluginInvalid,
                format!("--plugin {text} cannot be used: {error}"),
                "give one JSON object with a \"type\"",
            )
        })?);
    }
    Ok(plugins)
}

fn binaries(
    settings: &Settings,
    node: &Node,
    absent: &mut Vec<String>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut binaries: Vec<(String, String)> = Vec::new();
    for BinaryInput { name, path } in &settings.install_bins {
        if let Some(names) = node.source_dirs.get(path) {
            if let Some(name) = name {
                return Err(Failure::new(
                    FailureCode::InstallBinInvalid,
                    format!("--install-bin {name}={path} has one name for a directory"),
                    "leave the name out, or name a file",
                ));
            }
            let dir = path.trim_end_matches('/');
            binaries.extend(names.iter().map(|name| (name.clone(), format!("{dir}/{name}"))));
            continue;
        }
        if !matches!(node.sources.get(path), Some(Observed::Present(_))) {
            absent.push(path.clone());
        }
        let file_name = || Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.clone().or_else(file_name) else {
            return Err(Failure::new(
                FailureCode::InstallBinInvalid,
                format!("--install-bin {path} does not name a file"),
                "give the path of a binary",
            ));
        };
        if name.len() > 255 {
            return Err(Failure::new(
                FailureCode::InstallBinInvalid,
                format!("--install-bin {name}={path}: a file name has at most 255 bytes"),
                "give a shorter name",
            ));
        }
        binaries.push((name, path.clone()));
    }
    once(node, binaries)
}

/// Removes duplicates: names that are given twice with the same bytes. With different bytes each would replace the
/// other forever, which is an error. Inputs that cannot be read yet are not compared.
fn once(node: &Node, binaries: Vec<(String, String)>) -> Result<Vec<(String, String)>, Failure> {
    let digest = |path: &String| node.sources.get(path)?.present()?.content.digest();
    let mut given: Vec<(String, String)> = Vec::new();
    for (name, path) in binaries {
        let same = given.iter().find(|(other, _)| *other == name);
        match same.map(|(_, other)| (other, digest(other), digest(&path))) {
            Some((other, Some(first), Some(second))) if first != second => {
                return Err(Failure::new(
                    FailureCode::InstallBinTwice,
                    format!(
                        "--install-bin has {name:?} twice, from {other} and from {path}, and the two differ"
                    ),
                    "give it once, or under two names (NAME=PATH)",
                ));
            }
            Some((other, first, second)) if *other == path || first.is_some() && first == second => {}
            _ => given.push((name, path)),
        }
    }
    Ok(given)
}

/// A bare file name means a file in the conf dir. containerd would look for it in its own working directory, which is
/// `/` (containerd `update_runtime_config.go`).
fn conf_template(settings: &Settings, conf_dir: &HostPath, findings: &mut Vec<Finding>) -> Option<String> {
    match &settings.conf_template {
        Setting::Keep => None,
        Setting::Set(text) if text.is_empty() => Some(String::new()),
        Setting::Set(text) => {
            let path =
                if text.starts_with('/') { text.clone() } else { conf_dir.join(text).as_str().to_owned() };
            findings.push(Finding {
                code: install::TEMPLATE_FALLBACK.name,
                severity: Severity::Info,
                subject: path.clone(),
                message: format!(
                    "conf_template does not choose the network: containerd reads it only when the kubelet sends \
                     a pod CIDR and no file in {conf_dir} loads. Pods get the file that sorts first in \
                     {conf_dir}, with max_conf_num = 1"
                ),
                remedy: "leave --conf-template out unless the node uses kubenet-style templates".to_owned(),
            });
            Some(path)
        }
    }
}

/// An owner's name becomes a file name, so it must be one that sorts and reads well.
fn check_owner(owner: &str, settings: &Settings) -> Result<(), Failure> {
    if owner.is_empty() {
        // A plugin file that does not exist yet is awaited; without any plugin the owner is missing.
        if settings.plugins.iter().any(|plugin| matches!(plugin, PluginInput::File(_))) {
            return Ok(());
        }
        return Err(Failure::new(
            FailureCode::OwnerMissing,
            "neither --plugin nor --owner was given, so the owner of the chain is not known",
            "give --plugin '{\"type\":\"...\"}', or --owner NAME to uninstall",
        ));
    }
    let good = owner.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        && !owner.starts_with('.');
    // Linux file systems allow names of 255 bytes; the longest name with an owner is `05-OWNER.conflist`.
    if owner.len() > 255 - "05-.conflist".len() {
        return Err(Failure::new(
            FailureCode::OwnerInvalid,
            format!(
                "the owner {owner:?} is the name of a file; with {} bytes it is too long (at most 255)",
                owner.len()
            ),
            "give a shorter --owner",
        ));
    }
    if good {
        return Ok(());
    }
    Err(Failure::new(
        FailureCode::OwnerInvalid,
        format!("--owner {owner:?} is not a name for a file"),
        "use letters, digits, '.', '_' and '-', and do not begin with '.'",
    ))
}

/// True if a file exists or may exist, but this process may not read it.
pub(in crate::plan) fn is_denied(observed: &Observed<File>) -> bool {
    observed.is_denied()
        || matches!(observed, Observed::Present(File { content: Content::Unread(why), .. }) if why == DENIED)
}
