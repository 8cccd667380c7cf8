//! Answers questions. "Unavailable" is a valid answer.

use std::sync::Arc;
use std::time::Duration;

use crate::host::cri::{self, CriError};
use crate::host::{Root, clock, thread};
use crate::node::{
    Answers, Asked, HostPath, Incarnation, Moment, Node, Observed, Question, Runtime, Sandboxes,
};
use crate::plan::Settings;

use super::{dry_load, service, version};

/// The time limit for one CRI call. containerd 2.0 and later ask every plugin for its STATUS in it.
const CRI_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers a question and stores the answer in `answers`.
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
            let Answer { mut asked, endpoint, without_cri, .. } = runtime(root, node, at).await;
            // An answer is valid for the moment of its question. A missing answer is valid for now: a call that hangs
            // until its time limit must not be out of date before anybody reads its result.
            if asked.said.present().is_none() {
                asked.at = clock::now();
            }
            answers.without_cri = asked.incarnation.clone().filter(|_| without_cri);
            if let Some(runtime) = asked.said.present() {
                answers.last_status = runtime.containerd().cloned();
            }
            answers.runtime = Some(asked);
            // A socket that disappears for a moment stays the runtime's socket.
            answers.endpoint = endpoint.or(answers.endpoint.take());
        }
        Question::Sandboxes => {
            let incarnation = node.incarnation();
            answers.sandboxes = Some(Asked { at, incarnation, said: sandboxes(root, node).await });
        }
        Question::Service => {
            let (root, endpoint) = (Arc::clone(root), node.known_endpoint());
            let said = blocking(move || service::service(&root, endpoint.as_ref())).await;
            answers.service = Some(Asked { at, incarnation: node.incarnation(), said });
        }
        Question::RestartMethods { unusable } => {
            let (root, settings) = (Arc::clone(root), settings.clone());
            let endpoint = node.known_endpoint();
            let said =
                blocking(move || service::with_methods(&root, &settings, endpoint.as_ref(), &unusable)).await;
            answers.service = Some(Asked { at, incarnation: node.incarnation(), said });
        }
        Question::Version(question) => {
            let (root, asked) = (Arc::clone(root), question.clone());
            let said = blocking(move || version::version(&root, &asked)).await;
            let plugin = question.plugin.clone();
            answers.versions.insert(plugin, (question, Asked { at, incarnation: None, said }));
        }
        Question::DryLoad { key, files } => {
            let service = answers.service.as_ref().and_then(|asked| asked.said.present()).cloned();
            let root = Arc::clone(root);
            let said = blocking(move || dry_load::dry_load(&root, service.as_ref(), files)).await;
            answers.dry_loads.insert(key, Asked { at, incarnation: None, said });
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Observed<T> + Send + 'static) -> Observed<T> {
    thread::run(work).await.unwrap_or_else(|error| Observed::Unknown(error.to_string()))
}

/// The pod sandboxes of the runtime that is up now.
async fn sandboxes(root: &Arc<Root>, node: &Node) -> Observed<Sandboxes> {
    let Some(endpoint) = node.endpoint() else { return Observed::Absent };
    match root.handle(endpoint) {
        Ok((_fd, path)) => match cri::sandboxes(&path, CRI_TIMEOUT).await {
            Ok(sandboxes) => Observed::Present(sandboxes),
            Err(error) => Observed::Unknown(error.to_string()),
        },
        Err(error) => Observed::Unknown(format!("{endpoint}: {error}")),
    }
}

/// CRI Status from the first endpoint where a runtime answers. A socket without a listener, or a containerd without
/// CRI (Docker's), is skipped if there is another socket. If no runtime answers, the first error counts.
async fn runtime(root: &Arc<Root>, node: &Node, at: Moment) -> Answer {
    let mut first = None;
    for (endpoint, _) in node.candidates() {
        let answer = behind(root, endpoint, at).await;
        if answer.is_last {
            return answer;
        }
        first.get_or_insert(answer);
    }
    let nothing = Asked { at, incarnation: None, said: Observed::Absent };
    first.unwrap_or(Answer { asked: nothing, endpoint: None, without_cri: false, is_last: true })
}

/// The answer behind one socket.
struct Answer {
    asked: Asked<Runtime>,
    /// The socket, if it is the runtime's.
    endpoint: Option<HostPath>,
    /// True if a daemon answered without CRI.
    without_cri: bool,
    /// True if no other socket needs to be tried: the runtime is here, even if it does not answer now.
    is_last: bool,
}

/// Asks behind one socket. The socket is resolved inside the host root and used through the same descriptor, so the
/// answer belongs to the incarnation that was connected to.
async fn behind(root: &Arc<Root>, endpoint: &HostPath, at: Moment) -> Answer {
    let stamp = crate::host::read::stamp_of(root, endpoint);
    let incarnation = stamp.present().map(|stamp| Incarnation::of(endpoint, stamp));
    let mut answer = Answer {
        asked: Asked { at, incarnation, said: Observed::Absent },
        endpoint: None,
        without_cri: false,
        is_last: true,
    };
    match root.handle(endpoint) {
        Ok((_fd, path)) => match cri::status(&path, CRI_TIMEOUT).await {
            Ok(raw) => answer.asked.said = Observed::Present(Runtime::read(raw)),
            Err(error) => {
                answer.without_cri = matches!(error, CriError::Unimplemented { .. });
                answer.is_last = !answer.without_cri && !matches!(error, CriError::Refused(_));
                let words = error.to_string().replace(&path.display().to_string(), endpoint.as_str());
                answer.asked.said = Observed::Unknown(words);
            }
        },
        Err(error) => answer.asked.said = Observed::Unknown(format!("{endpoint}: {error}")),
    }
    answer.endpoint = answer.is_last.then(|| endpoint.clone());
    answer
}
