//! What the host's own containerd makes of a config that is not yet published.

use crate::host::Root;
use crate::host::dump::{Candidate, dump};
use crate::node::{DryLoad, HostPath, Observed, Service};

/// Has the host's containerd read the candidate, main file first. Imports are read from where they lie; a candidate
/// that has other files changed as well, or imports that are relative to its own place, is read at its own place.
pub(super) fn dry_load(
    root: &Root,
    service: Option<&Service>,
    files: Vec<(HostPath, Vec<u8>)>,
) -> Observed<DryLoad> {
    let alone = match &files[..] {
        [] => return Observed::Absent,
        [(main, bytes)] if !crate::containerd::has_relative_imports(bytes) => {
            Some((main.clone(), bytes.clone()))
        }
        _ => None,
    };
    let candidate = match alone {
        Some((main, bytes)) => Candidate::Stdin(main, bytes),
        None => Candidate::InPlace(files),
    };
    // Another containerd that lies about is another release, or Docker's: its verdict is none.
    let Some(binary) = service.and_then(binary) else {
        return Observed::Present(DryLoad::Unavailable(
            "where the running containerd's program lies is not known".to_owned(),
        ));
    };
    Observed::Present(dump(root, binary, &candidate))
}

/// The program of the containerd that runs. One that is brought by another daemon (k3s, k0s, microk8s) is known only where
/// its process is seen.
fn binary(service: &Service) -> Option<&str> {
    service.argv.first().map(String::as_str).filter(|program| program.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_program_that_runs_is_asked() {
        let of = |argv: &[&str]| {
            let argv = argv.iter().map(|word| (*word).to_owned()).collect();
            binary(&Service { argv, ..Service::default() }).map(str::to_owned)
        };
        assert_eq!(of(&["/opt/bin/containerd", "-c", "/x"]).as_deref(), Some("/opt/bin/containerd"));
        assert_eq!(of(&["containerd", "-c", "/x"]), None);
        assert_eq!(of(&[]), None);
    }
}
