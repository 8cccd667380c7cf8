//! The supervisor of containerd, which may start it again.

use crate::distro::{self, Daemon};

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
    /// A distribution's daemon, which starts a containerd of its own.
    Distribution(&'static Daemon),
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
            _ => match distro::supervised_by(comm) {
                Some(daemon) => Self::Distribution(daemon),
                None => Self::Other(comm.to_owned()),
            },
        }
    }

    /// True if it starts containerd again whenever containerd ends; `None` for systemd, because the unit decides.
    pub fn brings_back(&self) -> Option<bool> {
        match self {
            Self::Systemd => None,
            Self::Runit | Self::S6 | Self::OpenRc => Some(true),
            Self::Distribution(daemon) => Some(daemon.brings_back),
            Self::Other(_) => Some(false),
        }
    }

    /// False if the containerd that it starts is never a kubelet's.
    pub const fn serves_kubelet(&self) -> bool {
        !matches!(self, Self::Distribution(Daemon { serves_kubelet: false, .. }))
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
            ("bash", Supervisor::Other("bash".to_owned())),
            ("k3sish", Supervisor::Other("k3sish".to_owned())),
        ] {
            assert_eq!(Supervisor::of(comm), supervisor, "{comm}");
        }
    }

    #[test]
    fn a_distribution_s_daemon_says_if_it_brings_containerd_back() {
        for (comm, brings_back, serves_kubelet) in [
            ("k3s-server", false, true),
            ("k3s-agent", false, true),
            ("rke2", false, true),
            ("k0s", true, true),
            ("dockerd", false, false),
        ] {
            let supervisor = Supervisor::of(comm);
            assert!(matches!(supervisor, Supervisor::Distribution(_)), "{comm}");
            assert_eq!(supervisor.brings_back(), Some(brings_back), "{comm}");
            assert_eq!(supervisor.serves_kubelet(), serves_kubelet, "{comm}");
        }
        assert!(Supervisor::Systemd.serves_kubelet());
    }
}
