//! The scope of an observation.

use crate::cni::Selector;
use crate::containerd;
use crate::node::{Answers, HostPath, Node, ReadRequest, Release, Status};
use crate::plan::{BinaryInput, Dirs, PluginInput, RuntimeKind, Settings};

/// All that one observation depends on besides the node. It follows from the settings and from the answers so far: the
/// directories that the runtime reports, and the config file that it was started with. An answer that leaves the scope
/// as it is needs no new observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Directories whose loadable files are read.
    pub conf_dirs: Vec<HostPath>,
    /// Names in these directories that are read first: the primary's and the chain's.
    pub first: Vec<String>,
    /// Directories with plugin binaries.
    pub bin_dirs: Vec<HostPath>,
    /// The directories that the runtime itself reports. The settings are compared with them.
    pub runtime_dirs: Vec<HostPath>,
    /// The files of `--install-bin`.
    pub install_bins: Vec<BinaryInput>,
    /// Files with plugin objects.
    pub plugin_files: Vec<String>,
    /// Runtime endpoints.
    pub endpoints: Vec<HostPath>,
    /// The runtime's main config file, if it is known and matters.
    pub config: Option<HostPath>,
    /// Files whose content a setting needs: a template.
    pub asked_for: Vec<HostPath>,
    /// True if the kubelet's files are read.
    pub kubelet: bool,
    /// The runtime's socket, once it is known.
    pub endpoint: Option<HostPath>,
    /// The runtime's release, whose rules name further files of its config.
    pub release: Option<Release>,
    /// The plugins that the runtime itself needs.
    pub own_plugins: Vec<String>,
}

impl Scope {
    /// The scope of the next observation.
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
            RuntimeKind::Auto | RuntimeKind::Containerd | RuntimeKind::CriO => settings.endpoints.clone(),
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
        let own_plugins = answers.containerd().into_iter().flat_map(Status::own_plugins).map(str::to_owned);
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
            endpoint: answers.endpoint.clone(),
            release: answers.status().and_then(|status| status.release),
            own_plugins: own_plugins.collect(),
        }
    }

    /// The directories whose file events are watched.
    pub fn watched(&self) -> Vec<HostPath> {
        self.conf_dirs.iter().chain(&self.bin_dirs).cloned().collect()
    }

    /// The kubelet's files that must be read next, after those in `node`.
    pub fn missing_kubelet(&self, node: &Node) -> Vec<ReadRequest> {
        if self.kubelet { crate::plan::kubelet_requests(node) } else { Vec::new() }
    }

    /// The config files that must be read next, after those in `node`.
    pub fn missing_config(&self, node: &Node) -> Vec<containerd::Request> {
        self.config.as_ref().map_or_else(Vec::new, |main| crate::plan::config_requests(node, main))
    }
}
