//! The tables of version 3 in files of any version.

use super::{PASS, Shape, main};

const OLD: &str = "containerd 1.x reads config versions up to 2";
const TWO: [&str; 3] = [OLD, OLD, "pass"];

// A table may be long.
#[allow(clippy::too_many_lines)]
pub(super) fn shapes() -> Vec<Shape> {
    vec![
        main(
            "v2 aks, containerd 2",
            &[(
                "config.toml",
                "version = 2\noom_score = -999\n[plugins.\"io.containerd.cri.v1.images\"]\n  [plugins.\"io.containerd.cri.v1.images\".pinned_images]\n    sandbox = \"example.test/pause:3.6\"\n[plugins.\"io.containerd.cri.v1.runtime\".containerd]\n    default_runtime_name = \"runc\"\n    [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc]\n      runtime_type = \"io.containerd.runc.v2\"\n    [plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.runc.options]\n      BinaryName = \"/usr/bin/runc\"\n[metrics]\n  address = \"0.0.0.0:10257\"\n",
            )],
            PASS,
        ),
        main(
            "v2 aks with cni",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\n  conf_template = \"/etc/containerd/kubenet_template.conf\"\n  bin_dir = \"/opt/cni/bin\"\n",
            )],
            PASS,
        ),
        main(
            "v2 both tables",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 2\nbin_dir = \"/g\"\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nmax_conf_num = 3\n",
            )],
            PASS,
        ),
        main(
            "v2 both tables, both sandboxes",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = 'g'\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\nsandbox = 'i'\n[plugins.\"io.containerd.cri.v1.runtime\"]\nenable_selinux = true\n",
            )],
            PASS,
        ),
        main(
            "v2 both tables, runtimes in both",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = true\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.other]\nruntime_type = \"io.containerd.runc.v2\"\n",
            )],
            PASS,
        ),
        main(
            "v3",
            &[(
                "config.toml",
                "version = 3\n\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\n  sandbox = \"s\"\n\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\n  conf_dir = \"/c\"\n",
            )],
            TWO,
        ),
        main("v3 without cri", &[("config.toml", "version = 3\n")], TWO),
        main(
            "v3 k3s with streaming server",
            &[(
                "config.toml",
                "version = 3\n[plugins.'io.containerd.grpc.v1.cri']\n  stream_server_address = \"127.0.0.1\"\n\n[plugins.'io.containerd.cri.v1.runtime']\n  enable_selinux = false\n\n[plugins.'io.containerd.cri.v1.runtime'.cni]\n  bin_dirs = [\"/var/lib/rancher/k3s/data/cni\"]\n  conf_dir = \"/var/lib/rancher/k3s/agent/etc/cni/net.d\"\n",
            )],
            TWO,
        ),
        main(
            "v3 with the cni table of v2",
            &[(
                "config.toml",
                "version = 3\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 7\n",
            )],
            TWO,
        ),
        main(
            "v3 inline",
            &[(
                "config.toml",
                "version = 3\n[plugins]\n'io.containerd.cri.v1.runtime' = {cni={max_conf_num=3, conf_template='x'}}\n",
            )],
            TWO,
        ),
        main(
            "v3 dotted and headers",
            &[(
                "config.toml",
                "version = 3\n[plugins]\n'io.containerd.cri.v1.runtime'.cni.max_conf_num=3\n['plugins'.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup=false\n",
            )],
            TWO,
        ),
        main(
            "v3 bin_dir alone",
            &[(
                "config.toml",
                "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nbin_dir = \"/x\"\n",
            )],
            TWO,
        ),
        main(
            "v3 bin_dir and bin_dirs",
            &[(
                "config.toml",
                "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nbin_dir = \"/x\"\nbin_dirs = [\"/y\"]\n",
            )],
            [OLD, OLD, "is set beside bin_dirs"],
        ),
        main(
            "v4",
            &[(
                "config.toml",
                "version = 4\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nmax_conf_num = 2\n",
            )],
            [OLD, OLD, "reads config versions up to 3, not 4"],
        ),
    ]
}
