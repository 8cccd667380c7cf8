//! What a look is to take in.

use crate::cni::Selector;
use crate::containerd;
use crate::node::{Answers, HostPath, Node, ReadRequest};
use crate::plan::{BinaryInput, Dirs, PluginInput, RuntimeKind, Settings};

/// The places of one look. It follows from what was typed and from the answers so far: where the runtime says that
/// its directories are, and which config file it was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Directories whose loadable files are read.
    pub conf_dirs: Vec<HostPath>,
    /// Names in these directories that are read before all others: the primary's and the chain's.
    pub first: Vec<String>,
    /// Directories of plugin binaries.
    pub bin_dirs: Vec<HostPath>,
    /// The directories that the runtime names itself; those that were typed are compared with them.
    pub runtime_dirs: Vec<HostPath>,
    /// Files given to `--install-bin`.
    pub install_bins: Vec<BinaryInput>,
    /// Plugin objects that lie in files.
    pub plugin_files: Vec<String>,
    /// Runtime endpoints.
    pub endpoints: Vec<HostPath>,
    /// The runtime's main config file, once it is known and matters.
    pub config: Option<HostPath>,
    /// Files whose content some option asks for: a template.
    pub asked_for: Vec<HostPath>,
    /// Whether the kubelet's files are to be looked at.
    pub kubelet: bool,
}

impl Scope {
    /// The scope of the next look.
    pub fn of(settings: &Settings, answers: &Answers) -> Self {
        let dirs = Dirs::of(settings, answers);
        let mut conf_dirs = vec![dirs.conf];
        if !conf_dirs.contains(&dirs.primary) {
            conf_dirs.push(dirs.primary);
        }
        let plugin_files = settings
            .plugins
            .iter()
            .filter_map(|plugin| match plugin {
                PluginInput::File(path) => Some(path.clone()),
                PluginInput::Json(_) => None,
            })
            .collect();
        let endpoints = match settings.runtime {
            RuntimeKind::None => Vec::new(),
            RuntimeKind::Auto | RuntimeKind::Containerd => settings.endpoints.clone(),
        };
        let primary = match &settings.primary {
            Some(Selector::File(name)) => Some(name.clone()),
            _ => None,
        };
        let config = answers
            .service
            .as_ref()
            .and_then(|asked| asked.said.present())
            .map(|service| crate::plan::started_with(settings, service));
        Self {
            conf_dirs,
            first: primary.into_iter().chain(settings.output_file.clone()).collect(),
            bin_dirs: dirs.bins,
            runtime_dirs: Dirs::of_runtime(answers),
            install_bins: settings.install_bins.clone(),
            plugin_files,
            endpoints,
            config,
            asked_for: crate::plan::files_asked_for(settings, answers),
            kubelet: crate::plan::asks_of_the_kubelet(settings),
        }
    }

    /// The directories whose events matter.
    pub fn watched(&self) -> Vec<HostPath> {
        self.conf_dirs.iter().chain(&self.bin_dirs).cloned().collect()
    }

    /// What of the kubelet's is to be looked at next, given what was.
    pub fn missing_kubelet(&self, node: &Node) -> Vec<ReadRequest> {
        if self.kubelet { crate::plan::kubelet_requests(node) } else { Vec::new() }
    }

    /// The config files that are to be read next, given those that were.
    pub fn missing_config(&self, node: &Node) -> Vec<containerd::Request> {
        self.config.as_ref().map_or_else(Vec::new, |main| crate::plan::config_requests(node, main))
    }
}
