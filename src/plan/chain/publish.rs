//! Publishes the chain if it differs, then verifies it.

use crate::cni::Composed;
use crate::node::{Digest, HostPath, Kind};
use crate::plan::chain::compose::compose_chain;
use crate::plan::chain::ready::Ready;
use crate::plan::chain::takeover::check_takeover;
use crate::plan::chain::verified::verified;
use crate::plan::change::{Change, Mode, Publish, Source, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// Publishes the chain if it differs, then verifies it.
pub(in crate::plan) fn chain(cx: &PlanContext<'_>, primary: &Ready) -> Plan {
    let (path, composed) = match compose_chain(cx, primary) {
        Ok(made) => made,
        Err(plan) => return plan,
    };
    let mut plan = Plan::done();
    for plugin in &composed.replaced {
        plan = plan.with_finding(Finding {
            code: install::REPLACES_PRIMARY_PLUGIN.name,
            severity: Severity::Warning,
            subject: primary.path.to_string(),
            message: format!(
                "the primary has its own plugin {plugin:?}; in {path} the one of --plugin replaces it"
            ),
            remedy: "leave it out of --plugin to keep the primary's own".to_owned(),
        });
    }
    let plan = plan.then(|| publish(cx, path, composed));
    // What the runtime says of a chain that is not published yet verifies nothing: it is looked at first.
    if plan.steps.is_empty() { plan.then(|| verified(cx, primary, path, composed)) } else { plan }
}

pub(in crate::plan) fn publish(cx: &PlanContext<'_>, path: &HostPath, composed: &Composed) -> Plan {
    let mut steps = Vec::new();
    let mut findings = Vec::new();
    // If the path were a link to these bytes, another program could change them.
    let same = cx.node.bytes(path) == Some(&composed.bytes) && !cx.node.symlinks.contains_key(path);
    let ours = same && cx.is_ours(path, &Digest::of(&composed.bytes));
    if !ours {
        match check_takeover(cx, path) {
            Ok(finding) => findings.extend(finding),
            Err(plan) => return plan,
        }
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
    if !steps.is_empty() {
        steps.push(Step::Look("the runtime to load the chain"));
    }
    let mut plan = Plan::steps(steps);
    plan.findings = findings;
    plan
}
