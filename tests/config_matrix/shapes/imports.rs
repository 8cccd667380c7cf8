//! Main files with imports.

use super::{PASS, Shape, main};

const V2: &str = "version = 2\nimports = [\"@DIR@/d/*.toml\"]\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"main/pause:1\"\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/usr/lib/cni\"\nmax_conf_num = 5\n";
const V3: &str = "version = 3\nimports = [\"@DIR@/d/*.toml\"]\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\nsandbox = \"main/pause:1\"\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nmax_conf_num = 5\n";
const DROP_IN: &str = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 8\n";
const OLD: &str = "containerd 1.x reads config versions up to 2";

// A table may be long.
#[allow(clippy::too_many_lines)]
pub(super) fn shapes() -> Vec<Shape> {
    vec![
        main("import pattern, no match", &[("config.toml", V2)], PASS),
        main("drop-in overrides", &[("config.toml", V2), ("d/10.toml", DROP_IN)], PASS),
        main(
            "drop-in without cri",
            &[("config.toml", V2), ("d/10.toml", "version = 2\n[debug]\nlevel = \"debug\"\n")],
            PASS,
        ),
        main("drop-in empty", &[("config.toml", V2), ("d/10.toml", "")], PASS),
        main(
            "two drop-ins, the last wins",
            &[
                ("config.toml", V2),
                ("d/10.toml", DROP_IN),
                (
                    "d/9.toml",
                    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 4\nconf_template = \"n\"\n",
                ),
            ],
            PASS,
        ),
        main(
            "drop-in without version",
            &[
                ("config.toml", V2),
                ("d/10.toml", "[plugins.\"io.containerd.grpc.v1.cri\".cni]\nconf_template = \"d\"\n"),
            ],
            PASS,
        ),
        main(
            "drop-in with one runtime",
            &[
                ("config.toml", V2),
                (
                    "d/99-nvidia.toml",
                    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nvidia]\nruntime_type = \"io.containerd.runc.v2\"\n",
                ),
            ],
            ["is not among the runtimes", "is not among the runtimes", "pass"],
        ),
        main(
            "nested imports",
            &[
                ("config.toml", V2),
                ("d/10.toml", "version = 2\nimports = [\"../e/x.toml\"]\n"),
                ("e/x.toml", DROP_IN),
            ],
            PASS,
        ),
        main(
            "imports in a circle",
            &[
                ("config.toml", V2),
                ("d/10.toml", "version = 2\nimports = [\"@DIR@/config.toml\", \"@DIR@/d/10.toml\"]\n"),
            ],
            PASS,
        ),
        main(
            "relative import",
            &[("config.toml", "version = 2\nimports = [\"./d/10.toml\"]\n"), ("d/10.toml", DROP_IN)],
            PASS,
        ),
        main(
            "relative pattern",
            &[
                ("config.toml", "version = 2\nimports = [\"d/*.toml\"]\n"),
                ("d/10.toml", "version = 2\n[debug]\nlevel = \"debug\"\n"),
            ],
            PASS,
        ),
        main(
            "relative pattern that overrides",
            &[("config.toml", "version = 2\nimports = [\"d/*.toml\"]\n"), ("d/10.toml", DROP_IN)],
            ["relative import patterns", "pass", "pass"],
        ),
        main(
            "dangling import",
            &[("config.toml", "version = 2\nimports = [\"/nonexistent/x.toml\"]\n")],
            ["which does not exist"; 3],
        ),
        main(
            "pattern with classes",
            &[
                ("config.toml", "version = 2\nimports = [\"@DIR@/d/[0-4]*.toml\", \"@DIR@/*/2?.toml\"]\n"),
                ("d/10.toml", DROP_IN),
                ("d/50.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 9\n"),
                ("d/20.toml", "version = 2\nroot = \"/r\"\n"),
            ],
            PASS,
        ),
        main(
            "v2 with drop-in of v3",
            &[
                ("config.toml", V2),
                (
                    "d/10.toml",
                    "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nmax_conf_num = 8\n",
                ),
            ],
            [OLD, OLD, "pass"],
        ),
        main("v3 with drop-in of v2", &[("config.toml", V3), ("d/10.toml", DROP_IN)], [OLD, OLD, "pass"]),
        main(
            "v3 with drop-in of v3",
            &[
                ("config.toml", V3),
                (
                    "d/10.toml",
                    "version = 3\n[plugins.\"io.containerd.cri.v1.runtime\".cni]\nconf_template = \"d\"\n",
                ),
            ],
            [OLD, OLD, "pass"],
        ),
        main(
            "v3 with versionless drop-in",
            &[
                ("config.toml", V3),
                ("d/10.toml", "[plugins.\"io.containerd.cri.v1.runtime\".cni]\nmax_conf_num = 8\n"),
            ],
            [OLD, OLD, "pass"],
        ),
        main(
            "cri disabled in a drop-in",
            &[
                ("config.toml", V2),
                ("d/10.toml", "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n"),
            ],
            PASS,
        ),
        main(
            "v0 main with drop-in of v2",
            &[("config.toml", "imports = [\"@DIR@/d/*.toml\"]\nroot = \"/r\"\n"), ("d/10.toml", DROP_IN)],
            PASS,
        ),
    ]
}
