//! Rules for each file: does the runtime load it?

use super::found::found;
use super::reinstall::reinstall;
use super::view::View;
use crate::cni::{Conflist, Extension, Listing, Rule, Unloadable, Violation, extension};
use crate::node::{Entry, HostPath, Record};
use crate::report::codes::check::{
    CONF_FILE_EMPTY, CONF_FILE_INVALID, CONF_FILE_UNNOTICED, CONF_HIDDEN, CONF_INVALID_LATER, CONF_JSON,
    CONF_LINK, CONF_LINK_DANGLES, CONF_LIST_IN_CONF, CONF_UNREADABLE, SEVERAL_NETWORKS,
};
use crate::report::{Code, Located, join_truncated};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let mut findings = Vec::new();
    match view.loads() {
        Err(unloadable) => findings.push(match view.hidden(&unloadable.name) {
            Some(why) => unread(view, &unloadable.name, why),
            None => broken(view, &unloadable),
        }),
        Ok(networks) if networks.len() > 1 => findings.push(several(view, &networks)),
        Ok(_) => {}
    }
    let decides = findings.first().and_then(|located| located.file.rsplit('/').next()).map(str::to_owned);
    let listing = view.listing();
    let passed_over = passed_over(view, &listing);
    findings.extend(passed_over.iter().map(|(name, violation)| {
        broken(view, &Unloadable { name: (*name).to_owned(), violation: violation.clone() })
    }));
    for name in listing.loadable() {
        if decides.as_deref() == Some(name) && view.winner.is_none() {
            continue;
        }
        if passed_over.iter().any(|(passed, _)| *passed == name) {
            findings.extend(odd_name(view, name));
            continue;
        }
        let read = listing.read(name, view.rules());
        if let (Some(Err(violation)), None) = (&read, view.hidden(name)) {
            findings.push(broken_later(view, name, violation));
        }
        findings.extend(odd_name(view, name));
    }
    findings
}

/// The files before the network that pods get: each was meant to come first, and does not load.
fn passed_over<'a>(view: &View<'_>, listing: &'a Listing<'a>) -> Vec<(&'a str, Violation)> {
    let Some(winner) = &view.winner else { return Vec::new() };
    if view.other.is_none() {
        return Vec::new();
    }
    let before = listing.loadable().take_while(|name| *name != winner.name);
    before.filter_map(|name| Some((name, listing.read(name, view.rules())?.err()?))).collect()
}

/// A file that decides, but that only the runtime can read.
fn unread(view: &View<'_>, name: &str, why: &str) -> Located {
    let path = view.conf_dir.join(name);
    let message = format!(
        "{name} cannot be read from here ({why}), so this program does not know which network pods get"
    );
    let remedy = format!("sudo cni-bootstrap check   # as root; of one file: ls -lZ {}", view.word(&path));
    found(&CONF_UNREADABLE, &path, message, remedy)
}

