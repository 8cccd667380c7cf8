//! Writes the image's bill of materials (CycloneDX 1.5) and the licence texts of every crate that is linked into it.
//!
//! What it reads is what cargo itself says: `cargo metadata --filter-platform TARGET` and `Cargo.lock`.
//! Same input, same bytes: no clock, no random serial number.

#![allow(clippy::disallowed_methods, reason = "a tool of the build, not a part of the program")]

mod graph;
mod licences;
mod sbom;

use std::collections::BTreeMap;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bill: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let options: BTreeMap<&str, &str> = args
        .chunks(2)
        .map(|pair| match pair {
            [name, value] => Ok((name.trim_start_matches("--"), value.as_str())),
            _ => Err(format!("{pair:?} has no value")),
        })
        .collect::<Result<_, _>>()?;
    let option = |name: &str| options.get(name).copied().ok_or(format!("--{name} is missing"));

    let metadata = serde_json::from_str(&read(option("metadata")?)?).map_err(|e| format!("metadata: {e}"))?;
    let graph = graph::Graph::of(&metadata)?;
    let checksums = graph::checksums(&read(option("lock")?)?);
    let epoch = option("epoch")?.parse().map_err(|e| format!("--epoch: {e}"))?;
    let build = sbom::Build { target: option("target")?, rustc: option("rustc")?, epoch };

    write(option("sbom")?, &sbom::document(&graph, &checksums, &build))?;
    write(option("licenses")?, &licences::texts(&graph, &build)?)
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))
}

fn write(path: &str, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|e| format!("{path}: {e}"))
}
