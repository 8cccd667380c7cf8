//! The program's aims and the measured figures, in one run: `cargo bench`.
//!
//! It measures the released binary (`scripts/build-static`), on scratch host roots without a runtime, and with root
//! on a real node (tests/node/README.md; `CNI_BOOTSTRAP_BENCH_ONLY=gap` measures nothing else, and
//! `CNI_BOOTSTRAP_BENCH_RELEASE="1.6 1.7 2.1"` names the containerd releases). The scratch roots are
//! in `CNI_BOOTSTRAP_BENCH_DIR`, else in `target/`, and for comparison in memory (`/dev/shm`): the difference is the
//! disk's share.

// The lints are for the program. A benchmark may panic, read files and the clock, and start processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::print_stdout)]

mod disk;
mod figures;
mod gap;
mod latency;
mod lint;
mod peer;
mod phases;
mod rerun;
mod scratch;
mod size;

#[path = "../../tests/node/cri.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod cri;
#[path = "../../tests/node/network.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod network;
#[path = "../../tests/node/node.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod node;
#[path = "../../tests/node/pod.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod pod;
#[path = "../../tests/node/program.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod program;
#[path = "../../tests/node/rig.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod rig;
#[path = "../../tests/node/systemd.rs"]
#[allow(dead_code, reason = "the node tier uses the rest")]
mod systemd;

use std::path::{Path, PathBuf};

fn main() {
    let program = size::build();
    if std::env::var("CNI_BOOTSTRAP_BENCH_ONLY").as_deref() == Ok("gap") {
        return gap::measure(&program);
    }
    if std::env::var("CNI_BOOTSTRAP_BENCH_ONLY").as_deref() == Ok("lint") {
        return lint::measure(&program, &target());
    }
    println!(
        "\nLoad of this machine (1, 5, 15 minutes): {}; what else runs on it is in every figure",
        disk::load()
    );
    let disk = std::env::var_os("CNI_BOOTSTRAP_BENCH_DIR").map_or_else(target, PathBuf::from);

    println!(
        "\nFrom the last byte of the primary to the published chain, {} trials (aim: p99 under 10 ms)",
        trials(200)
    );
    let memory = Some(PathBuf::from("/dev/shm")).filter(|path| path.is_dir());
    for place in [Some(disk.clone()), memory].into_iter().flatten() {
        println!("  {}", disk::describe(&place));
        println!("    cni-bootstrap        {}", latency::measure(&program, &place, trials(200)));
    }
    println!("  a peer: jq and mv in a shell loop that looks every 2 s");
    println!("    jq-and-mv            {}", peer::measure(&disk, 10));

    println!(
        "\nFrom the primary in containerd to the chain in it, on a real node, {} trials each",
        trials(20)
    );
    gap::measure(&program);

    println!("\nA run with nothing to do (aims: under 10 ms, under 8 MB, 0 changes)");
    rerun::measure(&program, &disk);

    println!("\n`lint` on large inputs (aim: less than 10 times the input's size in memory)");
    lint::measure(&program, &disk);

    println!("\nThe binary (aim: under 5 MB)");
    size::tell(&program);
}

/// The number of trials: `CNI_BOOTSTRAP_BENCH_TRIALS`, else `usual`.
fn trials<N: std::str::FromStr>(usual: N) -> N {
    std::env::var("CNI_BOOTSTRAP_BENCH_TRIALS").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// cargo's build directory: it is ignored by git, and on a disk.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).to_owned()
}
