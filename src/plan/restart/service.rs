//! Who runs the runtime, and by which method it can be restarted.

use crate::node::{Observed, Question, RestartMethod, Service};
use crate::plan::context::PlanContext;
use crate::plan::decision::Plan;
use crate::report::{Failure, FailureCode};

/// What is known of who runs the runtime; asked first if it was not.
pub(in crate::plan) fn service<'a>(cx: &'a PlanContext<'_>) -> Result<&'a Service, Plan> {
    match &cx.node.answers.service {
        // Which unit runs it is known by its socket, which was not there when this was asked.
        Some(asked) if asked.incarnation.is_none() && cx.node.incarnation().is_some() => {
            Err(ask_for_service(cx))
        }
        Some(asked) => match &asked.said {
            Observed::Present(service) if may_know_another(cx, service) => Err(ask_for_service(cx)),
            Observed::Present(service) => Ok(service),
            Observed::Unknown(why) => Err(Plan::fail(Failure::new(
                FailureCode::SupervisorUnknown,
                format!("this program cannot find out what starts the runtime: {why}"),
                "mount /run/systemd from the host, or run with hostPID",
            ))),
            Observed::Absent => Err(ask_for_service(cx)),
        },
        None => Err(ask_for_service(cx)),
    }
}

/// Asks who runs the runtime, and by which method that did not fail yet it can be restarted.
pub(in crate::plan) fn ask_for_service(cx: &PlanContext<'_>) -> Plan {
    Plan::ask(Question::Service { unusable: cx.history.unusable.clone() })
}

/// Whether none of the method that were asked can be used, and not all that are allowed were asked.
fn may_know_another(cx: &PlanContext<'_>, service: &Service) -> bool {
    let is_usable = |(by, answer): &(RestartMethod, Result<(), String>)| {
        answer.is_ok() && !cx.history.unusable.contains(by)
    };
    let was_asked = |by: &RestartMethod| service.methods.iter().any(|(asked, _)| asked == by);
    !service.methods.iter().any(is_usable) && !cx.settings.methods().iter().all(was_asked)
}
