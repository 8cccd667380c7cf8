//! Parses values of options that are more than a word.
#![allow(clippy::disallowed_methods, reason = "the command line's half that lies in the environment")]

use std::io::Read;

use crate::distro;
use crate::node::{HostPath, Listen};
use crate::plan::{BinaryInput, CgroupSetting, PluginInput, Setting, VerifyLevel};
use crate::report::{Failure, FailureCode};

/// The values on the command line, else the lines of the environment variable.
fn repeated(typed: &[String], variable: &str) -> Vec<String> {
    if !typed.is_empty() {
        return typed.to_vec();
    }
    let lines = std::env::var(variable).unwrap_or_default();
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// True if an environment variable has a value.
pub(super) fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !value.trim().is_empty())
}

/// Parses `--plugin`. Standard input is read here, once.
pub(super) fn plugins(typed: &[String]) -> Result<Vec<PluginInput>, Failure> {
    repeated(typed, "CNI_BOOTSTRAP_PLUGIN")
        .into_iter()
        .map(|text| match text.strip_prefix('@') {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map_err(|error| {
                    Failure::new(
                        FailureCode::StandardInputUnreadable,
                        format!("--plugin @-: standard input: {error}"),
                        "give the object itself, or @FILE",
                    )
                })?;
                Ok(PluginInput::Json(text))
            }
            Some(path) => Ok(PluginInput::File(path.to_owned())),
            None => Ok(PluginInput::Json(text)),
        })
        .collect()
}

/// The longest text of `--why -` that is kept, in bytes. Of a longer one the end is kept: the last message is the newest.
const LONGEST_WORDS: usize = 1 << 20;

/// Parses `--why`. Standard input is read here, once.
pub(super) fn words(typed: String) -> Result<String, Failure> {
    if typed != "-" {
        return Ok(typed);
    }
    let bytes = end_of(&mut std::io::stdin().lock(), LONGEST_WORDS).map_err(|error| {
        Failure::new(
            FailureCode::StandardInputUnreadable,
            format!("--why -: standard input: {error}"),
            "give the message itself",
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last `most` bytes of a text of any length, in memory for twice as many.
fn end_of(text: &mut impl Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut end = Vec::new();
    let most_read = u64::try_from(most).unwrap_or(u64::MAX);
    while text.by_ref().take(most_read).read_to_end(&mut end)? > 0 {
        end.drain(..end.len().saturating_sub(most));
    }
    Ok(end)
}

/// `--verify`.
pub(super) fn verify(text: &str) -> Result<VerifyLevel, String> {
    match text {
        "loaded" => Ok(VerifyLevel::Loaded),
        "pod" => Ok(VerifyLevel::Pod { forced: false }),
        "pod!" => Ok(VerifyLevel::Pod { forced: true }),
        _ => Err("write loaded, pod or pod!".to_owned()),
    }
}

/// `--pod` of `check`: a switch, or `force`.
pub(super) fn pod(text: &str) -> Result<VerifyLevel, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(VerifyLevel::Pod { forced: false }),
        "force" => Ok(VerifyLevel::Pod { forced: true }),
        "" | "0" | "false" | "no" | "off" => Ok(VerifyLevel::Loaded),
        _ => Err("write --pod or --pod=force".to_owned()),
    }
}

/// `--listen`.
pub(super) fn listen(typed: &[String]) -> Result<Vec<Listen>, Failure> {
    let parse = |text: &String| {
        text.parse().map_err(|error| {
            let sentence = format!("--listen: {error}");
            Failure::new(FailureCode::CommandLineInvalid, sentence, "see cni-bootstrap watch --help")
        })
    };
    repeated(typed, "CNI_BOOTSTRAP_LISTEN").iter().map(parse).collect()
}

/// `--install-bin`.
pub(super) fn binaries(typed: &[String]) -> Result<Vec<BinaryInput>, Failure> {
    repeated(typed, "CNI_BOOTSTRAP_INSTALL_BIN").iter().map(|text| binary(text)).collect()
}

fn binary(text: &str) -> Result<BinaryInput, Failure> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) if !name.contains('/') => (Some(name.to_owned()), path),
        _ => (None, text),
    };
    let bad_name = name.as_deref().is_some_and(|name| name.is_empty() || name == "." || name == "..");
    if path.is_empty() || bad_name {
        return Err(Failure::new(
            FailureCode::InstallBinInvalid,
            format!("--install-bin {text:?} is not [NAME=]PATH"),
            "write NAME=/path/of/binary",
        ));
    }
    Ok(BinaryInput { name, path: path.to_owned() })
}

