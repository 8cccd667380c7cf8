//! The manifests that `lint` reads.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A little more than the limit of `lint`, so that it can report a file as too large.
const LARGEST: u64 = (64 << 20) + 1;

/// A file, or every `*.yaml`, `*.yml` and `*.json` file in a directory and below it, in the order of their paths,
/// each with its path as text. Hidden names are skipped (a mounted ConfigMap has its files there a second time), and
/// so are links to directories.
pub fn below(path: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    if fs::metadata(path)?.is_dir() {
        walk(path, &mut files)?;
    } else {
        files.push(path.to_owned());
    }
    files.into_iter().map(|file| Ok((file.to_string_lossy().into_owned(), whole(&file)?))).collect()
}

/// All of standard input.
pub fn standard_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
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

fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    File::open(path).map_err(named)?.take(LARGEST).read_to_end(&mut bytes).map_err(named)?;
    Ok(bytes)
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
        let texts: Vec<&str> = found.iter().map(|(_, bytes)| std::str::from_utf8(bytes).unwrap()).collect();
        assert_eq!(texts, ["a.yml", "b/d.json", "c.yaml"]);
        assert_eq!(below(&at("b/notes.txt")).unwrap()[0].1, b"b/notes.txt");
        assert!(below(&at("absent.yaml")).is_err());
    }
}
