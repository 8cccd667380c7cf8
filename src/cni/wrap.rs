//! Configurations in which Multus calls itself.

use super::json::{Document, Value};

/// The beginning of the name of Multus' own file, with and without the list form.
const OWN_FILE: &str = "00-multus.conf";
/// Settings of Multus and of its daemon that name the file of the network to wrap, or to wait for (multus-cni
/// `pkg/types/types.go`, `pkg/server/config/generator.go`).
const FILE_KEYS: [&str; 3] = ["multusMasterCNI", "readinessIndicatorFile", "clusterNetwork"];

/// How a configuration of Multus leads to Multus again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// One of its `delegates` is Multus.
    Delegate,
    /// This key names the file that Multus writes.
    File(String, String),
}

/// True if a plugin of this type delegates each pod to the networks in its configuration.
pub fn is_multus(plugin: &str) -> bool {
    matches!(plugin, "multus" | "multus-shim")
}

/// True if Multus writes a file with this name.
pub fn is_file_of_multus(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.starts_with(OWN_FILE))
}

/// How a configuration of Multus, of its daemon, or a list with Multus wraps Multus itself; `None` if it does not, or
/// is not JSON.
pub fn wraps_itself(text: &[u8]) -> Option<Wrap> {
    let document = Document::parse(text.to_vec()).ok()?;
    let root = document.root();
    let plugins = root.fields("plugins").last().into_iter().flat_map(Value::children);
    std::iter::once(root).chain(plugins).find_map(|config| {
        let delegates = config.fields("delegates").last().into_iter().flat_map(Value::descendants);
        if delegates.filter_map(plugin_type).any(|plugin| is_multus(&plugin)) {
            return Some(Wrap::Delegate);
        }
        FILE_KEYS.iter().find_map(|key| {
            let setting = config.fields(key).last()?;
            let file = setting.string().filter(|file| is_file_of_multus(file))?;
            Some(Wrap::File(setting.key().into_owned(), file.into_owned()))
        })
    })
}

fn plugin_type(object: Value<'_>) -> Option<String> {
    Some(object.fields("type").last()?.string()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multus_is_found_behind_multus_however_it_is_spelled() {
        for text in [
            r#"{"type":"multus","delegates":[{"type":"multus"}]}"#,
            r#"{"type":"multus","Delegates":[{"Plugins":[{"Type":"multus-shim"}]}],"x":"\ud800"}"#,
            r#"{"plugins":[{"type":"multus","delegates":[{"type":"a","delegates":[{"type":"multus"}]}]}]}"#,
        ] {
            assert_eq!(wraps_itself(text.as_bytes()), Some(Wrap::Delegate), "{text}");
        }
        let file = wraps_itself(br#"{"ReadinessIndicatorFile":"/host/etc/cni/net.d/00-multus.conflist"}"#);
        let named = "/host/etc/cni/net.d/00-multus.conflist".to_owned();
        assert_eq!(file, Some(Wrap::File("ReadinessIndicatorFile".to_owned(), named)));
    }

    #[test]
    fn other_configurations_wrap_nothing() {
        for text in
            ["", "[]", "text", r#"{"type":"multus","delegates":[{"type":"calico"}]}"#, r#"{"delegates":7}"#]
        {
            assert_eq!(wraps_itself(text.as_bytes()), None, "{text}");
        }
        let deep = format!(r#"{{"delegates":{}{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
        assert_eq!(wraps_itself(deep.as_bytes()), None);
    }
}
