//! The paths where a file of each kind can lie: a forged record restores nothing to `/etc/shadow`.
//!
//! The rules depend on no setting, so the reader of a record reaches the same verdict as its writer.

use super::kind::Kind;
use super::path::HostPath;
use super::paths::{MARK_FILE, RECORD_DIR, RUN_DIR};

/// File systems of the kernel: nothing is written or restored there.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Directories of the host's programs and settings. A file lies there only if its extension or a directory in its path
/// shows what it is for.
const SYSTEM: [&str; 15] = [
    "/bin",
    "/boot",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/root",
    "/run/systemd",
    "/sbin",
    "/usr",
    "/var/cache",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/spool",
];

/// True if a file of this kind can lie at this path.
pub fn can_lie(kind: Kind, path: &HostPath) -> bool {
    if kind == Kind::Mark {
        return path.as_str() == MARK_FILE;
    }
    let own = [RECORD_DIR, RUN_DIR].iter().any(|dir| is_in(path, dir));
    if own || path.as_str() == "/" || KERNEL.iter().any(|tree| is_in(path, tree)) {
        return false;
    }
    let outside = !SYSTEM.iter().any(|tree| is_in(path, tree));
    match kind {
        // No other program of the host reads this extension.
        Kind::Chain if ends(path, &[".conflist"]) => true,
        Kind::Chain => ends(path, &[".conf", ".json"]) && (outside || is_among(path, &CNI)),
        Kind::Config => {
            ends(path, &[".toml", ".toml.tmpl"]) || is_among(path, &RUNTIMES) && !is_in(path, "/usr")
        }
        Kind::Binary => outside || is_among(path, &CNI),
        // The program removes only empty directories.
        Kind::Directory => !SYSTEM.contains(&path.as_str()),
        Kind::Mark => false,
    }
}

/// The names of CNI directories.
const CNI: [&str; 3] = ["cni", "multus", "net.d"];
/// The names of runtime directories.
const RUNTIMES: [&str; 2] = ["containerd", "crio"];

fn is_in(path: &HostPath, tree: &str) -> bool {
    path.as_str().strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_among(path: &HostPath, words: &[&str]) -> bool {
    let parent = path.parent();
    parent.as_str().split('/').any(|part| words.iter().any(|word| part.contains(word)))
}

fn ends(path: &HostPath, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.name().ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distro::{DISTROS, Edit, Material};

    fn lies(kind: Kind, path: &str) -> bool {
        can_lie(kind, &HostPath::new(path).unwrap())
    }

    #[test]
    fn files_lie_where_nodes_have_them() {
        for (kind, paths) in [
            (
                Kind::Chain,
                &[
                    "/etc/cni/net.d/05-tuning.conflist",
                    "/etc/cni/net.d/00-multus.conf",
                    "/var/lib/rancher/k3s/agent/etc/cni/net.d/05-x.conflist",
                    "/var/snap/microk8s/current/args/cni-network/05-x.conflist",
                    "/run/multus/cni/net.d/05-x.conflist",
                    "/etc/kubernetes/cni/net.d/05-x.conflist",
                    "/etc/other/05-x.conflist",
                ][..],
            ),
            (
                Kind::Config,
                &[
                    "/etc/containerd/config.toml",
                    "/etc/containerd/conf.d/99-nvidia.toml",
                    "/etc/containerd/config",
                    "/etc/k0s/containerd.toml",
                    "/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl",
                    "/var/snap/microk8s/current/args/containerd.toml",
                    "/etc/crio/crio.conf.d/99-x.conf",
                ],
            ),
            (
                Kind::Binary,
                &[
                    "/opt/cni/bin/tuning",
                    "/usr/lib/cni/tuning",
                    "/usr/libexec/cni/tuning",
                    "/home/kubernetes/bin/tuning",
                    "/var/lib/rancher/k3s/data/abc/bin/tuning",
                    "/var/lib/cni/bin/tuning",
                ],
            ),
            (Kind::Directory, &["/etc/cni", "/opt", "/opt/cni/bin", "/etc/containerd/conf.d", "/staging"]),
            (Kind::Mark, &[MARK_FILE]),
        ] {
            for path in paths {
                assert!(lies(kind, path), "{kind:?} {path}");
            }
        }
    }

    #[test]
    fn files_of_the_host_are_no_files_of_this_program() {
        let files = [
            "/etc/shadow",
            "/etc/passwd",
            "/etc/sudoers.d/x",
            "/etc/ld.so.conf",
            "/etc/sysctl.d/99-x.conf",
            "/etc/cron.d/x",
            "/etc/kubernetes/manifests/x",
            "/root/.ssh/authorized_keys",
            "/usr/bin/sudo",
            "/bin/sh",
            "/var/spool/cron/root",
            "/boot/grub/grub.cfg",
            "/proc/sys/kernel/core_pattern",
            "/sys/kernel/uevent_helper",
            "/dev/sda",
            "/var/lib/cni-bootstrap/other.json",
            "/run/cni-bootstrap/attempt.json",
            "/",
        ];
        for kind in [Kind::Chain, Kind::Config, Kind::Binary, Kind::Mark] {
            for path in files {
                assert!(!lies(kind, path), "{kind:?} {path}");
            }
        }
        for path in ["/etc", "/usr", "/var/lib/cni-bootstrap", "/proc/1"] {
            assert!(!lies(Kind::Directory, path), "{path}");
        }
    }

    /// A record restores files only where files of their kind can be: that rule has to know each distribution's places.
    #[test]
    fn a_record_can_name_the_files_of_every_distribution() {
        for distro in DISTROS {
            for dir in distro.conf_dirs {
                assert!(can_lie(Kind::Chain, &HostPath::known(dir).join("05-x.conflist")), "{dir}");
            }
            for dir in distro.bin_dirs {
                assert!(can_lie(Kind::Binary, &HostPath::known(dir).join("tuning")), "{dir}");
            }
            // What is in the image is never written.
            let writable = distro.configs.iter().filter(|config| !config.starts_with("/usr/"));
            for config in writable.map(|config| HostPath::known(config)) {
                assert!(can_lie(Kind::Config, &config), "{config}");
                let Edit::Generated(made) = &distro.edit else { continue };
                let sources = match made.material {
                    Material::UserTemplates(list) => list
                        .iter()
                        .flat_map(|(file, dir)| [(*file).to_owned(), format!("{dir}/x.toml")])
                        .collect(),
                    Material::Template(file) => vec![file.to_owned()],
                    Material::DropIns { dir, .. } => vec![format!("{dir}/x.toml")],
                };
                for source in sources {
                    assert!(can_lie(Kind::Config, &config.parent().join(&source)), "{config}: {source}");
                }
            }
        }
    }
}
