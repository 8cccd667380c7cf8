//! Question -> answer. That none is to be had is an answer.

use std::sync::Arc;
use std::time::Duration;

use crate::containerd::Status;
use crate::host::{Root, clock, cri};
use crate::node::{Answers, Asked, HostPath, Incarnation, Node, Question, Sight};
use crate::plan::Settings;

use super::{dry_load, service, version};

/// How long one CRI call may take. containerd asks every plugin for its STATUS in it (2.0 and later).
const CRI_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers a question and puts the answer into `answers`.
pub async fn answer(
    root: &Arc<Root>,
    settings: &Settings,
    node: &Node,
    question: Question,
    answers: &mut Answers,
) {
    let at = clock::now();
    match question {
        Question::Runtime => {
            let (mut asked, without_cri) = runtime(root, node.endpoint(), at).await;
            // What it says is true of the moment at which it was asked; that it said nothing, of now: a call that hangs
            // to its end must not be too old before anybody reads of it.
            if asked.said.seen().is_none() {
                asked.at = clock::now();
            }
            answers.without_cri = asked.incarnation.clone().filter(|_| without_cri);
            answers.runtime = Some(asked);
        }
        Question::Service => {
            let (root, settings) = (Arc::clone(root), settings.clone());
            let endpoint = node.endpoint().cloned();
            let said = blocking(move || service::service(&root, &settings, endpoint.as_ref())).await;
            answers.service = Some(Asked { at, incarnation: node.incarnation(), said });
        }
        Question::Version(question) => {
            let (root, asked) = (Arc::clone(root), question.clone());
            let said = blocking(move || version::version(&root, &asked)).await;
            let plugin = question.plugin.clone();
            answers.versions.insert(plugin, (question, Asked { at, incarnation: None, said }));
        }
        Question::DryLoad { key, files } => {
            let service = answers.service.as_ref().and_then(|asked| asked.said.seen()).cloned();
            let root = Arc::clone(root);
            let said = blocking(move || dry_load::dry_load(&root, service.as_ref(), files)).await;
            answers.dry_loads.insert(key, Asked { at, incarnation: None, said });
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Sight<T> + Send + 'static) -> Sight<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Sight::Hidden(error.to_string()))
}

/// CRI Status over the first endpoint that is there. The answer is that of the incarnation whose socket was
/// connected to: the descriptor that is resolved inside the host root is the one that is used. The flag says that the
/// daemon answers and serves no CRI.
async fn runtime(
    root: &Arc<Root>,
    endpoint: Option<&HostPath>,
    at: crate::node::Moment,
) -> (Asked<Status>, bool) {
    let Some(endpoint) = endpoint else {
        return (Asked { at, incarnation: None, said: Sight::Absent }, false);
    };
    let stamp = crate::host::read::stamp_of(root, endpoint);
    let incarnation = stamp.seen().map(|stamp| Incarnation::of(endpoint, stamp));
    let mut without_cri = false;
    let said = match root.handle(endpoint) {
        Ok((_fd, path)) => match cri::status(&path, CRI_TIMEOUT).await {
            Ok(raw) => Sight::Seen(Status::read(raw)),
            Err(error) => {
                without_cri = matches!(error, cri::CriError::Unimplemented { .. });
                Sight::Hidden(error.to_string().replace(&path.display().to_string(), endpoint.as_str()))
            }
        },
        Err(error) => Sight::Hidden(format!("{endpoint}: {error}")),
    };
    (Asked { at, incarnation, said }, without_cri)
}
