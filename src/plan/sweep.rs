//! Removes temporary files of killed runs. Their names follow from the record.

use crate::node::{HostPath, TempName};
use crate::plan::change::Change;
use crate::plan::context::PlanContext;
use crate::plan::draft::Draft;

/// Removes the temporary files of the paths in the record. No other program uses such names there.
pub(in crate::plan) fn sweep(cx: &PlanContext<'_>, draft: &mut Draft) {
    let Some(record) = cx.record() else { return };
    for path in record.paths.keys().filter_map(|path| HostPath::new(path).ok()) {
        let temp = path.parent().join(TempName::of(path.name()).as_str());
        let there = cx.node.file(&temp).present().is_some() || cx.node.symlinks.contains_key(&temp);
        if there {
            draft.change(Change::Sweep(temp));
        }
    }
}
