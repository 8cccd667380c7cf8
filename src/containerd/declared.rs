//! Values of a single config file, before files are merged.

use toml_edit::{Document, Item};

use super::fold::Folding;

/// The value of a key at the file's root. The release is not known; the newest ones read any case.
fn item<'a>(document: &'a Document<String>, key: &str) -> Option<&'a Item> {
    let spelled = Folding::AnyCase.pick(key, document.iter().map(|(key, _)| key))?;
    document.get(spelled)
}

fn read(bytes: &[u8]) -> Option<Document<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.strip_prefix('\u{feff}').unwrap_or(text).parse().ok()
}

/// The `version` in a config file, 1 if it has none (containerd `config.go`); `None` if the file is not TOML.
pub fn declared_version(bytes: &[u8]) -> Option<i64> {
    let document = read(bytes)?;
    Some(item(&document, "version").and_then(Item::as_integer).unwrap_or(1))
}

/// True if a config file has imports with relative paths.
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
