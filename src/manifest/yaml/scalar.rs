//! Scalars, and the types that Kubernetes' YAML parser gives to plain ones.

use base64::Engine as _;

use super::Text;

/// The style of a scalar: only a plain one can be another type than a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::manifest) enum Style {
    Plain,
    Quoted,
    Block,
}

/// The text of a scalar after YAML's escapes, and its style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Scalar<'t> {
    pub(in crate::manifest) text: Text<'t>,
    pub(in crate::manifest) style: Style,
}

impl Scalar<'_> {
    /// The other type of a scalar that is not a string: `number` or `boolean`, as kubectl's parser decides.
    pub(in crate::manifest) fn other_type(&self) -> Option<&'static str> {
        match self.style {
            Style::Plain if self.boolean().is_some() => Some("boolean"),
            Style::Plain if is_number(&self.text.to_ascii_lowercase()) => Some("number"),
            _ => None,
        }
    }

    /// The value of a boolean: YAML 1.1, in the three spellings of each (go-yaml `resolve.go`).
    pub(in crate::manifest) fn boolean(&self) -> Option<bool> {
        match &*self.text {
            _ if self.style != Style::Plain => None,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                Some(false)
            }
            _ => None,
        }
    }

    /// The scalar with an explicit type. Tags of an application (`!vault`) leave it a string.
    pub(super) fn tagged(self, tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return self };
        let core =
            tag.strip_prefix("!!").or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:")?.strip_suffix('>'));
        match core {
            Some("int" | "float" | "bool" | "null" | "timestamp" | "merge") => {
                Self { style: Style::Plain, ..self }
            }
            Some("binary") => {
                let compact: String = self.text.split_whitespace().collect();
                let text = base64::engine::general_purpose::STANDARD.decode(compact).ok();
                let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
                Self { text: text.map_or(self.text, Text::from), style: Style::Quoted }
            }
            _ if self.style == Style::Plain => Self { style: Style::Quoted, ..self },
            _ => self,
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = digits.strip_prefix('.').unwrap_or(digits);
    if !starts.starts_with(|first: char| first.is_ascii_digit()) {
        return matches!(digits, ".inf" | ".nan");
    }
    let plain = digits.replace('_', "");
    let radix = |prefix: &str, radix| {
        plain.strip_prefix(prefix).is_some_and(|rest| u128::from_str_radix(rest, radix).is_ok())
    };
    plain.parse::<f64>().is_ok() || radix("0x", 16) || radix("0o", 8) || radix("0b", 2)
}

#[cfg(test)]
mod tests {
    use super::{Scalar, Style, Text};

    #[test]
    fn only_a_plain_scalar_can_be_a_number_or_a_boolean() {
        let plain = |text: &str| Scalar { text: Text::Slice(text), style: Style::Plain }.other_type();
        for text in ["1", "-1.5", "1e3", "0x1F", "1_000", ".5", "+7", ".inf"] {
            assert_eq!(plain(text), Some("number"), "{text}");
        }
        for text in ["true", "No", "ON", "y", "N"] {
            assert_eq!(plain(text), Some("boolean"), "{text}");
        }
        for text in [
            "pool-a",
            "10.0.0.0/16",
            "10.1.2.3",
            "yEs",
            "1:30",
            "inf",
            "nan",
            "1G",
            "-",
            ".",
            "[\"a\"]",
            "fd00::1",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(Scalar { text: Text::Slice("1"), style: Style::Quoted }.other_type(), None);
    }
}
