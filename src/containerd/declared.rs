//! What one config file says of itself, before anything is made of it.

use toml_edit::{Document, Item};

use super::fold::Folding;

/// What the file has under a key at its root; the release is not known, and the newest ones read it in any case.
fn item<'a>(document: &'a Document<String>, key: &str) -> Option<&'a Item> {
    let spelled = Folding::AnyCase.pick(key, document.iter().map(|(key, _)| key))?;
    document.get(spelled)
}

fn read(bytes: &[u8]) -> Option<Document<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.strip_prefix('\u{feff}').unwrap_or(text).parse().ok()
}

/// The `version` that a config file declares, 1 where it has none (containerd `config.go`); none if it is no TOML.
pub fn declared_version(bytes: &[u8]) -> Option<i64> {
    let document = read(bytes)?;
    Some(item(&document, "version").and_then(Item::as_integer).unwrap_or(1))
}

/// Whether a config file imports by paths that are relative to its own place.
pub fn has_relative_imports(bytes: &[u8]) -> bool {
    let Some(document) = read(bytes) else { return false };
    let imports = item(&document, "imports").and_then(Item::as_array);
    imports.into_iter().flatten().filter_map(toml_edit::Value::as_str).any(|path| !path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_version_is_version_one() {
        assert_eq!(declared_version(b"version = 3\n"), Some(3));
        assert_eq!(declared_version("\u{feff}version = 2".as_bytes()), Some(2));
        assert_eq!(declared_version(b""), Some(1));
        assert_eq!(declared_version(b"version ="), None);
    }

    #[test]
    fn imports_are_relative_or_not() {
        assert!(has_relative_imports(b"imports = [\"/etc/a.toml\", \"conf.d/*.toml\"]\n"));
        assert!(!has_relative_imports(b"imports = [\"/etc/a.toml\"]\n"));
        assert!(!has_relative_imports(b"version = 2\n"));
    }
}
