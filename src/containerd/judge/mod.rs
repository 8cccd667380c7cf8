//! Judges if containerd and its CRI come up with the config files, by the rules of the release that will start.
//!
//! `containerd config dump` reads the files but does not run the checks of a start: those of the daemon itself
//! (addresses, durations, directories), of the plugins that CRI needs, and of the CRI plugin. The rules here are
//! these checks, taken from the sources of each release; each rule names its function.
//!
//! A rule refuses only for known facts. A path that was not read, a placeholder (`${...}`) and a table that the
//! release ignores are not a reason to refuse. So a defect may be missed, but a config that starts is never refused.

mod addresses;
mod any_release;
mod base_spec;
mod cgroup;
mod context;
mod daemon;
mod default_runtime;
mod directories;
mod duration;
mod images;
mod local;
mod needed;
mod nri;
mod of_old;
mod plugin_ids;
mod plugin_lists;
mod plugin_set;
mod proxies;
mod read;
mod required;
mod runtimes;
mod seen;
mod snapshotter;
mod snapshotters;
mod storage;
mod streaming;
mod transfer;
mod types;

use std::collections::BTreeSet;

use super::effective;
use super::files::Files;
use super::imports::{ConfigFiles, Request, read_by, wants_read};
use super::loader::Loader;
use super::refusal::Refusal;
use crate::node::Release;
use crate::node::{HostPath, Observed};
pub use any_release::judge_of_any;
use context::Context;
pub use seen::SeenKind;

/// The predicted result of a start of containerd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// No rule of the release refuses the config.
    ComesUp,
    /// containerd does not start, or runs without CRI. The list is never empty.
    Fails(Vec<Refusal>),
    /// There are no rules for this release, or a config file could not be read; the text has the reason.
    NotJudged(String),
}

/// A rule: the refusals; empty if the rule does not apply.
type Rule = fn(&Context<'_>) -> Vec<Refusal>;

/// All rules. Each one checks for which releases it applies.
const RULES: [Rule; 15] = [
    types::check,
    runtimes::check,
    images::check,
    streaming::check,
    directories::check,
    daemon::check,
    addresses::check,
    plugin_set::check,
    proxies::check,
    snapshotter::check,
    snapshotters::check,
    storage::check,
    transfer::check,
    nri::check,
    cgroup::check,
];

/// The paths that the rules need beside the config files.
pub fn judge_requests(files: &ConfigFiles, release: Release) -> Vec<Request> {
    let mut requests = BTreeSet::new();
    // The next path of a rule may depend on what it found at the one before, so each possible answer is tried.
    let sights = [
        Observed::Unknown(String::new()),
        Observed::Absent,
        Observed::Present(SeenKind::File(None)),
        Observed::Present(SeenKind::Directory(BTreeSet::new())),
    ];
    for loader in Loader::of(Some(release)) {
        let Ok(read) = Files::read(&read_by(files, loader)) else { continue };
        for observed in &sights {
            let Ok(config) = read.load(loader) else { continue };
            let seen = |_: &HostPath| observed.clone();
            let context = Context::new(&read, config, loader, (release, ""), &seen);
            for rule in RULES {
                rule(&context);
            }
            requests.extend(context.into_requests());
        }
    }
    requests.into_iter().collect()
}

/// Judges the whole config: these files, and the host's paths as `seen` returns them.
pub fn judge(
    files: &ConfigFiles,
    release: Release,
    seen: &impl Fn(&HostPath) -> Observed<SeenKind>,
) -> Judgement {
    judge_as(files, (release, &format!("containerd {release}")), seen)
}

/// Like [`judge`], with the name of the release in refusals.
fn judge_as(
    files: &ConfigFiles,
    (release, who): (Release, &str),
    seen: &dyn Fn(&HostPath) -> Observed<SeenKind>,
) -> Judgement {
    if !(Release::new(1, 6, 0)..Release::new(2, 4, 0)).contains(&release) {
        return Judgement::NotJudged(format!("this program does not know the rules of containerd {release}"));
    }
    if let Some(Request::File(path) | Request::Directory(path)) =
        wants_read(files, Some(release)).into_iter().next()
    {
        return Judgement::NotJudged(format!("{path} was not read"));
    }
    let mut refused = Vec::new();
    let loaders = Loader::of(Some(release));
    for loader in &loaders {
        // A file that only other releases import does not matter.
        let read = match Files::read(&read_by(files, *loader)) {
            Ok(read) => read,
            Err(refusal) => return Judgement::Fails(vec![refusal]),
        };
        if let Some(version) = unchecked_version(&read, *loader, release) {
            return Judgement::NotJudged(format!(
                "containerd {release} does not check that version {version} is one of its own"
            ));
        }
        let refusals = refusals(&read, *loader, (release, who), seen);
        if !refusals.is_empty() {
            refused.push(refusals);
        }
    }
    let reads_it_two_ways = !refused.is_empty() && refused.len() < loaders.len();
    match refused.into_iter().next() {
        None => Judgement::ComesUp,
        Some(refusals) if reads_it_two_ways => Judgement::NotJudged(format!(
            "builds of containerd {release} read the imports in two ways, and with one of them: {}",
            refusals.first().map(Refusal::sentence).unwrap_or_default()
        )),
        Some(refusals) => Judgement::Fails(refusals),
    }
}

/// A version that is too new for 1.x, on releases that do not check it yet (`ValidateV2` in `config.go`, from 1.6.32
/// and 1.7.17 on). Such a containerd starts, and what it reads is not defined.
fn unchecked_version(files: &Files, loader: Loader, release: Release) -> Option<i64> {
    let checks = match (release.major, release.minor) {
        (1, 6) => release.patch >= 32,
        (1, 7) => release.patch >= 17,
        _ => true,
    };
    let versions =
        files.sources.values().filter_map(|source| source.item("version", loader.folding())?.as_integer());
    versions.max().filter(|version| !checks && *version > 2)
}

fn refusals(
    files: &Files,
    loader: Loader,
    release: (Release, &str),
    seen: &dyn Fn(&HostPath) -> Observed<SeenKind>,
) -> Vec<Refusal> {
    let config = match files.load(loader) {
        Ok(config) => config,
        Err(refusal) => return vec![refusal],
    };
    if let Err(refusal) = effective::view(files, loader) {
        return vec![refusal];
    }
    let context = Context::new(files, config, loader, release, seen);
    RULES.iter().flat_map(|rule| rule(&context)).collect()
}

#[cfg(test)]
mod tests;
