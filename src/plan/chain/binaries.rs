//! Plugin binaries: they are installed before any chain names them.

use crate::cni::Versions;
use crate::node::{
    Binary, Content, File, HostPath, Kind, Observed, Question, VersionQuestion, VersionReply, heard,
};
use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::is_current;
use crate::plan::chain::needs::needs;
use crate::plan::chain::ready::Ready;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::report::codes::install;
use crate::report::{Failure, FailureCode, Finding, Severity};

/// The mode of an installed plugin: the runtime runs it as root, and everybody may read it.
const BINARY_MODE: u32 = 0o755;

/// Installs the binaries, once nothing is missing and every plugin of this owner supports the list's version.
pub(in crate::plan) fn binaries(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
) -> Result<(), Blocked> {
    let install = install(cx)?;
    let known = install.is_empty() && is_current(cx, primary);
    needs(cx, draft, primary, known)?;
    if !known {
        versions(cx, draft, primary)?;
        draft.steps.extend(install);
        draft.findings.extend(versioned(cx, &cx.desired.dirs.install));
    }
    Ok(())
}

/// The questions to plugins that can be asked already, so that none is left when the primary arrives.
pub(in crate::plan) fn questions(cx: &PlanContext<'_>) -> Vec<Question> {
    if cx
        .primary()
        .is_ok_and(|primary| is_current(cx, primary) && install(cx).is_ok_and(|steps| steps.is_empty()))
    {
        return Vec::new();
    }
    cx.desired
        .added()
        .map(|(_, plugin)| plugin)
        .filter(|plugin| !cx.is_lacking(plugin.plugin_type()))
        .filter_map(|plugin| version_question(cx, plugin.plugin_type()))
        .filter(|question| cx.node.answers.version(question).is_none())
        .map(Question::Version)
        .collect()
}

fn install(cx: &PlanContext<'_>) -> Result<Vec<Step>, Blocked> {
    if let Some(path) = cx.desired.absent_inputs.first() {
        return Err(cx.wait_for(
            format!("{path} does not exist yet"),
            Failure::new(
                FailureCode::InstallBinMissing,
                format!("{path}, given with --install-bin or --plugin, does not exist"),
                "find out why the container that brings it did not run before this one",
            ),
        ));
    }
    let dir = &cx.desired.dirs.install;
    let mut steps = Vec::new();
    for (name, source) in &cx.desired.binaries {
        let digest = match cx.node.sources.get(source) {
            Some(Observed::Present(File { content: Content::Digest(digest), .. })) => digest.clone(),
            Some(Observed::Present(File { content: Content::Unread(why), .. }) | Observed::Unknown(why)) => {
                return Err(Blocked::refused(
                    FailureCode::AccessDenied,
                    format!("{source}, given with --install-bin, cannot be read: {why}"),
                    "give the program read access to it",
                ));
            }
            _ => continue,
        };
        let path = dir.join(name);
        // A link at this name is itself replaced: k3s has one program behind the names of all plugins.
        let link = cx.node.symlinks.contains_key(&path);
        if let Observed::Unknown(why) = cx.node.file(&path)
            && !link
            && cx.node.files.contains_key(&path)
        {
            return Err(Blocked::refused(
                FailureCode::PathUnseen,
                format!("{path} cannot be looked at, so its bytes cannot be saved for uninstall: {why}"),
                "give the program read access to it, or move it away",
            ));
        }
        if let Observed::Present(File { content: Content::Unread(why), .. }) = cx.node.file(&path)
            && !link
        {
            return Err(Blocked::refused(
                FailureCode::AccessDenied,
                format!(
                    "{path} exists but cannot be read, so its bytes cannot be saved for uninstall: {why}"
                ),
                "give the program read access to it, or move it away",
            ));
        }
        let listed = cx.node.dirs.get(dir).and_then(Observed::present);
        if cx.node.file(&path).is_absent()
            && !link
            && listed.is_some_and(|listed| listed.names.contains(name))
        {
            return Err(Blocked::refused(
                FailureCode::BinaryPathOccupied,
                format!("{path} is a directory, but must be a plugin binary"),
                "move it away",
            ));
        }
        if let Observed::Present(installed) = cx.node.file(&path)
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
        steps.splice(0..0, cx.make_dirs(dir));
    }
    Ok(steps)
}

