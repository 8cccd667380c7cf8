use super::*;
use crate::cni::Libcni;

/// A list on several lines, with unknown members and with numbers that a parser would change.
const AZURE: &str = r#"{
   "cniVersion":"0.3.0",
   "name":"azure",
   "x":[1.0, 1e3,18446744073709551616 , -0, "\u0041\/<&>"],
   "plugins":[
      {
         "type":"azure-vnet",
         "mtu":1E+2,
         "ipam":{
            "type":"azure-cns"
         }
      },
      { "type":"portmap" }
   ]
}
"#;

fn list(text: &str) -> Conflist {
    Conflist::read("a.conflist", text.as_bytes(), Libcni::Any).unwrap()
}

fn layer(owner: &str, position: &str, plugins: &[&str]) -> ChainLayer {
    ChainLayer {
        owner: owner.to_owned(),
        plugins: plugins.iter().map(|text| text.parse().unwrap()).collect(),
        position: position.parse().unwrap(),
    }
}

fn text(base: &str, layers: &[ChainLayer]) -> String {
    String::from_utf8(compose(&list(base), layers).unwrap().bytes.to_vec()).unwrap()
}

fn types(base: &str, layers: &[ChainLayer]) -> String {
    compose(&list(base), layers).unwrap().types.join(" ")
}

#[test]
fn a_plugin_takes_the_look_of_its_neighbours() {
    let ours = r#"{"type":"antrea","n":1e400000,"list":[1,"a"],"ipam":{"type":"host-local"},"e":{}}"#;
    let ours = ours.replace("1e400000", "1E+2");
    let composed = text(AZURE, &[layer("antrea", "last", &[&ours])]);
    let added = r#"      { "type":"portmap" },
      {
         "type":"antrea",
         "n":1E+2,
         "list":[1,"a"],
         "ipam":{
            "type":"host-local"
         },
         "e":{}
      }
"#;
    assert_eq!(composed, AZURE.replace("      { \"type\":\"portmap\" }\n", added));

    let compact = r#"{"name":"n","plugins":[{"type":"a"}]}"#;
    let ours = "{\n  \"type\": \"b\",\n  \"c\": [ {\"d\": 1} ]\n}";
    assert_eq!(
        text(compact, &[layer("o", "last", &[ours])]),
        r#"{"name":"n","plugins":[{"type":"a"},{"type":"b","c":[{"d":1}]}]}"#
    );
    let spaced = r#"{"name": "n", "plugins": [ {"type": "a"} ]}"#;
    assert_eq!(
        text(spaced, &[layer("o", "first", &[ours])]),
        r#"{"name": "n", "plugins": [ {"type": "b", "c": [{"d": 1}]}, {"type": "a"} ]}"#
    );
}

