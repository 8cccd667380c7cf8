//! Properties of any file.

use std::ops::Range;

use proptest::prelude::*;
use toml_edit::TableLike;

use super::{R17, R20, R21, R23, main_only};
use crate::containerd::source::Source;
use crate::containerd::tree::Tree;
use crate::containerd::{ConfigFiles, RuntimeConfig, patch};
use crate::node::{HostPath, Release};

const PLUGINS: [&str; 5] = [
    "cri",
    "\"io.containerd.grpc.v1.cri\"",
    "\"io.containerd.cri.v1.runtime\"",
    "'io.containerd.cri.v1.images'",
    "\"io.containerd.internal.v1.opt\"",
];

/// A key below a plugin, with a value of its type.
fn setting() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        Just(("cni.max_conf_num", "3".to_owned())),
        Just(("cni.max_conf_num", "0x1".to_owned())),
        Just(("cni.conf_template", "'/t'".to_owned())),
        Just(("cni.bin_dir", "\"/b\"".to_owned())),
        Just(("cni.conf_dir", "\"\"\"\n/b\"\"\"".to_owned())),
        Just(("sandbox_image", "\"p\"".to_owned())),
        Just(("pinned_images.sandbox", "\"p\"".to_owned())),
        Just(("containerd.runtimes.runc.runtime_type", "\"io.containerd.runc.v2\"".to_owned())),
        Just(("containerd.runtimes.runc.options.SystemdCgroup", "true".to_owned())),
        Just(("containerd.runtimes.gpu.options", "{ BinaryName = 'g', }".replace(", }", " }"))),
        Just(("containerd.default_runtime_name", "'runc'".to_owned())),
        Just(("enable_selinux", "false".to_owned())),
        Just(("registry.headers.X-A", "[ 'a', # x\n 'b' ]".to_owned())),
    ]
}

