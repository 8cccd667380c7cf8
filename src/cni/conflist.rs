//! A file that the runtime would load.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::json::{Document, JsonKind, Value, same_key};
use super::rules::{Extension, Libcni, extension};
use super::typed::plugin_type;
use super::version::{SPEC, SpecVersion, is_usable};
use super::violation::{Rule, Violation};
use super::wrap::is_multus;

/// A list of plugins (`.conflist`) or one plugin object (`.conf`, `.json`) that passed the loading rules of a release
/// of libcni. Parsing is the only way to create one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflist {
    document: Document,
    rules: Libcni,
    header: Header,
}

/// The values that the rules read from a document. Each plugin is the number of its value, with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    form: Form,
    network: String,
    cni_version: Option<String>,
    plugins: Vec<(usize, String)>,
    inlined_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    List { plugins: usize },
    Single,
}

/// The layout of a list in its text, for `compose`.
pub(super) struct Parts<'a> {
    pub(super) list: Value<'a>,
    pub(super) plugins: Vec<(Value<'a>, &'a str)>,
}

impl Conflist {
    /// Reads the file called `name` as the release `rules` does. The extension decides the format: libcni reads a
    /// list only from `.conflist`, and one plugin object from `.conf` and `.json` (go-cni `opts.go`, libcni
    /// `conf.go`).
    ///
    /// With [`Libcni::Any`] every release must accept the file.
    pub fn read(name: &str, bytes: &[u8], rules: Libcni) -> Result<Self, Violation> {
        Self::of(name, &bytes.into(), rules)
    }

    /// Like [`Conflist::read`], for shared bytes: a directory of large files is kept in memory once.
    pub fn of(name: &str, bytes: &Arc<[u8]>, rules: Libcni) -> Result<Self, Violation> {
        let Some(extension) = extension(name) else {
            let message = "has no extension that a runtime loads (.conf, .conflist, .json)";
            return Err(Violation::whole(Rule::Extension, message));
        };
        #[cfg(test)]
        super::counted::note_read(name);
        let document = Document::parse(Arc::clone(bytes))?;
        let root = document.root();
        if root.kind() != JsonKind::Object {
            let message = format!("has {} where the document must be an object", root.kind().name());
            return Err(root.violation(Rule::Object, message));
        }
        let header = match extension {
            Extension::Conflist => list(root, rules, None)?,
            Extension::Conf | Extension::Json => single(root, rules)?,
        };
        Ok(Self { document, rules, header })
    }

    /// Reads the configuration of a `NetworkAttachmentDefinition` called `name`. With `plugins` it is a list; if the
    /// list has no name, Multus uses the definition's (multus-cni `pkg/k8sclient/k8sclient.go`, `pkg/types/conf.go`).
    /// The libcni release of the cluster's Multus is not known, so every release must accept it.
    pub fn of_definition(name: &str, text: &str) -> Result<Self, Violation> {
        let document = Document::parse(text.as_bytes().to_vec())?;
        let (root, rules) = (document.root(), Libcni::Any);
        if root.kind() != JsonKind::Object {
            let message = format!("has {} where the document must be an object", root.kind().name());
            return Err(root.violation(Rule::Object, message));
        }
        let is_list = root.get("plugins").is_some();
        let header = if is_list { list(root, rules, Some(name))? } else { single(root, rules)? };
        Ok(Self { document, rules, header })
    }

    /// How many JSON values the file has, which decides how much memory it needs.
    pub(super) fn values(&self) -> usize {
        self.document.values()
    }

    /// The network's name. A runtime loads a file with any name, even an empty one; see
    /// [`Conflist::has_usable_name`].
    pub fn network(&self) -> &str {
        &self.header.network
    }

    /// True if pods can be attached to a network with this name. If not, the runtime loads the file and then fails
    /// each pod (libcni `utils.go`, `ValidateNetworkName`).
    pub fn has_usable_name(&self) -> bool {
        self.network().starts_with(|c: char| c.is_ascii_alphanumeric())
            && self.network().chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
    }

    /// The version of the CNI specification for the calls of the plugins; `None` means 0.1.0.
    ///
    /// From libcni 1.2 on it is the highest of `cniVersion` and `cniVersions` that the release knows.
    pub fn cni_version(&self) -> Option<&str> {
        self.header.cni_version.as_deref()
    }

    /// False if no pod can get this network because the release does not know its `cniVersion`, with the newest
    /// version that the release knows; `None` if the release is not known and that depends on it.
    pub fn has_usable_version(&self) -> Option<(bool, &'static str)> {
        is_usable(self.cni_version(), self.rules)
    }

    /// The line of a key at its root, from 1; 0 if the key is missing.
    pub fn line_of(&self, key: &str) -> usize {
        self.root().get(key).map_or(0, |value| value.violation(Rule::Name, "").line)
    }

