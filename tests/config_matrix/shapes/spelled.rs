//! Keys in spellings that are not containerd's own.

use super::{PASS, Shape, main};

pub(super) fn shapes() -> Vec<Shape> {
    vec![
        main(
            "upper case, as 1.x folds",
            &[(
                "config.toml",
                "VERSION = 2\n[PLUGINS.\"io.containerd.grpc.v1.cri\".CNI]\nMAX_CONF_NUM = 0\n[PLUGINS.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nRUNTIME_TYPE = \"io.containerd.runc.v2\"\n[PLUGINS.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nsystemdCgroup = false\n",
            )],
            PASS,
        ),
        main(
            "systemdcgroup in an inline table",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { systemdcgroup = false }\n",
            )],
            PASS,
        ),
        main(
            "SYSTEMDCGROUP of runc",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSYSTEMDCGROUP = false\n",
            )],
            ["pass", "pass", "no place in the config"],
        ),
        main(
            "SYSTEMDCGROUP of another runtime",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"gpu\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.gpu]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.gpu.options]\nSYSTEMDCGROUP = false\n",
            )],
            PASS,
        ),
        main(
            "two spellings of a setting",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 3\nMAX_CONF_NUM = 4\n[plugins.\"io.containerd.grpc.v1.cri\".CNI]\nconf_template = \"/x\"\n",
            )],
            PASS,
        ),
        main(
            "Max_Conf_Num",
            &[(
                "config.toml",
                "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nMax_Conf_Num = 0\n",
            )],
            ["write max_conf_num", "write max_conf_num", "pass"],
        ),
        main(
            "v3 in mixed case",
            &[(
                "config.toml",
                "Version = 3\n[Plugins.\"io.containerd.cri.v1.runtime\".Cni]\nMax_conf_num = 0\nConf_Template = \"/x\"\n[Plugins.\"io.containerd.cri.v1.images\".Pinned_Images]\nsandbox = \"x\"\n[Plugins.\"io.containerd.cri.v1.runtime\".Containerd.Runtimes.runc.Options]\nsystemDcgroup = false\n",
            )],
            ["", "", "pass"],
        ),
        main(
            "imports in capitals",
            &[
                ("config.toml", "version = 2\nIMPORTS = [\"@DIR@/conf.d/*.toml\"]\n"),
                (
                    "conf.d/a.toml",
                    "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".CNI]\nmax_conf_num = 0\n",
                ),
            ],
            PASS,
        ),
        main(
            "disabled in capitals",
            &[("config.toml", "version = 2\nDISABLED_PLUGINS = [\"io.containerd.grpc.v1.cri\"]\n")],
            PASS,
        ),
    ]
}
