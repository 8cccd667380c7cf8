//! The service manager of the runtime, and the methods that can restart it.

use crate::node::{Observed, Question, Restart, RestartMethod, Service};
use crate::plan::blocked::Blocked;
use crate::plan::context::PlanContext;
use crate::report::FailureCode;

/// The service manager and the config file of the runtime; asked first if they are not known.
pub(in crate::plan) fn service<'a>(cx: &'a PlanContext<'_>) -> Result<&'a Service, Blocked> {
    match &cx.node.answers.service {
        // The answer is from before the runtime had a socket. The socket shows which unit runs the runtime, so it is
        // asked again.
        Some(asked) if asked.incarnation.is_none() && cx.node.incarnation().is_some() => {
            Err(ask_for_service())
        }
        Some(asked) => match &asked.said {
            Observed::Present(service) => Ok(service),
            Observed::Unknown(why) => Err(Blocked::refused(
                FailureCode::SupervisorUnknown,
                format!("this program cannot find out what starts the runtime: {why}"),
                "mount /run/systemd from the host, or run with hostPID",
            )),
            Observed::Absent => Err(ask_for_service()),
        },
        None => Err(ask_for_service()),
    }
}

/// Asks for the service manager and the config file of the runtime.
pub(in crate::plan) fn ask_for_service() -> Blocked {
    Blocked::ask(Question::Service)
}

/// The service manager of the runtime, and the methods that can restart the runtime.
#[derive(Clone, Copy)]
pub(in crate::plan) struct WithMethods<'a> {
    pub(in crate::plan) service: &'a Service,
    pub(in crate::plan) restart: &'a Restart,
}

/// Like [`service`], with the methods that can restart the runtime; they are asked first if they are not known. Only a
/// plan that restarts the runtime or ends such a restart needs them.
pub(in crate::plan) fn with_methods<'a>(cx: &'a PlanContext<'_>) -> Result<WithMethods<'a>, Blocked> {
    let service = service(cx)?;
    match &service.restart {
        Some(restart) if !may_know_another(cx, restart) => Ok(WithMethods { service, restart }),
        Some(_) | None => {
            Err(Blocked::ask(Question::RestartMethods { unusable: cx.history.unusable.clone() }))
        }
    }
}

/// Like [`service`], with the state of its unit. If D-Bus does not reach systemd, the host's `systemctl` reports the
/// state, so the restart methods are asked for then.
pub(in crate::plan) fn with_unit<'a>(cx: &'a PlanContext<'_>) -> Result<&'a Service, Blocked> {
    let known = service(cx)?;
    if known.unit.is_some() { Ok(known) } else { with_methods(cx).map(|known| known.service) }
}

/// True if none of the known methods can be used, and others are allowed that nobody has asked yet.
fn may_know_another(cx: &PlanContext<'_>, restart: &Restart) -> bool {
    let is_usable = |(by, answer): &(RestartMethod, Result<(), String>)| {
        answer.is_ok() && !cx.history.unusable.contains(by)
    };
    let was_asked = |by: &RestartMethod| restart.methods.iter().any(|(asked, _)| asked == by);
    !restart.methods.iter().any(is_usable) && !cx.settings.methods().iter().all(was_asked)
}
