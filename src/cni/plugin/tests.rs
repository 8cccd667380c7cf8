use super::*;

fn refused(text: &str) -> String {
    text.parse::<Plugin>().unwrap_err().to_string()
}

#[test]
fn a_plugin_keeps_its_text() {
    let text = "\n{ \"\\u0074ype\" : \"tuning\", \"n\": 1.0 }\n";
    let plugin: Plugin = text.parse().unwrap();
    assert_eq!((plugin.plugin_type(), plugin.text()), ("tuning", text.as_bytes()));
}

#[test]
fn what_is_wrong_is_said() {
    for (text, words) in [
        ("", "the plugin object is 0 bytes"),
        ("tuning", "the plugin object is not JSON: expected ident (line 1, column 2)"),
        (
            "[]",
            "the plugin object is a list, not an object such as {\"type\": \"tuning\"} (line 1, column 1)",
        ),
        ("{}", "the plugin object is missing 'type' (line 1, column 1)"),
        ("{\"type\":\"\"}", "the plugin object is missing 'type' (line 1, column 1)"),
        ("{\"type\":7}", "the plugin object has a number at type, which must be a string (line 1, column 2)"),
        ("{\"type\":\"a\"", "the plugin object ends in the middle, after 11 bytes (line 1, column 12)"),
    ] {
        assert_eq!(refused(text), words);
    }
    assert!(refused("{\"type\":\"../x\"}").contains("without '/'"));
    assert!(refused("{\"type\":\"..\"}").contains("without '/'"));
    assert!(refused("{\"type\":\"a\",\"Type\":\"b\"}").contains("'type' twice"));
    assert!(
        refused(&format!("{{\"type\":\"a\",\"x\":{}{}}}", "[".repeat(65), "]".repeat(65))).contains("deeper")
    );
}
