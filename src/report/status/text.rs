//! The node as aligned text.

use super::table::{Cell, line, rows};
use super::{ConfigValue, LoadedNow, NetworkPlugin, NodeStatus, Owner, PodInGap, RuntimeNow, Verdict};
use crate::node::{Page, heard};

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const GREEN: &str = "32";
const BOLD: &str = "1";
const DIM: &str = "2";

/// The number of pods that are shown; `--output json` has all.
const MOST_PODS: usize = 20;

/// The sections, each with aligned rows. `page` is empty; it knows the terminal.
pub fn status_text(status: &NodeStatus, mut page: Page) -> Page {
    let page = &mut page;
    runtime(page, &status.runtime);
    files(page, status);
    network(page, status);
    config(page, status);
    owners(page, status);
    restart(page, status);
    pods(page, status);
    if !status.unseen.is_empty() {
        heading(page, "not seen", "");
        let lines: Vec<Vec<Cell>> = status.unseen.iter().map(|line| vec![dim(line)]).collect();
        rows(page, &lines);
    }
    std::mem::take(page)
}

fn plain(text: impl Into<String>) -> Cell {
    ("", text.into())
}

fn dim(text: impl Into<String>) -> Cell {
    (DIM, text.into())
}

fn heading(page: &mut Page, title: &str, of: &str) {
    if !page.as_str().is_empty() {
        page.end_command();
    }
    let more = (!of.is_empty()).then(|| plain(of));
    let cells: Vec<Cell> = std::iter::once((BOLD, title.to_owned())).chain(more).collect();
    line(page, &cells);
}

fn runtime(page: &mut Page, runtime: &RuntimeNow) {
    let name = [&runtime.name, &runtime.version].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    heading(page, "runtime", &name);
    let mut lines: Vec<Vec<Cell>> = Vec::new();
    let mut told = |key: &str, value: Cell| lines.push(vec![dim(key), value]);
    if let Some(reason) = &runtime.reason {
        told("answer", (YELLOW, format!("none: {reason}")));
    }
    for (key, value) in
        [("socket", &runtime.socket), ("unit", &runtime.unit), ("started", &runtime.started_at)]
    {
        if let Some(value) = value {
            told(key, plain(value));
        }
    }
    if let Some(load) = &runtime.load_status {
        told("last load", if load == "OK" { (GREEN, load.clone()) } else { (RED, heard(load)) });
    }
    if let Some(ready) = runtime.network_ready {
        let message = runtime.network_message.as_deref().filter(|words| !ready && !words.is_empty());
        let message = message.map(|words| format!(": {}", heard(words))).unwrap_or_default();
        let colour = if ready { GREEN } else { RED };
        told("NetworkReady", (colour, format!("{ready}{message}")));
    }
    match runtime.loaded.as_deref() {
        Some([]) => told("loaded", (YELLOW, "no network of pods".to_owned())),
        Some(loaded) => loaded.iter().for_each(|loaded| told("loaded", plain(loaded_text(loaded)))),
        None => {}
    }
    rows(page, &lines);
}

fn loaded_text(loaded: &LoadedNow) -> String {
    let from = match (&loaded.file, &loaded.since) {
        (Some(file), Some(since)) => format!("from {file}, at {since} or later"),
        (Some(file), None) => format!("from {file}"),
        (None, _) => "from what no file has now".to_owned(),
    };
    format!("{:?} ({}), {from}", loaded.network, loaded.types.join(" -> "))
}

fn files(page: &mut Page, status: &NodeStatus) {
    let dir = &status.conf_dir;
    heading(page, "files", &dir.path);
    let mut lines: Vec<Vec<Cell>> = Vec::new();
    if let Some(reason) = &dir.reason {
        lines.push(vec![(YELLOW, reason.clone())]);
    } else if dir.files.is_empty() {
        lines.push(vec![(YELLOW, "no files".to_owned())]);
    }
    lines.extend(dir.files.iter().map(|file| {
        let colour = match file.verdict {
            Verdict::Loads => GREEN,
            Verdict::Broken => RED,
            Verdict::Blocked | Verdict::Unseen => YELLOW,
            Verdict::Shadowed | Verdict::Ignored => DIM,
        };
        let place = if file.line > 0 { format!("{}:{}: ", file.line, file.column) } else { String::new() };
        let of = file.chain_of.as_ref().map(|owner| format!("; the chain of {owner}")).unwrap_or_default();
        vec![
            (colour, file.verdict.word().to_owned()),
            plain(&file.name),
            plain(format!("{place}{}{of}", file.why)),
        ]
    }));
    rows(page, &lines);
}

fn network(page: &mut Page, status: &NodeStatus) {
    let Some(network) = &status.network else { return };
    let version = network.cni_version.as_deref().unwrap_or("0.1.0");
    heading(page, "network", &format!("{:?}, CNI {version}, from {}", network.name, network.file));
    let lines: Vec<Vec<Cell>> = network.plugins.iter().map(plugin).collect();
    rows(page, &lines);
}

