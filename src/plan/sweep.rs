//! Removes temporary files of killed runs. Their names follow from the record.

use crate::node::{HostPath, TempName};
use crate::plan::change::{Change, Step};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;

/// Removes the temporary files of the paths in the record. No other program uses such names there.
pub(in crate::plan) fn sweep(cx: &PlanContext<'_>) -> Plan {
    let Some(record) = cx.record() else { return Plan::done() };
    let temps = record.paths.keys().filter_map(|path| {
        let path = HostPath::new(path).ok()?;
        let temp = path.parent().join(TempName::of(path.name()).as_str());
        let there = cx.node.file(&temp).present().is_some() || cx.node.symlinks.contains_key(&temp);
        there.then_some(Step::Change(Change::Sweep(temp)))
    });
    Plan::steps(temps.collect())
}
