//! Templates that people write, and common mistakes.

use proptest::prelude::*;

use super::{check, check_template};
use crate::node::HostPath;

#[test]
fn templates_that_containerd_can_use() {
    for text in [
        "",
        "{\"subnet\": \"{{.PodCIDR}}\"}",
        "{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{\"subnet\": \"{{$range}}\"}]{{end}}",
        "{{- range .Routes -}}{\"dst\": \"{{.}}\"}{{else}}none{{- end }}",
        "{{if eq (len .Routes) 2}}both{{else if .Routes}}{{index .Routes 0}}{{else}}none{{end}}",
        "{{/* a comment with }} in it */}}{{- /* trimmed */ -}}",
        "{{with .PodCIDR}}{{.}}{{$.Routes}}{{end}}",
        "{{$x := .PodCIDR}}{{$x = \"a\"}}{{$x | printf \"%s }} %d\" | html}}",
        "{{define \"r\"}}{{.}}{{end}}{{template \"r\" .PodCIDR}}{{block \"b\" .}}{{.Any}}{{end}}",
        "{{range .Routes}}{{if not .}}{{continue}}{{end}}{{break}}{{end}}",
        "{{print `raw }}` 'c' 0x1F -1.5 true nil}}",
        "a } } { {",
        "{{ (slice .PodCIDR 1 2) }}{{ .PodCIDR\n| len }}",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

/// Such mistakes need knowledge of Go's templates, so containerd's own message is enough.
#[test]
fn what_a_function_makes_of_its_arguments_is_not_judged() {
    for text in ["{{not}}", "{{len true}}", "{{eq .PodCIDR 1}}", "{{printf .Routes}}", "{{template \"x\"}}"] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn mistakes_are_named_where_they_stand() {
    for (text, offset, rule) in [
        ("{{.PodCidr}}", 2, "the field .PodCidr"),
        ("ab{{.PodCIDR", 2, "not closed with }}"),
        ("{{range .Routes}}", 0, "no {{end}}"),
        ("{{end}}", 0, "{{end}} without a block"),
        ("{{else}}", 0, "{{else}} without a block"),
        ("{{if .Routes}}{{else}}{{else}}{{end}}", 22, "{{else}} has no place here"),
        ("{{range .Routes}}{{.PodCIDR}}{{end}}", 19, "is a field of a string"),
        ("{{range .PodCIDR}}{{end}}", 0, "range cannot go over a string"),
        ("{{$x}}", 2, "no variable $x"),
        ("{{if .Routes}}{{$x := 1}}{{end}}{{$x}}", 34, "no variable $x"),
        ("{{toJson .Routes}}", 2, "no function toJson"),
        ("{{.Routes | join \",\"}}", 12, "no function join"),
        ("{{}}", 0, "a value is missing"),
        ("{{.PodCIDR |}}", 0, "a value is missing"),
        ("{{.PodCIDR .Routes}}", 11, "has arguments"),
        ("{{\"a}}", 2, "not closed on its line"),
        ("{{/* a }}", 0, "comment is not closed"),
        ("{{(.PodCIDR}}", 2, "parenthesis is not closed"),
        ("{{.PodCIDR)}}", 10, "was not opened"),
        ("{{if .Routes}}{{.Foo}}{{end}}", 16, "the field .Foo"),
        ("{{with .Routes}}{{.PodCIDR}}{{end}}", 18, "is a field of a list"),
        ("{{range $i, $r := .PodCIDRRanges}}{{$r.Subnet}}{{end}}", 36, "is a field of a string"),
        ("{{printf \"%s\" .PodCidr}}", 14, "the field .PodCidr"),
        ("{{(len .PodCIDRs)}}", 7, "the field .PodCIDRs"),
        ("{{.PodCIDR (len .Routes)}}", 11, "has arguments"),
        ("{{.PodCIDR ! }}", 11, "'!' is not valid"),
    ] {
        let fault = check(text).unwrap_err();
        assert!(fault.rule.contains(rule), "{text}: {}", fault.rule);
        assert_eq!(fault.offset, offset, "{text}: {}", fault.rule);
    }
}

#[test]
fn a_refusal_points_at_line_and_column() {
    let path = HostPath::new("/etc/cni/template").unwrap();
    let refusal = check_template(&path, b"{\n  \"a\": {{.Foo}}\n}").unwrap_err().to_string();
    assert!(
        refusal.starts_with("/etc/cni/template:2:10: containerd does not give a template the field .Foo; "),
        "{refusal}"
    );
    assert!(check_template(&path, b"\xff").is_err());
}

proptest! {
    #[test]
    fn any_text_is_checked_without_a_panic(text in "([{}.$|()\"'`a-z \n:=,*/é-]|\\{\\{|\\}\\}|range |end|if |\\.Routes){0,24}") {
        let _ = check(&text);
    }
}
