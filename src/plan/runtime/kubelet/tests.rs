use super::*;
use crate::node::{Content, Dir, File, HostPath, Kubelet as Process, Node, Observed, ReadRequest, Stamp};

/// A node with these files, each in a listed directory.
fn node(files: &[(&str, &str)]) -> Node {
    let mut node = Node::default();
    for (name, text) in files {
        let path = HostPath::new(name).unwrap();
        let dir = node.dirs.entry(path.parent()).or_insert_with(|| Observed::Present(Dir::default()));
        if let Observed::Present(dir) = dir {
            dir.names.insert(path.name().to_owned());
        }
        let content = Content::Bytes(text.as_bytes().into());
        node.files.insert(path, Observed::Present(File { stamp: Stamp::default(), content }));
    }
    node
}

const CONFIG: (&str, &str) =
    ("/var/lib/kubelet/config.yaml", "kind: KubeletConfiguration\ncgroupDriver: cgroupfs\n");
const FLAGS: (&str, &str) =
    ("/etc/systemd/system/kubelet.service.d/20-x.conf", "Environment=\"X=--config-dir=/etc/k.d\"\n");
const FIRST: (&str, &str) = ("/etc/k.d/10-a.conf", "kind: KubeletConfiguration\ncgroupDriver: systemd\n");
const SECOND: (&str, &str) =
    ("/etc/k.d/20-b.conf", "kind: KubeletConfiguration\nfeatureGates: {KubeletCgroupDriverFromCRI: false}\n");

fn driver(files: &[(&str, &str)]) -> Option<(String, String)> {
    kubelet_says(&node(files)).driver
}

fn said(driver: &str, by: &str) -> (String, String) {
    (driver.to_owned(), by.to_owned())
}

#[test]
fn a_drop_in_wins_over_the_config_file_and_a_flag_over_both() {
    assert_eq!(driver(&[CONFIG, FIRST]), Some(said("cgroupfs", CONFIG.0)), "nothing names the directory");
    assert_eq!(driver(&[CONFIG, FLAGS, FIRST, SECOND]), Some(said("systemd", FIRST.0)));
    assert_eq!(kubelet_says(&node(&[CONFIG, FLAGS, FIRST, SECOND])).driver_from_cri, Some(false));
    let late = ("/etc/k.d/30-c.conf", CONFIG.1);
    assert_eq!(driver(&[FLAGS, FIRST, late]), Some(said("cgroupfs", late.0)));
    assert_eq!(driver(&[FLAGS, FIRST, ("/etc/k.d/30-c.yaml", CONFIG.1)]), Some(said("systemd", FIRST.0)));
    let typed = ("/etc/default/kubelet", "A='--cgroup-driver=cgroupfs'\n");
    assert_eq!(driver(&[CONFIG, FLAGS, FIRST, typed]), Some(said("cgroupfs", "--cgroup-driver")));
    let k3s = ("/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/00-k3s-defaults.conf", FIRST.1);
    assert_eq!(driver(&[k3s]), Some(said("systemd", k3s.0)));
    let rke2 = ("/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/00-rke2-defaults.conf", FIRST.1);
    assert_eq!(driver(&[rke2]), Some(said("systemd", rke2.0)));
    assert_eq!(driver(&[k3s, FLAGS]), None, "the command line names another directory");
}

#[test]
fn the_running_kubelet_s_own_words_count_and_not_its_unit_s() {
    let mut node = node(&[CONFIG, FLAGS, FIRST, ("/x.yaml", "cgroupDriver: systemd\n")]);
    let argv = ["kubelet", "--config", "/x.yaml"].map(str::to_owned).to_vec();
    node.observations.kubelet = Some(Observed::Present(Process { argv, version: None, program: None }));
    assert_eq!(kubelet_says(&node).driver, Some(said("systemd", "/x.yaml")));
}

#[test]
fn what_is_broken_is_named_and_says_nothing() {
    let says = kubelet_says(&node(&[("/var/lib/kubelet/config.yaml", "cgroupDriver: systemd\na: [\n")]));
    assert_eq!((says.driver, says.broken.len()), (None, 1));
    assert_eq!(says.config, HostPath::new(CONFIG.0).ok());
}

#[test]
fn what_is_missing_is_asked_for_until_nothing_is() {
    let mut all = node(&[CONFIG, FLAGS, FIRST]);
    let listed = all.dirs.remove(&HostPath::new("/etc/k.d").unwrap()).unwrap();
    let asked = kubelet_requests(&all);
    assert!(asked.contains(&ReadRequest::Dir(HostPath::new("/etc/k.d").unwrap())), "{asked:?}");
    assert!(!asked.contains(&ReadRequest::File(HostPath::new(CONFIG.0).unwrap())), "{asked:?}");
    all.dirs.insert(HostPath::new("/etc/k.d").unwrap(), listed);
    all.files.remove(&HostPath::new(FIRST.0).unwrap());
    assert!(kubelet_requests(&all).contains(&ReadRequest::File(HostPath::new(FIRST.0).unwrap())));
}
