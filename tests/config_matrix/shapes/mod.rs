//! The shapes: small config files, both usual ones and odd ones.

mod imports;
mod older;
mod refused;
mod spelled;
mod split;
mod version2;

use std::process::Command;

use cni_bootstrap::node::Release;

use crate::binaries::Containerd;

/// The placeholder for the directory of the config.
pub(crate) const DIR: &str = "@DIR@";

/// One shape, and its expected result on containerd 1.6, 1.7 and 2.x: "pass", or a part of the refusal's message.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// Names relative to the directory of the config; the main file is `config.toml`.
    files: &'static [(&'static str, &'static str)],
    expect: [&'static str; 3],
    /// True if CRI must not be enabled.
    pub(crate) keep_disabled: bool,
    own_default: bool,
}

impl Shape {
    pub(crate) fn expected(&self, release: Release) -> &'static str {
        match (release.major, release.minor) {
            (1, 6) => self.expect[0],
            (1, _) => self.expect[1],
            _ => self.expect[2],
        }
    }

    /// The files' names and texts.
    pub(crate) fn files(&self, containerd: &Containerd) -> Vec<(String, String)> {
        if self.own_default {
            let output = Command::new(&containerd.binary).args(["config", "default"]).output();
            let text =
                output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            return vec![("config.toml".to_owned(), text)];
        }
        self.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }
}

const fn main(
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    expect: [&'static str; 3],
) -> Shape {
    Shape { name, files, expect, keep_disabled: false, own_default: false }
}

const PASS: [&str; 3] = ["pass"; 3];

pub(crate) fn all() -> Vec<Shape> {
    let mut shapes = version2::shapes();
    shapes.extend(split::shapes());
    shapes.extend(older::shapes());
    shapes.extend(imports::shapes());
    shapes.extend(spelled::shapes());
    shapes.extend(refused::shapes());
    shapes
}
