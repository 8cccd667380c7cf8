//! Blocking work in a separate thread, so that signals are handled meanwhile.

use std::io;
use std::sync::mpsc;

use tokio::sync::oneshot;

use crate::node::IoFailed;

/// Runs work in a thread. The work continues if the caller stops waiting.
///
/// tokio's `spawn_blocking` is not used, because it panics if the system has no thread left
/// (`runtime/blocking/pool.rs`).
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, IoFailed> {
    Worker::default().run(work).await
}

/// A thread for one work after another. glibc has memory of its own for each thread, and memory that one thread has
/// freed is not used by the next one: works that need much memory take it once in the same thread.
#[derive(Debug, Default)]
pub struct Worker(Option<mpsc::Sender<Job>>);

type Job = Box<dyn FnOnce() + Send>;

impl Worker {
    /// Runs work in the thread, which is started for the first one. The work continues if the caller stops waiting.
    pub async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IoFailed> {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move || {
            // The caller may have stopped waiting.
            let _ = send.send(work());
        });
        let queue = match self.0.take() {
            Some(queue) => queue,
            None => start()?,
        };
        // A thread that ended takes the job with it, and the answer below says so.
        let _ = queue.send(job);
        self.0 = Some(queue);
        receive.await.map_err(|_| {
            self.0 = None;
            IoFailed::at("a thread", "waited for")(io::Error::other("it ended without a result"))
        })
    }
}

fn start() -> Result<mpsc::Sender<Job>, IoFailed> {
    let (queue, jobs) = mpsc::channel::<Job>();
    let thread = std::thread::Builder::new().spawn(move || jobs.into_iter().for_each(|job| job()));
    thread.map_err(IoFailed::at("a thread", "started"))?;
    Ok(queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_has_one_thread_and_another_one_once_that_ended() {
        let mut worker = Worker::default();
        let id = || std::thread::current().id();
        let first = worker.run(id).await.unwrap();
        assert_eq!(worker.run(id).await.unwrap(), first);
        worker.run(|| panic!("as a work may")).await.unwrap_err();
        assert_ne!(worker.run(id).await.unwrap(), first);
    }
}
