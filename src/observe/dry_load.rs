//! Lets the host's containerd load a config that is not published yet.

use crate::host::Root;
use crate::host::dump::{Candidate, dump};
use crate::node::{DryLoad, HostPath, Observed, Service};

/// Lets the host's containerd load the candidate files, main file first. Imports are read at their own paths. If
/// other files change too, or imports are relative paths, containerd reads the candidate at its final path.
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
    // Another containerd binary on the host may be another release, or Docker's. Its verdict does not count.
    let Some(binary) = service.and_then(binary) else {
        return Observed::Present(DryLoad::Unavailable(
            "the path of the running containerd's binary is not known".to_owned(),
        ));
    };
    Observed::Present(dump(root, binary, &candidate))
}

/// The program of the running containerd. If another daemon brings its own (k3s, k0s, microk8s), only the running
/// process shows it.
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