/// `--runtime-endpoint`.
pub(super) fn endpoints(typed: Option<&str>) -> Result<Vec<HostPath>, Failure> {
    let Some(uri) = typed else {
        return Ok(distro::sockets().into_iter().map(HostPath::known).collect());
    };
    let path = uri.strip_prefix("unix://").unwrap_or(uri);
    HostPath::new(path).map(|path| vec![path]).map_err(|error| {
        Failure::new(
            FailureCode::RuntimeEndpointInvalid,
            format!("--runtime-endpoint {uri:?}: {error}"),
            "write unix:///run/containerd/containerd.sock",
        )
    })
}

/// `--conf-mode`: octal.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text.trim_start_matches("0o"), 8) {
        Ok(mode) if mode & !0o666 == 0 => Ok(mode),
        Ok(_) => Err("a conflist must not be executable or setuid; write it like 0600".to_owned()),
        Err(_) => Err("write it in octal, like 0600 or 0644".to_owned()),
    }
}

/// `--max-conf-num`.
pub(super) fn max_conf_num(text: &str) -> Result<Setting<i64>, String> {
    match text {
        "keep" => Ok(Setting::Keep),
        number => number.parse().map(Setting::Set).map_err(|_| "write a number, or keep".to_owned()),
    }
}

/// `--conf-template`.
pub(super) fn conf_template(text: &str) -> Result<Setting<String>, String> {
    match text {
        "keep" => Ok(Setting::Keep),
        "none" | "" => Ok(Setting::Set(String::new())),
        path if path.starts_with('/') || !path.contains('/') => Ok(Setting::Set(path.to_owned())),
        _ => Err("write an absolute path, a file name in the conf dir, none or keep".to_owned()),
    }
}

/// `--systemd-cgroup`.
pub(super) fn systemd_cgroup(text: &str) -> Result<CgroupSetting, String> {
    match text {
        "keep" => Ok(CgroupSetting::Keep),
        "auto" => Ok(CgroupSetting::Auto),
        flag => {
            flag.parse().map(CgroupSetting::Set).map_err(|_| "write auto, true, false or keep".to_owned())
        }
    }
}

/// `--sandbox-image`.
pub(super) fn sandbox_image(text: &str) -> Result<Setting<String>, String> {
    match text {
        "keep" => Ok(Setting::Keep),
        image if image.is_empty() || image.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Err("write an image reference, like registry.k8s.io/pause:3.10, or keep".to_owned())
        }
        image => Ok(Setting::Set(image.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_before_a_path_is_a_file_name() {
        let named = binary("antrea=/staging/antrea-cni").unwrap();
        assert_eq!((named.name.as_deref(), named.path.as_str()), (Some("antrea"), "/staging/antrea-cni"));
        let odd = binary("/staging/a=b").unwrap();
        assert_eq!((odd.name, odd.path.as_str()), (None, "/staging/a=b"));
        for text in ["", "x=", "=/x", "..=/x"] {
            assert!(binary(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn modes_and_settings_read_as_people_write_them() {
        assert_eq!(mode("0600").unwrap(), 0o600);
        assert_eq!(mode("644").unwrap(), 0o644);
        assert!(mode("0755").is_err() && mode("rw").is_err());
        assert_eq!(max_conf_num("keep").unwrap(), Setting::Keep);
        assert_eq!(max_conf_num("-1").unwrap(), Setting::Set(-1));
        assert_eq!(conf_template("none").unwrap(), Setting::Set(String::new()));
        assert!(conf_template("a/b").is_err());
        assert_eq!(systemd_cgroup("auto").unwrap(), CgroupSetting::Auto);
        assert_eq!(systemd_cgroup("false").unwrap(), CgroupSetting::Set(false));
        assert!(
            systemd_cgroup("yes").is_err() && sandbox_image("").is_err() && sandbox_image("a b").is_err()
        );
    }

    #[test]
    fn an_endpoint_is_a_unix_socket() {
        assert_eq!(endpoints(Some("unix:///run/x.sock")).unwrap(), [HostPath::known("/run/x.sock")]);
        assert!(endpoints(Some("tcp://1.2.3.4:5")).is_err());
        let usual = endpoints(None).unwrap();
        assert_eq!(usual.last(), Some(&HostPath::known("/run/crio/crio.sock")));
        assert_eq!(usual.len(), 5);
    }
}