/// The file that prevents every load.
fn broken(view: &View<'_>, unloadable: &Unloadable) -> Located {
    let Unloadable { name, violation } = unloadable;
    let path = view.conf_dir.join(name);
    let first = view.listing().loadable().next() == Some(name.as_str());
    let place = if first { "sorts first" } else { "counts, because max_conf_num is not reached before it" };
    // "cannot be read: why" is not a clause that another clause can follow.
    let violation = &Violation {
        message: match violation.message.strip_prefix("cannot be read: ") {
            Some(why) => format!("cannot be read ({why})"),
            None => violation.message.clone(),
        },
        ..violation.clone()
    };
    let runs = view.status().filter(|status| {
        status.load_status.as_deref() == Some("OK") && status.pod_networks().next().is_some()
    });
    if let Some(status) = runs {
        let network = status.pod_networks().next().map(|network| network.name.clone()).unwrap_or_default();
        return found(
            &CONF_FILE_UNNOTICED,
            &path,
            format!(
                "{name} {violation} and {place}; the runtime has not noticed it yet and still runs {network:?}, but it will lose the \
                 network at the next change in {} or its next restart",
                view.conf_dir
            ),
            remedy(view, &path, violation),
        )
        .at(violation.line, violation.column);
    }
    let entry = view.node.observations.entries.get(&path).and_then(|entry| entry.present());
    let (code, message) = match violation.rule {
        Rule::Empty | Rule::Whitespace | Rule::Nul => (
            &CONF_FILE_EMPTY,
            format!(
                "{name} {violation} and {place}, so {}{}",
                consequence(
                    view,
                    &format!(", whatever else is in {}: it does not skip a file", view.conf_dir)
                ),
                installer(name)
            ),
        ),
        Rule::Readable if entry.is_some_and(|entry| entry.link.is_some()) => (
            &CONF_LINK_DANGLES,
            format!(
                "{name} is a link to {}, which cannot be read; it {place}, so {}",
                entry.and_then(|entry| entry.link.as_deref()).unwrap_or_default(),
                consequence(view, "")
            ),
        ),
        _ if is_list(view, name) => (
            &CONF_LIST_IN_CONF,
            format!(
                "{name} has a list of plugins, which the runtime reads from a .conflist only; it {place}, so {}",
                consequence(view, "")
            ),
        ),
        _ => (
            &CONF_FILE_INVALID,
            format!("{name} {violation} and {place}, so {}", consequence(view, ": it skips no file")),
        ),
    };
    let remedy = remedy_of(view, code, &path, violation);
    found(code, &path, message, remedy).at(violation.line, violation.column)
}

/// What mends a file that does not load.
fn remedy_of(view: &View<'_>, code: &Code, path: &HostPath, violation: &Violation) -> String {
    let name = path.name();
    if code.name == CONF_LIST_IN_CONF.name {
        let list = path
            .parent()
            .join(&format!("{}.conflist", name.trim_end_matches(".conf").trim_end_matches(".json")));
        format!("mv {} {}", view.word(path), view.word(&list))
    } else if code.name == CONF_FILE_EMPTY.name && name == ANTREA {
        // If a person removed the file, pods would use the primary alone, which enforces no policy.
        format!(
            "kubectl -n kube-system delete pod -l app=antrea,component=antrea-agent {}   # its init container writes \
             the file again",
            view.of_this_node()
        )
    } else {
        remedy(view, path, violation)
    }
}

/// The harm of a file that does not load, as a clause. containerd loads nothing then; `because` is added for it.
fn consequence(view: &View<'_>, because: &str) -> String {
    match (view.other, &view.winner) {
        (None, _) => format!("the runtime loads no network at all{because}"),
        (Some(_), None) => "the runtime loads no network".to_owned(),
        (Some(_), Some(winner)) => format!(
            "pods do not get its network, but {:?} from {}",
            winner.conflist.network(),
            view.conf_dir.join(winner.name)
        ),
    }
}

/// The file that `install_cni_chaining` writes.
const ANTREA: &str = "05-antrea.conflist";

/// The installer that leaves such a file, if it is known.
fn installer(name: &str) -> &'static str {
    match name {
        ANTREA => {
            "; Antrea's installer writes this when it reads the primary's file before that is whole (antrea#6499)"
        }
        "00-multus.conf" => "; Multus writes this when the primary's file is missing (multus-cni#1155)",
        _ => "",
    }
}

/// An empty file is removed; a file with content is renamed so that it is not loaded.
fn remedy(view: &View<'_>, path: &HostPath, violation: &Violation) -> String {
    let file = view.word(path);
    let again = "then restart the pod that writes it";
    match violation.rule {
        Rule::Empty | Rule::Whitespace | Rule::Nul => format!("rm {file}   # {again}"),
        _ if violation.line > 0 => {
            format!(
                "sed -n {}p {file}   # the place\nmv {file} {}   # {again}",
                violation.line,
                aside(view, path)
            )
        }
        _ => format!("mv {file} {}   # {again}", aside(view, path)),
    }
}

/// The path of a file under a name that the runtime does not load.
pub(super) fn aside(view: &View<'_>, path: &HostPath) -> String {
    view.word(&path.parent().join(&format!("{}.bak", path.name())))
}

