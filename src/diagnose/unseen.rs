//! What a diagnosis could not see.

use super::view::View;
use super::{cgroup, comes_up, named_files, other_runtime, plugins, runc_binary, search_path};
use crate::containerd::RefusalKind;
use crate::node::Observed;
use crate::plan::kubelet_says;

impl View<'_> {
    /// The things that could not be observed, and why.
    pub fn unseen(&self) -> Vec<String> {
        let mut unseen = Vec::new();
        if !self.is_live() {
            unseen.push(
                "the runtime: these are files of a node and not a running node, so the runtime was not asked \
                 what it has loaded"
                    .to_owned(),
            );
        }
        unseen.extend(self.other.map(other_runtime::unseen));
        for (path, dir) in &self.node.dirs {
            if let Observed::Unknown(why) = dir
                && !comes_up::looked_at(self, path)
            {
                unseen.push(format!("{path}: {why}"));
            }
        }
        match (&self.config, &self.effective) {
            (None, _) if self.is_of_containerd() => {
                unseen.push("containerd's config: it has no file".to_owned());
            }
            (Some(path), None) if !self.node.file(path).is_absent() => {
                unseen.push(format!("containerd's config: {path} could not be read"));
            }
            (Some(_), Some(Err(refusal)))
                if self.release().is_none() && refusal.kind == RefusalKind::ReleasesDiffer =>
            {
                unseen.push(format!("containerd's values: {}", refusal.sentence()));
            }
            _ => {}
        }
        unseen.extend(comes_up::unseen(self));
        unseen.extend(plugins::unseen(self));
        unseen.extend(named_files::unseen(self));
        unseen.extend(search_path::unseen(self));
        unseen.extend(runc_binary::unseen(self));
        let kubelet = kubelet_says(self.node);
        if !self.is_live() && kubelet.config.is_none() && kubelet.driver.is_none() {
            unseen.push("the kubelet's config: no file of it is among these files".to_owned());
        }
        unseen.extend(cgroup::unseen(self));
        if let Some(Observed::Unknown(why)) = &self.node.observations.kubelet {
            unseen.push(format!("the kubelet: {why}"));
        }
        unseen
    }
}
