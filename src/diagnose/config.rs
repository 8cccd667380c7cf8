//! Rules for containerd's config: its effective values, the settings that have no effect, and the live values.

use super::found::found;
use super::paths;
use super::settings::settings;
use super::version_line::with_version;
use super::view::{View, of_containerd};
use crate::containerd::{self, Effective, Sourced};
use crate::node::{HostPath, LiveValues};
use crate::report::Located;
use crate::report::codes::check::{
    CONFIG_ELSEWHERE, KEYS_IGNORED, LIVE_OLDER, OVERRIDDEN, SANDBOX_IMAGE_LOST, VALUES_LOST,
};

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    let Some(main) = &view.config else { return Vec::new() };
    let mut findings: Vec<Located> = elsewhere(view, main).into_iter().collect();
    match &view.effective {
        // `comes_up` reports files that the release cannot read.
        None | Some(Err(_)) => {}
        Some(Ok(values)) => {
            findings.extend(lost(view, main));
            findings.extend(ignored(view, main));
            findings.extend(overridden(view, main, values));
            if let Some(status) = view.status() {
                findings.extend(older(view, main, values, &status.live));
            }
        }
    }
    findings
}

fn elsewhere(view: &View<'_>, main: &HostPath) -> Option<Located> {
    let known = view.service().and_then(|service| service.config.as_ref()) == Some(main);
    let other = main.as_str() != paths::DEFAULT_CONFIG && view.stamp(paths::DEFAULT_CONFIG).is_some();
    (known && other).then(|| {
        found(
            &CONFIG_ELSEWHERE,
            main,
            format!(
                "the running containerd was started with {main}, so {} has no effect",
                paths::DEFAULT_CONFIG
            ),
            String::new(),
        )
    })
}

fn lost(view: &View<'_>, main: &HostPath) -> Vec<Located> {
    let mut findings = Vec::new();
    for ignored_settings in containerd::lost(&of_containerd(view.node, main), view.release()) {
        let by = ignored_settings.by.as_ref().unwrap_or(main);
        let (images, others): (Vec<String>, Vec<String>) = ignored_settings
            .keys
            .into_iter()
            .partition(|key| key.ends_with("sandbox_image") || key.ends_with("pinned_images.sandbox"));
        let remedy = |keys: &[String]| {
            format!(
                "# write {} into {by} as well, in the same table, then: {}",
                keys.join(", "),
                view.restart()
            )
        };
        if !images.is_empty() {
            findings.push(found(
                &SANDBOX_IMAGE_LOST,
                by,
                format!(
                    "{main} sets the sandbox image, but {by} replaces the whole table, so containerd pulls its \
                     default from registry.k8s.io; without access to that registry no pod starts"
                ),
                remedy(&images),
            ));
        }
        if !others.is_empty() {
            findings.push(found(
                &VALUES_LOST,
                by,
                format!(
                    "{main} sets {}, but {by} replaces the whole table: containerd uses its defaults for \
                    these (containerd#5837)",
                    others.join(", ")
                ),
                remedy(&others),
            ));
        }
    }
    findings
}

fn ignored(view: &View<'_>, main: &HostPath) -> Vec<Located> {
    let release = view.release();
    let who = release
        .map_or_else(|| "no containerd".to_owned(), |release| format!("containerd {release} does not"));
    let who = if release.is_some() { who } else { format!("{who} does") };
    containerd::ignored(&of_containerd(view.node, main), release)
        .into_iter()
        .map(|ignored_settings| {
            found(
                &KEYS_IGNORED,
                &ignored_settings.file,
                format!(
                    "{} sets {} under names that {who} read with this version of the file, so containerd uses \
                     its defaults",
                    ignored_settings.file,
                    ignored_settings.keys.join(", ")
                ),
                of_version(view, main, &ignored_settings.file).unwrap_or_else(|| {
                    format!(
                        "containerd --config {} config migrate   # shows the names that this release reads",
                        view.word(&ignored_settings.file)
                    )
                }),
            )
        })
        .collect()
}

/// The command that adds the missing version, if the release then reads every setting.
fn of_version(view: &View<'_>, main: &HostPath, file: &HostPath) -> Option<String> {
    let (command, changed) = with_version(view.text(file)?)?;
    let mut files = of_containerd(view.node, main);
    files.files.insert(file.clone(), Some(changed.into_bytes()));
    let is_read = containerd::effective(&files, view.release()).is_ok();
    (is_read && containerd::ignored(&files, view.release()).is_empty())
        .then(|| view.then_restart(&command.replace("FILE", &view.word(file))))
}

/// Values of the main file that a drop-in overrides.
fn overridden(view: &View<'_>, main: &HostPath, values: &Effective) -> Vec<Located> {
    let alone = containerd::alone(&of_containerd(view.node, main));
    let Ok(alone) = containerd::effective(&alone, view.release()) else { return Vec::new() };
    let numbers = (text(values.max_conf_num.as_ref()), text(alone.max_conf_num.as_ref()));
    let templates = (text(values.conf_template.as_ref()), text(alone.conf_template.as_ref()));
    let dirs = (text(values.conf_dir.as_ref()), text(alone.conf_dir.as_ref()));
    [("max_conf_num", numbers), ("conf_template", templates), ("conf_dir", dirs)]
        .into_iter()
        .filter_map(|(key, (now, before))| {
            let ((now, file), (before, _)) = (now?, before?);
            (file != *main && now != before).then(|| {
                found(
                    &OVERRIDDEN,
                    &file,
                    format!("{file} overrides {key} = {before} of {main} with {now}"),
                    format!("grep -n {key} {} {}", view.word(&file), view.word(main)),
                )
            })
        })
        .collect()
}

fn text<T: std::fmt::Display>(value: Option<&Sourced<T>>) -> Option<(String, HostPath)> {
    value.map(|value| (value.value.to_string(), value.file.clone()))
}

/// Live values that differ from the files: containerd reads them only at its start.
fn older(view: &View<'_>, main: &HostPath, values: &Effective, live: &LiveValues) -> Option<Located> {
    let settings = settings(Some(values), Some(live));
    let differ: Vec<String> = settings
        .iter()
        .filter(|setting| setting.differs())
        .map(|setting| {
            let (live, file) = (setting.live.as_deref().unwrap_or_default(), setting.in_files());
            let file = file.unwrap_or_default();
            // An empty path is only seen in quotes.
            match setting.key {
                "conf_template" => format!("conf_template is {live:?} and should be {file:?}"),
                key => format!("{key} is {live} and should be {file}"),
            }
        })
        .collect();
    (!differ.is_empty()).then(|| {
        found(
            &LIVE_OLDER,
            main,
            format!(
                "containerd runs with other values than {main} has, because it reads the file only at its start: {}",
                differ.join("; ")
            ),
            view.restart(),
        )
    })
}
