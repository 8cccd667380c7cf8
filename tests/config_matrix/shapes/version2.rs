//! Version 2 in every layout that TOML allows.

use super::{PASS, Shape, main};

macro_rules! v2 {
    ($name:literal, $text:expr) => {
        main($name, &[("config.toml", $text)], PASS)
    };
}

// A table may be long.
#[allow(clippy::too_many_lines)]
pub(super) fn shapes() -> Vec<Shape> {
    let mut own = v2!("own config default", "");
    own.own_default = true;
    vec![
        own,
        v2!(
            "v2 flat",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/usr/lib/cni\"\nconf_dir = \"/etc/cni/net.d\"\n"
        ),
        v2!(
            "v2 nested indent",
            "version = 2\n\n[plugins]\n  [plugins.\"io.containerd.grpc.v1.cri\"]\n    sandbox_image = \"a/b:1\"\n    [plugins.\"io.containerd.grpc.v1.cri\".cni]\n      bin_dir = \"/usr/lib/cni\"\n  [plugins.\"io.containerd.internal.v1.opt\"]\n    path = \"/var/lib/containerd/opt\"\n"
        ),
        v2!(
            "v2 crlf",
            "version = 2\r\n\r\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\r\n  bin_dir = \"/x\" # here\r\n\r\n[grpc]\r\n  gid = 7\r\n"
        ),
        v2!(
            "v2 no last newline",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 0"
        ),
        v2!(
            "v2 crlf, no last newline",
            "version = 2\r\n[plugins.\"io.containerd.grpc.v1.cri\"]\r\n  enable_selinux = true"
        ),
        v2!(
            "v2 tabs and comments",
            "# head\nversion\t=\t2 # two\n\n#--\n[plugins.\"io.containerd.grpc.v1.cri\".cni] # cni\n\t# the directory\n\tbin_dir\t=\t\"/x\"\t# dir\n\tmax_conf_num\t=\t3\t# three\n\n# tail\n"
        ),
        v2!(
            "v2 dotted at the root",
            "version = 2\nplugins.\"io.containerd.grpc.v1.cri\".cni.bin_dir = \"/x\"\nplugins.\"io.containerd.grpc.v1.cri\".sandbox_image = \"a\"\n"
        ),
        v2!(
            "v2 dotted in plugins",
            "version = 2\n[plugins]\n  \"io.containerd.grpc.v1.cri\".cni.conf_dir = \"/c\" # c\n  \"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.runtime_type = \"io.containerd.runc.v2\"\n"
        ),
        v2!(
            "v2 dotted in cri",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  cni.conf_dir = \"/c\"\n  cni.max_conf_num = 2\n  enable_selinux = true\n[grpc]\ngid = 1\n"
        ),
        v2!(
            "v2 interleaved dotted",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncni.conf_dir = \"/c\"\nenable_selinux = true\ncni.bin_dir = \"/b\"\nsandbox_image = \"s\"\n"
        ),
        v2!(
            "v2 inline cni",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  cni = { bin_dir = \"/x\", conf_dir = \"/y\" } # inline\n"
        ),
        v2!("v2 inline empty cni", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncni = {}\n"),
        v2!(
            "v2 inline everything",
            "version = 2\nplugins = { \"io.containerd.grpc.v1.cri\" = { cni = { max_conf_num = 3 }, sandbox_image = 's' } }\n[grpc]\ngid = 1\n"
        ),
        v2!(
            "v2 inline dotted",
            "version = 2\n[plugins]\n\"io.containerd.grpc.v1.cri\" = { cni.bin_dir = \"/x\" }\n"
        ),
        v2!(
            "v2 tables out of order",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n# why\n[metrics]\n address = \"127.0.0.1:1338\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  default_runtime_name = \"runc\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = \"s\"\n"
        ),
        v2!(
            "v2 literal quotes",
            "version = 2\n['plugins'.'io.containerd.grpc.v1.cri'.'cni']\n'conf_template' = 'old'\n'max_conf_num' = 2\n"
        ),
        v2!(
            "v2 odd header spacing",
            "version = 2\n[ plugins . \"io.containerd.grpc.v1.cri\" . cni ]\nconf_template=\"old\"\n\n\n[ plugins.\"io.containerd.grpc.v1.cri\" ]\nenable_selinux=true\n"
        ),
        main(
            "v2 escaped key",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cr\\u0069\".cni]\nmax_conf_num = 2\n",
            )],
            ["reads the backslash", "reads the backslash", "pass"],
        ),
        v2!(
            "v2 odd numbers and strings",
            "version = 0x2\noom_score = -9_9\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 0b11\nconf_template = '''\nx'''\nbin_dir = \"\"\"/a\\\n   b\"\"\"\n"
        ),
        v2!(
            "v2 lists of several lines",
            "version = 2\nrequired_plugins = [\n  \"io.containerd.grpc.v1.cri\", # must\n]\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  cdi_spec_dirs = [\n    \"/a\",\n  ]\n[plugins.\"io.containerd.grpc.v1.cri\".registry.headers]\n  X-A = [\n    \"b\" ]"
        ),
        v2!(
            "v2 already as wanted",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"example.test/pause:9\"\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 7\nconf_template = \"/etc/containerd/t.template\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { SystemdCgroup = true }\n"
        ),
        v2!(
            "v2 without cri",
            "version = 2\nroot = \"/var/lib/containerd\"\n\n[grpc]\n  address = \"/run/containerd/containerd.sock\"\n"
        ),
        v2!(
            "v2 keys commented out at the end",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  enable_selinux = true\n  # sandbox_image = \"x\"\n\n#[grpc]\n#  gid = 0\n"
        ),
        v2!(
            "v2 empty cni header",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n[grpc]\ngid = 1\n"
        ),
        v2!(
            "v2 plugins header last",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nconf_dir = \"/c\"\n[plugins]\n"
        ),
        v2!(
            "v2 several runtimes",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n  default_runtime_name = \"nvidia\"\n  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\n    runtime_type = \"io.containerd.runc.v2\"\n    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia.options]\n      BinaryName = \"/usr/bin/nvidia-container-runtime\"\n  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\n    runtime_type = \"io.containerd.kata.v2\"\n  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n    runtime_type = \"io.containerd.runc.v2\"\n    [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n      SystemdCgroup = false\n"
        ),
        main(
            "v2 only kata named",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\nruntime_type = \"io.containerd.kata.v2\"\n",
            )],
            ["is not among the runtimes", "is not among the runtimes", "pass"],
        ),
        v2!(
            "v2 other tables and lists",
            "version = 2\n[timeouts]\n  \"io.containerd.timeout.task.state\" = \"2s\"\n[proxy_plugins.soci]\n  type = \"snapshot\"\n  address = \"/run/soci.sock\"\n[stream_processors.\"x\"]\n  accepts = [\"a\"]\n  returns = \"b\"\n[[unknown]]\na = 1\n[[unknown]]\na = 2\n"
        ),
        v2!(
            "v2 version last",
            "root = \"/var/lib/containerd\"\nversion = 2\n\n\n[debug]\nlevel = \"info\"\n\n\n"
        ),
    ]
}
