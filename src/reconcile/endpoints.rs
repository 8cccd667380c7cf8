//! The endpoints of `watch`. Their task has the latest health and the clock, never the node, and cannot delay the loop.

use std::sync::Arc;

use tokio::sync::watch;

use crate::health::{Health, Verdict, metrics};
use crate::host::clock;
use crate::host::http::{Answers, Reply, serve};
use crate::node::Listen;
use crate::report::codes::install;
use crate::report::{Finding, Severity};

/// The media type of `/metrics`.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The endpoints, as the loop sees them.
pub(super) struct Endpoints {
    health: watch::Sender<Arc<Health>>,
    /// Each address, with the reason why it cannot be listened on.
    listeners: Vec<(Listen, watch::Receiver<Option<String>>)>,
}

impl Endpoints {
    /// Starts to listen on these addresses. A probe that is faster than the first observation is told `first`.
    pub(super) fn start(addresses: &[Listen], first: &Health) -> Self {
        let (health, latest) = watch::channel(Arc::new(first.clone()));
        let answers: Arc<Answers> = Arc::new(move |path| {
            let health = Arc::clone(&latest.borrow());
            answer(&health, path)
        });
        let listen = |address: &Listen| {
            let (trouble, told) = watch::channel(None);
            tokio::spawn(serve(address.clone(), Arc::clone(&answers), trouble));
            (address.clone(), told)
        };
        let listeners = addresses.iter().map(listen).collect();
        Self { health, listeners }
    }

    /// Shows this health from now on.
    pub(super) fn show(&self, health: &Health) {
        self.health.send_replace(Arc::new(health.clone()));
    }

    /// An address that cannot be listened on is a finding, and does not stop the loop.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let finding = |(address, trouble): &(Listen, watch::Receiver<Option<String>>)| {
            let why = trouble.borrow().clone()?;
            Some(Finding {
                code: install::LISTEN_FAILED.name,
                severity: Severity::Warning,
                subject: address.to_string(),
                message: format!(
                    "{address} cannot be listened on, so it has no probes and no metrics: {why}"
                ),
                remedy: format!(
                    "find what listens on {address} (ss -ltnp), or choose another address with --listen"
                ),
            })
        };
        self.listeners.iter().filter_map(finding).collect()
    }
}

fn answer(health: &Health, path: &str) -> Option<Reply> {
    let now = clock::now();
    let probe = |verdict: Verdict| Reply {
        is_good: verdict.yes,
        content_type: "text/plain; charset=utf-8",
        body: verdict.line + "\n",
    };
    Some(match path {
        "/startupz" => probe(health.startup()),
        "/readyz" => probe(health.ready(now)),
        "/healthz" => probe(health.live(now)),
        "/metrics" => Reply { is_good: true, content_type: OPEN_METRICS, body: metrics(health, now) },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A regression: a liveness probe in the first milliseconds was told that the loop had not looked since the boot.
    #[test]
    fn before_the_first_observation_the_loop_is_alive_and_has_not_started() {
        let first = Health { looked: clock::now(), ..Health::default() };
        let endpoints = Endpoints::start(&[], &first);
        let latest = Arc::clone(&endpoints.health.borrow());
        let says = |path| answer(&latest, path).map(|reply| reply.is_good);
        assert_eq!(["/healthz", "/startupz", "/readyz"].map(says), [Some(true), Some(false), Some(false)]);
    }
}
