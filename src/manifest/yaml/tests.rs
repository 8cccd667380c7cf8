use super::{Node, Outcome, Place, Spot, Value, decoded, read, read_each};

fn roots(text: &str) -> Vec<Node<'_>> {
    read(text)
        .into_iter()
        .map(|document| match document.outcome {
            Outcome::Read(node, _) => node,
            Outcome::Template(at) => panic!("template at {at:?}"),
            Outcome::Broken(at, why, _) => panic!("{why} at {at:?}"),
        })
        .collect()
}

fn text_at<'a>(node: &'a Node<'a>, keys: &[&str]) -> Option<&'a str> {
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
    assert!(matches!(&documents[1].outcome, Outcome::Broken(at, why, _) if at.line >= 3 && !why.is_empty()));
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
    let root = &roots("base: &b {x: 1, z: 2}\nuse:\n  <<: *b\n  z: 3\nlist: *b\n")[0];
    assert_eq!(text_at(root, &["use", "x"]), Some("1"));
    assert_eq!(text_at(root, &["use", "z"]), Some("3"));
    assert_eq!(text_at(root, &["list", "z"]), Some("2"));
}

#[test]
fn a_bomb_is_refused() {
    let mut lines = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()];
    for level in 1..12 {
        let alias = vec![format!("*a{}", level - 1); 10].join(", ");
        lines.push(format!("a{level}: &a{level} [{alias}]\n"));
    }
    assert!(
        matches!(&read(&lines.concat())[0].outcome, Outcome::Broken(_, why, _) if why.contains("the alias *a"))
    );
    let mut deep = vec!["a0: &a0 [x]\n".to_owned()];
    for level in 1..20 {
        let (open, close) = ("[".repeat(100), "]".repeat(100));
        deep.push(format!("a{level}: &a{level} {open}*a{}{close}\n", level - 1));
    }
    assert!(matches!(&read(&deep.concat())[0].outcome, Outcome::Broken(_, why, _) if why.contains("levels")));
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

/// The texts at `a` and `b` of the first document.
fn pair(text: &str) -> (Option<String>, Option<String>) {
    let root = &roots(text)[0];
    let at = |key| text_at(root, &[key]).map(str::to_owned);
    (at("a"), at("b"))
}

#[test]
fn what_kubectl_reads_is_read() {
    // Each was given to kubectl 1.32 (`kubectl annotate --local`), which took it.
    for (text, a, b) in [
        ("a: 'x\ny'\nb: 1\n", "x y", "1"),
        ("a: \"x\n\ty\"\nb: 1\n", "x y", "1"),
        ("{\n\ta: x\n\t,\tb: 1\n}\n", "x", "1"),
        ("a:\tx\t# c\nb: 1\n", "x", "1"),
        ("a: x\n   \ty\nb: 1\n", "x y", "1"),
        ("a: \"x\"#c\nb: 1\n", "x", "1"),
        ("a: x\rb: 1\r", "x", "1"),
        ("a: x\r\nb: |\r\n  1\r\n  2\r\n", "x", "1\n2\n"),
        ("? a\n: x\n? b\n: 1\n", "x", "1"),
        ("a: \"x\\\n   y\"\nb: 1\n", "xy", "1"),
        ("a: 'x\n\n  y '' z'\nb: 1\n", "x\ny ' z", "1"),
        ("a: >-\n  x\n\n   y\n  z\n\nb: |+\n  1\n\n", "x\n\n y\nz", "1\n\n"),
        ("a: |2\n    x\n   y\nb: 1\n", "  x\n y\n", "1"),
        ("a: !!str 1\nb: !!binary aGVsbG8=\n", "1", "hello"),
        ("a: x\nb: 1\n...\n", "x", "1"),
        ("--- # c\na: x\nb: 1\n", "x", "1"),
        (" # c\na: x\n # c\nb: 1\n", "x", "1"),
        ("{\"a\"\n:\"\\ud83d\\ude00\\ud800\", \"b\":1}", "\u{1f600}\u{fffd}", "1"),
        ("{a: 'x\ny', b: 1}", "x y", "1"),
    ] {
        assert_eq!(pair(text), (Some(a.to_owned()), Some(b.to_owned())), "{text:?}");
    }
}

