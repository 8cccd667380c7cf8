//! Publishes the chain if it differs, then verifies it.

use crate::cni::Composed;
use crate::node::{Digest, HostPath, Kind};
use crate::plan::blocked::Blocked;
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::chain::verified::verified;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// Publishes the chain if it differs, then verifies it.
pub(in crate::plan) fn chain(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    primary: &Ready,
) -> Result<(), Blocked> {
    let (path, composed) = compose_chain(cx, primary)?;
    for plugin in &composed.replaced {
        draft.findings.push(Finding {
            code: install::REPLACES_PRIMARY_PLUGIN.name,
            severity: Severity::Warning,
            subject: primary.path.to_string(),
            message: format!(
                "the primary has its own plugin {plugin:?}; in {path} the one of --plugin replaces it"
            ),
            remedy: "leave it out of --plugin to keep the primary's own".to_owned(),
        });
    }
    let steps = publish(cx, draft, path, composed)?;
    // Before the chain is published, the runtime's report says nothing about it. So the node is observed in between.
    if steps.is_empty() {
        return verified(cx, draft, primary, path, composed);
    }
    draft.steps.extend(steps);
    draft.look("the runtime to load the chain");
    Ok(())
}

/// The steps that publish the chain; none if it is published already.
pub(in crate::plan) fn publish(
    cx: &PlanContext<'_>,
    draft: &mut Draft,
    path: &HostPath,
    composed: &Composed,
) -> Result<Vec<Step>, Blocked> {
    let mut steps = Vec::new();
    // A link to the same bytes does not count: its target belongs to another program, which may change it.
    let same = cx.node.bytes(path) == Some(&composed.bytes) && !cx.node.symlinks.contains_key(path);
    let ours = same && cx.is_ours(path, &Digest::of(&composed.bytes));
    if !ours {
        draft.findings.extend(check_takeover(cx, path)?);
        steps.extend(cx.make_dirs(&path.parent()));
        steps.push(Step::Change(Change::Publish(Publish {
            path: path.clone(),
            kind: Kind::Chain,
            source: Source::Bytes(composed.bytes.clone()),
            mode: Mode::New(cx.settings.conf_mode),
        })));
    }
    for old in cx.own_chains().into_iter().filter(|old| old != path) {
        let digest = cx.node.bytes(&old).map(Digest::of);
        if digest.is_some_and(|digest| cx.is_ours(&old, &digest)) {
            steps.push(Step::Change(Change::Remove { path: old, kind: Kind::Chain }));
        }
    }
    Ok(steps)
}
