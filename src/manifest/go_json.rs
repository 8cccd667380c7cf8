//! Reads JSON as Go's `encoding/json` reads it into `[]string`, with the same error messages: a person finds them in
//! `kubectl describe pod`.

use serde_json::Value;

/// The reason why a text is not a JSON array of strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotStrings {
    /// The error message of Go if it is known, else that of this program.
    pub(super) why: String,
    /// The array that was most likely meant.
    pub(super) meant: Option<Vec<String>>,
}

/// Parses the JSON value of an annotation. A lone surrogate is U+FFFD in Go but an error in `serde_json`.
pub(super) fn read(text: &str) -> Result<Value, serde_json::Error> {
    let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let escape = &rest[at..];
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => 12,
            (Some(_), _) => 0,
            // A backslash and the character after it; at the end of the text, the backslash alone.
            (None, _) => 1 + escape[1..].chars().next().map_or(0, char::len_utf8),
        };
        whole.push_str(&rest[..at + length]);
        whole.push_str(if length == 0 { "\\ufffd" } else { "" });
        rest = &rest[at + if length == 0 { 6 } else { length }..];
    }
    // The length stays the same, so that an error has the same position.
    serde_json::from_str(&(whole + rest))
}

/// The string of the text between double quotes.
pub(super) fn string(text: &str) -> Option<String> {
    match read(&format!("\"{text}\"")) {
        Ok(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The surrogate in the escape at the start of the text.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = hex.then(|| u32::from_str_radix(digits, 16).ok())?;
    unit.filter(|unit| (0xD800..0xE000).contains(unit))
}

/// The strings of a JSON array. As in Go, `null` is an empty array, and `null` in an array is an empty string.
pub(super) fn strings(text: &str) -> Result<Vec<String>, NotStrings> {
    let value = match read(text) {
        Ok(value) => value,
        Err(error) => return Err(NotStrings { why: syntax_error(text, &error), meant: meant(text) }),
    };
    let other = |value: &Value| format!("json: cannot unmarshal {} into Go value of type", type_name(value));
    match &value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(text.clone()),
                Value::Null => Ok(String::new()),
                item => Err(NotStrings { why: format!("{} string", other(item)), meant: as_texts(items) }),
            })
            .collect(),
        Value::String(inner) => {
            let meant = strings(inner).ok().filter(|strings| !strings.is_empty());
            Err(NotStrings {
                why: format!("{} []string", other(&value)),
                meant: meant.or_else(|| split(inner)),
            })
        }
        Value::Number(number) => Err(NotStrings {
            why: format!("{} []string", other(&value)),
            meant: Some(vec![number.to_string()]),
        }),
        _ => Err(NotStrings { why: format!("{} []string", other(&value)), meant: None }),
    }
}

/// Go's name for a JSON type.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Go's message for a syntax error in `text`; if it is not certain, that of `serde_json`.
pub(super) fn syntax_error(text: &str, error: &serde_json::Error) -> String {
    let trimmed = text.trim_start_matches([' ', '\t', '\r', '\n']);
    let Some(first) = trimmed.chars().next() else {
        return "unexpected end of JSON input".to_owned();
    };
    let literal = ["null", "true", "false"].into_iter().find(|literal| literal.starts_with(first));
    if let Some(literal) = literal {
        let mut rest = trimmed.chars();
        for expected in literal.chars() {
            match rest.next() {
                Some(found) if found == expected => {}
                Some(found) => {
                    return format!(
                        "invalid character '{found}' in literal {literal} (expecting '{expected}')"
                    );
                }
                None => return "unexpected end of JSON input".to_owned(),
            }
        }
    } else if !first.is_ascii_digit() && !matches!(first, '[' | '{' | '"' | '-') {
        return format!("invalid character '{first}' looking for beginning of value");
    }
    go_words(text, error).unwrap_or_else(|| error.to_string())
}

/// Messages of `serde_json`, and Go's for the same character.
const WORDS: &[(&str, &str)] = &[
    ("trailing characters", "after top-level value"),
    ("expected value", "looking for beginning of value"),
    ("trailing comma", "looking for beginning of value"),
    ("expected `,` or `]`", "after array element"),
    ("expected `,` or `}`", "after object key:value pair"),
    ("expected `:`", "after object key"),
    ("key must be a string", "looking for beginning of object key string"),
];

fn go_words(text: &str, error: &serde_json::Error) -> Option<String> {
    if error.is_eof() {
        return Some("unexpected end of JSON input".to_owned());
    }
    let ours = error.to_string();
    let (_, words) = WORDS.iter().find(|(known, _)| ours.starts_with(known))?;
    // Columns of `serde_json` count bytes.
    let line = text.split('\n').nth(error.line().checked_sub(1)?)?;
    let found = line.get(error.column().checked_sub(1)?..)?.chars().next()?;
    let found = if found == '\'' { "\\'".to_owned() } else { found.to_string() };
    Some(format!("invalid character '{found}' {words}"))
}

