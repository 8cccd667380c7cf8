//! Names of temporary files.

/// The name of a new file before it is renamed to the target.
///
/// The name depends only on the target's name, so a later run finds from the record what a killed run left behind.
/// The file lies in the target's directory, because containerd does not see a rename from another one
/// (`containerd#11715`). go-cni does not load its extension: go-cni looks at the last extension only, also of hidden
/// files (go-cni `opts.go`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TempName(String);

const SUFFIX: &str = ".cni-bootstrap-tmp";

impl TempName {
    /// The temporary name for the file called `target`.
    pub fn of(target: &str) -> Self {
        // Linux file systems allow names of 255 bytes; the target's name is no longer than that.
        let keep =
            target.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= 200).last();
        Self(format!(".{}{SUFFIX}", &target[..keep.unwrap_or(0)]))
    }

    /// The name of the reserve of a config file called `target`: it keeps the bytes that a rollback puts back. `None` if
    /// the name would be cut, because `roll-back.sh` does not cut it.
    pub fn reserve_of(target: &str) -> Option<Self> {
        let name = format!("{target}.before");
        let whole = Self(format!(".{name}{SUFFIX}"));
        (Self::of(&name) == whole).then_some(whole)
    }

    /// True if `name` is a temporary name.
    pub fn is(name: &str) -> bool {
        name.ends_with(SUFFIX)
    }

    /// The name as text.
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

    #[test]
    fn a_reserve_has_a_name_of_its_own_or_none() {
        let reserve = TempName::reserve_of("config.toml").unwrap();
        assert_eq!(reserve.as_str(), ".config.toml.before.cni-bootstrap-tmp");
        assert!(TempName::is(reserve.as_str()));
        assert_eq!(TempName::reserve_of(&"x".repeat(194)), None);
        assert_ne!(TempName::reserve_of(&"x".repeat(193)), Some(TempName::of(&"x".repeat(193))));
    }
}
