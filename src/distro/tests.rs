use super::{
    DISTROS, RuntimeName, by_os, by_socket, configs, generated, kubelet_configs, kubelet_drop_ins,
    kubelet_variables, sockets, supervised_by,
};
#[test]
fn the_sockets_are_tried_in_the_order_that_the_help_tells() {
    let expected = [
        "/run/containerd/containerd.sock",
        "/run/k3s/containerd/containerd.sock",
        "/var/snap/microk8s/common/run/containerd.sock",
        "/run/k0s/containerd.sock",
        "/run/crio/crio.sock",
    ];
    assert_eq!(sockets(), expected);
}

#[test]
fn a_file_of_one_distribution_comes_before_the_default() {
    let configs = configs();
    let of = |name: &str| configs.iter().position(|config| *config == name).unwrap();
    let default = of("/etc/containerd/config.toml");
    for own in DISTROS.iter().filter(|distro| distro.has_own_runtime()).flat_map(|distro| distro.configs) {
        assert!(of(own) < default, "{own}");
    }
    assert_eq!(kubelet_configs()[0], "/var/lib/kubelet/config.yaml");
    // A later file of variables wins, and an administrator writes this one.
    assert_eq!(kubelet_variables().last(), Some(&"/etc/default/kubelet"));
    assert_eq!(kubelet_variables().first(), Some(&"/etc/eks/kubelet/environment"));
    assert_eq!(kubelet_drop_ins().len(), 2);
}

#[test]
fn a_generated_config_names_its_distribution_wherever_its_data_dir_is() {
    for (config, name) in [
        ("/var/lib/rancher/k3s/agent/etc/containerd/config.toml", Some("k3s")),
        ("/data/agent/etc/containerd/config.toml", Some("k3s")),
        ("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", Some("rke2")),
        ("/var/snap/microk8s/7000/args/containerd.toml", Some("microk8s")),
        ("/etc/k0s/containerd.toml", Some("k0s")),
        ("/mnt/etc/k0s/containerd.toml.bak", None),
        ("/etc/containerd/config.toml", None),
    ] {
        assert_eq!(generated(config).map(|(distro, _)| distro.name), name, "{config}");
    }
}

#[test]
fn a_socket_names_the_distributions_that_may_make_it() {
    let names = |socket: &str| by_socket(socket).into_iter().map(|distro| distro.name).collect::<Vec<_>>();
    assert_eq!(names("/run/k3s/containerd/containerd.sock"), ["k3s", "rke2"]);
    assert_eq!(names("/run/crio/crio.sock"), ["CRI-O"]);
    for socket in ["/run/containerd/containerd.sock", "/run/k3sish.sock", ""] {
        assert_eq!(names(socket), ["containerd"], "{socket}");
    }
}

#[test]
fn a_process_and_an_os_name_their_distribution() {
    assert_eq!(by_os("cos").map(|distro| distro.name), Some("GKE"));
    assert_eq!(by_os("debian"), None);
    assert_eq!(supervised_by("k3s-server").map(|daemon| daemon.process), Some("k3s"));
    assert_eq!(supervised_by("k3sish"), None);
    assert_eq!(RuntimeName::of_cri("cri-o"), Some(RuntimeName::CriO));
    assert_eq!(RuntimeName::of_cri("docker"), None);
}

#[test]
fn every_path_is_one_and_no_entry_stands_twice() {
    let mut names: Vec<&str> = DISTROS.iter().map(|distro| distro.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), DISTROS.len(), "two distributions have one name");
    for distro in DISTROS {
        for text in distro.paths() {
            let mut parts = text.strip_prefix('/').unwrap_or_default().split('/');
            let is_plain = |part: &str| !matches!(part, "" | "." | "..");
            assert!(parts.all(is_plain), "{}: {text}", distro.name);
        }
        for unit in distro.units {
            assert_eq!(unit.rsplit_once('.').map(|(_, kind)| kind), Some("service"), "{}", distro.name);
        }
        let is_dir = |dir: &str| dir.starts_with('/') && dir.ends_with('/');
        assert!(distro.socket_dir.is_none_or(is_dir), "{}", distro.name);
        // `/proc/PID/comm` has 15 bytes at most.
        assert!(distro.daemon.as_ref().is_none_or(|daemon| daemon.process.len() <= 15), "{}", distro.name);
        assert!(
            distro.sockets.iter().all(|socket| distro.socket_dir.is_none_or(|dir| socket.starts_with(dir))),
            "{}",
            distro.name
        );
    }
}
