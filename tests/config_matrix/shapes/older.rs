//! Files without a version, without content, or without CRI.

use super::{PASS, Shape, main};

pub(super) fn shapes() -> Vec<Shape> {
    let mut forbidden = main(
        "disabled, not to be enabled",
        &[("config.toml", "disabled_plugins = [\"cri\"]\n")],
        ["pass --enable-cri"; 3],
    );
    forbidden.keep_disabled = true;
    vec![
        main("missing file", &[], PASS),
        main("empty file", &[("config.toml", "")], PASS),
        main("only comments", &[("config.toml", "# nothing\n#version = 2\n")], PASS),
        main("only a newline missing", &[("config.toml", "# nothing")], PASS),
        main(
            "v0 without plugins",
            &[("config.toml", "root = \"/var/lib/containerd\"\n\n[grpc]\n  gid = 3\n")],
            PASS,
        ),
        main("v0 only tables", &[("config.toml", "# licence\n\n[grpc]\n  gid = 3\n")], PASS),
        main(
            "v0 with plugins.cri",
            &[(
                "config.toml",
                "[plugins.cri]\nsandbox_image = \"main/pause:1\"\n[plugins.cri.cni]\nbin_dir = \"/usr/lib/cni\"\nmax_conf_num = 3\n",
            )],
            PASS,
        ),
        main(
            "v1 written out",
            &[("config.toml", "version = 1\n[plugins.cri.cni]\nmax_conf_num = 3\n")],
            PASS,
        ),
        main(
            "v0 with the names of v2",
            &[("config.toml", "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 3\n")],
            PASS,
        ),
        main("v0 with another plugin", &[("config.toml", "[plugins.opt]\npath = \"/o\"\n")], PASS),
        main(
            "docker's package",
            &[(
                "config.toml",
                "#   Copyright\n\ndisabled_plugins = [\"cri\"]\n\n#root = \"/var/lib/containerd\"\n\n#[grpc]\n#  address = \"/run/containerd/containerd.sock\"\n",
            )],
            PASS,
        ),
        main(
            "disabled in v2, short",
            &[("config.toml", "version = 2\ndisabled_plugins = [\"cri\"]\n")],
            PASS,
        ),
        main(
            "disabled in v2, several lines",
            &[(
                "config.toml",
                "version = 2\ndisabled_plugins = [\n  \"io.containerd.internal.v1.restart\", # not used\n  \"io.containerd.grpc.v1.cri\",\n]\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 3\n",
            )],
            PASS,
        ),
        main(
            "another plugin disabled",
            &[("config.toml", "version = 2\ndisabled_plugins = ['io.containerd.internal.v1.restart']\n")],
            PASS,
        ),
        forbidden,
    ]
}
