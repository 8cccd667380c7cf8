//! Webhooks that fail open one after another: their time limits add up, and the API server gives a request up after
//! 34 s, whatever their failurePolicy (apiserver `endpoints/handlers/rest.go`, `requestTimeoutUpperBound`).

use super::super::codes;
use super::super::sink::Sink;
use super::hook::Hook;
use super::mend;
use super::request::Request;

/// The seconds after which the API server gives up a request that creates or changes an object.
const LIMIT: u64 = 34;

/// A finding for the webhooks of the request that may take the longest, if that is too long.
pub(super) fn check(hooks: &[Hook<'_>], requests: &[Request<'_>], sink: &mut Sink) {
    let slowest = requests.iter().map(|request| (seconds(hooks, request), request));
    let Some((total, request)) = slowest.max_by_key(|(total, _)| *total).filter(|(total, _)| *total > LIMIT)
    else {
        return;
    };
    let asked: Vec<_> = hooks.iter().filter(|hook| hook.matches(request)).collect();
    let names: Vec<_> = asked.iter().map(|hook| format!("{:?}", hook.name())).collect();
    let Some(last) = asked.last() else { return };
    let message = format!(
        "{} webhooks that fail open are asked about {} of {} of the network: {}. If none answers, they take {total} s \
         together (mutating ones are asked one after another), and the API server gives the request up after {LIMIT} s, \
         so it fails although each has failurePolicy Ignore.",
        asked.len(),
        request.operation,
        request.path(),
        names.join(", ")
    );
    let remedy = mend::shorter(&asked, (LIMIT - 4) / asked.len() as u64);
    let spot = last.spot.get("timeoutSeconds").unwrap_or_else(|| last.spot.clone());
    sink.add(&codes::WEBHOOK_TIMEOUTS, last.object, &spot, message, remedy);
}

/// The longest time that the webhooks take for a request: mutating ones are asked in a row, validating ones at once.
fn seconds(hooks: &[Hook<'_>], request: &Request<'_>) -> u64 {
    let (mut row, mut longest) = (0, 0);
    for hook in hooks.iter().filter(|hook| hook.matches(request)) {
        let seconds = hook.timeout().unwrap_or(0);
        if hook.is_mutating() {
            row += seconds;
        } else {
            longest = longest.max(seconds);
        }
    }
    row + longest
}
