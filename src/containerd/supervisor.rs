//! Who started containerd, and so may bring it back.

/// What containerd's parent process is, by its name (`/proc/PID/comm`, which has 15 bytes at most).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supervisor {
    /// systemd; the unit's `Restart=` says whether it brings containerd back.
    Systemd,
    /// runit's `runsv`, which always does (Void, antiX).
    Runit,
    /// `s6-supervise`, which always does.
    S6,
    /// `OpenRC`'s `supervise-daemon` (Alpine), which does within its own limit.
    OpenRc,
    /// k3s, whose own containerd it is: k3s itself has to be restarted.
    K3s,
    /// rke2, as k3s.
    Rke2,
    /// k0s, which keeps its own containerd running.
    K0s,
    /// Docker's daemon: the containerd is Docker's own, and no kubelet's.
    Docker,
    /// Anything else, by its name.
    Other(String),
}

impl Supervisor {
    /// The supervisor with this name.
    pub fn of(comm: &str) -> Self {
        match comm {
            "systemd" => Self::Systemd,
            "runsv" => Self::Runit,
            "s6-supervise" => Self::S6,
            // Cut by the kernel.
            "supervise-daemo" | "supervise-daemon" => Self::OpenRc,
            "dockerd" => Self::Docker,
            "k0s" => Self::K0s,
            _ if comm == "k3s" || comm.starts_with("k3s-") => Self::K3s,
            _ if comm == "rke2" || comm.starts_with("rke2-") => Self::Rke2,
            _ => Self::Other(comm.to_owned()),
        }
    }

    /// Whether it starts containerd again whenever containerd ends. With systemd that is a matter of the unit, and
    /// so `None`.
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
