//! The supervisor of containerd, which may start it again.

/// containerd's parent process, by its name (`/proc/PID/comm`, at most 15 bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supervisor {
    /// systemd; the unit's `Restart=` decides if containerd is started again.
    Systemd,
    /// runit's `runsv`, which always starts it again (Void, antiX).
    Runit,
    /// `s6-supervise`, which always starts it again.
    S6,
    /// `OpenRC`'s `supervise-daemon` (Alpine), which starts it again within a limit.
    OpenRc,
    /// k3s with its own containerd: k3s itself has to be restarted.
    K3s,
    /// rke2, like k3s.
    Rke2,
    /// k0s, which keeps its own containerd running.
    K0s,
    /// Docker's daemon: this containerd is Docker's own, and no kubelet uses it.
    Docker,
    /// Another program, by its name.
    Other(String),
}

impl Supervisor {
    /// The supervisor with this name.
    pub fn of(comm: &str) -> Self {
        match comm {
            "systemd" => Self::Systemd,
            "runsv" => Self::Runit,
            "s6-supervise" => Self::S6,
            // The kernel cuts the name.
            "supervise-daemo" | "supervise-daemon" => Self::OpenRc,
            "dockerd" => Self::Docker,
            "k0s" => Self::K0s,
            _ if comm == "k3s" || comm.starts_with("k3s-") => Self::K3s,
            _ if comm == "rke2" || comm.starts_with("rke2-") => Self::Rke2,
            _ => Self::Other(comm.to_owned()),
        }
    }

    /// True if it starts containerd again whenever containerd ends; `None` for systemd, because the unit decides.
    pub fn brings_back(&self) -> Option<bool> {
        match self {
            Self::Systemd => None,
            Self::Runit | Self::S6 | Self::OpenRc | Self::K0s => Some(true),
            Self::K3s | Self::Rke2 | Self::Docker | Self::Other(_) => Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Supervisor;

    #[test]
    fn a_supervisor_is_known_by_its_name_even_if_the_kernel_cut_it() {
        for (comm, supervisor) in [
            ("systemd", Supervisor::Systemd),
            ("runsv", Supervisor::Runit),
            ("s6-supervise", Supervisor::S6),
            ("supervise-daemo", Supervisor::OpenRc),
            ("k3s-server", Supervisor::K3s),
            ("k3s-agent", Supervisor::K3s),
            ("rke2", Supervisor::Rke2),
            ("k0s", Supervisor::K0s),
            ("bash", Supervisor::Other("bash".to_owned())),
            ("k3sish", Supervisor::Other("k3sish".to_owned())),
        ] {
            assert_eq!(Supervisor::of(comm), supervisor, "{comm}");
        }
    }
}
