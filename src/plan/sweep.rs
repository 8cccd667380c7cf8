//! Removes temporary files that no run needs any more. Their names follow from the records.

use crate::node::{ATTEMPT_FILE, Attempt, HostPath, Kind, MARK_FILE, Node, Observed, Record, TempName};
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::plan::draft::Draft;
use crate::plan::restart::reserve;

/// Removes what killed runs left beside the paths of this owner's record, and the reserves of restarts that are over.
/// No other program uses such names there.
pub(in crate::plan) fn sweep(cx: &PlanContext<'_>, draft: &mut Draft) {
    let own = cx.record().into_iter().flat_map(|record| record.paths.keys());
    let temps = own.filter_map(|path| {
        let path = HostPath::new(path).ok()?;
        let path = cx.node.links.get(&path).unwrap_or(&path);
        Some(path.parent().join(TempName::of(path.name()).as_str()))
    });
    // The run that settles a restart may be another owner's.
    let records = cx.records.values().filter_map(|record| record.as_ref().ok());
    let configs = records.flat_map(|record: &Record| record.of_kind(Kind::Config));
    let reserves = configs.filter_map(|(path, _)| cx.node.reserve_of(&path));
    let mut swept: Vec<HostPath> = temps.chain(reserves.filter(|at| !reserve::is_needed(cx, at))).collect();
    swept.retain(|path| cx.node.file(path).present().is_some() || cx.node.symlinks.contains_key(path));
    swept.extend(spares(cx));
    swept.sort();
    swept.dedup();
    draft.steps.extend(swept.into_iter().map(|path| Step::Change(Change::Sweep(path))));
}

/// The spares of marks that no further mark follows.
fn spares<'a>(cx: &'a PlanContext<'_>) -> impl Iterator<Item = HostPath> + 'a {
    let is_durable = cx.node.unverified().is_some();
    let is_kept = is_durable || cx.attempt.as_ref().is_some_and(Attempt::keeps_room);
    let spares = [ATTEMPT_FILE, MARK_FILE].into_iter().filter_map(Node::spare_of);
    spares.filter(move |spare| {
        let listed = cx.node.dirs.get(&spare.parent()).and_then(Observed::present);
        !is_kept && listed.is_some_and(|dir| dir.names.contains(spare.name()))
    })
}

/// Leaves out the removal of a reserve that the plan writes anew.
pub(in crate::plan) fn without_what_is_reserved(mut plan: Plan) -> Plan {
    let reserved: Vec<HostPath> = plan
        .changes()
        .filter_map(|change| match change {
            Change::Reserve(reserve) => Some(reserve.at.clone()),
            _ => None,
        })
        .collect();
    plan.steps.retain(|step| !matches!(step, Step::Change(Change::Sweep(path)) if reserved.contains(path)));
    plan
}
