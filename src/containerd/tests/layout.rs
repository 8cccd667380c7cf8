//! The place of text that a patch adds.

use super::{R17, R21, main_only, max, patched, text};
use crate::containerd::{RuntimeConfig, patch};

#[test]
fn each_shape_keeps_its_layout() {
    for (before, release, after) in [
        (
            "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  bin_dir = \"/x\" # why\n  conf_dir = \"/y\"\n",
            None,
            "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  bin_dir = \"/x\" # why\n  conf_dir = \"/y\"\n  max_conf_num = 5\n",
        ),
        (
            "version = 2\r\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\r\n\tmax_conf_num = 1 # c\r\n# end",
            None,
            "version = 2\r\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\r\n\tmax_conf_num = 5 # c\r\n# end",
        ),
        ("", None, "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 5\n"),
        (
            "# mine\nroot = '/r'",
            Some(R21),
            "# mine\nroot = '/r'\nversion = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 5",
        ),
        (
            "[plugins.cri]\nsandbox_image = 's'\n[grpc]\ngid = 1\n",
            Some(R17),
            "[plugins.cri]\nsandbox_image = 's'\n[plugins.cri.cni]\nmax_conf_num = 5\n[grpc]\ngid = 1\n",
        ),
        (
            "version = 3\n[plugins]\n  'io.containerd.cri.v1.runtime'.cni.conf_dir = '/c'\n",
            Some(R21),
            "version = 3\n[plugins]\n  'io.containerd.cri.v1.runtime'.cni.conf_dir = '/c'\n  \"io.containerd.cri.v1.runtime\".cni.max_conf_num = 5\n",
        ),
        (
            "version = 2\n[plugins]\n\"io.containerd.grpc.v1.cri\" = { sandbox_image = 's' }\n",
            None,
            "version = 2\n[plugins]\n\"io.containerd.grpc.v1.cri\" = { sandbox_image = 's', cni = { max_conf_num = 5 } }\n",
        ),
    ] {
        let after_files = patched(&main_only(before), release, &max(5));
        assert_eq!(text(&after_files), after);
    }
}

#[test]
fn comments_stay_with_what_they_belong_to() {
    let before = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nenable_selinux = true\n# sandbox_image = 'x'\n\n# about grpc\n[grpc]\ngid = 1\n\n#root = '/r'\n";
    let after = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nenable_selinux = true\n# sandbox_image = 'x'\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nmax_conf_num = 5\n\n# about grpc\n[grpc]\ngid = 1\n\n#root = '/r'\n";
    assert_eq!(text(&patched(&main_only(before), None, &max(5))), after);
}

#[test]
fn a_key_uncommented_at_the_end_does_not_land_in_a_table_of_ours() {
    let before = "disabled_plugins = [\"cri\"]\n\n#root = \"/var/lib/containerd\"\n";
    let runtime_config = RuntimeConfig { enable_cri: true, ..max(5) };
    let after = text(&patched(&main_only(before), None, &runtime_config));
    assert_eq!(
        after,
        "disabled_plugins = []\nversion = 2\n\n#root = \"/var/lib/containerd\"\n\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 5\n"
    );
}

#[test]
fn a_value_that_is_the_default_everywhere_is_not_written() {
    let runtime_config =
        RuntimeConfig { conf_template: Some(String::new()), systemd_cgroup: Some(false), ..max(1) };
    for text in ["", "version = 2\n", "version = 3\n[plugins.'io.containerd.cri.v1.runtime']\n"] {
        assert_eq!(patch(&main_only(text), None, &runtime_config).unwrap().edits, [], "{text:?}");
    }
}

#[test]
fn a_string_keeps_its_kind_of_quotes_unless_it_cannot() {
    for (old, desired, new) in [
        ("'x'", "/a b", "'/a b'"),
        ("'x'", "it's", "\"it's\""),
        ("\"x\"", "/a\"\\\u{1}\n", "\"/a\\\"\\\\\\u0001\\n\""),
        ("'''x'''", "y", "\"y\""),
    ] {
        let before = format!("version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = {old}\n");
        let runtime_config =
            RuntimeConfig { sandbox_image: Some(desired.to_owned()), ..RuntimeConfig::default() };
        assert_eq!(text(&patched(&main_only(&before), None, &runtime_config)), before.replace(old, new));
    }
}

#[test]
fn a_runtime_that_no_file_names_keeps_the_type_that_1_x_would_forget() {
    let runtime_config = RuntimeConfig { systemd_cgroup: Some(true), ..RuntimeConfig::default() };
    let after = text(&patched(&main_only("version = 2\n"), None, &runtime_config));
    assert_eq!(
        after,
        "version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc]\n  runtime_type = \"io.containerd.runc.v2\"\n\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\n  SystemdCgroup = true\n"
    );
}

#[test]
fn toml_1_1_is_refused_where_it_stands() {
    for (line, column) in [
        ("a = { b = 1, }", 14),
        ("a = { b = [\n1,\n], c = '''\n''' }\nd = {\n}", 6),
        ("a = [ { b = \"\\x41\" } ]", 14),
        ("\"\\e\" = 1", 2),
        ("a = 07:32", 5),
    ] {
        let refusal = patch(&main_only(line), None, &max(5)).unwrap_err();
        assert!(refusal.rule.contains("TOML 1.1"), "{line}: {refusal}");
        assert_eq!(refusal.position.map(|position| position.column), Some(column), "{line}: {refusal}");
    }
    patched(
        &main_only("a = { b = [\n1,\n], c = '''\n''', \"\\\\x\" = \"\\\\e\" }\nt = 07:32:00\n"),
        Some(R21),
        &max(5),
    );
}

#[test]
fn a_second_byte_order_mark_is_refused_and_not_dropped() {
    let refusal = patch(&main_only("\u{feff}\u{feff}version = 2\n"), Some(R21), &max(1)).unwrap_err();
    assert!(refusal.rule.contains("two byte order marks"), "{refusal}");
}
