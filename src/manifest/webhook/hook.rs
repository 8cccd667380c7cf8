//! One webhook of a configuration, matched as in the API server (apiserver `webhook/predicates`).

use super::super::object::Object;
use super::super::selector;
use super::super::yaml::Spot;
use super::subjects::Subject;

/// A webhook, with its index in the configuration, which a patch needs.
pub(super) struct Hook<'a> {
    pub(super) object: &'a Object<'a>,
    pub(super) spot: Spot<'a>,
    pub(super) index: usize,
}

impl<'a> Hook<'a> {
    pub(super) fn all(object: &'a Object<'a>) -> Vec<Self> {
        let hooks = object.spot.get("webhooks").map_or_else(Vec::new, |hooks| hooks.items());
        hooks.into_iter().enumerate().map(|(index, spot)| Self { object, spot, index }).collect()
    }

    pub(super) fn name(&self) -> &'a str {
        self.spot.text_of("name").unwrap_or("")
    }

    /// `failurePolicy`, if it is set.
    pub(super) fn policy(&self) -> Option<&'a str> {
        self.spot.text_of("failurePolicy")
    }

    /// True if the API server refuses the request when the webhook does not answer: the default of v1, not of
    /// v1beta1.
    pub(super) fn fails_closed(&self) -> bool {
        self.policy().map_or(!self.is_beta(), |policy| policy == "Fail")
    }

    fn is_beta(&self) -> bool {
        self.object.api_version.ends_with("/v1beta1")
    }

    /// The time limit of the API server in seconds, if known: the default is 30 in v1beta1, 10 in v1.
    pub(super) fn timeout(&self) -> Option<u64> {
        match self.spot.text_of("timeoutSeconds") {
            Some(text) => text.parse().ok(),
            None => Some(if self.is_beta() { 30 } else { 10 }),
        }
    }

    /// True if a rule matches CREATE of pods.
    pub(super) fn asks_about_new_pods(&self) -> bool {
        let rules = self.spot.get("rules").map_or_else(Vec::new, |rules| rules.items());
        rules.iter().any(|rule| {
            let any =
                |key: &str, desired: &[&str]| rule.texts_of(key).iter().any(|text| desired.contains(text));
            any("operations", &["CREATE", "*"])
                && any("apiGroups", &["", "*"])
                && any("apiVersions", &["v1", "*"])
                && any("resources", &["pods", "pods/*", "*", "*/*"])
                && rule.text_of("scope") != Some("Cluster")
        })
    }

    /// True if both selectors match a pod.
    pub(super) fn selects(&self, subject: &Subject<'_>) -> bool {
        selector::matches(self.spot.get("namespaceSelector").as_ref(), &subject.namespace_labels)
            && selector::matches(self.spot.get("objectSelector").as_ref(), &subject.labels)
    }

    /// The pods that the webhook is asked about, in words.
    pub(super) fn reach(&self) -> String {
        let (namespaces, objects) = (self.spot.get("namespaceSelector"), self.spot.get("objectSelector"));
        let part = |what: &str, spot: &Option<Spot<'_>>| {
            (!selector::is_empty(spot.as_ref()))
                .then(|| format!("{what} ({})", selector::words(spot.as_ref())))
        };
        let parts: Vec<_> = [part("labels match", &objects), part("namespaces match", &namespaces)]
            .into_iter()
            .flatten()
            .collect();
        match parts.as_slice() {
            [] => "any pod".to_owned(),
            parts => format!("any pod whose {}", parts.join(" and whose ")),
        }
    }

    /// True if it skips pods with the label that kops sets on its own objects.
    pub(super) fn spares_kops(&self) -> bool {
        selector::words(self.spot.get("objectSelector").as_ref()).contains("kops.k8s.io/managed-by notin")
    }

    /// The resource name for kubectl.
    pub(super) fn resource(&self) -> String {
        self.object.kind.to_lowercase()
    }
}
