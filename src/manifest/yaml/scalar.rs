//! Scalars, and the types that Kubernetes' YAML parser gives to plain ones.

/// The style of a scalar: only a plain one can be another type than a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::manifest) enum Style {
    Plain,
    Quoted,
    Block,
}

/// The text of a scalar after YAML's escapes, and its style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct Scalar {
    pub(in crate::manifest) text: String,
    pub(in crate::manifest) style: Style,
}

impl Scalar {
    /// The other type of a scalar that is not a string: `number` or `boolean`. YAML 1.1, as in sigs.k8s.io/yaml.
    pub(in crate::manifest) fn other_type(&self) -> Option<&'static str> {
        if self.style != Style::Plain {
            return None;
        }
        match self.text.to_ascii_lowercase().as_str() {
            "true" | "false" | "yes" | "no" | "on" | "off" => Some("boolean"),
            text if is_number(text) => Some("number"),
            _ => None,
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
    use super::{Scalar, Style};

    #[test]
    fn only_a_plain_scalar_can_be_a_number_or_a_boolean() {
        let plain = |text: &str| Scalar { text: text.into(), style: Style::Plain }.other_type();
        for text in ["1", "-1.5", "1e3", "0x1F", "1_000", ".5", "+7", ".inf"] {
            assert_eq!(plain(text), Some("number"), "{text}");
        }
        for text in ["true", "No", "ON"] {
            assert_eq!(plain(text), Some("boolean"), "{text}");
        }
        for text in ["pool-a", "10.0.0.0/16", "10.1.2.3", "inf", "nan", "1G", "-", ".", "[\"a\"]", "fd00::1"]
        {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(Scalar { text: "1".into(), style: Style::Quoted }.other_type(), None);
    }
}
