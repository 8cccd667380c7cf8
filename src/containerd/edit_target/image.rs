//! Operating systems that own containerd's config, recognised by the file's path and by `os-release`.

use super::super::imports::{ConfigFiles, Request};
use super::super::patch::RuntimeConfig;
use super::super::refusal::Refusal;
use super::by_hand;
use super::target::{EditTarget, text};
use crate::distro::{self, DISTROS, Distro, Edit};
use crate::node::HostPath;
use crate::node::Release;

/// A link to `/usr/lib/os-release` on most systems (os-release(5)).
const OS_RELEASE: &str = "/etc/os-release";
/// What a drop-in of containerd's unit says, where the distribution is not known.
const ANY_UNIT: &str = "[Service], an empty ExecStart= and then the ExecStart= of the unit with --config \
                        /etc/containerd/config.toml";

pub(super) fn surroundings() -> Vec<Request> {
    let marks = at_boot().map(|(mark, _)| Request::Directory(mark));
    marks.chain([Request::File(HostPath::known(OS_RELEASE))]).collect()
}

/// The directories that only images have which write the config at each boot, and what writes it there.
fn at_boot() -> impl Iterator<Item = (HostPath, &'static str)> {
    DISTROS.into_iter().flat_map(|distro| {
        let Edit::UntilBoot(writer) = distro.edit else { return Vec::new() };
        distro.marks.iter().map(|mark| (HostPath::known(mark), writer)).collect()
    })
}

pub(super) fn edit_target(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<EditTarget, Refusal> {
    let config = &around.main;
    let lines = by_hand::lines(runtime_config, release);
    for distro in DISTROS {
        if let Edit::Built { tree, why, instead } = distro.edit
            && config.is_within(&HostPath::known(tree))
        {
            return Err(Refusal::new(config, why, format!("set {lines} in {instead}")));
        }
    }
    let os = distro::by_os(os(around));
    if config.is_within(&HostPath::known("/usr")) && !config.is_within(&HostPath::known("/usr/local")) {
        return Err(in_usr(config, &lines, os));
    }
    match os.map(|distro| (distro.name, &distro.edit)) {
        Some((name, Edit::Api { why, sandbox_image })) => {
            return Err(Refusal::new(config, *why, by_api(name, sandbox_image, runtime_config, &lines)));
        }
        Some((_, Edit::UntilBoot(writer))) => return Ok(EditTarget::UntilBoot(writer)),
        _ => {}
    }
    let seen = |mark: &HostPath| around.listings.get(mark).is_some_and(Option::is_some);
    let writer = at_boot().find(|(mark, _)| seen(mark));
    Ok(writer.map_or(EditTarget::Plain, |(_, writer)| EditTarget::UntilBoot(writer)))
}

fn in_usr(config: &HostPath, lines: &str, os: Option<&Distro>) -> Refusal {
    let drop_in = match os.map(|distro| &distro.edit) {
        Some(Edit::Image { drop_in }) => drop_in,
        _ => ANY_UNIT,
    };
    Refusal::new(
        config,
        "it lies in /usr, which belongs to the system's image: it is read-only, or an upgrade replaces it",
        format!(
            "cp {config} /etc/containerd/config.toml; set {lines} in the copy; systemctl edit containerd, with {drop_in}; \
             systemctl restart containerd"
        ),
    )
}

/// What a person types where an API writes the config.
fn by_api(name: &str, sandbox_image: &str, runtime_config: &RuntimeConfig, lines: &str) -> String {
    match &runtime_config.sandbox_image {
        Some(image) => format!("{sandbox_image}{image}; {name}'s API has no other setting for {lines}"),
        None => {
            format!("{name}'s API has no setting for {lines}: leave the value as it is (--max-conf-num keep)")
        }
    }
}

/// The `ID` of os-release.
fn os(around: &ConfigFiles) -> &str {
    let ids = text(around, &HostPath::known(OS_RELEASE)).unwrap_or_default().lines();
    ids.filter_map(|line| line.strip_prefix("ID=")).next_back().unwrap_or_default().trim_matches(['"', '\''])
}