    /// The plugins' types, in order.
    pub fn types(&self) -> Vec<&str> {
        self.header.plugins.iter().map(|(_, name)| name.as_str()).collect()
    }

    /// The plugins with their types, in order.
    pub(super) fn plugins(&self) -> impl Iterator<Item = (Value<'_>, &str)> {
        self.header.plugins.iter().map(|(id, name)| (self.document.value(*id), name.as_str()))
    }

    /// The bytes of the file, exactly as they were read.
    pub fn bytes(&self) -> &[u8] {
        self.document.text()
    }

    /// The release whose rules it passed.
    pub fn rules(&self) -> Libcni {
        self.rules
    }

    /// The directory beside the file whose `*.conf` files libcni 1.3 appends to the list; `None` if it reads no
    /// directory (`conf.go`, `NetworkPluginConfsFromFiles`).
    pub fn appended_directory(&self) -> Option<&str> {
        let looks =
            self.rules.reads_directories() && self.header.form != Form::Single && !self.header.inlined_only;
        looks.then_some(&self.header.network)
    }

    /// True for a meta-plugin, which delegates pods to other configurations: the list has `delegates`, or a plugin of
    /// Multus (its thick form names the file that it wraps in `clusterNetwork`).
    pub fn delegates(&self) -> bool {
        self.header.plugins.iter().any(|(id, name)| {
            let plugin = self.document.value(*id);
            is_multus(name) || plugin.fields("delegates").next().is_some()
        })
    }

    /// True if a plugin delegates to a plugin of type `name`, at any depth (`delegates`, flannel's `delegate`).
    /// Plugins of the list itself do not count; `ipam` does not count either, because it is not part of a chain.
    pub fn contains_type_deep(&self, name: &str) -> bool {
        self.header.plugins.iter().any(|(id, _)| hands_on_to(self.document.value(*id), name))
    }

    /// True if its networks need the binary of this plugin type: for a plugin of the list, one that it delegates to,
    /// or an `ipam` plugin.
    pub fn needs(&self, name: &str) -> bool {
        self.types().contains(&name)
            || self.header.plugins.iter().any(|(id, _)| {
                let mut inside = self.document.value(*id).descendants();
                inside.any(|value| {
                    same_key(&value.key(), "type") && value.string().is_some_and(|text| text == name)
                })
            })
    }

    /// All values of `kubeconfig` in its plugins, at any depth (`kubernetes.kubeconfig` of Calico, Istio, Linkerd;
    /// the one of Multus).
    pub fn kubeconfigs(&self) -> Vec<String> {
        let named = self.root().descendants().filter(|value| same_key(&value.key(), "kubeconfig"));
        named.filter_map(Value::string).map(std::borrow::Cow::into_owned).collect()
    }

    /// True if `loopback` is its only plugin, as in the defaults of some packages.
    pub fn is_loopback_only(&self) -> bool {
        self.header.plugins.iter().all(|(_, name)| name == "loopback")
    }

    /// The place of the list and of its plugins in the text; `None` for one plugin object.
    pub(super) fn parts(&self) -> Option<Parts<'_>> {
        let Form::List { plugins } = self.header.form else { return None };
        Some(Parts {
            list: self.document.value(plugins),
            plugins: self
                .header
                .plugins
                .iter()
                .map(|(id, name)| (self.document.value(*id), name.as_str()))
                .collect(),
        })
    }

    /// The root object of the file.
    pub(super) fn root(&self) -> Value<'_> {
        self.document.root()
    }
}

/// libcni `ConfListFromBytes` (1.1) and `NetworkConfFromBytes` (1.2 and later).
fn list(root: Value<'_>, rules: Libcni, unnamed: Option<&str>) -> Result<Header, Violation> {
    no_key_twice(root)?;
    let network = match root.get("name").map(|name| (name, name.string())) {
        Some((_, Some(name))) => name.into_owned(),
        Some((name, None)) => return Err(must_be(name, Rule::Name, "a string")),
        None => match unnamed {
            Some(name) => name.to_owned(),
            None => return Err(root.violation(Rule::Name, "is missing 'name'")),
        },
    };
    let cni_version = match root.get("cniVersion").map(|version| (version, version.string())) {
        Some((_, Some(version))) => Some(version.into_owned()),
        Some((version, None)) => return Err(must_be(version, Rule::CniVersion, "a string")),
        None => None,
    };
    let cni_version = if rules.reads_spec_1_1() { highest(root, cni_version)? } else { cni_version };
    switch(root, "disableCheck", !rules.refuses_bool_as_text())?;
    if rules.reads_spec_1_1() {
        switch(root, "disableGC", true)?;
    }
    let inlined_only = rules.reads_directories() && switch(root, "loadOnlyInlinedPlugins", true)?;

    let Some(array) = root.get("plugins") else {
        let single =
            root.get("type").map_or("", |_| "; a single plugin object is loaded from a .conf file only");
        return Err(root.violation(Rule::Plugins, format!("is missing 'plugins'{single}")));
    };
    if array.kind() != JsonKind::Array {
        return Err(must_be(array, Rule::Plugins, "a list"));
    }
    let plugins = array
        .children()
        .enumerate()
        .map(|(at, plugin)| Ok((plugin.id(), plugin_type(plugin, &format!("plugins[{at}]"), rules)?)))
        .collect::<Result<Vec<_>, Violation>>()?;
    if plugins.is_empty() {
        return Err(array.violation(Rule::Plugins, "has no plugin in 'plugins'"));
    }
    let form = Form::List { plugins: array.id() };
    let cni_version = cni_version.filter(|version| !version.is_empty());
    Ok(Header { form, network, cni_version, plugins, inlined_only })
}

