//! Observes a node for `check` and `status`: reads files, and asks what changes nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::open::{EventLoop, open, runtime, within};
use crate::diagnose::{View, questions_of_check, wants};
use crate::distro;
use crate::host::{Root, clock, container};
use crate::node::{HostPath, Moment, Node, Question, Remembered};
use crate::observe::{answers, containerd_release, kubelet, read, sockets};
use crate::plan::Settings;
use crate::report::Failure;

/// A node, as far as it could be observed.
pub(super) struct ObservedNode {
    pub(super) root: Arc<Root>,
    pub(super) node: Node,
    /// The event loop for more questions; `None` for a copy of a node's files.
    pub(super) asking: Option<EventLoop>,
}

/// How a node is observed.
pub(super) struct How {
    /// True if programs of the host are asked as well: plugins and the kubelet for their versions.
    pub(super) starts_programs: bool,
    /// How long one question may take; what is not answered in time was not asked.
    pub(super) limit: Option<Duration>,
}

impl How {
    /// Everything is asked, and waited for.
    pub(super) const THOROUGHLY: Self = Self { starts_programs: true, limit: None };
}

/// Observes a running node, or a copy of its files.
pub(super) fn see(settings: &Settings, host_root: &Path, how: &How) -> Result<ObservedNode, Failure> {
    let root = Arc::new(open(host_root)?);
    let in_container = container::inside();
    let mut node = Node {
        sockets: sockets(&root, settings),
        wall: clock::wall_nanos(),
        up_for: Some(clock::now().since(Moment::default())),
        in_container,
        ..Node::default()
    };
    node.observations.node_name = container::node_name();
    look(&root, settings, &mut node);
    if !View::new(&node, settings, 0).is_live() {
        return Ok(ObservedNode { root, node, asking: None });
    }
    let asking = runtime()?;
    let ask = |node: &mut Node, questions: Vec<Question>| {
        let asked = answers(&root, settings, node, questions);
        let replies = match how.limit {
            Some(limit) => within(&asking, limit, asked).unwrap_or_default(),
            None => asking.block_on(asked),
        };
        for reply in replies {
            reply.store(&mut node.answers);
        }
    };
    ask(&mut node, vec![Question::Runtime]);
    if View::new(&node, settings, 0).is_of_containerd() {
        // The service is the one behind the socket that answered.
        ask(&mut node, vec![Question::Service]);
        let view = View::new(&node, settings, 0);
        let program = view.containerd_program().filter(|_| how.starts_programs);
        if let (None, Some(program)) = (view.release(), program) {
            // A containerd without CRI does not report its release.
            node.observations.containerd = Some(containerd_release(&root, &program));
        }
    }
    let usual: Vec<HostPath> = distro::kubelet_programs().into_iter().map(HostPath::known).collect();
    let remembered = Remembered::default();
    node.observations.kubelet = Some(kubelet(&root, &usual, how.starts_programs, &remembered));
    look(&root, settings, &mut node);
    if how.starts_programs {
        let questions = questions_of_check(&View::new(&node, settings, 0));
        ask(&mut node, questions);
    }
    Ok(ObservedNode { root, node, asking: Some(asking) })
}

/// Reads until no request is missing. A few rounds are enough, because chains of references are short.
fn look(root: &Root, settings: &Settings, node: &mut Node) {
    for _ in 0..16 {
        let desired = wants(&View::new(node, settings, 0));
        if desired.is_empty() {
            return;
        }
        read(root, desired, node);
    }
}
