//! The released binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds the binary, unless `CNI_BOOTSTRAP_BENCH_PROGRAM` names one.
pub(crate) fn build() -> PathBuf {
    if let Some(given) = std::env::var_os("CNI_BOOTSTRAP_BENCH_PROGRAM") {
        return std::fs::canonicalize(given).expect("CNI_BOOTSTRAP_BENCH_PROGRAM");
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    println!("building the binary that ships (scripts/build-static)");
    let built = Command::new(top.join("scripts/build-static")).stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "scripts/build-static failed, see above");
    top.join(String::from_utf8(built.stdout).unwrap().trim())
}

pub(crate) fn tell(program: &Path) {
    let bytes = u32::try_from(std::fs::metadata(program).unwrap().len()).expect("less than 4 GiB");
    println!("  {:.2} MB ({bytes} bytes), {}", f64::from(bytes) / 1_000_000.0, program.display());
}
