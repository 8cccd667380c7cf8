//! Answers questions. "Unavailable" is a valid answer.

use std::sync::Arc;
use std::time::Duration;

use crate::host::cri::{self, CriError};
use crate::host::{Root, clock, thread};
use crate::node::{
    Answers, Asked, Digest, DryLoad, HostPath, Incarnation, LeftPods, Moment, Node, Observed, PodAnswer,
    PodSandbox, Question, Runtime, Sandboxes, Service, VersionQuestion, VersionReply,
};
use crate::plan::Settings;

use super::{dry_load, pod, service, version};
use crate::host::at_once::at_once;

/// The time limit for one CRI call. containerd 2.0 and later ask every plugin for its STATUS in it.
const CRI_TIMEOUT: Duration = Duration::from_secs(10);

/// The answer to one question.
#[derive(Debug)]
pub enum Reply {
    /// To [`Question::Runtime`].
    Runtime(Box<RuntimeReply>),
    /// To [`Question::Sandboxes`].
    Sandboxes(Asked<Sandboxes>),
    /// To [`Question::RunningPods`].
    RunningPods(Asked<Vec<PodSandbox>>),
    /// To [`Question::Service`] and [`Question::RestartMethods`].
    Service(Asked<Service>),
    /// To [`Question::Version`].
    Version(VersionQuestion, Asked<VersionReply>),
    /// To [`Question::DryLoad`], by its key.
    DryLoad(Digest, Asked<DryLoad>),
    /// To [`Question::Pod`], by its key, with what is left of its sandbox.
    Pod(Digest, Asked<PodAnswer>, Asked<LeftPods>),
    /// To [`Question::LeftPods`].
    LeftPods(Asked<LeftPods>),
}

impl Reply {
    /// The reasons for the sandboxes that are left, if the answer tells them.
    pub fn into_left(self) -> Vec<String> {
        let said = match self {
            Self::Pod(_, _, asked) | Self::LeftPods(asked) => asked.said,
            _ => return Vec::new(),
        };
        match said {
            Observed::Present(pods) => pods.left,
            Observed::Unknown(why) => vec![why],
            Observed::Absent => Vec::new(),
        }
    }

    /// Stores the answer among the others.
    pub fn store(self, answers: &mut Answers) {
        match self {
            Self::Runtime(reply) => {
                let RuntimeReply { asked, endpoint, without_cri, .. } = *reply;
                answers.without_cri = asked.incarnation.clone().filter(|_| without_cri);
                if let Some(runtime) = asked.said.present() {
                    answers.last_status = runtime.containerd().cloned();
                }
                answers.runtime = Some(asked);
                // A socket that disappears for a moment stays the runtime's socket.
                answers.endpoint = endpoint.or(answers.endpoint.take());
            }
            Self::Sandboxes(asked) => answers.sandboxes = Some(asked),
            Self::RunningPods(asked) => answers.running_pods = Some(asked),
            Self::Service(asked) => answers.service = Some(asked),
            Self::Version(question, asked) => {
                answers.versions.insert(question.plugin.clone(), (question, asked));
            }
            Self::DryLoad(key, asked) => {
                answers.dry_loads.insert(key, asked);
            }
            Self::Pod(key, asked, left) => {
                answers.pod = Some((key, asked));
                // What an earlier run left is still left.
                match answers.left_pods.as_mut().map(|asked| &mut asked.said) {
                    Some(Observed::Present(known)) => {
                        known.left.extend(left.said.present().into_iter().flat_map(|more| more.left.clone()));
                    }
                    _ => answers.left_pods = Some(left),
                }
            }
            Self::LeftPods(asked) => answers.left_pods = Some(asked),
        }
    }
}

/// Asks the questions, several at once. The answers are in the order of the questions.
pub async fn answers(
    root: &Arc<Root>,
    settings: &Settings,
    node: &Node,
    questions: Vec<Question>,
) -> Vec<Reply> {
    at_once(questions.into_iter().map(|question| answer(root, settings, node, question))).await
}

