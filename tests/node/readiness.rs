//! The conditions that others set from what the program says, through the life of a node: stand-ins of the node
//! readiness controller with its reporter, and of node-problem-detector, with exactly their behaviour.

use serde_json::Value;

use crate::network::{PRIMARY, TUNING, primary};
use crate::node::{BIN_DIR, Node};
use crate::program::{ON_HOST, Way, start};

/// Where the manifests have the probes.
const ENDPOINT: &str = "127.0.0.1:10390";

/// What is written to the node.
#[derive(Debug, PartialEq, Eq)]
struct Condition {
    status: &'static str,
    reason: &'static str,
    message: String,
}

/// The reporter's check (`cmd/readiness-condition-reporter/main.go` v0.5.0, `checkHealth`): GET, 10 s, 2xx is True; any
/// other status is False with at most 64 KiB of the body, and a request without an answer is False too.
fn report(node: &Node) -> Condition {
    let url = format!("http://{ENDPOINT}/readyz");
    let (host, port) = ENDPOINT.split_once(':').unwrap();
    let asks = format!(
        "exec 3<>/dev/tcp/{host}/{port} && printf 'GET /readyz HTTP/1.1\\r\\nHost: {ENDPOINT}\\r\\n\
         User-Agent: Go-http-client/1.1\\r\\nAccept-Encoding: gzip\\r\\n\\r\\n' >&3 && cat <&3"
    );
    let out = node.command("timeout").args(["10", "bash", "-c", &asks]).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let answer = text
        .split_once("\r\n\r\n")
        .and_then(|(head, body)| Some((head.split(' ').nth(1)?.parse::<u16>().ok()?, body.to_owned())));
    match answer {
        Some((200..=299, _)) => Condition {
            status: "True",
            reason: "EndpointOK",
            message: format!("Endpoint reports ready at {url}"),
        },
        Some((code, body)) => Condition {
            status: "False",
            reason: "EndpointNotReady",
            message: format!(
                "Endpoint returned non-2xx status code {code} at {url}: {}",
                &body[..body.len().min(64 << 10)]
            ),
        },
        None => Condition {
            status: "False",
            reason: "EndpointConnectionError",
            message: format!("Failed to reach endpoint {url}: {}", String::from_utf8_lossy(&out.stderr)),
        },
    }
}

/// The rule of `deploy/kustomize/components/node-readiness` on one node, as the controller applies it: a rule for the
/// bootstrap removes its taint once and for all, one that goes on puts it back.
struct Gate {
    is_tainted: bool,
    is_done: bool,
    goes_on: bool,
}

impl Gate {
    /// A node that registered with the taint.
    fn closed(goes_on: bool) -> Self {
        Self { is_tainted: true, is_done: false, goes_on }
    }

    fn follow(&mut self, condition: &Condition) {
        if self.is_done {
            return;
        }
        let holds = condition.status == "True";
        self.is_tainted = !holds;
        self.is_done = holds && !self.goes_on;
    }
}

/// The custom plugin monitor of node-problem-detector (`pkg/custompluginmonitor/plugin/plugin.go`) with the component's
/// configuration: killed at the timeout; 0 is OK, 1 not, all else unknown; the output is trimmed and cut.
fn detect(node: &Node) -> Condition {
    let config: Value = serde_json::from_str(include_str!(
        "../../deploy/kustomize/components/node-problem-detector/cni-bootstrap.json"
    ))
    .unwrap();
    let rule = &config["rules"][0];
    let args: Vec<&str> =
        rule["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    // The node itself is the root here, and not a mount.
    let args: Vec<&str> = args.iter().map(|word| if *word == "/host" { "/" } else { word }).collect();
    assert!(rule["path"].as_str().unwrap().ends_with(ON_HOST));
    let timeout = rule["timeout"].as_str().unwrap().trim_end_matches('s');
    let out = node.command("timeout").args(["-s", "KILL", timeout, ON_HOST]).args(&args).output().unwrap();
    let limit = usize::try_from(config["pluginConfig"]["max_output_length"].as_u64().unwrap()).unwrap();
    let said = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    assert!(said.len() <= limit, "node-problem-detector would cut it: {said}");
    let right = &config["conditions"][0];
    assert_eq!(right["type"], rule["condition"]);
    match out.status.code() {
        Some(0) => Condition {
            status: "False",
            reason: "PodNetworkIsRight",
            message: right["message"].as_str().unwrap().to_owned(),
        },
        Some(1) => Condition { status: "True", reason: "PodNetworkIsWrong", message: said },
        _ => Condition { status: "Unknown", reason: "PodNetworkIsWrong", message: said },
    }
}

/// From not ready to ready, to broken, and to ready again.
pub(crate) fn the_conditions_of_others_follow_the_node(node: &Node) {
    let (mut once, mut always) = (Gate::closed(false), Gate::closed(true));
    let mut becomes = |what: &str, reason: &str, word: &str, npd: &str| {
        node.wait_for(what, || {
            let (condition, problem) = (report(node), detect(node));
            once.follow(&condition);
            always.follow(&condition);
            let is_right = condition.reason == reason && condition.message.contains(word);
            if is_right && problem.status == npd { Ok(()) } else { Err(format!("{condition:?} {problem:?}")) }
        });
        (once.is_tainted, always.is_tainted)
    };
    crate::program::bring_program(node);
    let tainted = becomes("nobody to be there", "EndpointConnectionError", "Failed to reach", "True");
    assert_eq!(tainted, (true, true));
    let watch =
        ["watch", "--plugin", TUNING, "--restart-quiet", "0s", "--binary-grace", "1s", "--listen", ENDPOINT];
    let running = start(node, Way::Host, &watch);
    let tainted = becomes("no primary", "EndpointNotReady", "503", "True");
    assert_eq!(tainted, (true, true), "a primary that is not there yet");
    node.write(PRIMARY, primary("primary", 88));
    let tainted = becomes("the chain", "EndpointOK", "reports ready", "False");
    assert_eq!(tainted, (false, false));
    node.sh(&format!("mv {BIN_DIR}/ptp {BIN_DIR}/ptp.away"));
    let tainted = becomes("a broken node", "EndpointNotReady", "ptp", "True");
    assert_eq!(tainted, (false, true), "only a rule that goes on taints a node that was ready before");
    node.sh(&format!("mv {BIN_DIR}/ptp.away {BIN_DIR}/ptp"));
    let tainted = becomes("the node is mended", "EndpointOK", "reports ready", "False");
    assert_eq!(tainted, (false, false));
    running.kill();
    // Without `watch` the condition says no at the next check.
    assert_eq!(report(node).reason, "EndpointConnectionError");
}
