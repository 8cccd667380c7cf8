use super::Folding::{AnyCase, FourSpellings};
use crate::containerd::source::Source;
use crate::containerd::tests::{R17, R21, files, main_only, patched, text};
use crate::containerd::tree::Tree;
use crate::containerd::{RuntimeConfig, effective, ignored, patch};
use crate::node::{HostPath, Release};

const GRPC: &str = "plugins.\"io.containerd.grpc.v1.cri\"";

fn max_conf_num(main: &str, release: Release) -> Option<i64> {
    effective(&main_only(main), Some(release)).unwrap().max_conf_num.map(|number| number.value)
}

fn cgroup(options: &str, runtime: &str, release: Release) -> Option<bool> {
    let main = format!(
        "version = 2\n[{GRPC}.containerd.runtimes.{runtime}]\nruntime_type = \"io.containerd.runc.v2\"\n\
         [{GRPC}.containerd.runtimes.{runtime}.options]\n{options}"
    );
    let view = effective(&main_only(&main), Some(release)).unwrap();
    view.runtimes[runtime].systemd_cgroup.as_ref().map(|flag| flag.value)
}

/// Measured with `config dump` of 1.6.20, 1.7.24 and 2.1.9.
#[test]
fn a_setting_is_read_in_the_spellings_of_the_release() {
    for (key, one, two) in [
        ("max_conf_num", Some(5), Some(5)),
        ("MAX_CONF_NUM", Some(5), Some(5)),
        ("Max_Conf_Num", None, Some(5)),
        ("max_Conf_num", None, Some(5)),
        ("max-conf-num", None, None),
    ] {
        let main = format!("version = 2\n[{GRPC}.cni]\n{key} = 5\n");
        assert_eq!((max_conf_num(&main, R17), max_conf_num(&main, R21)), (one, two), "{key}");
    }
    for (table, one, two) in [("cni", Some(5), Some(5)), ("CNI", Some(5), Some(5)), ("Cni", None, Some(5))] {
        let main = format!("VERSION = 2\n[{GRPC}.{table}]\nmax_conf_num = 5\n");
        assert_eq!((max_conf_num(&main, R17), max_conf_num(&main, R21)), (one, two), "{table}");
    }
    for (root, one, two) in [("PLUGINS", Some(5), Some(5)), ("Plugins", None, Some(5))] {
        let main = format!("version = 2\n[{root}.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 5\n");
        assert_eq!((max_conf_num(&main, R17), max_conf_num(&main, R21)), (one, two), "{root}");
    }
}

/// 1.7 by `pkg/cri/sbserver/helpers.go`, 2.1 by `internal/cri/config/config.go` (`GenerateRuntimeOptions`).
#[test]
fn runc_s_options_are_folded_too() {
    for (key, one, two) in [
        ("SystemdCgroup", Some(true), Some(true)),
        ("systemdCgroup", Some(true), Some(true)),
        ("systemdcgroup", Some(true), Some(true)),
        ("SYSTEMDCGROUP", Some(true), Some(true)),
        ("SystemDCgroup", None, Some(true)),
    ] {
        let line = format!("{key} = true\n");
        assert_eq!((cgroup(&line, "gpu", R17), cgroup(&line, "gpu", R21)), (one, two), "{key}");
    }
    // 2.x sets the options of its own runc first, then decodes the file's in byte order.
    assert_eq!(cgroup("SYSTEMDCGROUP = true\n", "runc", R21), None);
    assert_eq!(cgroup("SYSTEMDCGROUP = true\n", "runc", R17), Some(true));
}

#[test]
fn of_several_spellings_one_counts() {
    let both = "max_conf_num = 3\nMAX_CONF_NUM = 4\nMax_Conf_Num = 5\n";
    let main = format!("version = 2\n[{GRPC}.cni]\n{both}");
    assert_eq!((max_conf_num(&main, R17), max_conf_num(&main, R21)), (Some(3), Some(3)));
    // 1.x reads only the first table that matches; 2.x decodes both in byte order.
    let main = format!("version = 2\n[{GRPC}.CNI]\nmax_conf_num = 5\n[{GRPC}.cni]\nbin_dir = \"/b\"\n");
    assert_eq!((max_conf_num(&main, R17), max_conf_num(&main, R21)), (None, Some(5)));
    assert_eq!(cgroup("SystemdCgroup = false\nsystemdCgroup = true\n", "x", R17), Some(false));
    assert_eq!(cgroup("SystemdCgroup = false\nsystemdCgroup = true\n", "x", R21), Some(true));
    // Fields at a file's root are decoded in the order of the file.
    let main = format!("version = 3\nVersion = 2\n[{GRPC}.cni]\nmax_conf_num = 5\n");
    assert_eq!(max_conf_num(&main, R21), Some(5));
}

