//! What rules read of an object. Of each file only this is kept, so that a directory of any size needs little more
//! memory than its largest file. A rule that reads another key needs it here.

use super::templates::{DEPTH, NONE, PLACES, is_template};
use super::yaml::Node;
use super::{annotation, mistyped, multus};

/// The keys of a mapping, each with what is needed of its value.
type Keys = &'static [(&'static str, Needed)];

/// What is needed of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Needed {
    /// The whole value.
    All,
    /// The annotations that a rule reads.
    Annotations,
    /// The texts of a ConfigMap that make Multus call itself.
    Wraps,
    /// Of a mapping these keys, and of a list the same of each item; and all pod templates on the way.
    Keys(Keys, Way),
}

/// The way to the pod templates in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// No pod template is in the value.
    Nowhere,
    /// The value itself is a pod template.
    Here,
    /// The pod template is behind these keys.
    Behind(&'static [&'static str]),
    /// Each mapping down to this depth may be a pod template.
    Anywhere(usize),
}

const META: Keys = &[
    ("annotations", Needed::Annotations),
    ("labels", Needed::All),
    ("ownerReferences", Needed::Keys(&[("kind", Needed::All), ("name", Needed::All)], Way::Nowhere)),
];
const CONTAINER: Needed = Needed::Keys(
    &[("name", Needed::All), ("image", Needed::All), ("command", Needed::All), ("args", Needed::All)],
    Way::Nowhere,
);
const HOST_PATH: Needed = Needed::Keys(&[("path", Needed::All)], Way::Nowhere);
const MULTUS: Needed = Needed::Keys(&[("networkName", Needed::All)], Way::Nowhere);
/// The keys of pods, and of all other objects that rules read.
const SPEC: Keys = &[
    ("hostNetwork", Needed::All),
    ("volumes", Needed::Keys(&[("hostPath", HOST_PATH)], Way::Nowhere)),
    ("initContainers", CONTAINER),
    ("containers", CONTAINER),
    ("ephemeralContainers", CONTAINER),
    ("networks", Needed::Keys(&[("multus", MULTUS)], Way::Nowhere)),
    ("replicas", Needed::All),
    ("selector", Needed::All),
    ("cidr", Needed::All),
    ("disabled", Needed::All),
    ("config", Needed::All),
];
const OBJECT: Keys = &[
    ("metadata", Needed::Keys(META, Way::Nowhere)),
    ("spec", Needed::Keys(SPEC, Way::Nowhere)),
    ("status", Needed::All),
    ("webhooks", Needed::All),
];
/// The keys of a kind that rules read for its pod templates alone.
const OTHER: Keys = &[("metadata", Needed::Keys(META, Way::Nowhere))];

/// Kinds that rules read, besides all with pod templates.
const READ: &[&str] = &[
    "IPPool",
    "MutatingWebhookConfiguration",
    "Namespace",
    "NetworkAttachmentDefinition",
    "PodDisruptionBudget",
    "Service",
    "ValidatingWebhookConfiguration",
];

/// True if rules read an object of this kind, even if it has no pod template.
pub(super) fn is_read(kind: &str) -> bool {
    READ.contains(&kind)
}

impl Needed {
    /// What is needed of an object of this kind; `None` if no rule reads any.
    pub(super) fn of_kind(kind: &str) -> Option<Self> {
        if kind == "ConfigMap" {
            return Some(Self::Keys(&[("data", Self::Wraps)], Way::Nowhere));
        }
        let place = PLACES.iter().find(|(kinds, _)| kinds.contains(&kind));
        match place {
            Some((_, path)) => Some(Self::Keys(OBJECT, Way::Behind(path))),
            None if NONE.contains(&kind) => None,
            None if is_read(kind) => Some(Self::Keys(OBJECT, Way::Anywhere(DEPTH))),
            None => Some(Self::Keys(OTHER, Way::Anywhere(DEPTH))),
        }
    }

    /// What is needed of the value of a key.
    pub(super) fn of_entry(self, key: &str, value: &Node<'_>) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            Self::Annotations => {
                (annotation::of_network(key) || mistyped::meant(key).is_some()).then_some(Self::All)
            }
            Self::Wraps => multus::wraps(value).then_some(Self::All),
            Self::Keys(keys, way) => {
                let find =
                    |keys: Keys| keys.iter().find(|(known, _)| *known == key).map(|(_, needed)| *needed);
                let of_template = || find(OBJECT).filter(|_| way == Way::Here);
                match (find(keys).or_else(of_template), way.behind(key)) {
                    (Some(Self::Keys(keys, _)), way) => Some(Self::Keys(keys, way)),
                    (Some(needed), _) => Some(needed),
                    (None, Way::Nowhere) => None,
                    (None, way) => Some(Self::Keys(&[], way)),
                }
            }
        }
    }

    /// What is needed of an item of a list.
    pub(super) fn of_item(self) -> Self {
        match self {
            Self::Keys(keys, Way::Anywhere(depth)) if depth > 0 => Self::Keys(keys, Way::Anywhere(depth - 1)),
            Self::Keys(keys, _) => Self::Keys(keys, Way::Nowhere),
            whole => whole,
        }
    }

    /// The same, if the value may be a pod template; the way ends there.
    pub(super) fn at(self, node: &Node<'_>) -> Self {
        match self {
            Self::Keys(keys, Way::Behind([])) => Self::Keys(keys, Way::Here),
            Self::Keys(keys, Way::Anywhere(_)) if is_template(node) => Self::Keys(keys, Way::Here),
            needed => needed,
        }
    }

    /// True if nothing is needed of the value unless it has a pod template.
    pub(super) fn is_way_only(self) -> bool {
        matches!(self, Self::Keys([], way) if way != Way::Here)
    }
}

impl Way {
    fn behind(self, key: &str) -> Self {
        match self {
            Self::Behind([first, rest @ ..]) if *first == key => Self::Behind(rest),
            Self::Anywhere(depth) if depth > 0 && !matches!(key, "status" | "metadata") => {
                Self::Anywhere(depth - 1)
            }
            _ => Self::Nowhere,
        }
    }
}