#[test]
fn what_kubectl_refuses_is_refused() {
    for text in [
        "a:\n\tb: 1\n",
        "a: x: y\n",
        "a: @x\n",
        "a: `x`\n",
        "a: %x\n",
        "a: 1\n b: 2\n",
        "a: x\n\ty\n",
        "a: |\n    x\n\t\n    y\n",
        "\"a\nb\": 1\n",
        "{a: b}: c\n",
        "~: c\n",
        "a: *b\n",
        "a: &a [*a]\n",
        "<<: 1\n",
        "a: \x01\n",
        "a: {x: 1 y: 2}\n",
        "a:\n- x\n- y\nb\n",
        "a: 1\n%b: c\n",
        "a: \"\\q\"\n",
    ] {
        let documents = read(text);
        assert!(documents.iter().any(|one| matches!(one.outcome, Outcome::Broken(..))), "{text:?}");
    }
    let long = format!("{}: 1\n", "k".repeat(1100));
    assert!(matches!(read(&long)[0].outcome, Outcome::Broken(..)));
}

#[test]
fn the_order_of_merged_keys_is_that_of_kubectl() {
    let merged = |text: &str| text_at(&roots(text)[0], &["use", "k"]).map(str::to_owned);
    assert_eq!(merged("b: &b {k: base}\nuse:\n  k: own\n  <<: *b\n").as_deref(), Some("base"));
    assert_eq!(merged("b: &b {k: base}\nuse:\n  <<: *b\n  k: own\n").as_deref(), Some("own"));
    let list = "b: &b {k: 1}\nc: &c {k: 2}\nuse:\n  <<: [*b, *c]\n";
    assert_eq!(merged(list).as_deref(), Some("1"));
    assert!(merged("use: {'<<': {k: 1}}\n").is_none());
}

#[test]
fn utf_16_is_read_with_its_mark() {
    for bytes in [
        "\u{feff}a: é\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        "\u{feff}a: é\n".encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        let text = decoded(&bytes);
        assert_eq!(pair(std::str::from_utf8(&text).unwrap()).0.as_deref(), Some("é"));
    }
}

/// The names in the items of all Lists.
fn items(text: &str) -> (Vec<String>, usize) {
    let (mut names, mut broken) = (Vec::new(), 0);
    for document in read(text) {
        match document.outcome {
            Outcome::Read(node, _) => {
                let items = Spot::root(&node).get("items").map_or_else(Vec::new, |items| items.items());
                names.extend(items.iter().filter_map(|item| item.text_of("k").map(str::to_owned)));
            }
            Outcome::Broken(..) => broken += 1,
            Outcome::Template(_) => panic!(),
        }
    }
    (names, broken)
}

