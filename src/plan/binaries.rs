//! Plugin binaries: installed before any chain names them.

use super::chain::is_current;
use super::change::{Change, Mode, Publish, Source, Step};
use super::facts::Facts;
use super::needs::needs;
use super::next::{Plan, Rest};
use super::primary::Ready;
use crate::cni::Versions;
use crate::node::{
    Asked, Binary, Content, File, HostPath, Kind, Observed, Question, VersionQuestion, VersionReply, heard,
};
use crate::report::{Cause, Exit, Finding, Severity};

/// Mode of an installed plugin: the runtime runs it as root, anybody may read it.
const BINARY_MODE: u32 = 0o755;

/// Installs what is given, once nothing is missing and every plugin of ours fits.
pub(super) fn binaries(facts: &Facts<'_>, primary: &Ready) -> Plan {
    let install = install(facts);
    if install.rest != Rest::Done {
        return install;
    }
    let known = install.steps.is_empty() && is_current(facts, primary);
    let complete = needs(facts, primary, known);
    if known { complete } else { complete.then(|| versions(facts, primary)).then(|| install) }
}

/// The questions to the plugins that can be asked already, so that nothing is left to ask when the primary comes.
pub(super) fn questions(facts: &Facts<'_>) -> Vec<Question> {
    if facts.primary().is_ok_and(|primary| is_current(facts, &primary) && install(facts).steps.is_empty()) {
        return Vec::new();
    }
    facts
        .wanted
        .plugins
        .iter()
        .filter(|plugin| !facts.is_lacking(plugin.plugin_type()))
        .filter_map(|plugin| version_question(facts, plugin.plugin_type()))
        .filter(|question| answered(facts, question).is_none())
        .map(Question::Version)
        .collect()
}

fn install(facts: &Facts<'_>) -> Plan {
    if let Some(path) = facts.wanted.absent_inputs.first() {
        return facts.wait_for(
            format!("{path} is not there yet"),
            Cause::new(
                Exit::Refused,
                format!("{path}, given with --install-bin or --plugin, is not there"),
                "see why the container that brings it did not run before this one",
            ),
        );
    }
    let dir = &facts.wanted.dirs.install;
    let mut steps = Vec::new();
    for (name, source) in &facts.wanted.binaries {
        let digest = match facts.node.sources.get(source) {
            Some(Observed::Present(File { content: Content::Digest(digest), .. })) => digest.clone(),
            Some(Observed::Present(File { content: Content::Unread(why), .. }) | Observed::Unknown(why)) => {
                return Plan::fail(Cause::new(
                    Exit::Permission,
                    format!("{source}, given with --install-bin, cannot be read: {why}"),
                    "let the program read it",
                ));
            }
            _ => continue,
        };
        let path = dir.join(name);
        // A link at this name is replaced as what it is: k3s has one program behind the names of all plugins.
        let link = facts.node.symlinks.contains_key(&path);
        if let Observed::Unknown(why) = facts.node.file(&path)
            && !link
            && facts.node.files.contains_key(&path)
        {
            return Plan::fail(Cause::new(
                Exit::Permission,
                format!("what lies at {path} cannot be seen, so it cannot be kept for uninstall: {why}"),
                "let the program read it, or move it away",
            ));
        }
        if let Observed::Present(File { content: Content::Unread(why), .. }) = facts.node.file(&path)
            && !link
        {
            return Plan::fail(Cause::new(
                Exit::Permission,
                format!("{path} is there and cannot be read, so it cannot be kept for uninstall: {why}"),
                "let the program read it, or move it away",
            ));
        }
        let listed = facts.node.dirs.get(dir).and_then(Observed::present);
        if facts.node.file(&path).is_absent()
            && !link
            && listed.is_some_and(|listed| listed.names.contains(name))
        {
            return Plan::fail(Cause::new(
                Exit::Refused,
                format!("{path} is a directory, and a plugin binary belongs there"),
                "move it away",
            ));
        }
        if let Observed::Present(installed) = facts.node.file(&path)
            && installed.content.digest().as_ref() == Some(&digest)
            && good_mode(installed.stamp.mode)
        {
            continue;
        }
        steps.push(Step::Change(Change::Publish(Publish {
            path,
            kind: Kind::Binary,
            source: Source::Input(source.clone(), digest),
            mode: Mode::Exactly(BINARY_MODE),
        })));
    }
    if !steps.is_empty() {
        steps.splice(0..0, facts.make_dirs(dir));
    }
    Plan { findings: versioned(facts, dir).into_iter().collect(), ..Plan::steps(steps) }
}

