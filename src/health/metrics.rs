//! The metrics, made for each request from the latest health. The names are an interface (`docs/watch.md`).

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::{Health, RecomposedFor};
use crate::node::Moment;

/// Labels as pairs. The library escapes the values.
type Labels = Vec<(&'static str, &'static str)>;

/// The text of `/metrics`.
pub fn metrics(health: &Health, now: Moment) -> String {
    let network = health.standing.network.clone().unwrap_or_default();
    let labels =
        [("owner".into(), health.owner.clone().into()), ("network".into(), network.into())].into_iter();
    let mut registry = Registry::with_prefix_and_labels("cni_bootstrap", labels);
    registry.register("build", "The program", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    gauge(
        &mut registry,
        "chain_intact",
        "1 if a pod made now would get the chain",
        health.is_intact(now).into(),
    );
    if let Some(ready) = health.standing.network_ready {
        gauge(&mut registry, "network_ready", "1 if the runtime says NetworkReady", ready.into());
    }
    if let Some(pods) = health.pods_without_chain {
        let help = "Pods whose sandbox is older than the chain";
        gauge(&mut registry, "pods_without_chain", help, i64::try_from(pods).unwrap_or(i64::MAX));
    }
    seconds(
        &mut registry,
        "primary_age",
        "For how long the primary has been missing or invalid; 0 while it is there",
        health.primary_gone.map_or(0, |since| now.since(since).as_secs().cast_signed()),
    );
    if let Some(at) = health.proven_at {
        seconds(
            &mut registry,
            "last_proof_timestamp",
            "When the runtime last said that it runs the chain",
            at,
        );
    }
    counter(
        &mut registry,
        "restarts",
        "Restarts of the runtime that this process has requested",
        health.counts.restarts,
    );
    counter(
        &mut registry,
        "contention",
        "Times that this process has stopped because another program undoes its changes",
        health.counts.contention,
    );
    recompositions(&mut registry, health);
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = text::encode(&mut text, &registry);
    text
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let metric = Gauge::<i64>::default();
    metric.set(value);
    registry.register(name, help, metric);
}

fn seconds(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let metric = Gauge::<i64>::default();
    metric.set(value);
    registry.register_with_unit(name, help, Unit::Seconds, metric);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let metric = Counter::<u64>::default();
    metric.inc_by(value);
    registry.register(name, help, metric);
}

fn recompositions(registry: &mut Registry, health: &Health) {
    let family = Family::<Labels, Counter<u64, AtomicU64>>::default();
    for cause in RecomposedFor::ALL {
        let count = health.counts.recompositions.get(&cause).copied().unwrap_or_default();
        family.get_or_create(&vec![("cause", cause.word())]).inc_by(count);
    }
    registry.register("recompositions", "Publications of the chain, by their cause", family);
}
