//! libcni's loading rules as a table: what each release loads.

use super::{Conflist, Libcni, Rule};

const RELEASES: [Libcni; 4] = [Libcni::V1_1, Libcni::V1_2, Libcni::V1_3, Libcni::Any];
const ALL: [bool; 4] = [true; 4];
const NONE: [bool; 4] = [false; 4];
/// Loaded by 1.1 only, so not by every release.
const OLD: [bool; 4] = [true, false, false, false];
/// Loaded from 1.2 on, so not by every release.
const NEW: [bool; 4] = [false, true, true, false];
/// Loaded before 1.3, so not by every release.
const BEFORE_1_3: [bool; 4] = [true, true, false, false];

fn loaded(name: &str, text: &[u8]) -> [bool; 4] {
    RELEASES.map(|rules| Conflist::read(name, text, rules).is_ok())
}

/// A valid list with these additional members.
fn list(members: &str) -> String {
    format!(r#"{{"name":"n",{members}"plugins":[{{"type":"a"}}]}}"#)
}

/// A list with these plugins.
fn plugins(plugins: &str) -> String {
    format!(r#"{{"name":"n","plugins":{plugins}}}"#)
}

/// A list with one plugin that has these members beside its type.
fn plugin(members: &str) -> String {
    plugins(&format!(r#"[{{"type":"a",{members}}}]"#))
}

#[test]
fn what_is_no_json_object_is_not_loaded() {
    for text in
        ["", " \n", "{", "{}", "[]", "null", "\"x\"", "3", "\u{feff}{}", "apiVersion: v1\nkind: Config\n"]
    {
        assert_eq!(loaded("a.conflist", text.as_bytes()), NONE, "{text:?}");
        assert_eq!(loaded("a.conf", text.as_bytes()), NONE, "{text:?}");
    }
    for tail in ["x", "{}", ",", "\0"] {
        assert_eq!(loaded("a.conflist", (list("") + tail).as_bytes()), NONE, "{tail:?}");
    }
    assert_eq!(loaded("a.conflist", (list("") + " \r\n\t").as_bytes()), ALL);
}

#[test]
fn the_name() {
    for (text, expected) in [
        (r#"{"plugins":[{"type":"a"}]}"#, NONE),
        (r#"{"Name":"n","plugins":[{"type":"a"}]}"#, NONE),
        (r#"{"name":7,"plugins":[{"type":"a"}]}"#, NONE),
        (r#"{"name":null,"plugins":[{"type":"a"}]}"#, NONE),
        (r#"{"name":"","plugins":[{"type":"a"}]}"#, ALL),
        (r#"{"name":"/ ?","plugins":[{"type":"a"}]}"#, ALL),
        (r#"{"n\u0061me":"n","plugins":[{"type":"a"}]}"#, ALL),
    ] {
        assert_eq!(loaded("a.conflist", text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn the_names_that_pods_can_be_attached_to() {
    for (name, usable) in [
        ("k8s-pod-network", true),
        ("a_b.C9", true),
        ("", false),
        ("-a", false),
        ("a b", false),
        ("\u{e9}", false),
    ] {
        let text = format!(r#"{{"name":"{name}","plugins":[{{"type":"a"}}]}}"#);
        let read = Conflist::read("a.conflist", text.as_bytes(), Libcni::Any).unwrap();
        assert_eq!((read.network(), read.has_usable_name()), (name, usable));
    }
}

#[test]
fn the_version() {
    for (members, expected) in [
        ("", ALL),
        (r#""cniVersion":"9.9.9","#, ALL),
        (r#""cniVersion":"x","#, ALL),
        (r#""cniVersion":1.0,"#, NONE),
        (r#""cniVersion":null,"#, NONE),
        (r#""cniVersions":["0.4.0","1.0.0"],"#, ALL),
        (r#""cniVersions":[],"#, ALL),
        (r#""cniVersions":"1.0.0","#, OLD),
        (r#""cniVersions":null,"#, OLD),
        (r#""cniVersions":[1],"#, OLD),
        (r#""cniVersions":["x"],"#, OLD),
        (r#""cniVersions":["1.0.0.0"],"#, OLD),
        (r#""cniVersion":"x","cniVersions":["1.0.0"],"#, OLD),
    ] {
        assert_eq!(loaded("a.conflist", list(members).as_bytes()), expected, "{members}");
    }
}

#[test]
fn the_chosen_version() {
    let new = Some("1.1.0");
    for (members, old, chosen) in [
        ("", None, None),
        (r#""cniVersion":"","#, None, None),
        (r#""cniVersion":"0.4.0","#, Some("0.4.0"), Some("0.4.0")),
        (r#""cniVersion":"0.4.0","cniVersions":["1.1.0","0.3.1"],"#, Some("0.4.0"), new),
        (r#""cniVersion":"1.1.0","cniVersions":["1.0.0","1.2.0"],"#, new, new),
        (r#""cniVersion":"2.0.0","cniVersions":["3.0.0"],"#, Some("2.0.0"), Some("2.0.0")),
        (r#""cniVersion":"2.0.0","cniVersions":["1.0.0"],"#, Some("2.0.0"), Some("1.0.0")),
        (r#""cniVersions":["0.10.0","0.4.0"],"#, None, Some("0.10.0")),
    ] {
        for (rules, expected) in RELEASES.into_iter().zip([old, chosen, chosen, chosen]) {
            let read = Conflist::read("a.conflist", list(members).as_bytes(), rules).unwrap();
            assert_eq!(read.cni_version(), expected, "{members} {rules:?}");
        }
    }
}

#[test]
fn the_switches() {
    for (members, expected) in [
        (r#""disableCheck":true,"#, ALL),
        (r#""disableCheck":"true","#, NEW),
        (r#""disableCheck":"FALSE","#, NEW),
        (r#""disableCheck":"yes","#, NONE),
        (r#""disableCheck":1,"#, NONE),
        (r#""disableCheck":null,"#, NONE),
        (r#""disableGC":true,"#, ALL),
        (r#""disableGC":"true","#, ALL),
        (r#""disableGC":0,"#, OLD),
        (r#""loadOnlyInlinedPlugins":true,"#, ALL),
        (r#""loadOnlyInlinedPlugins":"False","#, ALL),
        (r#""loadOnlyInlinedPlugins":1,"#, BEFORE_1_3),
        (r#""DisableCheck":1,"#, ALL),
    ] {
        assert_eq!(loaded("a.conflist", list(members).as_bytes()), expected, "{members}");
    }
}

#[test]
fn the_list_of_plugins() {
    for text in [
        r#"{"name":"n"}"#.to_owned(),
        r#"{"name":"n","loadOnlyInlinedPlugins":true}"#.to_owned(),
        r#"{"name":"n","Plugins":[{"type":"a"}]}"#.to_owned(),
        r#"{"cniVersion":"0.3.1","name":"a","type":"bridge"}"#.to_owned(),
        plugins("[]"),
        plugins("null"),
        plugins(r#"{"type":"a"}"#),
        plugins(r#"[{"type":"a"},{}]"#),
        plugins(r#"[{"type":""}]"#),
        plugins(r#"[{"type":null}]"#),
        plugins(r#"[{"type":7}]"#),
        plugins("[null]"),
        plugins(r#"["a"]"#),
        plugins(r#"[[{"type":"a"}]]"#),
    ] {
        assert_eq!(loaded("a.conflist", text.as_bytes()), NONE, "{text}");
    }
    for text in [
        plugins(r#"[{"type":"a"},{"type":"a"}]"#),
        plugins(r#"[{"TYPE":"a"}]"#),
        plugins(r#"[{"type":"../a"}]"#),
    ] {
        assert_eq!(loaded("a.conflist", text.as_bytes()), ALL, "{text}");
    }
}

#[test]
fn the_typed_fields_of_a_plugin() {
    for (members, expected) in [
        (r#""name":7"#, NONE),
        (r#""name":null"#, ALL),
        (r#""cniVersion":7"#, NONE),
        (r#""ipam":"host-local""#, NONE),
        (r#""ipam":[]"#, NONE),
        (r#""ipam":null"#, ALL),
        (r#""ipam":{}"#, ALL),
        (r#""ipam":{"type":1}"#, NONE),
        (r#""IPAM":{"Type":1}"#, NONE),
        (r#""ipam":{"type":"x","ranges":[[{}]],"n":1}"#, ALL),
        (r#""dns":[]"#, NONE),
        (r#""dns":{"nameservers":"1.1.1.1"}"#, NONE),
        (r#""dns":{"nameservers":[1]}"#, NONE),
        (r#""dns":{"nameservers":[null],"domain":null,"search":null,"options":[]}"#, ALL),
        (r#""dns":{"domain":[]}"#, NONE),
        (r#""dnſ":7"#, NONE),
        (r#""capabilities":{"portMappings":true,"x":null}"#, ALL),
        (r#""capabilities":{"portMappings":"true"}"#, NONE),
        (r#""capabilities":["portMappings"]"#, NONE),
        (r#""capabilities":null"#, ALL),
        (r#""prevResult":{}"#, ALL),
        (r#""prevResult":"x""#, NONE),
        (r#""cni.dev/valid-attachments":[{"containerID":"a","ifname":null}]"#, ALL),
        (r#""cni.dev/valid-attachments":{}"#, OLD),
        (r#""cni.dev/valid-attachments":[{"ifname":1}]"#, OLD),
        (r#""mtu":"9001","runtimeConfig":7,"args":[]"#, ALL),
    ] {
        assert_eq!(loaded("a.conflist", plugin(members).as_bytes()), expected, "{members}");
        let single = format!(r#"{{"type":"a",{members}}}"#);
        assert_eq!(loaded("a.conf", single.as_bytes()), expected, "{single}");
    }
}

#[test]
fn a_single_plugin_object() {
    for (text, expected) in [
        (r#"{"type":"a","name":"n","cniVersion":"1.0.0"}"#, ALL),
        (r#"{"type":"a"}"#, ALL),
        (r#"{"Type":"a","Name":"n"}"#, ALL),
        (r#"{"type":"a","disableCheck":7,"cniVersions":7,"plugins":7}"#, ALL),
        (r#"{"name":"n","plugins":[{"type":"a"}]}"#, NONE),
        (r#"{"name":"n"}"#, NONE),
    ] {
        for name in ["a.conf", "a.json", ".conf"] {
            assert_eq!(loaded(name, text.as_bytes()), expected, "{name} {text}");
        }
    }
    let read =
        Conflist::read("a.conf", br#"{"Type":"a","NAME":"n","cniversion":"0.4.0"}"#, Libcni::V1_3).unwrap();
    assert_eq!((read.network(), read.cni_version(), read.types()), ("n", Some("0.4.0"), vec!["a"]));
    assert_eq!(Conflist::read("a.conf", br#"{"type":"a"}"#, Libcni::V1_1).unwrap().network(), "");
}

#[test]
fn text_and_numbers_as_go_takes_them() {
    assert_eq!(loaded("a.conflist", &[&list("")[..9], "\u{e9}"].concat().into_bytes()), NONE);
    let mut bytes = list(r#""x":"?","#).into_bytes();
    let at = bytes.iter().position(|&b| b == b'?').unwrap();
    bytes[at] = 0xff;
    assert_eq!(loaded("a.conflist", &bytes), ALL);
    for (members, expected) in [
        (r#""x":"\ud800","#, ALL),
        (r#""x":[18446744073709551616,-0,1E+2,1.10,1e-400],"#, ALL),
        (r#""x":1e400,"#, NONE),
        (r#""x":{"y":[-1e309]},"#, NONE),
        (r#""x":01,"#, NONE),
        ("\"x\":\"\t\",", NONE),
    ] {
        assert_eq!(loaded("a.conflist", list(members).as_bytes()), expected, "{members}");
    }
    for (levels, expected) in [(9_999, ALL), (10_000, NONE), (300_000, NONE)] {
        let nested = format!(r#""x":{}{},"#, "[".repeat(levels), "]".repeat(levels));
        assert_eq!(loaded("a.conflist", list(&nested).as_bytes()), expected, "{levels} levels");
    }
}

#[test]
fn keys_that_occur_twice_where_they_decide_are_refused_by_us() {
    for (name, text) in [
        ("a.conflist", r#"{"name":"a","name":"b","plugins":[{"type":"x"}]}"#),
        ("a.conflist", r#"{"name":"a","n\u0061me":"b","plugins":[{"type":"x"}]}"#),
        ("a.conflist", r#"{"name":"a","x":1,"x":1,"plugins":[{"type":"x"}]}"#),
        ("a.conflist", r#"{"name":"a","plugins":[{"type":"x","type":"x"}]}"#),
        ("a.conflist", r#"{"name":"a","plugins":[{"type":"x","Type":"y"}]}"#),
        ("a.conf", r#"{"name":"a","NAME":"b","type":"x"}"#),
        ("a.conf", r#"{"cniVersion":"1.0.0","cniversion":"0.4.0","type":"x"}"#),
    ] {
        for rules in RELEASES {
            assert_eq!(
                Conflist::read(name, text.as_bytes(), rules).unwrap_err().rule,
                Rule::DuplicateKey,
                "{text}"
            );
        }
    }
    for text in [
        r#"{"name":"a","Name":"b","plugins":[{"type":"x"}]}"#,
        r#"{"name":"a","plugins":[{"type":"x","mtu":1,"mtu":2,"ipam":{"type":"y","type":"z"}}]}"#,
    ] {
        assert_eq!(loaded("a.conflist", text.as_bytes()), ALL, "{text}");
    }
}

#[test]
fn a_name_that_no_runtime_loads_is_no_conflist() {
    for name in ["a.conflist.bak", "a", "a.CONFLIST", ""] {
        assert_eq!(
            Conflist::read(name, list("").as_bytes(), Libcni::V1_3).unwrap_err().rule,
            Rule::Extension
        );
    }
}

#[test]
fn the_offence_is_located_and_named() {
    for (name, text, message) in [
        ("a.conflist", "", "is 0 bytes"),
        ("a.conflist", "{\n  \"plugins\": []\n}", "is missing 'name' (line 1, column 1)"),
        (
            "a.conflist",
            "{\"name\": \"n\",\n \"plugins\": [\n  {\"type\": \"a\"},\n  {\"é\": 1}\n ]}",
            "is missing 'type' in plugins[1] (line 4, column 3)",
        ),
        (
            "a.conflist",
            "{\"name\": \"é\", \"plugins\": [{\"type\": \"a\",\n\"dns\": {\"é\": 0, \"search\": [\"x\", 5]}}]}",
            "has a number at plugins[0].dns.search[1], which must be a string (line 2, column 33)",
        ),
        ("a.conflist", "{\"name\": 5}", "has a number at 'name', which must be a string (line 1, column 2)"),
        (
            "a.conflist",
            "{\"name\":\"n\",\"type\":\"a\"}",
            "is missing 'plugins'; a single plugin object is loaded from a .conf file only (line 1, column 1)",
        ),
        (
            "a.conf",
            "{\"name\":\"n\",\"plugins\":[]}",
            "is missing 'type'; a list of plugins is loaded from a .conflist file only (line 1, column 1)",
        ),
        (
            "a.conflist",
            "{\"name\":\"n\",\"disableCheck\":\"on\"}",
            "has a string at 'disableCheck', which must be true or false (line 1, column 13)",
        ),
    ] {
        assert_eq!(Conflist::read(name, text.as_bytes(), Libcni::V1_3).unwrap_err().to_string(), message);
    }
}

#[test]
fn plugins_from_a_directory_are_known_of() {
    for (rules, members, directory) in [
        (Libcni::V1_3, "", Some("n")),
        (Libcni::Any, "", Some("n")),
        (Libcni::V1_2, "", None),
        (Libcni::V1_3, r#""loadOnlyInlinedPlugins":"true","#, None),
        (Libcni::V1_3, r#""loadOnlyInlinedPlugins":false,"#, Some("n")),
    ] {
        let read = Conflist::read("a.conflist", list(members).as_bytes(), rules).unwrap();
        assert_eq!(read.appended_directory(), directory, "{rules:?} {members}");
    }
    assert_eq!(
        Conflist::read("a.conf", br#"{"type":"a"}"#, Libcni::V1_3).unwrap().appended_directory(),
        None
    );
}

#[test]
fn delegation_is_seen() {
    let read = |text: String| Conflist::read("a.conflist", text.as_bytes(), Libcni::V1_3).unwrap();
    let flannel = read(plugin(r#""delegate":{"type":"bridge","ipam":{"type":"host-local"}}"#));
    assert!(flannel.contains_type_deep("bridge") && !flannel.delegates());
    assert!(!flannel.contains_type_deep("a") && !flannel.contains_type_deep("host-local"));
    let multus = read(plugin(r#""delegates":[{"plugins":[{"Type":"antrea"}]}]"#));
    assert!(multus.contains_type_deep("antrea") && multus.delegates());
    assert!(!read(plugin(r#""type2":"antrea","x":"type""#)).contains_type_deep("antrea"));
    assert!(read(plugins(r#"[{"type":"loopback"}]"#)).is_loopback_only());
    assert!(!read(plugins(r#"[{"type":"loopback"},{"type":"a"}]"#)).is_loopback_only());
}
