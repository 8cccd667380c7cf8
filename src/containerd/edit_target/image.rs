//! Operating systems that own containerd's config, recognised by the file's path and by `os-release`.

use super::super::imports::{ConfigFiles, Request};
use super::super::patch::RuntimeConfig;
use super::super::refusal::Refusal;
use super::by_hand;
use super::target::{EditTarget, text};
use crate::node::HostPath;
use crate::node::Release;

/// A link to `/usr/lib/os-release` on most systems (os-release(5)).
const OS_RELEASE: &str = "/etc/os-release";
/// Directories that show an image which writes the config at each boot.
const AT_BOOT: [(&str, &str); 2] = [
    ("/etc/eks", "Amazon's nodeadm (or bootstrap.sh)"),
    ("/opt/azure/containers", "the AKS node provisioning"),
];

pub(super) fn surroundings() -> Vec<Request> {
    let directories = AT_BOOT.iter().map(|(path, _)| Request::Directory(HostPath::known(path)));
    directories.chain([Request::File(HostPath::known(OS_RELEASE))]).collect()
}

pub(super) fn edit_target(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Result<EditTarget, Refusal> {
    let config = &around.main;
    let os = os(around);
    let lines = by_hand::lines(runtime_config, release);
    if config.is_within(&HostPath::known("/nix/store")) {
        return Err(Refusal::new(
            config,
            "it lies in the Nix store, which is read-only",
            format!("set {lines} in virtualisation.containerd.settings, then: nixos-rebuild switch"),
        ));
    }
    if config.is_within(&HostPath::known("/usr")) && !config.is_within(&HostPath::known("/usr/local")) {
        return Err(Refusal::new(
            config,
            "it lies in /usr, which belongs to the system's image: it is read-only, or an upgrade replaces it",
            format!(
                "cp {config} /etc/containerd/config.toml; set {lines} in the copy; systemctl edit containerd, with {}; \
                 systemctl restart containerd",
                if os == "flatcar" {
                    "[Service] and Environment=CONTAINERD_CONFIG=/etc/containerd/config.toml"
                } else {
                    "[Service], an empty ExecStart= and then the ExecStart= of the unit with --config \
                     /etc/containerd/config.toml"
                }
            ),
        ));
    }
    if os == "bottlerocket" {
        return Err(Refusal::new(
            config,
            "Bottlerocket writes it from its API's settings, so an edit is lost",
            bottlerocket(runtime_config, &lines),
        ));
    }
    if os == "cos" {
        return Ok(EditTarget::UntilBoot("Container-Optimized OS"));
    }
    let at_boot = AT_BOOT
        .iter()
        .find(|(path, _)| around.listings.get(&HostPath::known(path)).is_some_and(Option::is_some));
    Ok(at_boot.map_or(EditTarget::Plain, |(_, who)| EditTarget::UntilBoot(who)))
}

fn bottlerocket(runtime_config: &RuntimeConfig, lines: &str) -> String {
    match runtime_config {
        RuntimeConfig { sandbox_image: Some(image), .. } => {
            format!(
                "apiclient set settings.kubernetes.pod-infra-container-image={image}; Bottlerocket's API has no \
                 other setting for {lines}"
            )
        }
        _ => format!(
            "Bottlerocket's API has no setting for {lines}: leave the value as it is (--max-conf-num keep)"
        ),
    }
}

/// The `ID` of os-release.
fn os(around: &ConfigFiles) -> &str {
    let ids = text(around, &HostPath::known(OS_RELEASE)).unwrap_or_default().lines();
    ids.filter_map(|line| line.strip_prefix("ID=")).next_back().unwrap_or_default().trim_matches(['"', '\''])
}