fn is_list(view: &View<'_>, name: &str) -> bool {
    let bytes = view.node.bytes(&view.conf_dir.join(name)).unwrap_or_default();
    extension(name) != Some(Extension::Conflist) && Conflist::read("a.conflist", bytes, view.rules()).is_ok()
}

/// A file after the one that counts. It does no harm until that one is removed or `max_conf_num` grows.
fn broken_later(view: &View<'_>, name: &str, violation: &Violation) -> Located {
    let path = view.conf_dir.join(name);
    let front = view.listing().loadable().next().unwrap_or_default();
    found(
        &CONF_INVALID_LATER,
        &path,
        format!(
            "{name} {violation}; it does no harm while {front} sorts before it, but without {front} the node \
            has no network"
        ),
        remedy(view, &path, violation),
    )
    .at(violation.line, violation.column)
}

fn several(view: &View<'_>, networks: &[(&str, Conflist)]) -> Located {
    let names: Vec<String> =
        networks.iter().enumerate().map(|(at, (name, _))| format!("eth{at} from {name}")).collect();
    let set = view.values().and_then(|values| values.max_conf_num.as_ref());
    let file = set.map(|set| set.file.to_string()).unwrap_or_default();
    let number = view.max_conf_num();
    let front = networks.first().map_or("", |(name, _)| *name);
    let subject = if file.is_empty() { view.conf_dir.to_string() } else { file };
    let or = format!("# or remove the files behind {front}");
    let mend = match set {
        Some(set) if set.value != 1 => {
            let file = view.word(&set.file);
            let command = format!("sed -i -E 's/(max_conf_num *= *)-?[0-9]+/\\11/' {file}");
            format!("{}   {or}", view.then_restart(&command))
        }
        // The file has the right value, or no value, which means 1: the runtime has not read it since.
        Some(_) | None => format!("{}   {or}", view.restart()),
    };
    found(
        &SEVERAL_NETWORKS,
        &subject,
        format!(
            "max_conf_num is {number}{}, so every pod gets {} networks: {}; only the address of eth0 is the \
             pod's address",
            if number <= 0 { " (no limit)" } else { "" },
            networks.len(),
            join_truncated(&names.iter().map(String::as_str).collect::<Vec<_>>())
        ),
        match wanted_alone(view) {
            Some(record) => format!("{}\n# or by hand: {mend}", reinstall(view, &record, None, None)),
            None => mend,
        },
    )
}

/// A record whose owner wants a single network for each pod.
fn wanted_alone(view: &View<'_>) -> Option<Record> {
    let mut records = view.node.records().into_values().flatten();
    records.find(|record| record.layer.desired.max_conf_num == Some(1))
}

/// Names by which the runtime loads a file that was not meant as a network.
fn odd_name(view: &View<'_>, name: &str) -> Vec<Located> {
    let path = view.conf_dir.join(name);
    let mut findings = Vec::new();
    if name.starts_with('.') {
        findings.push(found(
            &CONF_HIDDEN,
            &path,
            format!(
                "ls hides {name}, but the runtime loads it: only the extension counts; it sorts before every \
                other file"
            ),
            format!("mv {} {}", view.word(&path), aside(view, &path)),
        ));
    }
    if extension(name) == Some(Extension::Json) {
        findings.push(found(
            &CONF_JSON,
            &path,
            format!("{name} ends in .json, so the runtime loads it as a plugin's configuration"),
            format!("mv {} {}   # or, if it is one, name it .conflist", view.word(&path), aside(view, &path)),
        ));
    }
    let link = view.node.observations.entries.get(&path).and_then(|entry| entry.present());
    if let Some(Entry { link: Some(target), .. }) = link {
        findings.push(found(
            &CONF_LINK,
            &path,
            format!("{name} is a link to {target}: the runtime does not notice the link, nor a change of that file"),
            format!("cp --remove-destination {} {}", view.word(&view.node.led_to(&path, target)), view.word(&path)),
        ));
    }
    findings
}