/// The same keys in another case, where containerd folds them: not the plugin's and the runtimes' names.
fn respelled(key: &str, way: u8) -> String {
    let parts = key.split('.').map(|part| match (part, way) {
        ("runc" | "gpu" | "X-A" | "sandbox", _) => part.to_owned(),
        (part, 1) => part.to_uppercase(),
        (part, 2) => part.to_lowercase(),
        (part, 3) => part[..1].to_lowercase() + &part[1..],
        (part, 4) => part[..1].to_uppercase() + &part[1..],
        (part, _) => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The number of keys in a file that also occur in another spelling.
fn twice(table: &dyn TableLike) -> usize {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_lowercase()).collect();
    let different: std::collections::BTreeSet<&String> = keys.iter().collect();
    let below = table.iter().filter_map(|(_, item)| item.as_table_like()).map(twice).sum::<usize>();
    keys.len() - different.len() + below
}

/// One statement or section, in one of its forms.
fn piece() -> impl Strategy<Value = String> {
    let way = (0..4_u8, prop_oneof![2 => Just(0), 1 => 1..5_u8]);
    (prop::sample::select(&PLUGINS[..]), setting(), way, "[ \t]{0,3}", "( ?#[ a-z=\\[\\]\"]{0,9})?").prop_map(
        |(plugin, (key, value), (way, spelling), indent, comment)| {
            let key = respelled(key, spelling);
            let key = key.as_str();
            let (table, leaf) = key.rsplit_once('.').unwrap_or(("", key));
            let dotted = if table.is_empty() { String::new() } else { format!(".{table}") };
            match way {
                0 => format!(
                    "{indent}[plugins.{plugin}{dotted}]{comment}\n{indent}{leaf} = {value}{comment}\n"
                ),
                1 => format!("[plugins]\n{indent}{plugin}.{key} = {value}{comment}\n"),
                2 => format!("{indent}plugins.{plugin}.{key}={value}{comment}\n"),
                _ if table.is_empty() => format!("[plugins]\n{plugin} = {{ {key} = {value} }}{comment}\n"),
                _ => format!("[plugins.{plugin}]\n{indent}{table} = {{ {leaf} = {value} }}{comment}\n"),
            }
        },
    )
}

fn document() -> impl Strategy<Value = String> {
    let head = prop::sample::select(
        &["", "version = 2\n", "version = 3\n", "version=2 # v\nroot='/r'\n", "# c\n\n"][..],
    );
    let other = prop::sample::select(
        &["", "\n", "# comment\n", "[grpc]\ngid = 1\n", "[[x]]\na = 1\n[[x]]\n", "[debug]\n"][..],
    );
    let body = prop::collection::vec((piece(), other), 0..5);
    (head, body, any::<bool>(), any::<bool>()).prop_map(|(head, body, crlf, cut)| {
        let mut text = head.to_owned();
        for (piece, other) in body {
            text.push_str(&piece);
            text.push_str(other);
        }
        if cut {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

fn runtime_config() -> impl Strategy<Value = RuntimeConfig> {
    (
        prop::option::of(0..4_i64),
        prop::option::of(prop::sample::select(&["", "/t", "a'b\"\\"][..])),
        prop::option::of(any::<bool>()),
        prop::option::of(Just("image")),
    )
        .prop_map(|(max_conf_num, template, systemd_cgroup, image)| RuntimeConfig {
            max_conf_num,
            conf_template: template.map(str::to_owned),
            systemd_cgroup,
            sandbox_image: image.map(str::to_owned),
            enable_cri: true,
        })
}

fn release() -> impl Strategy<Value = Option<Release>> {
    prop::sample::select(vec![None, Some(R17), Some(R20), Some(R21), Some(R23)])
}

/// All properties of one patch.
fn check(text: &str, release: Option<Release>, runtime_config: &RuntimeConfig) {
    let files = main_only(text);
    let Ok(found) = patch(&files, release, runtime_config) else { return };
    let Some(edit) = found.edits.first() else { return };
    let source = |bytes: &[u8]| Source::read(&files.main, Some(bytes)).unwrap();
    let (before, after) = (source(text.as_bytes()), source(&edit.after));
    let ours = [
        "max_conf_num",
        "conf_template",
        "SystemdCgroup",
        "runtime_type",
        "sandbox_image",
        "sandbox",
        "version",
    ];
    for path in Tree::of(&before).differences(&Tree::of(&after)) {
        let name = path.last().unwrap();
        let is_ours = ours.iter().any(|ours| ours.eq_ignore_ascii_case(name));
        assert!(is_ours || path[0] == "disabled_plugins", "{path:?} changed");
    }
    assert!(twice(after.root()) <= twice(before.root()), "a key stands in a second spelling");
    assert!(is_subsequence(&others(&before, &ours), after.text()), "more than our values is gone");
    // The lines of a statement that is not inline must stay whole, too.
    let whole = |line: &&str| {
        !line.contains(['{', '\'', '"'])
            && !ours.iter().any(|name| line.to_lowercase().contains(&name.to_lowercase()))
    };
    let mut lines = after.text().lines();
    for line in before.text().lines().filter(whole) {
        assert!(lines.any(|other| other == line), "{line:?} is gone or moved");
    }
    let again = ConfigFiles { files: [(files.main.clone(), Some(edit.after.clone()))].into(), ..files };
    assert_eq!(patch(&again, release, runtime_config).unwrap().edits, []);
}

/// The text without the values of the patched keys and without the list of disabled plugins.
fn others(source: &Source, ours: &[&str]) -> String {
    let mut text = source.text().to_owned();
    let mut spans = Vec::new();
    collect(source.root(), ours, &mut spans);
    spans.sort_by_key(|span: &Range<usize>| std::cmp::Reverse(span.start));
    for span in spans {
        text.replace_range(span, "");
    }
    text
}

fn collect(table: &dyn TableLike, ours: &[&str], spans: &mut Vec<Range<usize>>) {
    for (key, item) in table.iter() {
        if let Some(value) = item
            .as_value()
            .filter(|_| ours.iter().any(|ours| ours.eq_ignore_ascii_case(key)) || key == "disabled_plugins")
        {
            spans.extend(value.span());
        } else if let Some(table) = item.as_table_like() {
            collect(table, ours, spans);
        }
    }
}

fn is_subsequence(small: &str, large: &str) -> bool {
    let mut large = large.bytes();
    small.bytes().all(|byte| large.any(|other| other == byte))
}

proptest! {
    // A failing seed becomes a test of its own; no file of seeds is kept.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_config_keeps_all_but_our_keys(text in document(), release in release(), runtime_config in runtime_config()) {
        check(&text, release, &runtime_config);
    }

    #[test]
    fn any_mutation_is_patched_or_refused(
        text in document(),
        cut in any::<prop::sample::Index>(),
        insert in "[\\[\\]{}=.,\"'# \n\r\\\\a-z0-9é\u{feff}]{0,4}",
        drop in 0..6_usize,
        release in release(),
        runtime_config in runtime_config(),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = cut.index(chars.len() + 1);
        let end = (at + drop).min(chars.len());
        chars.splice(at..end, insert.chars());
        check(&chars.into_iter().collect::<String>(), release, &runtime_config);
    }

    #[test]
    fn any_bytes_are_patched_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64), runtime_config in runtime_config()) {
        let main = HostPath::new("/c.toml").unwrap();
        let files = ConfigFiles { main: main.clone(), files: [(main, Some(bytes))].into(), listings: [].into() };
        let _ = patch(&files, None, &runtime_config);
    }
}