/// Asks one question. It knows the answers in `node`, not those to the other questions of its round.
async fn answer(root: &Arc<Root>, settings: &Settings, node: &Node, question: Question) -> Reply {
    let at = clock::now();
    match question {
        Question::Runtime => {
            let mut reply = runtime(root, node, at).await;
            // An answer is valid for the moment of its question. A missing answer is valid for now: a call that hangs
            // until its time limit must not be out of date before anybody reads its result.
            if reply.asked.said.present().is_none() {
                reply.asked.at = clock::now();
            }
            Reply::Runtime(Box::new(reply))
        }
        Question::Sandboxes => {
            let said = sandboxes(root, node).await;
            Reply::Sandboxes(Asked { at, incarnation: node.incarnation(), said })
        }
        Question::RunningPods => {
            let said = running_pods(root, node).await;
            Reply::RunningPods(Asked { at, incarnation: node.incarnation(), said })
        }
        Question::Service => {
            let (root, endpoint) = (Arc::clone(root), node.known_endpoint());
            let said = blocking(move || service::service(&root, endpoint.as_ref())).await;
            Reply::Service(Asked { at, incarnation: node.incarnation(), said })
        }
        Question::RestartMethods { unusable } => {
            let (root, settings) = (Arc::clone(root), settings.clone());
            let endpoint = node.known_endpoint();
            let said =
                blocking(move || service::with_methods(&root, &settings, endpoint.as_ref(), &unusable)).await;
            Reply::Service(Asked { at, incarnation: node.incarnation(), said })
        }
        Question::Version(question) => {
            let (root, asked) = (Arc::clone(root), question.clone());
            let said = blocking(move || version::version(&root, &asked)).await;
            Reply::Version(question, Asked { at, incarnation: None, said })
        }
        Question::DryLoad { key, files } => {
            let service = node.answers.service.as_ref().and_then(|asked| asked.said.present()).cloned();
            let root = Arc::clone(root);
            let said = blocking(move || dry_load::dry_load(&root, service.as_ref(), files)).await;
            Reply::DryLoad(key, Asked { at, incarnation: None, said })
        }
        Question::Pod(question) => {
            let (said, left) = pod::pod(root, node, &question).await;
            let left = Asked { at, incarnation: node.incarnation(), said: Observed::Present(left) };
            Reply::Pod(question.key, Asked { at, incarnation: node.incarnation(), said }, left)
        }
        Question::LeftPods => {
            let said = pod::left(root, node).await;
            Reply::LeftPods(Asked { at, incarnation: node.incarnation(), said })
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

/// The pods of the runtime that is up now. A sandbox whose network was told before is not asked for it again.
async fn running_pods(root: &Arc<Root>, node: &Node) -> Observed<Vec<PodSandbox>> {
    let Some(endpoint) = node.endpoint() else { return Observed::Absent };
    let known = node.answers.running_pods.as_ref().and_then(|asked| asked.said.present());
    let known = known.map(Vec::as_slice).unwrap_or_default();
    match root.handle(endpoint) {
        Ok((_fd, path)) => match cri::running_pods(&path, known, CRI_TIMEOUT).await {
            Ok(pods) => Observed::Present(pods),
            Err(error) => {
                Observed::Unknown(error.to_string().replace(&path.display().to_string(), endpoint.as_str()))
            }
        },
        Err(error) => Observed::Unknown(format!("{endpoint}: {error}")),
    }
}

/// CRI Status from the first endpoint where a runtime answers. A socket without a listener, or a containerd without
/// CRI (Docker's), is skipped if there is another socket. If no runtime answers, the first error counts.
async fn runtime(root: &Arc<Root>, node: &Node, at: Moment) -> RuntimeReply {
    let mut first = None;
    for (endpoint, _) in node.candidates() {
        let answer = behind(root, endpoint, at).await;
        if answer.is_last {
            return answer;
        }
        first.get_or_insert(answer);
    }
    let nothing = Asked { at, incarnation: None, said: Observed::Absent };
    first.unwrap_or(RuntimeReply { asked: nothing, endpoint: None, without_cri: false, is_last: true })
}

/// The answer behind one socket.
#[derive(Debug)]
pub struct RuntimeReply {
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
async fn behind(root: &Arc<Root>, endpoint: &HostPath, at: Moment) -> RuntimeReply {
    let stamp = crate::host::read::stamp_of(root, endpoint);
    let incarnation = stamp.present().map(|stamp| Incarnation::of(endpoint, stamp));
    let mut answer = RuntimeReply {
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