#[test]
fn a_broken_item_hides_no_other() {
    let text =
        "kind: List\nitems:\n- k: a\n- k: b\n  x: [1\n- k: c\n  x: 2\n- k: d\n\tx: 3\n- k: e\nmetadata: {}\n";
    let expected = |names: &[&str], broken| (names.iter().map(|name| (*name).to_owned()).collect(), broken);
    // The bracket of b swallows c up to the next error.
    let (names, broken) = items(text);
    assert!(["a", "e"].iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
    assert_eq!(broken, 2);
    let indented = "items:\n  - k: a\n  - k: 'b' x\n  - k: c\n    m: 1\n  - k: @d\n  - k: e\nkind: List\n";
    assert_eq!(items(indented), expected(&["a", "c", "e"], 2));
    let json = r#"{"items": [{"k": "a"}, {"k": "b"}, {"k": "c", "x": [1, 2}}, {"k": "d"}]}"#;
    assert_eq!(items(json), expected(&["a", "b"], 1));
    let cut = r#"{"items": [{"k": "a"}, {"k": "b"}, {"k": "c", "x": [1, 2"#;
    assert_eq!(items(cut), expected(&["a", "b"], 1));
    let values = "{\"items\": [{\"k\": \"a\"}]}\n{\"items\": [{]}\n{\"items\": [{\"k\": \"c\"}]}\n";
    assert_eq!(items(values), expected(&["a", "c"], 1));
}

#[test]
fn what_is_not_utf_8_spoils_only_its_document() {
    let mut documents = Vec::new();
    let each = &mut |document| documents.push(document);
    read_each(b"a: 1\n---\n# \xff\nb: 2\n---\nc: 3\n", &|_| {}, each);
    assert!(matches!(documents[0].outcome, Outcome::Read(..)));
    assert!(matches!(documents[1].outcome, Outcome::Broken(Place { line: 3, column: 3 }, ..)));
    assert!(matches!(documents[2].outcome, Outcome::Read(..)));
}

#[test]
fn aliases_share_what_they_repeat() {
    let text = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 16), vec!["*a"; 400].join(", "));
    let root = &roots(&text)[0];
    let items = Spot::root(root).get("b").unwrap().items();
    assert!(items.iter().all(|item| std::ptr::eq(item.text().unwrap(), text_at(root, &["a"]).unwrap())));
    // A million bytes, written once and repeated 20,000 times.
    let bomb = format!("a: &big \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*big"; 20_000].join(", "));
    assert!(
        matches!(&read(&bomb)[0].outcome, Outcome::Broken(_, why, _) if why.contains("*big") && why.contains("MB"))
    );
}

/// Each failure looks at all that is left, so their number is bounded; what is not looked at is told.
#[test]
fn many_broken_objects_in_one_part_are_told_up_to_a_limit() {
    let text = "{\"a\": nothing}\n".repeat(100_000);
    let documents = read(&text);
    // Of each broken object what stands before the fault is read.
    assert!(documents.len() <= 41, "{}", documents.len());
    let Outcome::Broken(_, why, rest) = &documents.last().unwrap().outcome else { panic!("it was read") };
    assert!(why.contains("the rest was not looked at"), "{why}");
    assert_eq!(rest.len() % "{\"a\": nothing}\n".len(), 0);
    let few = "{\"a\": nothing}\n".repeat(3) + "{\"kind\": \"Pod\"}\n";
    assert!(matches!(&read(&few).last().unwrap().outcome, Outcome::Read(..)));
}

/// Of a cluster's dump only what a rule may read is kept. What stands below is read nevertheless, and told if it is
/// broken or doubled.
#[test]
fn what_the_api_server_writes_of_an_object_is_not_kept() {
    for text in [
        "kind: Pod\nmetadata:\n  name: a\n  managedFields:\n  - manager: x\nspec: {status: up}\nstatus:\n  phase: Running\n  phase: Failed\n",
        r#"{"kind": "Pod", "metadata": {"name": "a", "managedFields": [{"manager": "x"}]}, "spec": {"status": "up"}, "status": {"phase": "Running", "phase": "Failed"}}"#,
    ] {
        let documents = read(text);
        let Outcome::Read(root, doubled) = &documents[0].outcome else { panic!("{text}") };
        assert_eq!(doubled.len(), 1, "{text}");
        let is_empty = |node: &Node<'_>| match &node.value {
            Value::Map(entries) => entries.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        };
        let meta = &root.get("metadata").unwrap().value;
        assert!(is_empty(&root.get("status").unwrap().value), "{text}");
        assert!(is_empty(&meta.get("managedFields").unwrap().value), "{text}");
        assert!(meta.get("name").is_some() && root.get("spec").unwrap().value.get("status").is_some());
    }
    assert!(matches!(&read("kind: Pod\nstatus: {a: *gone}\n")[0].outcome, Outcome::Broken(..)));
}
