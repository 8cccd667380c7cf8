use super::{Node, Outcome, Place, Spot, Value, read};

fn roots(text: &str) -> Vec<Node> {
    read(text)
        .into_iter()
        .map(|document| match document.outcome {
            Outcome::Read(node, _) => node,
            Outcome::Template(at) => panic!("template at {at:?}"),
            Outcome::Broken(at, why) => panic!("{why} at {at:?}"),
        })
        .collect()
}

fn text_at<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
    Spot::root(node).find(keys)?.text()
}

#[test]
fn documents_are_numbered_and_keep_their_lines() {
    let text = "# head\n---\n---\na: 1\n---\n# nothing\n---\nb:\n  c: |\n    x\n    ---\n    y\n...\nd: 2\n";
    let documents = read(text);
    assert_eq!(documents.iter().map(|d| d.number).collect::<Vec<_>>(), [1, 2, 3]);
    let roots = roots(text);
    assert_eq!(text_at(&roots[1], &["b", "c"]), Some("x\n---\ny\n"));
    let entry = Spot::root(&roots[1]).find(&["b", "c"]).unwrap();
    assert_eq!((entry.at, entry.path.as_str()), (Place { line: 9, column: 3 }, "b.c"));
    assert_eq!(Spot::root(&roots[2]).get("d").unwrap().at.line, 14);
}

#[test]
fn a_broken_document_spoils_no_other() {
    let documents = read("a: 1\n---\nb: [1\n---\nc: 3\n");
    assert!(matches!(documents[0].outcome, Outcome::Read(..)));
    assert!(matches!(&documents[1].outcome, Outcome::Broken(at, why) if at.line >= 3 && !why.is_empty()));
    assert!(matches!(documents[2].outcome, Outcome::Read(..)));
}

#[test]
fn json_is_read_with_tabs_and_in_a_row() {
    let roots = roots("{\n\t\"a\": {\"b\":\t\"x}\\\"{\"}\n}\n{\"c\": [1, 2]} {\"d\": 4}");
    assert_eq!(roots.len(), 3);
    assert_eq!(text_at(&roots[0], &["a", "b"]), Some("x}\"{"));
    assert_eq!(Spot::root(&roots[2]).get("d").unwrap().at, Place { line: 4, column: 16 });
}

#[test]
fn directives_and_a_byte_order_mark_are_no_hindrance() {
    let roots = roots("\u{feff}%YAML 1.2\n# why\n---\na: 1\n---\nb: 2\n");
    assert_eq!(roots.len(), 2);
    assert_eq!(text_at(&roots[0], &["a"]), Some("1"));
}

#[test]
fn files_with_marks_that_were_put_one_behind_another_are_read() {
    for text in [
        "a: 1\n---\n\u{feff}b: 2\nc: 3\n",
        "a: 1\n\u{feff}---\nb: 2\nc: 3\n",
        "---\na: 1\n---\n# x\n\u{feff}b: 2\nc: 3\n",
    ] {
        let roots = roots(text);
        assert_eq!(roots.len(), 2, "{text:?}");
        assert_eq!(text_at(&roots[1], &["b"]), Some("2"), "{text:?}");
        assert_eq!(text_at(&roots[1], &["c"]), Some("3"), "{text:?}");
    }
    assert!(matches!(read("a: 1\nb\u{feff}: 2\n---\nc: 3\n").last().unwrap().outcome, Outcome::Read(..)));
}

#[test]
fn arrays_in_a_row_are_read() {
    let roots = roots("[{\"a\": 1}]\n[{\"b\": \"]\"}, 2] []\n");
    assert_eq!(roots.len(), 3);
    assert!(Spot::root(&roots[1]).items()[0].get("b").is_some());
}

#[test]
fn a_template_is_told_from_broken_yaml() {
    for text in
        ["a: {{ .Values.x }}\n", "{{- if .x }}\na: b\n{{- end }}\n", "a:\n{{ toYaml .x | indent 2 }}\n"]
    {
        assert!(matches!(read(text)[0].outcome, Outcome::Template(_)), "{text}");
    }
    assert!(matches!(read("a: '{{ .x }}'\n")[0].outcome, Outcome::Read(..)));
}

#[test]
fn aliases_and_merge_keys_are_followed() {
    let root = &roots("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nlist: *b\n")[0];
    assert_eq!(text_at(root, &["use", "x"]), Some("1"));
    assert_eq!(text_at(root, &["use", "y"]), Some("3"));
    assert_eq!(text_at(root, &["list", "y"]), Some("2"));
}

#[test]
fn a_bomb_is_refused() {
    let mut lines = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for level in 1..12 {
        let alias = vec![format!("*a{}", level - 1); 10].join(", ");
        lines.push(format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert!(matches!(&read(&lines.concat())[0].outcome, Outcome::Broken(_, why) if why.contains("aliases")));
    let mut deep = vec!["a0: &a0 [x]\n".to_owned()];
    for level in 1..20 {
        let (open, close) = ("[".repeat(100), "]".repeat(100));
        deep.push(format!("a{level}: &a{level} {open}*a{}{close}\n", level - 1));
    }
    assert!(matches!(&read(&deep.concat())[0].outcome, Outcome::Broken(_, why) if why.contains("levels")));
    assert!(matches!(read("a: &a [*a]\n")[0].outcome, Outcome::Broken(..)));
    assert!(matches!(read(&"[".repeat(10_000))[0].outcome, Outcome::Broken(..)));
}

#[test]
fn a_key_that_stands_twice_is_noted_and_the_last_counts() {
    let documents = read("a: 1\nb: {c: 1, c: 2}\n");
    let Outcome::Read(node, doubled) = &documents[0].outcome else { panic!() };
    assert_eq!(doubled.len(), 1);
    assert_eq!(text_at(node, &["b", "c"]), Some("2"));
}

#[test]
fn null_is_like_missing() {
    let root = &roots("a: ~\nb:\nc: null\nd: 'null'\n")[0];
    assert!(Spot::root(root).get("a").is_none() && Spot::root(root).get("b").is_none());
    assert_eq!(text_at(root, &["d"]), Some("null"));
    assert!(matches!(root.value, Value::Map(_)));
}
