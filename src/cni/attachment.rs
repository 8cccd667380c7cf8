//! The cache of libcni in `/var/lib/cni`: one file for each attachment of a pod to a network.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::conflist::Conflist;
use super::json::{Document, JsonKind, Value};
use super::rules::Libcni;

/// The attachment of one pod (`cachedInfo`, libcni `api.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The id of the pod's sandbox.
    pub sandbox: String,
    /// The network's name.
    pub network: String,
    /// The configuration that attached the pod.
    pub conflist: Conflist,
    args: Vec<(String, String)>,
}

impl Attachment {
    /// Parses a file of the cache; `None` if it is not an attachment by a list of plugins.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let document = Document::parse(bytes).ok()?;
        let field = |key: &str| document.root().fields(key).last();
        let sandbox = field("containerId").and_then(Value::string).unwrap_or_default().into_owned();
        let network = field("networkName")?.string()?.into_owned();
        let config = STANDARD.decode(field("config")?.string()?.as_bytes()).ok()?;
        // The release that wrote the file is not known, but it attached a pod. So the most permissive rules apply.
        let conflist = Conflist::read("cached.conflist", &config, Libcni::V1_1).ok()?;
        let args = field("cniArgs").into_iter().flat_map(Value::children).filter_map(pair).collect();
        Some(Self { sandbox, network, conflist, args })
    }

    /// The argument called `name` that the runtime passed to the plugins, such as `K8S_POD_NAME`.
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn pair(value: Value<'_>) -> Option<(String, String)> {
    let mut texts = value.children().filter(|child| child.kind() == JsonKind::Text).filter_map(Value::string);
    Some((texts.next()?.into_owned(), texts.next()?.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached(config: &str) -> String {
        format!(
            r#"{{"kind":"cniCacheV1","containerId":"c","config":"{}","ifName":"eth0","networkName":"n",
                "cniArgs":[["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","shop"],["K8S_POD_NAME","cart"]],"result":{{}}}}"#,
            STANDARD.encode(config)
        )
    }

    #[test]
    fn the_pod_its_network_and_its_plugins_are_read() {
        let text = cached(r#"{"name":"n","plugins":[{"type":"a"},{"type":"b","x":"\ud800"}]}"#);
        let read = Attachment::read(text.as_bytes()).unwrap();
        assert_eq!((read.network.as_str(), read.conflist.types()), ("n", vec!["a", "b"]));
        assert_eq!(read.sandbox, "c");
        assert_eq!((read.arg("K8S_POD_NAMESPACE"), read.arg("K8S_POD_NAME")), (Some("shop"), Some("cart")));
        assert_eq!(read.arg("K8S_POD_UID"), None);
        let text = text.replace(r#""result":{}"#, r#""result":{"x":"\ud800"}"#);
        assert!(Attachment::read(text.as_bytes()).is_some());
    }

    #[test]
    fn what_is_no_attachment_is_none() {
        for text in ["", "[]", "{", "{\"networkName\":\"n\"}", "{\"networkName\":\"n\",\"config\":\"?\"}"] {
            assert_eq!(Attachment::read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Attachment::read(cached("{}").as_bytes()), None);
    }
}
