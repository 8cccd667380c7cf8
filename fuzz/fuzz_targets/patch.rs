//! Any config file of containerd is patched or refused, and a patched file needs no second patch.
#![no_main]

use std::collections::BTreeMap;

use cni_bootstrap::containerd::{ConfigFiles, RuntimeConfig, patch};
use cni_bootstrap::node::{HostPath, Release};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let main = HostPath::new("/etc/containerd/config.toml").expect("a path");
    let files = |bytes: &[u8]| ConfigFiles {
        main: main.clone(),
        files: BTreeMap::from([(main.clone(), Some(bytes.to_vec()))]),
        listings: BTreeMap::new(),
    };
    let release = [None, Some(Release::new(1, 6, 20)), Some(Release::new(1, 7, 24)), Some(Release::new(2, 1, 4))]
        [usize::from(choice) % 4];
    let runtime_config = RuntimeConfig {
        max_conf_num: Some(1),
        conf_template: (choice & 4 != 0).then(|| "/etc/cni/net.d/10-x.conflist".to_owned()),
        systemd_cgroup: (choice & 8 != 0).then_some(true),
        sandbox_image: (choice & 16 != 0).then(|| "registry.k8s.io/pause:3.10".to_owned()),
        enable_cri: choice & 32 != 0,
    };
    let Ok(patched) = patch(&files(bytes), release, &runtime_config) else { return };
    assert!(patched.edits.len() <= 1);
    let Some(edit) = patched.edits.first() else { return };
    assert_eq!(edit.before.as_deref(), Some(bytes));
    let again = patch(&files(&edit.after), release, &runtime_config).expect("a patched file can be patched");
    assert!(again.edits.is_empty(), "patched twice:\n{}", String::from_utf8_lossy(&edit.after));
});
