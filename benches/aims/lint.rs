//! `lint` on large inputs: memory and time beside the size of the input.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::rerun::peak;

/// The size of a cluster's dump, in bytes.
const DUMP: usize = 100_000_000;

/// Makes the text of an input.
type Make = fn() -> String;

pub(crate) fn measure(program: &Path, place: &Path) {
    let dir = tempfile::tempdir_in(place).unwrap();
    let inputs: [(&str, &str, Make); 5] = [
        ("dump.json", "pods as indented JSON", || list(true)),
        ("compact.json", "pods as JSON in one line", || list(false)),
        ("dump.yaml", "pods as YAML", yaml),
        ("pools.json", "5,000 IPPools and 20,000 pods that name them", pools),
        ("bomb.yaml", "an alias to half a megabyte, 70,000 times", bomb),
    ];
    for (name, what, text) in inputs {
        let file = dir.path().join(name);
        fs::write(&file, text()).unwrap();
        let size = fs::metadata(&file).unwrap().len();
        let command = || {
            let mut command = Command::new(program);
            command.arg("lint").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let began = Instant::now();
        let code = command().status().unwrap().code();
        let seconds = began.elapsed().as_secs_f64();
        let memory = f64::from(peak(command())) / 1024.0;
        #[allow(clippy::cast_precision_loss, reason = "a ratio needs no exact numbers")]
        let megabytes = size as f64 / f64::from(1 << 20);
        println!(
            "  {megabytes:6.1} MB {seconds:6.2} s, peak {memory:6.1} MB ({:4.1} times), exit {}  {what}",
            memory / megabytes,
            code.unwrap_or(-1)
        );
        fs::remove_file(&file).unwrap();
    }
}

/// A pod as the API server answers it.
fn pod(number: usize, indent: &str) -> String {
    let pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("app-{number}"), "namespace": format!("team-{}", number % 200), "uid": format!("0000-{number}"),
            "labels": {"app": format!("app-{}", number % 500), "pod-template-hash": "5d4f8c7b9"},
            "annotations": {"kubernetes.io/config.seen": "2026-01-01T00:00:00Z", "example.com/owner": "team"},
        },
        "spec": {
            "containers": [{
                "name": "main", "image": "registry.example.com/app:1.2.3", "args": ["--config=/etc/app.yaml"],
                "env": [{"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}],
                "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}},
            }],
            "nodeName": format!("node-{}", number % 300), "serviceAccountName": "default",
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    });
    if indent.is_empty() { pod.to_string() } else { serde_json::to_string_pretty(&pod).unwrap() }
}

fn list(pretty: bool) -> String {
    let mut text = "{\"apiVersion\":\"v1\",\"items\":[".to_owned();
    let indent = if pretty { "  " } else { "" };
    for number in 0.. {
        if text.len() > DUMP {
            break;
        }
        text.push_str(if number > 0 { "," } else { "" });
        text.push_str(&pod(number, indent));
    }
    text + "],\"kind\":\"List\"}\n"
}

/// The same pods in block style.
fn yaml() -> String {
    let mut text = "apiVersion: v1\nkind: List\nitems:\n".to_owned();
    for number in 0.. {
        if text.len() > DUMP {
            break;
        }
        let value: serde_json::Value = serde_json::from_str(&pod(number, "")).unwrap();
        let mut lines = String::new();
        block(&value, 2, &mut lines);
        text.push_str("- ");
        text.push_str(lines.trim_start());
    }
    text
}

fn block(value: &serde_json::Value, indent: usize, out: &mut String) {
    let blanks = " ".repeat(indent);
    let mut child = |head: String, value: &serde_json::Value| match value {
        serde_json::Value::Object(_) | serde_json::Value::Array(_) => {
            writeln!(out, "{blanks}{head}").unwrap();
            block(value, indent + 2, out);
        }
        scalar => writeln!(out, "{blanks}{head} {scalar}").unwrap(),
    };
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| child(format!("{key}:"), value)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| child("-".to_owned(), item)),
        _ => {}
    }
}

fn pools() -> String {
    let pools = (0..5_000).map(|number| {
        let cidr = format!("10.{}.{}.0/24", number / 256, number % 256);
        serde_json::json!({"apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool",
            "metadata": {"name": format!("pool-{number}")}, "spec": {"cidr": cidr}})
    });
    let pods = (0..20_000).map(|number| {
        // Every sixth names a pool that is not there.
        let pool = serde_json::json!([format!("pool-{}", number % 6_000)]).to_string();
        serde_json::json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []},
            "metadata": {"name": format!("p-{number}"), "annotations": {"cni.projectcalico.org/ipv4pools": pool}}})
    });
    let items: Vec<_> = pools.chain(pods).collect();
    serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

fn bomb() -> String {
    format!("a: &big \"{}\"\nb: [{}]\n", "x".repeat(500_000), vec!["*big"; 70_000].join(", "))
}
