//! Publishes the chain if it differs, then verifies it.

use crate::cni::Composed;
use crate::node::{Digest, HostPath, Kind};
use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::in_place;
use crate::plan::chain::last_resort;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::chain::verified::verified;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::{PlanContext, RuntimeState};
use crate::plan::draft::Draft;
use crate::plan::settings::Layout;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// Publishes the chain if it differs, then verifies it.
pub(in crate::plan) fn chain(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
) -> Result<(), Blocked> {
    let (path, composed) = compose_chain(cx, primary)?;
    draft.findings.extend(last_resort::finding(primary));
    for plugin in &composed.replaced {
        let owners = cx.desired.added().filter(|(_, added)| added.plugin_type() == plugin);
        let whose = owners.map(|(owner, _)| owner).find(|owner| *owner != cx.desired.owner);
        let whose = whose.map_or_else(|| "--plugin".to_owned(), |owner| format!("the owner {owner:?}"));
        draft.findings.push(Finding {
            code: install::REPLACES_PRIMARY_PLUGIN.name,
            severity: Severity::Warning,
            subject: primary.path.to_string(),
            message: format!(
                "the primary has its own plugin {plugin:?}; in {path} the one of {whose} replaces it"
            ),
            remedy: "leave it out of --plugin to keep the primary's own".to_owned(),
        });
    }
    let steps = publish(cx, draft, primary, path, composed)?;
    // Before the chain is published, the runtime's report says nothing about it. So the node is observed in between.
    if steps.is_empty() {
        verified(cx, draft, primary, path, composed)?;
        // What is left to do comes first; the node is observed again after it.
        return if draft.steps.is_empty() { in_place::late_writers(cx) } else { Ok(()) };
    }
    draft.steps.extend(steps);
    draft.look("the runtime to load the chain");
    Ok(())
}

/// The steps that publish the chain; none if it is published already.
pub(in crate::plan) fn publish(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
    path: &HostPath,
    composed: &Composed,
) -> Result<Vec<Step>, Blocked> {
    let mut steps = Vec::new();
    let in_place = cx.desired.chain_layout() == Layout::InPlace;
    let publish = Change::Publish(Publish {
        path: path.clone(),
        kind: Kind::Chain,
        source: if in_place {
            in_place::source(primary, path, composed)
        } else {
            Source::Bytes(composed.bytes.clone())
        },
        mode: Mode::New(if in_place { in_place::mode(cx, primary) } else { cx.settings.conf_mode }),
    });
    // A link to the same bytes does not count: its target belongs to another program, which may change it.
    let same = cx.node.bytes(path) == Some(&composed.bytes) && !cx.node.symlinks.contains_key(path);
    if cx.desired.has_chain() && !(same && is_recorded(cx, &publish)) {
        if path != &primary.path {
            draft.findings.extend(check_takeover(cx, path)?);
        }
        steps.extend(cx.make_dirs(&path.parent()));
        steps.push(Step::Change(publish));
    }
    if in_place && path != &primary.path && !cx.node.file(&primary.path).is_absent() {
        steps.push(Step::Change(Change::Retire(primary.path.clone())));
    }
    let old = published(cx).filter(|old| old != path);
    steps.extend(old.map(|path| Step::Change(Change::Remove { path, kind: Kind::Chain })));
    steps.extend(cx.to_restore(cx.desired.has_chain().then_some(path)).into_iter().map(Step::Change));
    Ok(steps)
}

/// True if the records of all owners have the chain: then each of them can be uninstalled, and composed anew by the
/// others.
fn is_recorded(cx: &PlanContext<'_>, publish: &Change) -> bool {
    let mut recording = cx.desired.recording();
    let differs = matches!(cx.runtime(), RuntimeState::Status(status) if !cx.differences(status).is_empty());
    // Values that are not live yet are recorded with the change of the config.
    if let Some(record) = cx.record().filter(|_| differs) {
        recording.layer.desired = record.layer.desired.clone();
    }
    cx.node.intended(&recording, [publish]).is_empty()
}

/// The chain files that exist and that an owner's record explains.
pub(in crate::plan) fn published(cx: &PlanContext<'_>) -> impl Iterator<Item = HostPath> {
    let is_chain = |path: &HostPath| {
        let digest = cx.node.bytes(path).map(Digest::of);
        digest.is_some_and(|digest| cx.is_explained(path, &digest))
    };
    cx.chains().into_iter().filter(is_chain)
}