#[test]
fn names_that_somebody_chose_are_not_folded() {
    let main = format!("version = 2\n[{GRPC}.containerd.runtimes.GPU]\n[{GRPC}.containerd.runtimes.gpu]\n");
    let view = effective(&main_only(&main), Some(R21)).unwrap();
    assert_eq!(view.runtimes.keys().collect::<Vec<_>>(), ["GPU", "gpu"]);
    let main = "version = 3\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\nSandbox = \"p\"\n";
    assert_eq!(effective(&main_only(main), Some(R21)).unwrap().sandbox_image, None, "it is a map of 2.x");
    let main = format!("version = 2\n[{}.cni]\nmax_conf_num = 5\n", GRPC.replace("cri", "CRI"));
    assert_eq!(max_conf_num(&main, R21), None);
    // The migration knows only one spelling of `sandbox_image`.
    let main = format!("version = 2\n[{GRPC}]\nSANDBOX_IMAGE = \"p\"\n");
    let image = |release| effective(&main_only(&main), Some(release)).unwrap().sandbox_image;
    assert!(image(R17).is_some() && image(R21).is_none());
}

#[test]
fn a_patch_keeps_the_user_s_spelling() {
    let runtime_config =
        RuntimeConfig { max_conf_num: Some(1), systemd_cgroup: Some(true), ..RuntimeConfig::default() };
    let main = format!(
        "VERSION = 2\n[{GRPC}.CNI]\nMAX_CONF_NUM = 0\n[{GRPC}.containerd.runtimes.runc]\n\
         RUNTIME_TYPE = \"io.containerd.runc.v2\"\n[{GRPC}.containerd.runtimes.runc.OPTIONS]\nsystemdCgroup = false\n"
    );
    let desired = main.replace("NUM = 0", "NUM = 1").replace("false", "true");
    for release in [Some(R17), Some(R21), None] {
        assert_eq!(text(&patched(&main_only(&main), release, &runtime_config)), desired, "{release:?}");
    }
    // A missing key goes into the table that exists.
    let main = format!("version = 2\n[{GRPC}.CNI]\nconf_dir = \"/c\"\n");
    let runtime_config = RuntimeConfig { max_conf_num: Some(7), ..RuntimeConfig::default() };
    assert_eq!(
        text(&patched(&main_only(&main), Some(R17), &runtime_config)),
        format!("{main}max_conf_num = 7\n")
    );
}

#[test]
fn no_second_spelling_is_written_beside_one_that_the_release_does_not_read() {
    let main = format!("version = 2\n[{GRPC}.cni]\nMax_Conf_Num = 0\n");
    let runtime_config = |number| RuntimeConfig { max_conf_num: Some(number), ..RuntimeConfig::default() };
    assert_eq!(
        patch(&main_only(&main), Some(R17), &runtime_config(1)).unwrap().edits,
        [],
        "1 is the default"
    );
    let refusal = patch(&main_only(&main), Some(R17), &runtime_config(7)).unwrap_err().to_string();
    assert!(refusal.contains("Max_Conf_Num") && refusal.contains("write max_conf_num"), "{refusal}");
    let told = ignored(&main_only(&main), Some(R17));
    assert_eq!(told[0].keys, ["cni.Max_Conf_Num"]);
    assert_eq!(ignored(&main_only(&main), Some(R21)), []);
}

#[test]
fn imports_and_disabled_plugins_are_read_in_any_spelling_that_counts() {
    let drop_in = format!("version = 2\n[{GRPC}.cni]\nmax_conf_num = 5\n");
    let main = "version = 2\nIMPORTS = [\"/etc/containerd/d/*.toml\"]\nDisabled_Plugins = [\"io.containerd.grpc.v1.cri\"]\n";
    let files = files(&[("/etc/containerd/config.toml", main), ("/etc/containerd/d/x.toml", &drop_in)]);
    let view = |release| effective(&files, Some(release)).unwrap();
    assert_eq!(view(R17).max_conf_num.map(|number| number.value), Some(5));
    assert!(view(R17).cri_disabled.is_none() && view(R21).cri_disabled.is_some());
    let enable = RuntimeConfig { enable_cri: true, ..RuntimeConfig::default() };
    assert!(text(&patched(&files, Some(R21), &enable)).contains("Disabled_Plugins = []"));
    assert!(patch(&files, Some(R21), &RuntimeConfig::default()).is_err());
}

#[test]
fn a_path_is_spelled_as_the_file_spells_it() {
    let path = HostPath::new("/c.toml").unwrap();
    let file = "[Plugins.\"io.containerd.grpc.v1.cri\".CNI]\nmax_Conf_num = 1\nMAX_CONF_NUM = 2\n";
    let tree = Tree::of(&Source::read(&path, Some(file.as_bytes())).unwrap());
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let desired = keys(&["plugins", "io.containerd.grpc.v1.cri", "cni", "max_conf_num"]);
    let spelled = FourSpellings.spelled(&tree, &desired);
    assert_eq!(spelled, keys(&["Plugins", "io.containerd.grpc.v1.cri", "CNI", "MAX_CONF_NUM"]));
    assert_eq!(AnyCase.spelled(&tree, &desired)[3], "max_Conf_num");
    assert_eq!(AnyCase.canonical(&spelled), desired);
}