/// libcni `ConfFromBytes`, then `ConfListFromConf`.
fn single(root: Value<'_>, rules: Libcni) -> Result<Header, Violation> {
    let plugin_type = plugin_type(root, "", rules).map_err(|mut violation| {
        if violation.rule == Rule::Type && root.get("plugins").is_some() {
            violation.message += "; a list of plugins is loaded from a .conflist file only";
        }
        violation
    })?;
    let text = |key| root.fields(key).next().and_then(Value::string).map(std::borrow::Cow::into_owned);
    Ok(Header {
        form: Form::Single,
        network: text("name").unwrap_or_default(),
        cni_version: text("cniVersion").filter(|version| !version.is_empty()),
        plugins: vec![(root.id(), plugin_type)],
        inlined_only: false,
    })
}

/// True if an object at any depth inside `plugin` is a plugin of type `name`, `ipam` excepted.
pub(super) fn hands_on_to(plugin: Value<'_>, name: &str) -> bool {
    plugin.descendants().any(|value| {
        let Some(object) = value.parent().filter(|object| object.id() != plugin.id()) else { return false };
        same_key(&value.key(), "type")
            && value.string().is_some_and(|text| text == name)
            && !same_key(&object.key(), "ipam")
    })
}

fn must_be(value: Value<'_>, rule: Rule, desired: &str) -> Violation {
    let message = format!("has {} at '{}', which must be {desired}", value.kind().name(), value.key());
    value.violation(rule, message)
}

fn no_key_twice(object: Value<'_>) -> Result<(), Violation> {
    let mut seen = BTreeSet::new();
    for member in object.children() {
        if !seen.insert(member.key()) {
            let message = format!(
                "has the key '{}' twice; the runtime uses the last one, and another reader may use the first",
                member.key()
            );
            return Err(member.violation(Rule::DuplicateKey, message));
        }
    }
    Ok(())
}

/// libcni 1.2 `readBool`: a boolean, or the word for one in any case.
fn switch(root: Value<'_>, key: &str, text_too: bool) -> Result<bool, Violation> {
    let Some(value) = root.get(key) else { return Ok(false) };
    match (value.kind(), value.string()) {
        (JsonKind::Bool(on), _) => Ok(on),
        (_, Some(text)) if text_too && text.eq_ignore_ascii_case("true") => Ok(true),
        (_, Some(text)) if text_too && text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(must_be(value, Rule::Switch, "true or false")),
    }
}

/// The version that libcni 1.2 and later choose from `cniVersion` and `cniVersions`.
fn highest(root: Value<'_>, declared: Option<String>) -> Result<Option<String>, Violation> {
    let Some(versions) = root.get("cniVersions") else { return Ok(declared) };
    if versions.kind() != JsonKind::Array {
        return Err(must_be(versions, Rule::CniVersions, "a list of versions"));
    }
    let parse = |text: &str, at: Value<'_>| {
        SpecVersion::parse(text).ok_or_else(|| {
            let message = format!("has {text:?} in 'cniVersions', which is not a version");
            at.violation(Rule::CniVersions, message)
        })
    };
    let mut known = Vec::new();
    for element in versions.children() {
        let Some(text) = element.string() else {
            let message = format!("has {} in 'cniVersions', which must be a string", element.kind().name());
            return Err(element.violation(Rule::CniVersions, message));
        };
        known.push((parse(&text, element)?, text.into_owned()));
    }
    if let Some(text) = declared.as_deref().filter(|text| !text.is_empty()) {
        known.push((parse(text, root.get("cniVersion").unwrap_or(root))?, text.to_owned()));
    }
    known.retain(|(version, _)| *version <= SPEC);
    Ok(known.into_iter().max_by_key(|(version, _)| *version).map(|(_, text)| text).or(declared))
}
