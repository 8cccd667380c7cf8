use super::*;

#[test]
fn only_the_last_suffix_counts_and_hidden_files_do() {
    for name in ["a.conflist", ".a.conflist", ".conflist", "a.tmp.conflist"] {
        assert_eq!(extension(name), Some(Extension::Conflist), "{name}");
    }
    assert_eq!(extension(".conf"), Some(Extension::Conf));
    assert_eq!(extension("a.json"), Some(Extension::Json));
    for name in ["a.conflist.bak", "a.conflist~", "a.CONF", "conf", "", "a.", ".a.conflist.tmp", "a.conf "] {
        assert_eq!(extension(name), None, "{name}");
    }
}

#[test]
fn containerd_releases_have_their_libcni() {
    for (version, libcni) in [
        ("1.6.20~ds1", Libcni::V1_1),
        ("v1.7.24", Libcni::V1_1),
        ("2.0.0-rc.1", Libcni::V1_2),
        ("v2.1.9-k3s1", Libcni::V1_3),
        ("2.3", Libcni::V1_3),
        ("2.0+unknown", Libcni::V1_2),
        ("1.5.9", Libcni::Any),
        ("3.0.0", Libcni::Any),
        ("", Libcni::Any),
        ("x.y", Libcni::Any),
    ] {
        assert_eq!(Libcni::of_containerd(version), libcni, "{version}");
    }
}