/// k3s and rke2 unpack each release into a directory that is named by a hash, with a bin dir of its own in it.
fn versioned(facts: &Facts<'_>, dir: &HostPath) -> Option<Finding> {
    let real = facts.node.links.get(dir).unwrap_or(dir);
    let is_hash = |part: &str| part.len() >= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if facts.wanted.binaries.is_empty() || !real.as_str().split('/').any(is_hash) {
        return None;
    }
    Some(Finding {
        code: "bin-dir-versioned",
        severity: Severity::Warning,
        subject: dir.to_string(),
        message: format!(
            "{real} belongs to one release of the distribution: the next one brings another directory, without the \
             binaries that are installed here, and a chain that names them then fails every pod"
        ),
        remedy: "run this program at each start of the node (as a DaemonSet it does), or give the runtime a bin_dir \
                 that stays"
            .to_owned(),
    })
}

/// Everybody may run it and nobody but root may change it.
const fn good_mode(mode: u32) -> bool {
    mode & 0o555 == 0o555 && mode & 0o7022 == 0
}

fn version_question(facts: &Facts<'_>, plugin: &str) -> Option<VersionQuestion> {
    let coming = facts.wanted.binaries.iter().find(|(name, _)| name == plugin);
    let (binary, stamp) = if let Some((_, source)) = coming {
        (Binary::Source(source.clone()), facts.node.sources.get(source)?.present()?.stamp)
    } else {
        let (path, file) = facts.installed(plugin)?;
        (Binary::Host(path), file.stamp)
    };
    Some(VersionQuestion { plugin: plugin.to_owned(), binary, stamp })
}

fn answered<'a>(facts: &'a Facts<'_>, question: &VersionQuestion) -> Option<&'a Asked<VersionReply>> {
    let (asked, answer) = facts.node.answers.versions.get(&question.plugin)?;
    // Installing a binary moves it; the same bytes give the same answer, so size and time decide, not the place.
    (asked.stamp == question.stamp
        || asked.binary != question.binary && asked.stamp.size == question.stamp.size)
        .then_some(answer)
}

/// Every plugin of ours must know the list's version: libcni passes it on, and a plugin refuses another.
fn versions(facts: &Facts<'_>, primary: &Ready) -> Plan {
    let mut plan = Plan::done();
    let version = primary.conflist.cni_version();
    for plugin in &facts.wanted.plugins {
        let plugin = plugin.plugin_type();
        let Some(question) = version_question(facts, plugin) else { continue };
        let Some(answer) = answered(facts, &question) else {
            return Plan::ask(Question::Version(question));
        };
        let words = match &answer.said {
            Observed::Present(VersionReply::Said(bytes)) => match Versions::parse(bytes) {
                Ok(versions) if versions.supports(version) => continue,
                Ok(versions) => {
                    let known = heard(&versions.all().join(", "));
                    return unfit(facts, primary, plugin, &format!("it knows {known}"));
                }
                Err(error) => return unfit(facts, primary, plugin, &heard(&error.to_string())),
            },
            Observed::Present(VersionReply::Failed(words)) => return unfit(facts, primary, plugin, words),
            Observed::Present(VersionReply::NotFromHere(why)) | Observed::Unknown(why) => why.clone(),
            Observed::Absent => "it gave no answer".to_owned(),
        };
        plan = plan.tell(Finding {
            code: "plugin-version-unknown",
            severity: Severity::Warning,
            subject: plugin.to_owned(),
            message: format!("the plugin binary {plugin:?} could not be executed from here to ask for its versions: {words}"),
            remedy: format!(
                "on the host: echo '{{\"cniVersion\":\"{}\"}}' | CNI_COMMAND=VERSION {}",
                version.unwrap_or("0.1.0"),
                facts.wanted.dirs.install.join(plugin)
            ),
        });
    }
    plan
}

fn unfit(facts: &Facts<'_>, primary: &Ready, plugin: &str, words: &str) -> Plan {
    let version = primary.conflist.cni_version().unwrap_or("0.1.0");
    Plan::fail(Cause::new(
        Exit::Refused,
        format!(
            "{} has cniVersion {version:?}, which the plugin {plugin:?} does not support: {words}",
            primary.path
        ),
        format!("install a {plugin:?} that supports it into {}", facts.wanted.dirs.install),
    ))
}

/// The loadable file that still names a plugin, if one does, those aside that go; a file that cannot be read might.
/// Looked for where the runtime loads from and where our chains were published.
pub(super) fn names_type(facts: &Facts<'_>, plugin: &str, going: &[HostPath]) -> Option<String> {
    let mut dirs = vec![facts.wanted.dirs.conf.clone()];
    dirs.extend(facts.chain_dirs());
    dirs.iter().find_map(|dir| names_type_in(facts, plugin, going, dir))
}

fn names_type_in(facts: &Facts<'_>, plugin: &str, going: &[HostPath], dir: &HostPath) -> Option<String> {
    let listing = facts.listing(dir);
    listing.loadable().filter(|name| !going.contains(&dir.join(name))).find_map(|name| {
        let names_it = if let Ok(conflist) = listing.read(name, facts.rules())? {
            conflist.needs(plugin)
        } else {
            let bytes = facts.node.bytes(&dir.join(name))?;
            String::from_utf8_lossy(bytes).contains(&format!("\"{plugin}\""))
        };
        names_it.then(|| dir.join(name).to_string())
    })
}
