//! Scratch host roots, and the program on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The primary that arrives (Azure's).
pub(crate) const PRIMARY: &str = r#"{
   "cniVersion":"0.3.0",
   "name":"azure",
   "plugins":[
      {
         "type":"azure-vnet",
         "mode":"transparent",
         "ipsToRouteViaHost":["169.254.20.10"],
         "ipam":{
            "type":"azure-vnet-ipam"
         }
      },
      {
         "type":"portmap",
         "capabilities":{
            "portMappings":true
         },
         "snat":true
      }
   ]
}
"#;

/// A host root, removed on drop.
pub(crate) struct Scratch {
    root: tempfile::TempDir,
}

impl Scratch {
    /// A root with the plugins of the chain, where only the primary is missing.
    pub(crate) fn new(place: &Path) -> Self {
        let root = tempfile::Builder::new().prefix("bench-").tempdir_in(place).unwrap();
        let scratch = Self { root };
        // Directories of every host.
        for dir in ["etc/cni/net.d", "opt/cni/bin", "var/lib", "run"] {
            fs::create_dir_all(scratch.path(dir)).unwrap();
        }
        for plugin in ["azure-vnet", "azure-vnet-ipam", "portmap", "antrea"] {
            fs::copy(stand_in(), scratch.path("opt/cni/bin").join(plugin)).unwrap();
        }
        scratch
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub(crate) fn primary(&self) -> PathBuf {
        self.path("etc/cni/net.d/10-azure.conflist")
    }

    pub(crate) fn chain(&self) -> PathBuf {
        self.path("etc/cni/net.d/05-antrea.conflist")
    }

    /// `install` on this root.
    pub(crate) fn install(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .args(["install", "--runtime", "none", "--log-format", "text", "--host-root"])
            .arg(self.root.path())
            .args(["--plugin", r#"{"type":"antrea","ipam":{"type":"host-local"}}"#])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

/// A substitute for a plugin, linked statically so that it runs below an otherwise empty host root.
fn stand_in() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stand-in-plugin");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/stand-in-plugin.rs");
        let built = Command::new("rustc")
            .args(["--edition", "2024", "-O", "-Cstrip=symbols", "-Ctarget-feature=+crt-static", "-o"])
            .args([&out, &source])
            .status();
        assert!(built.expect("rustc").success(), "rustc could not build {}", source.display());
        out
    })
}
