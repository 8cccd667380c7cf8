//! Which findings of a node explain a message of the kubelet, the runtime or a plugin.

use crate::messages::explain;
use crate::report::{Located, Why};

/// The known messages in `words`, likelier causes first, each with the findings of this node that explain it. A message
/// that a finding of this node explains comes before the others.
pub fn why(words: &str, findings: &[Located]) -> Vec<Why> {
    let told = explain(words).into_iter().map(|explanation| {
        let codes: Vec<&'static str> = explanation.message.codes.iter().map(|code| code.name).collect();
        let has = |code: &&str| findings.iter().any(|found| found.finding.code == *code);
        Why {
            words: explanation.words,
            source: explanation.message.source,
            meaning: explanation.meaning,
            on_this_node: codes.iter().copied().filter(has).collect(),
            findings: codes,
            remedy: explanation.look,
        }
    });
    let mut told: Vec<Why> = told.collect();
    told.sort_by_key(|why| why.on_this_node.is_empty());
    told
}
