//! The runtime's config: each value with the file and the line that decide it, and the live one.

use crate::containerd::Sourced;
use crate::diagnose::settings::settings;
use crate::diagnose::view::View;
use crate::node::HostPath;
use crate::report::status::{Config, ConfigValue};

pub(super) fn config(view: &View<'_>) -> Option<Config> {
    let live = view.status().map(|status| &status.live);
    let path = view.config.as_ref().filter(|path| view.node.bytes(path).is_some() || live.is_some())?;
    let values = view.values();
    let refused = match &view.effective {
        Some(Err(refusal)) => Some(refusal.sentence()),
        Some(Ok(_)) => None,
        None => Some(format!("{path} could not be read")),
    };
    let files = values.map(|values| values.files.as_slice()).unwrap_or_default();
    let files = if files.is_empty() { std::slice::from_ref(path) } else { files };
    let mut shown = Vec::new();
    if let Some(disabled) = values.and_then(|values| values.cri_disabled.as_ref()) {
        shown.push(ConfigValue {
            key: "disabled_plugins".to_owned(),
            file: Some(disabled.value.clone()),
            place: Some(disabled.place()),
            live: None,
            differs: false,
        });
    }
    if values.is_some() || live.is_some() {
        shown.extend(settings(values, live).into_iter().map(|setting| ConfigValue {
            key: setting.key.to_owned(),
            place: setting.file.as_ref().map(Sourced::place),
            differs: setting.differs(),
            file: setting.file.map(|file| file.value),
            live: setting.live,
        }));
    }
    Some(Config {
        path: path.as_str().to_owned(),
        files: files.iter().map(HostPath::to_string).collect(),
        refused,
        values: shown,
    })
}