fn plugin(plugin: &NetworkPlugin) -> Vec<Cell> {
    let binary = match &plugin.binary {
        Some(binary) => plain(binary),
        None => (YELLOW, "no binary".to_owned()),
    };
    let more = match (plugin.versions.first(), plugin.versions.last(), &plugin.reason) {
        (Some(first), Some(last), _) if first == last => format!("CNI {first}"),
        (Some(first), Some(last), _) => format!("CNI {first} to {last}"),
        (_, _, Some(reason)) => reason.clone(),
        _ => String::new(),
    };
    vec![plain(&plugin.kind), binary, dim(more)]
}

fn config(page: &mut Page, status: &NodeStatus) {
    let Some(config) = &status.config else { return };
    heading(page, "config", &config.files.join(", "));
    if let Some(refused) = &config.refused {
        rows(page, &[vec![(RED, refused.clone())]]);
    }
    if config.values.is_empty() {
        return;
    }
    // Of a copy nobody tells the live values.
    let has_live = config.values.iter().any(|value| value.live.is_some());
    let mut lines = vec![vec![dim("key"), dim("in the files"), dim("live"), dim("decided by")]];
    lines.extend(config.values.iter().map(value));
    if !has_live {
        for line in &mut lines {
            line.remove(2);
        }
    }
    rows(page, &lines);
}

fn value(value: &ConfigValue) -> Vec<Cell> {
    let shown = |text: &Option<String>, none: &str| match text.as_deref() {
        Some("") => plain("\"\""),
        Some(text) => plain(text),
        None => dim(none),
    };
    let live = match (&value.live, value.differs) {
        (Some(live), true) => (YELLOW, if live.is_empty() { "\"\"".to_owned() } else { live.clone() }),
        (live, _) => shown(live, "not told"),
    };
    let place = value.place.clone().unwrap_or_else(|| "the release's default".to_owned());
    vec![plain(&value.key), shown(&value.file, "not set"), live, dim(place)]
}

fn owners(page: &mut Page, status: &NodeStatus) {
    if status.owners.is_empty() {
        heading(page, "owners", "none: this program has written nothing here");
        return;
    }
    heading(page, "owners", "");
    let lines: Vec<Vec<Cell>> = status.owners.iter().map(owner).collect();
    rows(page, &lines);
}

fn owner(owner: &Owner) -> Vec<Cell> {
    if let Some(reason) = &owner.reason {
        return vec![plain(&owner.name), (RED, format!("{}: {reason}", owner.record))];
    }
    let plugins = if owner.plugins.is_empty() { "no plugin".to_owned() } else { owner.plugins.join(", ") };
    let chain = match (&owner.chain, owner.state) {
        (Some(chain), Some(state)) => format!("; {chain}: {state}"),
        _ => "; no chain".to_owned(),
    };
    let since = owner.first_published_at.as_ref().map(|at| format!(", since {at}")).unwrap_or_default();
    let others = owner.paths.iter().filter(|(_, kind)| *kind != "chain").count();
    let others =
        if others == 0 { String::new() } else { format!("; {others} more paths in {}", owner.record) };
    vec![plain(&owner.name), plain(format!("{plugins}{chain}{since}{others}"))]
}

fn restart(page: &mut Page, status: &NodeStatus) {
    let Some(restart) = &status.restart else { return };
    heading(page, "restart", restart.phase);
    let mut lines =
        vec![vec![dim("for"), plain(&restart.reason)], vec![dim("told by"), plain(&restart.mark)]];
    lines.extend(restart.owner.iter().map(|owner| vec![dim("owner"), plain(owner)]));
    lines.extend(restart.files.iter().map(|file| vec![dim("changes"), plain(file)]));
    rows(page, &lines);
}

fn pods(page: &mut Page, status: &NodeStatus) {
    let Some(gap) = &status.pods_without_chain else { return };
    let count = match gap.pods.len() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    heading(page, "pods without the chain", &count);
    let mut lines: Vec<Vec<Cell>> = gap.pods.iter().take(MOST_PODS).map(pod).collect();
    if gap.pods.len() > MOST_PODS {
        let more = format!("and {} more: --output json has all", gap.pods.len() - MOST_PODS);
        lines.push(vec![dim(more)]);
    }
    rows(page, &lines);
}

fn pod(pod: &PodInGap) -> Vec<Cell> {
    let mut about = vec![format!("lacks {}", pod.lacks.join(", "))];
    about.extend(pod.owner.as_ref().map(|owner| format!("of {} {}", owner.kind, owner.name)));
    about.extend(pod.is_static.then(|| "static".to_owned()));
    let created = pod.created_at.clone().unwrap_or_default();
    vec![plain(format!("{}/{}", pod.namespace, pod.name)), dim(created), plain(about.join("; "))]
}
