//! Awaits several futures at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// The number of futures in progress. A question may start a program on the host, and a node may have hundreds of
/// plugins.
const MOST: usize = 8;

/// Awaits the futures, eight at once. The results are in the order of the futures.
pub async fn at_once<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<Pin<Box<_>>> = futures.map(Box::pin).collect();
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    poll_fn(|cx| {
        loop {
            let mut any = false;
            let left = futures.iter_mut().zip(&mut results).filter(|(_, result)| result.is_none());
            for (future, result) in left.take(MOST) {
                if let Poll::Ready(ready) = future.as_mut().poll(cx) {
                    *result = Some(ready);
                    any = true;
                }
            }
            if results.iter().all(Option::is_some) {
                return Poll::Ready(());
            }
            // A result makes room for the next future, which has to be begun: only then does it wake this task.
            if !any {
                return Poll::Pending;
            }
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Each future ends only when as many as possible are in progress, so one after another would never end.
    #[tokio::test]
    async fn so_many_are_in_progress_and_the_results_are_in_order() {
        let together = tokio::sync::Barrier::new(MOST);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = async |number: usize| {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            together.wait().await;
            now.fetch_sub(1, Ordering::Relaxed);
            number
        };
        let numbers = at_once((0..3 * MOST).map(one)).await;
        assert!(numbers.iter().copied().eq(0..3 * MOST), "{numbers:?}");
        assert_eq!(most.into_inner(), MOST);
        assert!(at_once(std::iter::empty::<std::future::Ready<()>>()).await.is_empty());
    }
}
