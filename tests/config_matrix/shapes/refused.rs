//! Files that no patch can correct, or not on every release.

use super::{Shape, main};

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        main(
            "byte order mark",
            &[(
                "config.toml",
                "\u{feff}version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 3\n",
            )],
            ["pass", "pass", "byte order mark"],
        ),
        main("bad syntax", &[("config.toml", "version = 2\n[plugins.\n")], ["it is not TOML"; 3]),
        main(
            "table twice",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n",
            )],
            ["it is not TOML"; 3],
        ),
        main(
            "wrong type",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = \"1\"\n",
            )],
            ["max_conf_num is not a whole number"; 3],
        ),
        // 2.x drops a value that is not a table when it migrates the file (`migrateConfig`), and starts.
        main(
            "wrong type of a table",
            &[("config.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncni = \"x\"\n")],
            ["is not", "is not", "pass"],
        ),
        main(
            "version as a string",
            &[("config.toml", "version = \"2\"\n")],
            ["version is not a whole number"; 3],
        ),
        main(
            "v2 with plugins.cri",
            &[("config.toml", "version = 2\n[plugins.cri.cni]\nmax_conf_num = 7\n")],
            ["is a name of version 1", "is a name of version 1", "pass"],
        ),
        main(
            "inline table of several lines",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncni = {\n  max_conf_num = 3 }\n",
            )],
            ["TOML 1.1"; 3],
        ),
        main(
            "inline table with a last comma",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncni = { max_conf_num = 3, }\n",
            )],
            ["TOML 1.1"; 3],
        ),
        main(
            "escape of TOML 1.1",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nconf_template = \"\\x41\"\n",
            )],
            ["TOML 1.1"; 3],
        ),
    ]
}
