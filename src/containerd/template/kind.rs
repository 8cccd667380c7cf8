//! What values are, as far as a template can go wrong by it.

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What containerd gives the template.
    Root,
    Text,
    Texts,
    Int,
    Float,
    Flag,
    /// The constant `nil`.
    Nil,
    /// Not known here; nothing is said about it.
    Any,
}

impl Kind {
    /// The kind of a field of it.
    pub(super) fn field(self, name: &str) -> Result<Self, String> {
        match (self, name) {
            (Self::Root, "PodCIDR") => Ok(Self::Text),
            (Self::Root, "PodCIDRRanges" | "Routes") => Ok(Self::Texts),
            (Self::Root, _) => Err(format!("containerd gives a template no field .{name}")),
            (Self::Any, _) => Ok(Self::Any),
            (Self::Text | Self::Texts | Self::Int | Self::Float | Self::Flag | Self::Nil, _) => {
                Err(format!(".{name} is asked of {}, which has no fields", self.noun()))
            }
        }
    }

    /// The kind of what `range` gives for each turn.
    pub(super) fn element(self) -> Result<Self, String> {
        match self {
            Self::Texts => Ok(Self::Text),
            Self::Any => Ok(Self::Any),
            Self::Root | Self::Text | Self::Int | Self::Float | Self::Flag | Self::Nil => {
                Err(format!("range cannot go over {}", self.noun()))
            }
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Root => "the data",
            Self::Text => "a string",
            Self::Texts => "a list",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Nil => "nil",
            Self::Flag => "true or false",
            Self::Any => "a value",
        }
    }
}

/// Calls one of `text/template`'s own functions; containerd adds none.
pub(super) fn call(name: &str, arguments: &[Kind]) -> Result<Kind, String> {
    let count = arguments.len();
    let (least, most) = match name {
        "not" | "len" => (1, 1),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, 2),
        "eq" => (2, usize::MAX),
        "and" | "or" | "call" | "index" | "printf" => (1, usize::MAX),
        "slice" => (1, 4),
        "print" | "println" | "html" | "js" | "urlquery" => (0, usize::MAX),
        _ => return Err(format!("there is no function {name}")),
    };
    if count < least || count > most {
        return Err(format!("{name} does not take {count} arguments"));
    }
    match (name, arguments) {
        ("len", [Kind::Text | Kind::Texts | Kind::Any]) => Ok(Kind::Int),
        ("len", [other, ..]) => Err(format!("len cannot be taken of {}", other.noun())),
        ("not", _) => Ok(Kind::Flag),
        ("eq" | "ne" | "lt" | "le" | "gt" | "ge", [first, rest @ ..]) => compare(name, *first, rest),
        ("index" | "slice", [first, rest @ ..]) => pick(name, *first, rest),
        ("printf", [Kind::Text | Kind::Any, ..]) => Ok(Kind::Text),
        ("printf", [other, ..]) => Err(format!("printf needs a string first, not {}", other.noun())),
        ("call", _) => Err("call has nothing to call: containerd gives a template no functions".to_owned()),
        ("and" | "or", _) => Ok(Kind::Any),
        _ => Ok(Kind::Text),
    }
}

/// `eq` and its like compare values of one basic kind.
fn compare(name: &str, first: Kind, rest: &[Kind]) -> Result<Kind, String> {
    let ordered = !matches!(name, "eq" | "ne");
    for kind in std::iter::once(&first).chain(rest) {
        let basic = matches!(kind, Kind::Text | Kind::Int | Kind::Float | Kind::Any)
            || (*kind == Kind::Flag && !ordered);
        if !basic {
            return Err(format!("{name} cannot compare {}", kind.noun()));
        }
    }
    match rest.iter().find(|kind| **kind != first && **kind != Kind::Any && first != Kind::Any) {
        Some(other) => Err(format!("{name} cannot compare {} with {}", first.noun(), other.noun())),
        None => Ok(Kind::Flag),
    }
}

/// `index` goes one level down for each number; `slice` stays.
fn pick(name: &str, first: Kind, numbers: &[Kind]) -> Result<Kind, String> {
    if let Some(kind) = numbers.iter().find(|kind| !matches!(kind, Kind::Int | Kind::Any)) {
        return Err(format!("{name} takes whole numbers, not {}", kind.noun()));
    }
    let mut kind = first;
    for _ in numbers.iter().take(if name == "index" { usize::MAX } else { 0 }) {
        kind = match kind {
            Kind::Texts => Kind::Text,
            Kind::Text => Kind::Int,
            Kind::Any => Kind::Any,
            other => return Err(format!("{name} does not work on {}", other.noun())),
        };
    }
    match first {
        Kind::Nil => Err(format!("{name} does not work on nil")),
        Kind::Text if name == "slice" && numbers.len() > 2 => {
            Err("slice takes two numbers for a string".to_owned())
        }
        Kind::Text | Kind::Texts | Kind::Any => Ok(kind),
        other if name == "slice" => Err(format!("slice does not work on {}", other.noun())),
        _ => Ok(kind),
    }
}