/// k3s and rke2 unpack each release into a directory that is named by a hash, with its own bin dir.
fn versioned(cx: &PlanContext<'_>, dir: &HostPath) -> Option<Finding> {
    let real = cx.node.links.get(dir).unwrap_or(dir);
    let is_hash = |part: &str| part.len() >= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if cx.desired.binaries.is_empty() || !real.as_str().split('/').any(is_hash) {
        return None;
    }
    Some(Finding {
        code: install::BIN_DIR_VERSIONED.name,
        severity: Severity::Warning,
        subject: dir.to_string(),
        message: format!(
            "{real} belongs to one release of the distribution: the next release has another directory without \
             these binaries, and then a chain that names them fails every pod"
        ),
        remedy: "run this program at each start of the node (a DaemonSet does that), or set the runtime's \
                 bin_dir to a directory that stays"
            .to_owned(),
    })
}

/// True if everybody may run it and only root may change it.
const fn good_mode(mode: u32) -> bool {
    mode & 0o555 == 0o555 && mode & 0o7022 == 0
}

fn version_question(cx: &PlanContext<'_>, plugin: &str) -> Option<VersionQuestion> {
    let coming = cx.desired.binaries.iter().find(|(name, _)| name == plugin);
    let (binary, stamp) = if let Some((_, source)) = coming {
        (Binary::Source(source.clone()), cx.node.sources.get(source)?.present()?.stamp)
    } else {
        let (path, file) = cx.installed(plugin)?;
        (Binary::Host(path), file.stamp)
    };
    Some(VersionQuestion { plugin: plugin.to_owned(), binary, stamp })
}

/// Every plugin that an owner adds must support the list's version: libcni passes it on, and a plugin refuses others.
fn versions(cx: &PlanContext<'_>, draft: &mut Draft, primary: &Ready) -> Result<(), Blocked> {
    let version = primary.conflist.cni_version();
    for (_, plugin) in cx.desired.added() {
        let plugin = plugin.plugin_type();
        let Some(question) = version_question(cx, plugin) else { continue };
        let Some(answer) = cx.node.answers.version(&question) else {
            return Err(Blocked::ask(Question::Version(question)));
        };
        let words = match &answer.said {
            Observed::Present(VersionReply::Said(bytes)) => match Versions::parse(bytes) {
                Ok(versions) if versions.supports(version) => continue,
                Ok(versions) => {
                    let known = heard(&versions.all().join(", "));
                    return Err(unfit(cx, primary, plugin, &format!("it supports {known}")));
                }
                Err(error) => return Err(unfit(cx, primary, plugin, &heard(&error.to_string()))),
            },
            Observed::Present(VersionReply::Failed(words)) => return Err(unfit(cx, primary, plugin, words)),
            Observed::Present(VersionReply::NotFromHere(why)) | Observed::Unknown(why) => why.clone(),
            Observed::Absent => "it did not answer".to_owned(),
        };
        draft.findings.push(Finding {
            code: install::VERSION_UNKNOWN.name,
            severity: Severity::Warning,
            subject: plugin.to_owned(),
            message: format!(
                "the plugin binary {plugin:?} could not be executed from here, so it could not be \
                asked for its versions: {words}"
            ),
            remedy: format!(
                "on the host: echo '{{\"cniVersion\":\"{}\"}}' | CNI_COMMAND=VERSION {}",
                version.unwrap_or("0.1.0"),
                cx.desired.dirs.install.join(plugin)
            ),
        });
    }
    Ok(())
}

fn unfit(cx: &PlanContext<'_>, primary: &Ready, plugin: &str, words: &str) -> Blocked {
    let version = primary.conflist.cni_version().unwrap_or("0.1.0");
    Blocked::refused(
        FailureCode::PluginVersion,
        format!(
            "{} has cniVersion {version:?}, which the plugin {plugin:?} does not support: {words}",
            primary.path
        ),
        format!("install a {plugin:?} that supports this version into {}", cx.desired.dirs.install),
    )
}

/// A loadable file that still names a plugin, if there is one, except files that are about to be removed; an
/// unreadable file might name it. The runtime's directory and those of this owner's chains are searched.
pub(in crate::plan) fn names_type(cx: &PlanContext<'_>, plugin: &str, going: &[HostPath]) -> Option<String> {
    let mut dirs = vec![cx.desired.dirs.conf.clone()];
    dirs.extend(cx.chain_dirs());
    dirs.iter().find_map(|dir| names_type_in(cx, plugin, going, dir))
}

pub(in crate::plan) fn names_type_in(
    cx: &PlanContext<'_>,
    plugin: &str,
    going: &[HostPath],
    dir: &HostPath,
) -> Option<String> {
    let listing = cx.listing(dir);
    listing.loadable().filter(|name| !going.contains(&dir.join(name))).find_map(|name| {
        let names_it = if let Ok(conflist) = listing.read(name, cx.rules())? {
            conflist.needs(plugin)
        } else {
            let bytes = cx.node.bytes(&dir.join(name))?;
            String::from_utf8_lossy(bytes).contains(&format!("\"{plugin}\""))
        };
        names_it.then(|| dir.join(name).to_string())
    })
}
