//! What the host's own containerd makes of a config that is not yet published.

use crate::host::Root;
use crate::host::dump::{Candidate, dump};
use crate::node::{DryLoad, HostPath, Service, Sight};

/// Has the host's containerd read the candidate, main file first. Imports are read from where they lie; a candidate
/// that has other files changed as well, or imports that are relative to its own place, is read at its own place.
pub(super) fn dry_load(
    root: &Root,
    service: Option<&Service>,
    files: Vec<(HostPath, Vec<u8>)>,
) -> Sight<DryLoad> {
    let alone = match &files[..] {
        [] => return Sight::Absent,
        [(main, bytes)] if !crate::containerd::has_relative_imports(bytes) => {
            Some((main.clone(), bytes.clone()))
        }
        _ => None,
    };
    let candidate = match alone {
        Some((main, bytes)) => Candidate::Stdin(main, bytes),
        None => Candidate::InPlace(files),
    };
    let binary = service.and_then(|service| service.argv.first()).filter(|argv| argv.starts_with('/'));
    Sight::Seen(dump(root, binary.map_or("/usr/bin/containerd", String::as_str), &candidate))
}
