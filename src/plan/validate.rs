//! No config is restarted on that the host's own containerd has not read beforehand.

use super::change::{Change, Publish, Source, Step};
use super::facts::Facts;
use super::grants::mounted;
use super::next::Plan;
use super::runtime::started_with;
use super::{home, restart, switch};
use crate::containerd::{ConfigFiles, FileEdit};
use crate::node::{Digest, DryLoad, HostPath, Question, Sight};
use crate::report::{Cause, Exit, Finding, Severity};

/// The host's own containerd reads the file before it is trusted.
pub(super) fn validated(
    facts: &Facts<'_>,
    key: &Digest,
    files: &ConfigFiles,
    edits: &[FileEdit],
    becomes: &str,
) -> Result<Option<Finding>, Plan> {
    let Some(asked) = facts.node.answers.dry_loads.get(key) else {
        let mut candidate = vec![files.main.clone()];
        candidate.extend(edits.iter().map(|edit| edit.path.clone()).filter(|path| *path != files.main));
        let bytes = |path: &HostPath| {
            let after = edits.iter().find(|edit| edit.path == *path).map(|edit| edit.after.clone());
            after.or_else(|| files.files.get(path).cloned().flatten()).unwrap_or_default()
        };
        let files = candidate.into_iter().map(|path| (path.clone(), bytes(&path))).collect();
        return Err(Plan::ask(Question::DryLoad { key: key.clone(), files }));
    };
    match &asked.said {
        Sight::Seen(DryLoad::Accepted) | Sight::Absent => Ok(None),
        Sight::Seen(DryLoad::Refused(words)) => Err(Plan::fail(Cause::new(
            Exit::Config,
            format!("the host's containerd refuses {} {becomes}: {words}", files.main),
            "mend what it names; it was not restarted, and runs on",
        ))),
        Sight::Seen(DryLoad::Unavailable(why)) | Sight::Hidden(why) => Ok(Some(not_loaded(&files.main, why))),
    }
}

fn not_loaded(config: &HostPath, why: &str) -> Finding {
    Finding {
        code: "config-not-dry-loaded",
        severity: Severity::Info,
        subject: config.to_string(),
        message: format!("the host's own containerd could not be asked to read its config beforehand: {why}"),
        remedy: "nothing to do: what is changed is given back if the runtime does not come up with it"
            .to_owned(),
    }
}

/// The host's containerd reads what is on disk: it is restarted on it for another reason.
pub(super) fn on_disk(facts: &Facts<'_>) -> Result<Option<Finding>, Plan> {
    let service = restart::service(facts)?;
    let config = started_with(facts.settings, service);
    if let (Some(word), None) = (&service.unresolved, &facts.settings.containerd_config) {
        return Ok(Some(not_loaded(&config, &format!("its command line names it as {word:?}"))));
    }
    if mounted(facts, &config.parent()).is_err() {
        return Ok(Some(not_loaded(&config, "its directory is not mounted from the host")));
    }
    let (files, _) = home::config_files(facts.node, &config);
    validated(facts, &hash_after(&files, &[]), &files, &[], "as it is")
}

/// The host's containerd reads the files as they were before, which it has not run with since.
pub(super) fn as_before(facts: &Facts<'_>, publish: &[Step]) -> Result<Option<Finding>, Plan> {
    let config = started_with(facts.settings, restart::service(facts)?);
    let (files, _) = home::config_files(facts.node, &config);
    let edits = switch::changed(facts, publish).into_iter().map(|changed| {
        let after = publish.iter().find_map(|step| match step {
            Step::Change(Change::Publish(Publish { path, source: Source::Bytes(bytes), .. }))
                if *path == changed.path =>
            {
                Some(bytes.to_vec())
            }
            _ => None,
        });
        // A drop-in that goes says as little as an empty one.
        FileEdit {
            before: facts.node.bytes(&changed.path).map(<[u8]>::to_vec),
            after: after.unwrap_or_default(),
            path: changed.path,
        }
    });
    let edits: Vec<_> = edits.collect();
    validated(facts, &hash_after(&files, &edits), &files, &edits, "as it was before")
}

/// The hash of all config files as they would be: what is validated is what is published.
pub(super) fn hash_after(files: &ConfigFiles, edits: &[FileEdit]) -> Digest {
    let mut all = Vec::new();
    for (path, bytes) in &files.files {
        let after = edits.iter().find(|edit| edit.path == *path).map(|edit| edit.after.as_slice());
        if let Some(bytes) = after.or(bytes.as_deref()) {
            all.extend_from_slice(path.as_str().as_bytes());
            all.push(0);
            all.extend_from_slice(Digest::of(bytes).as_str().as_bytes());
        }
    }
    Digest::of(&all)
}