#[test]
fn line_breaks_and_tabs_are_those_of_the_primary() {
    let base = "{\r\n\t\"name\": \"n\",\r\n\t\"plugins\": [\r\n\t\t{\"type\": \"a\"}\r\n\t]\r\n}";
    assert_eq!(
        text(base, &[layer("o", "first", &[r#"{"type":"b","x":1}"#])]),
        "{\r\n\t\"name\": \"n\",\r\n\t\"plugins\": [\r\n\t\t{\r\n\t\t\t\"type\": \"b\",\r\n\t\t\t\"x\": 1\r\n\t\t},\r\n\t\t{\"type\": \"a\"}\r\n\t]\r\n}"
    );
}

#[test]
fn an_element_as_far_out_as_its_bracket_has_a_guessed_unit() {
    let composed = |unit: &str| {
        let base = format!(
            "{{\n{unit}\"name\": \"n\",\n{unit}\"plugins\": [\n{unit}{{\"type\": \"a\"}}\n{unit}]\n}}"
        );
        text(&base, &[layer("o", "last", &[r#"{"type":"b"}"#])])
    };
    assert!(composed("\t").contains("{\n\t\t\"type\": \"b\"\n\t}\n\t]"));
    assert!(composed("    ").contains("{\n      \"type\": \"b\"\n    }\n    ]"));
}

#[test]
fn positions() {
    let base = r#"{"name":"n","plugins":[{"type":"a"},{"type":"b"},{"type":"a"},{"type":"c"}]}"#;
    for (position, expected) in [
        ("first", "x y a b a c"),
        ("last", "a b a c x y"),
        ("before=a", "x y a b a c"),
        ("after=a", "a b a x y c"),
        ("before=c", "a b a x y c"),
        ("after=c", "a b a c x y"),
    ] {
        let layers = [layer("o", position, &[r#"{"type":"x"}"#, r#"{"type":"y"}"#])];
        assert_eq!(types(base, &layers), expected, "{position}");
        assert_eq!(layers[0].position.to_string(), position);
    }
    for text in ["", "First", "before", "before=", "after=", "at=a", "last=a"] {
        assert!(text.parse::<Position>().is_err(), "{text:?}");
    }
}

#[test]
fn the_order_of_owners_does_not_matter() {
    let base = r#"{"name":"n","plugins":[{"type":"a"},{"type":"b"}]}"#;
    let mut layers = vec![
        layer("4", "last", &[r#"{"type":"l4"}"#]),
        layer("2", "first", &[r#"{"type":"f2"}"#]),
        layer("3", "after=b", &[r#"{"type":"ab"}"#]),
        layer("1", "first", &[r#"{"type":"f1"}"#, r#"{"type":"f0"}"#]),
        layer("5", "before=a", &[r#"{"type":"ba"}"#]),
        layer("0", "last", &[r#"{"type":"l0"}"#]),
        layer("0", "last", &[r#"{"type":"k0"}"#]),
    ];
    let forwards = text(base, &layers);
    assert_eq!(types(base, &layers), "f1 f0 f2 ba a b ab k0 l0 l4");
    layers.reverse();
    assert_eq!(text(base, &layers), forwards);
}

#[test]
fn a_plugin_of_the_same_type_is_replaced_in_place() {
    let layers = [layer("o", "before=nobody", &[r#"{"type":"portmap","snat":true}"#])];
    let composed = compose(&list(AZURE), &layers).unwrap();
    assert_eq!(composed.replaced, ["portmap"]);
    assert_eq!(composed.types, ["azure-vnet", "portmap"]);
    let replaced = AZURE.replace(
        r#"{ "type":"portmap" }"#,
        "{\n         \"type\":\"portmap\",\n         \"snat\":true\n      }",
    );
    assert_eq!(String::from_utf8(composed.bytes.to_vec()).unwrap(), replaced);
    assert_eq!(text(&replaced, &layers), replaced);
}

#[test]
fn a_single_plugin_object_becomes_a_list() {
    let single = |text: &str| Conflist::read("a.conf", text.as_bytes(), Libcni::Any).unwrap();
    let layers = [layer("o", "last", &[r#"{"type":"b"}"#])];
    let composed =
        |text: &str| String::from_utf8(compose(&single(text), &layers).unwrap().bytes.to_vec()).unwrap();
    assert_eq!(
        composed(r#"{"name":"\u006e","n":1e3,"type":"a","cniVersion":"0.3.1"}"#),
        r#"{"cniVersion":"0.3.1","name":"\u006e","plugins":[{"name":"\u006e","n":1e3,"type":"a","cniVersion":"0.3.1"},{"type":"b"}]}"#
    );
    assert_eq!(
        composed(r#" {"type":"a","cniVersion":null} "#),
        r#"{"name":"","plugins":[{"type":"a","cniVersion":null},{"type":"b"}]}"#
    );
    assert_eq!(
        composed("{\n  \"Name\": \"n\",\n  \"type\": \"a\"\n}\n"),
        "{\n  \"name\": \"n\",\n  \"plugins\": [\n    {\n  \"Name\": \"n\",\n  \"type\": \"a\"\n},\n    {\n      \"type\": \"b\"\n    }\n  ]\n}\n"
    );
    assert_eq!(
        composed("{\r\n\"type\": \"a\"}").matches("\r\n").count(),
        composed("{\r\n\"type\": \"a\"}").matches('\n').count()
    );
    assert_eq!(
        compose(&single(r#"{"type":"a"}"#), &[]).unwrap().bytes,
        br#"{"name":"","plugins":[{"type":"a"}]}"#[..].into()
    );
}

#[test]
fn what_our_own_plugins_hand_on_to_does_not_count() {
    let ours = [
        layer("o", "last", &[r#"{"type":"b","delegate":{"type":"b"}}"#]),
        layer("p", "first", &[r#"{"type":"c","delegate":{"type":"b"}}"#]),
    ];
    let composed = text(r#"{"name":"n","plugins":[{"type":"a"}]}"#, &ours);
    assert_eq!(text(&composed, &ours), composed);
}

#[test]
fn no_layers_leave_every_byte() {
    assert_eq!(text(AZURE, &[]), AZURE);
}

#[test]
fn what_would_break_pods_is_refused() {
    let refused = |base: &str, layers: &[ChainLayer]| compose(&list(base), layers).unwrap_err().to_string();
    assert_eq!(
        refused(AZURE, &[layer("antrea", "after=calico", &[r#"{"type":"antrea"}"#])]),
        "the position of antrea is after=calico, but the primary has no plugin of that type; it has: azure-vnet, portmap"
    );
    let twice = [layer("b", "last", &[r#"{"type":"x"}"#]), layer("a", "first", &[r#"{"type":"x"}"#])];
    assert!(refused(AZURE, &twice).starts_with("a and b both add the plugin type \"x\""));
    let ours = [layer("o", "last", &[r#"{"type":"a"}"#])];
    assert!(
        refused(r#"{"name":"n","plugins":[{"type":"a"},{"type":"a"}]}"#, &ours).contains("has 2 plugins")
    );
    let wraps = r#"{"name":"n","plugins":[{"type":"multus","delegates":[{"plugins":[{"type":"a"}]}]}]}"#;
    assert_eq!(compose(&list(wraps), &ours), Err(ComposeError::Wraps("a".to_owned())));
}

#[test]
fn a_result_that_would_not_load_is_not_given_out() {
    let deep = format!(
        r#"{{"name":"n","plugins":[{{"type":"a"}}],"x":{}{}}}"#,
        "[".repeat(9_999),
        "]".repeat(9_999)
    );
    assert_eq!(types(&deep, &[layer("o", "last", &[r#"{"type":"b"}"#])]), "a b");
    let single = format!(r#"{{"type":"a","x":{}{}}}"#, "[".repeat(9_999), "]".repeat(9_999));
    let single = Conflist::read("a.conf", single.as_bytes(), Libcni::Any).unwrap();
    assert!(matches!(compose(&single, &[]), Err(ComposeError::Unsound(_))));
}
