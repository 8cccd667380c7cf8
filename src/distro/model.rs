//! What a distribution is made of.

use super::edit::Edit;
use super::runtime::RuntimeName;

/// One distribution. A list names only what another distribution does not name already; an empty list says that nothing
/// differs from plain containerd.
#[derive(Debug, PartialEq, Eq)]
pub struct Distro {
    /// Its name, as its own documents spell it.
    pub name: &'static str,
    /// The runtime that its kubelet uses.
    pub runtime: RuntimeName,
    /// The runtime's CRI sockets.
    pub sockets: &'static [&'static str],
    /// The directory of its sockets, with a slash at its end, where no other distribution has one.
    pub socket_dir: Option<&'static str>,
    /// The systemd units that run the runtime. The first is the one of most nodes.
    pub units: &'static [&'static str],
    /// The files of these units.
    pub unit_files: &'static [&'static str],
    /// The runtime's main config files.
    pub configs: &'static [&'static str],
    /// Where an edit of the config lasts.
    pub edit: Edit,
    /// `ID=` of os-release(5), where the distribution is an operating system.
    pub os: Option<&'static str>,
    /// Directories that only its images, or its packages, have.
    pub marks: &'static [&'static str],
    /// The daemon that starts the runtime itself, where it is not the init system.
    pub daemon: Option<Daemon>,
    /// Directories of CNI configuration.
    pub conf_dirs: &'static [&'static str],
    /// Directories of CNI plugins.
    pub bin_dirs: &'static [&'static str],
    /// Directories where the runtime finds its shims.
    pub shim_dirs: &'static [&'static str],
    /// Programs that every node of it has; they tell the machine that the node is.
    pub programs: &'static [&'static str],
    /// How the names of the network files begin that its packages bring for their own containers.
    pub package_networks: &'static [&'static str],
    /// The kubelet's files.
    pub kubelet: KubeletFiles,
}

/// A daemon that starts the runtime as its child.
#[derive(Debug, PartialEq, Eq)]
pub struct Daemon {
    /// The name of its process (`/proc/PID/comm`). A longer name counts if a `-` follows.
    pub process: &'static str,
    /// True if it starts the runtime again whenever the runtime ends.
    pub brings_back: bool,
    /// False if no kubelet uses its runtime.
    pub serves_kubelet: bool,
}

/// Where the kubelet's files are.
#[derive(Debug, PartialEq, Eq)]
pub struct KubeletFiles {
    /// Its program.
    pub programs: &'static [&'static str],
    /// Its config file.
    pub configs: &'static [&'static str],
    /// The directory of its config's drop-ins, where no command line tells it.
    pub drop_in_dir: Option<&'static str>,
    /// The files of its unit.
    pub unit_files: &'static [&'static str],
    /// The files of variables that its unit reads.
    pub variables: &'static [&'static str],
}

impl Distro {
    /// Every path that its lists name.
    pub fn paths(&'static self) -> impl Iterator<Item = &'static str> {
        let kubelet = &self.kubelet;
        let lists = [
            self.sockets,
            self.unit_files,
            self.configs,
            self.marks,
            self.conf_dirs,
            self.bin_dirs,
            self.shim_dirs,
            self.programs,
            kubelet.programs,
            kubelet.configs,
            kubelet.unit_files,
            kubelet.variables,
        ];
        lists.into_iter().flatten().copied()
    }

    /// A distribution in which nothing differs from plain containerd.
    pub(super) const PLAIN: Self = Self {
        name: "",
        runtime: RuntimeName::Containerd,
        sockets: &[],
        socket_dir: None,
        units: &[],
        unit_files: &[],
        configs: &[],
        edit: Edit::InPlace,
        os: None,
        marks: &[],
        daemon: None,
        conf_dirs: &[],
        bin_dirs: &[],
        shim_dirs: &[],
        programs: &[],
        package_networks: &[],
        kubelet: KubeletFiles::PLAIN,
    };

    /// True if it has a runtime of its own, beside which the host's containerd is not used.
    pub const fn has_own_runtime(&self) -> bool {
        self.socket_dir.is_some()
    }

    /// The first of its units, as `systemctl` takes it.
    pub fn unit(&self) -> Option<&'static str> {
        self.units.first().map(|unit| unit.trim_end_matches(".service"))
    }
}

impl KubeletFiles {
    pub(super) const PLAIN: Self =
        Self { programs: &[], configs: &[], drop_in_dir: None, unit_files: &[], variables: &[] };
}
