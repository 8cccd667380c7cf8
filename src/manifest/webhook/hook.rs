//! One webhook of a configuration, matched as in the API server (apiserver `webhook/predicates`).

use super::super::object::Object;
use super::super::selector;
use super::super::yaml::Spot;
use super::request::Request;

/// The condition that a remedy of `lint` adds, up to the list of resources.
pub(super) const EXCLUDES: &str =
    r#"!((request.resource.resource + (request.subResource == "" ? "" : "/" + request.subResource)) in "#;

/// True if a condition that a remedy of `lint` added excludes a resource.
fn excludes(expression: &str, path: &str) -> bool {
    let listed = expression.strip_prefix(EXCLUDES).unwrap_or("");
    listed.split('"').any(|resource| resource == path)
}

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

    /// True if the API server asks the webhook about a request: a rule and both selectors match, and no condition of
    /// `lint` excludes it.
    pub(super) fn matches(&self, request: &Request<'_>) -> bool {
        let rules = self.spot.get("rules").map_or_else(Vec::new, |rules| rules.items());
        // Without a namespace the namespaceSelector excludes nothing (apiserver `webhook/predicates/namespace/matcher.go`).
        let in_namespace = request
            .namespace_labels
            .as_ref()
            .is_none_or(|labels| selector::matches(self.spot.get("namespaceSelector").as_ref(), labels));
        rules.iter().any(|rule| request.matches_rule(rule))
            && in_namespace
            && selector::matches(self.spot.get("objectSelector").as_ref(), &request.labels)
            && !self.conditions().iter().any(|expression| excludes(expression, &request.path()))
    }

    /// The expressions of `matchConditions`.
    fn conditions(&self) -> Vec<&'a str> {
        let conditions = self.spot.get("matchConditions").map_or_else(Vec::new, |list| list.items());
        conditions.iter().filter_map(|condition| condition.text_of("expression")).collect()
    }

    /// True if it has conditions that are not evaluated here.
    pub(super) fn has_conditions(&self) -> bool {
        self.conditions().iter().any(|expression| !expression.starts_with(EXCLUDES))
    }

    /// True if mutating webhooks are asked one after another.
    pub(super) fn is_mutating(&self) -> bool {
        self.object.kind.starts_with("Mutating")
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
