//! A mark of a restart that could not be written, because the disk is full. This run keeps it in memory and goes on; the
//! next run does not know it.

use super::Reconciler;
use crate::apply::Unwritten;
use crate::plan::UnwrittenMark;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

impl Reconciler {
    /// Remembers the mark, and tells that the node does not have it.
    pub(super) fn note_unwritten(&mut self, unwritten: Option<Unwritten>) {
        let Some(Unwritten { mark, why }) = unwritten else { return };
        let finding = Finding {
            code: install::NOT_NOTED.name,
            severity: Severity::Warning,
            subject: crate::node::ATTEMPT_FILE.to_owned(),
            message: format!(
                "the restart of the runtime is {}, and that could not be noted for the next run: {why}",
                mark.phase.word()
            ),
            remedy: "free space and inodes on that file system (df, df -i), and run this again".to_owned(),
        };
        self.findings.retain(|told| told.code != finding.code);
        self.earlier_findings.retain(|told| told.code != finding.code);
        self.findings.push(finding.clone());
        self.earlier_findings.push(finding);
        self.history.unwritten = Some(UnwrittenMark { on_disk: self.node.attempt(), mark });
    }
}