fn as_texts(items: &[Value]) -> Option<Vec<String>> {
    items
        .iter()
        .map(|item| match item {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect()
}

/// The likely meaning of a text that is not JSON: a bare word, a comma list, single quotes, a trailing comma.
fn meant(text: &str) -> Option<Vec<String>> {
    let text = text.trim();
    if text.contains(['{', '}']) {
        return None;
    }
    split(
        text.strip_prefix('[')
            .unwrap_or(text)
            .strip_suffix(']')
            .unwrap_or(text.strip_prefix('[').unwrap_or(text)),
    )
}

fn split(text: &str) -> Option<Vec<String>> {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '\\' | '“' | '”');
    let parts: Vec<String> = text
        .split([',', ';', '\n'])
        .flat_map(|part| part.split_whitespace())
        .map(|part| part.trim_matches(quotes).to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then_some(parts)
}

/// The strings as an array on one line: `["a","b"]`.
pub(super) fn array(strings: &[String]) -> String {
    Value::from(strings).to_string()
}

/// A line of YAML that sets `key` to the JSON `value`, quoted so that YAML keeps it as a string.
pub(super) fn yaml_line(key: &str, value: &str) -> String {
    format!("{key}: '{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{array, strings};

    #[test]
    fn go_errors_are_told_in_go_words() {
        for (text, why) in [
            ("default-pool", "invalid character 'd' looking for beginning of value"),
            ("new-pool", "invalid character 'e' in literal null (expecting 'u')"),
            ("['a']", "invalid character '\\'' looking for beginning of value"),
            ("[pool-a]", "invalid character 'p' looking for beginning of value"),
            ("[\"a\",]", "invalid character ']' looking for beginning of value"),
            ("[\"a\" \"b\"]", "invalid character '\"' after array element"),
            ("[\"a\"", "unexpected end of JSON input"),
            ("10.0.0.1", "invalid character '.' after top-level value"),
            ("10.48.0.0/16", "invalid character '.' after top-level value"),
            ("\"a\", \"b\"", "invalid character ',' after top-level value"),
            ("{a: 1}", "invalid character 'a' looking for beginning of object key string"),
            ("", "unexpected end of JSON input"),
            ("\"a\"", "json: cannot unmarshal string into Go value of type []string"),
            ("{}", "json: cannot unmarshal object into Go value of type []string"),
            ("[1]", "json: cannot unmarshal number into Go value of type string"),
            ("tru", "unexpected end of JSON input"),
        ] {
            assert_eq!(strings(text).unwrap_err().why, why, "{text}");
        }
    }

    #[test]
    fn what_was_meant_is_guessed() {
        for (text, meant) in [
            ("pool-a", r#"["pool-a"]"#),
            ("a,b", r#"["a","b"]"#),
            ("a, b", r#"["a","b"]"#),
            ("['a', 'b']", r#"["a","b"]"#),
            (r#"["a",]"#, r#"["a"]"#),
            ("[a]", r#"["a"]"#),
            (r#"["a""#, r#"["a"]"#),
            (r#""a""#, r#"["a"]"#),
            (r#""[\"a\"]""#, r#"["a"]"#),
            (r#"[\"a\"]"#, r#"["a"]"#),
            ("10.0.0.0/16", r#"["10.0.0.0/16"]"#),
            ("“a”", r#"["a"]"#),
        ] {
            let guess = strings(text).unwrap_err().meant.unwrap();
            assert_eq!(array(&guess), meant, "{text}");
            assert_eq!(strings(&array(&guess)).unwrap(), guess);
        }
        assert_eq!(strings("{\"a\": 1}").unwrap_err().meant, None);
        assert_eq!(strings("").unwrap_err().meant, None);
    }

    #[test]
    fn surrogates_are_read_as_go_reads_them() {
        for (text, read) in [
            (r#"["\ud800"]"#, "\u{fffd}"),
            (r#"["a\udc00b"]"#, "a\u{fffd}b"),
            (r#"["\ud83d\ude00"]"#, "\u{1f600}"),
            (r#"["\ud800\ud83d\ude00"]"#, "\u{fffd}\u{1f600}"),
            (r#"["\\ud800"]"#, "\\ud800"),
            (r#"["\u0041\n"]"#, "A\n"),
        ] {
            assert_eq!(strings(text).unwrap(), [read], "{text}");
        }
        for text in [r#"["\ud8"]"#, r#"["\"#, r#"["\é"]"#, r#"["\u+123"]"#] {
            assert!(strings(text).is_err(), "{text}");
        }
    }

    #[test]
    fn null_is_an_empty_array() {
        assert_eq!(strings("null").unwrap(), Vec::<String>::new());
        assert_eq!(strings(" [\"a\", null] ").unwrap(), ["a", ""]);
    }
}
