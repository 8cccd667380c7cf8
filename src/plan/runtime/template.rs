//! Checks the file of `--conf-template` before it is written into containerd's config.

use crate::containerd::check_template;
use crate::node::{Answers, Content, File, HostPath, Observed};
use crate::plan::context::PlanContext;
use crate::plan::dirs::Dirs;
use crate::plan::settings::{Setting, Settings};
use crate::report::codes::install;
use crate::report::{Failure, FailureCode, Finding, Severity};

/// The path in the option.
pub(in crate::plan) fn file(settings: &Settings, answers: &Answers) -> Option<HostPath> {
    match &settings.conf_template {
        Setting::Set(text) if text.starts_with('/') => HostPath::new(text).ok(),
        Setting::Set(text) if !text.is_empty() => Some(Dirs::of(settings, answers).conf.join(text)),
        Setting::Set(_) | Setting::Keep => None,
    }
}

/// Checks that containerd can make a CNI config from the file. A file that is not visible is reported, not judged.
pub(in crate::plan) fn check(cx: &PlanContext<'_>, live: Option<&str>) -> Result<Option<Finding>, Failure> {
    let Some(path) = file(cx.settings, &cx.node.answers) else { return Ok(None) };
    if live == Some(path.as_str()) {
        return Ok(None);
    }
    let why = match cx.node.file(&path) {
        Observed::Present(File { content: Content::Bytes(bytes), .. }) => {
            return match check_template(&path, bytes) {
                Ok(()) => Ok(None),
                Err(refusal) => Err(Failure::new(
                    FailureCode::ConfTemplateInvalid,
                    refusal.sentence(),
                    refusal.remedy.clone(),
                )),
            };
        }
        Observed::Absent if cx.node.in_container => {
            "it does not exist, or its directory is not mounted".to_owned()
        }
        Observed::Absent => {
            return Err(Failure::new(
                FailureCode::ConfTemplateMissing,
                format!(
                    "{path}, given with --conf-template, does not exist; containerd would fail at every pod CIDR"
                ),
                "write the template first, or leave --conf-template out",
            ));
        }
        Observed::Present(_) => "it was not read".to_owned(),
        Observed::Unknown(why) => why,
    };
    Ok(Some(Finding {
        code: install::TEMPLATE_UNCHECKED.name,
        severity: Severity::Warning,
        subject: path.to_string(),
        message: format!("{path} could not be checked as a template: {why}"),
        remedy: format!("mount {} from the host", path.parent()),
    }))
}
