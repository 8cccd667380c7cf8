//! Names of temporary files.

/// The name under which a file is written before it is renamed to its own.
///
/// It is a function of the target's name, so that the temporary files that a killed run can leave are known from
/// the record alone. It lies in the target's directory (a rename from elsewhere is not seen by containerd:
/// `containerd#11715`) and ends in no extension that go-cni loads (hidden files are loaded too: only the last
/// extension counts, go-cni `opts.go`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TempName(String);

const SUFFIX: &str = ".cni-bootstrap-tmp";

impl TempName {
    /// The temporary name for the file called `target`.
    pub fn of(target: &str) -> Self {
        // 255 is the longest name that Linux file systems take; the target itself has at most that.
        let keep =
            target.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= 200).last();
        Self(format!(".{}{SUFFIX}", &target[..keep.unwrap_or(0)]))
    }

    /// Whether a name is one of these.
    pub fn is(name: &str) -> bool {
        name.ends_with(SUFFIX)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::TempName;

    #[test]
    fn no_runtime_loads_a_temporary_name() {
        for target in ["05-antrea.conflist", "10-a.conf", "x.json", "config.toml", &"é".repeat(120)] {
            let name = TempName::of(target);
            assert!(name.as_str().len() <= 255);
            let extension = name.as_str().rsplit('.').next();
            assert_eq!(extension, Some("cni-bootstrap-tmp"));
        }
    }
}
