//! Findings as SARIF 2.1.0, which CI systems show beside the code.

use serde::Serialize;

use super::{Code, Located, OutcomeWord, Report, Severity};
use crate::node::Page;

/// The URL of SARIF's schema, by which readers recognise the version.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A SARIF log with one run. Serialize it with `serde_json`.
#[derive(Debug, Serialize)]
pub struct Sarif<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    column_kind: &'static str,
    invocations: [Invocation<'a>; 1],
    results: Vec<Finding<'a>>,
}

/// Without it a run that failed would look like a run without findings.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    exit_code: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification<'a>>,
}

/// The reason of a failure, or a thing that could not be observed.
#[derive(Debug, Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Text<'a>,
}

#[derive(Debug, Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Text<'a>,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Debug, Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    /// `None` for a finding without a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<Physical>,
    /// Empty for a whole document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    /// `None` for a whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'a> {
    fully_qualified_name: &'a str,
    kind: &'static str,
}

/// The log of a report as text.
pub fn sarif(codes: &[Code], report: &Report<Located>) -> Page {
    Page::json(&Sarif::new(codes, report))
}

impl<'a> Sarif<'a> {
    /// The log of a report. All `codes` become rules of the tool, also those without findings, so that a CI system
    /// knows them. Columns count characters.
    pub fn new(codes: &'a [Code], report: &'a Report<Located>) -> Self {
        let rules = codes
            .iter()
            .map(|code| Rule {
                id: code.name,
                short_description: Text { text: code.title },
                default_configuration: Configuration { level: level(code.severity) },
            })
            .collect();
        let driver =
            Driver { name: env!("CARGO_PKG_NAME"), semantic_version: env!("CARGO_PKG_VERSION"), rules };
        let failed = report.outcome == OutcomeWord::Failed;
        let why = failed.then_some(Notification { level: "error", message: Text { text: &report.message } });
        let unseen = report.unseen.iter().map(|text| Notification { level: "note", message: Text { text } });
        let invocation = Invocation {
            execution_successful: !failed,
            exit_code: report.exit_code,
            tool_execution_notifications: why.into_iter().chain(unseen).collect(),
        };
        let results = report.findings.iter().map(|located| finding(codes, located)).collect();
        let run = Run {
            tool: Tool { driver },
            column_kind: "unicodeCodePoints",
            invocations: [invocation],
            results,
        };
        Self { schema: SCHEMA, version: "2.1.0", runs: [run] }
    }
}

fn finding<'a>(codes: &[Code], located: &'a Located) -> Finding<'a> {
    let found = &located.finding;
    let text = match found.remedy.as_str() {
        "" => format!("{}: {}", found.subject, found.message),
        remedy => format!("{}: {}\n{remedy}", found.subject, found.message),
    };
    let name = if located.file.is_empty() { &found.subject } else { &located.path };
    let logical = Some(name.as_str()).filter(|name| !name.is_empty()).into_iter();
    let logical = logical.map(|name| Logical { fully_qualified_name: name, kind: "member" });
    let region = Region { start_line: located.line, start_column: located.column };
    Finding {
        rule_id: found.code,
        rule_index: codes.iter().position(|code| code.name == found.code),
        level: level(found.severity),
        message: Message { text },
        locations: [Location {
            physical_location: Some(located.file.as_str()).filter(|file| !file.is_empty()).map(|file| {
                Physical {
                    artifact_location: Artifact { uri: uri(file) },
                    region: (located.line > 0).then_some(region),
                }
            }),
            logical_locations: logical.collect(),
        }],
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A file name as a URI reference. All characters except the unreserved ones and `/` are escaped; a colon in the
/// first part would look like a scheme. Standard input gets a name that is not a file name.
fn uri(file: &str) -> String {
    if file == "-" {
        return "stdin".to_owned();
    }
    let mut uri = String::with_capacity(file.len());
    if file.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            byte => uri.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    uri
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Code, Located, OutcomeWord, Report, Sarif, Severity, uri};
    use crate::report::{Exit, Finding};

    const CODES: [Code; 2] = [
        Code { name: "first-code", severity: Severity::Warning, title: "Of nothing here." },
        Code { name: "second-code", severity: Severity::Error, title: "Of what is found." },
    ];

    #[test]
    fn a_finding_is_shown_in_its_place() {
        let finding = Finding {
            code: CODES[1].name,
            severity: CODES[1].severity,
            subject: "a b.yaml:4 Pod".to_owned(),
            message: "it is wrong".to_owned(),
            remedy: String::new(),
        };
        let path = r#"metadata.annotations["cni.projectcalico.org/hwAddr"]"#.to_owned();
        let found =
            vec![Located { finding, file: "a b.yaml".to_owned(), document: 1, path, line: 4, column: 5 }];
        let bare = Report::bare("lint", OutcomeWord::Problems, Exit::Problems, String::new());
        let report = Report { findings: found, ..bare };
        let sarif = serde_json::to_value(Sarif::new(&CODES, &report)).unwrap();
        assert_eq!(sarif["version"], "2.1.0");
        let run = &sarif["runs"][0];
        let result = &run["results"][0];
        assert_eq!(result["ruleId"], "second-code");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.yaml");
        assert_eq!(place["region"], serde_json::json!({"startLine": 4, "startColumn": 5}));
        let name = &result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"];
        assert_eq!(name, r#"metadata.annotations["cni.projectcalico.org/hwAddr"]"#);
    }

    #[test]
    fn file_names_are_uris() {
        assert_eq!(uri("deploy/a.yaml"), "deploy/a.yaml");
        assert_eq!(uri("/srv/ü:1.yaml"), "file:///srv/%C3%BC%3A1.yaml");
        assert_eq!(uri("-"), "stdin");
    }
}
