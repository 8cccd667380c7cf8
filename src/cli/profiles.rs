//! Profiles: the options of a known product on a known platform. Each stands below the command line and the
//! environment, so every value can be given otherwise.

use clap::{ArgMatches, Command};

/// The options that a profile stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    /// The name.
    pub name: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    /// The options, by their long names without dashes, each with its values.
    pub options: &'static [(&'static str, &'static [&'static str])],
}

/// All profiles, in the order of their names.
pub(super) const PROFILES: [Profile; 6] = [
    Profile {
        name: "antrea-aks",
        about: "Antrea in policy-only mode on AKS, chained behind the cloud's own network",
        options: &[
            ("plugin", &[r#"{"type":"antrea"}"#]),
            ("install-bin", &["antrea=/staging/antrea-cni"]),
            ("primary-timeout", &["0"]),
        ],
    },
    Profile {
        name: "antrea-eks",
        about: "Antrea in policy-only mode on EKS, chained behind the cloud's own network",
        options: &[
            ("plugin", &[r#"{"type":"antrea"}"#]),
            ("install-bin", &["antrea=/staging/antrea-cni"]),
            ("primary-timeout", &["0"]),
        ],
    },
    Profile {
        name: "antrea-gke",
        about: "Antrea as the primary on GKE; its list is staged where containerd does not look",
        options: &[
            ("plugin", &[r#"{"type":"antrea","ipam":{"type":"host-local"}}"#]),
            ("primary-dir", &["/run/antrea/primary"]),
            (
                "install-bin",
                &[
                    "antrea=/staging/antrea-cni",
                    "loopback=/staging/loopback",
                    "portmap=/staging/portmap",
                    "bandwidth=/staging/bandwidth",
                ],
            ),
            ("primary-timeout", &["0"]),
        ],
    },
    Profile {
        name: "calico",
        about: "Calico alone: the runtime loads its list and nothing else; nothing is chained",
        options: &[
            ("layout", &["none"]),
            ("primary", &["network=k8s-pod-network"]),
            ("max-conf-num", &["1"]),
            ("systemd-cgroup", &["auto"]),
            ("primary-timeout", &["0"]),
            ("on-failure", &["continue"]),
        ],
    },
    Profile {
        name: "calico-chained",
        about: "plugins (--plugin) chained behind Calico's list",
        options: &[
            ("layout", &["own-file"]),
            ("primary", &["network=k8s-pod-network"]),
            ("primary-timeout", &["0"]),
            ("on-failure", &["continue"]),
        ],
    },
    Profile {
        name: "portmap-bandwidth",
        about: "host ports and traffic shaping behind a network that brings neither",
        options: &[
            (
                "plugin",
                &[
                    r#"{"type":"portmap","capabilities":{"portMappings":true}}"#,
                    r#"{"type":"bandwidth","capabilities":{"bandwidth":true}}"#,
                ],
            ),
            ("owner", &["portmap-bandwidth"]),
        ],
    },
];

/// The names, for the help and the check of `--profile`.
pub(super) fn names() -> [&'static str; PROFILES.len()] {
    PROFILES.map(|profile| profile.name)
}

fn of(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The command with the profile's values in place of the defaults of the verb that was parsed. `is_set` tells if an
/// environment variable has a value: a list of the environment wins over a profile's as a single value does.
pub(super) fn with_profile(
    command: Command,
    matches: &ArgMatches,
    is_set: impl Fn(&str) -> bool,
) -> Option<Command> {
    let (verb, options) = matches.subcommand()?;
    let name = options.try_get_one::<String>("profile").ok().flatten()?;
    let profile = of(name)?;
    Some(command.mut_subcommand(verb, |mut verb| {
        for (option, values) in profile.options {
            let variable = format!("CNI_BOOTSTRAP_{}", option.to_ascii_uppercase().replace('-', "_"));
            let is_list = matches!(*option, "plugin" | "install-bin");
            if !(is_list && is_set(&variable)) {
                verb =
                    verb.mut_arg(option.replace('-', "_"), |arg| arg.default_values(values.iter().copied()));
            }
        }
        verb
    }))
}

/// The lines that `profiles` prints: all profiles.
pub(super) fn list() -> String {
    let width = names().map(str::len).into_iter().max().unwrap_or_default();
    let lines: Vec<String> =
        PROFILES.iter().map(|profile| format!("{:width$}  {}", profile.name, profile.about)).collect();
    lines.join("\n") + "\n"
}

/// The lines that `profiles NAME` prints: the options that it stands for, as a shell takes them.
pub(super) fn shown(name: &str) -> Option<String> {
    let profile = of(name)?;
    let lines = profile
        .options
        .iter()
        .flat_map(|(option, values)| values.iter().map(move |value| format!("--{option}={}", quoted(value))));
    Some(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// A value as a shell takes it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./".contains(c);
    if value.chars().all(plain) { value.to_owned() } else { format!("'{value}'") }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn every_profile_names_options_of_install() {
        let command = Cli::command();
        let install = command.find_subcommand("install").unwrap();
        let mut sorted = names();
        sorted.sort_unstable();
        assert_eq!(sorted, names(), "in the order of their names");
        for profile in PROFILES {
            for (option, values) in profile.options {
                let arg = install.get_arguments().find(|arg| arg.get_long() == Some(option));
                assert!(arg.is_some(), "{}: --{option}", profile.name);
                assert!(!values.is_empty() && values.iter().all(|value| !value.contains('\'')));
            }
        }
    }
}
