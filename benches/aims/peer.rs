//! The same job by a shell script in an init container: poll every two seconds, add the plugin with `jq`, `mv`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::figures::Figures;
use crate::latency::appears;
use crate::scratch::{PRIMARY, Scratch};

const SCRIPT: &str = r#"
cd "$1"
until jq -e .plugins 10-azure.conflist >/dev/null 2>&1; do sleep 2; done
jq '.plugins += [{"type":"antrea","ipam":{"type":"host-local"}}]' 10-azure.conflist >.chain
mv .chain 05-antrea.conflist
"#;

/// The script's figures, or the reason why there are none.
pub(crate) fn measure(place: &Path, trials: u32) -> String {
    if Command::new("jq").arg("--version").stdout(Stdio::null()).status().is_err() {
        return "not measured: jq is not installed".to_owned();
    }
    Figures::of((0..trials).map(|at| trial(place, at)).collect()).to_string()
}

fn trial(place: &Path, at: u32) -> Duration {
    let scratch = Scratch::new(place);
    let conf_dir = scratch.path("etc/cni/net.d");
    let mut shell = Command::new("sh").args(["-euc", SCRIPT, "sh"]).arg(conf_dir).spawn().unwrap();
    // At varying moments within the two seconds.
    sleep(Duration::from_millis(u64::from(300 + at * 700 % 2000)));
    let began = Instant::now();
    fs::write(scratch.primary(), PRIMARY).unwrap();
    let took = appears(&scratch.chain(), began);
    assert!(shell.wait().unwrap().success());
    took
}
