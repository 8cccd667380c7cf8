//! The manifests that `lint` reads.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::progress::Progress;

/// A little more than the limit of `lint`, so that it can report a file as too large.
const LARGEST: u64 = (1 << 30) + 1;
/// The bytes that are read at once.
const PIECE: u64 = 4 << 20;

/// A file, or every `*.yaml`, `*.yml` and `*.json` file in a directory and below it, in the order of their
/// paths. Hidden names are skipped (a mounted ConfigMap has its files there a second time), and
/// so are links to directories.
pub fn below(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if fs::metadata(path)?.is_dir() {
        walk(path, &mut files)?;
    } else {
        files.push(path.to_owned());
    }
    Ok(files)
}

/// All of standard input.
pub fn standard_input(progress: &Progress) -> io::Result<Vec<u8>> {
    in_pieces(&mut io::stdin().lock(), 0, progress)
}

/// All of a file.
pub fn whole(path: &Path, progress: &Progress) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    in_pieces(&mut file, size, progress)
}

/// The size of a file, if it is known.
pub fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.len())
}

/// Reads up to the limit of `lint`. With a known size the memory is not grown in steps, which would take twice as much.
fn in_pieces(from: &mut impl Read, size: u64, progress: &Progress) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(LARGEST)).unwrap_or(0));
    while (bytes.len() as u64) < LARGEST {
        let most = PIECE.min(LARGEST - bytes.len() as u64);
        let count = from.by_ref().take(most).read_to_end(&mut bytes)?;
        if count == 0 {
            break;
        }
        progress.add(count as u64);
    }
    Ok(bytes)
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", directory.display()));
    let mut paths = fs::read_dir(directory)
        .map_err(named)?
        .map(|entry| Ok(entry.map_err(named)?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let extension = path.extension().and_then(|extension| extension.to_str());
        if hidden {
            continue;
        }
        if fs::symlink_metadata(&path)?.is_dir() {
            walk(&path, files)?;
        } else if matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_gives_its_manifests_in_order_and_a_file_itself() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("b/..data")).unwrap();
        for name in ["c.yaml", "a.yml", "b/d.json", "b/..data/d.json", "b/notes.txt", ".hidden.yaml"] {
            fs::write(at(name), name).unwrap();
        }
        std::os::unix::fs::symlink(dir.path(), at("b/loop")).unwrap();
        let found = below(dir.path()).unwrap();
        let read = |path: &PathBuf| whole(path, &Progress::new("read")).unwrap();
        let texts: Vec<_> = found.iter().map(read).collect();
        assert_eq!(texts, [&b"a.yml"[..], b"b/d.json", b"c.yaml"]);
        assert_eq!(below(&at("b/notes.txt")).unwrap(), [at("b/notes.txt")]);
        assert!(below(&at("absent.yaml")).is_err());
    }
}
