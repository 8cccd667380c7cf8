//! Kubernetes quantities (`10M`, `1.5Gi`, `2e3`), as `resource.ParseQuantity` parses them.

/// The value rounded up to an integer, as `Quantity.Value()` returns it; `None` if the text is not a quantity. Values
/// outside of `i128` are clamped.
pub(super) fn value(text: &str) -> Option<i128> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return None;
    }
    let digits = |text: &str| {
        text.bytes()
            .fold(0_i128, |sum, digit| sum.saturating_mul(10).saturating_add(i128::from(digit - b'0')))
    };
    // More than nine digits of a fraction do not change a comparison with any limit here.
    let fraction = &fraction[..fraction.len().min(9)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let mantissa = digits(whole).saturating_mul(scale).saturating_add(digits(fraction));
    let (up, down) = factor(suffix)?;
    let (product, divisor) = (mantissa.saturating_mul(up), scale.saturating_mul(down));
    let signed = if negative { -product } else { product };
    Some(signed.div_euclid(divisor) + i128::from(signed.rem_euclid(divisor) != 0))
}

fn factor(suffix: &str) -> Option<(i128, i128)> {
    const DECIMAL: &[&str] = &["", "k", "M", "G", "T", "P", "E"];
    const BINARY: &[&str] = &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const SMALL: &[&str] = &["", "m", "u", "n"];
    let power = |base: i128, index: usize| Some(base.pow(u32::try_from(index).ok()?));
    if let Some(index) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some((power(1000, index)?, 1));
    }
    if let Some(index) = BINARY.iter().position(|known| *known == suffix) {
        return Some((power(1024, index)?, 1));
    }
    if let Some(index) = SMALL.iter().position(|known| *known == suffix) {
        return Some((1, power(1000, index)?));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let size = 10_i128.pow(exponent.unsigned_abs().min(30));
    Some(if exponent < 0 { (1, size) } else { (size, 1) })
}

#[cfg(test)]
mod tests {
    use super::value;
    use proptest::prelude::*;

    #[test]
    fn suffixes_and_exponents_count() {
        for (text, expected) in [
            ("10M", 10_000_000),
            ("1.01k", 1010),
            ("1.5Gi", 1_610_612_736),
            ("2e3", 2000),
            ("5E", 5_000_000_000_000_000_000),
            ("100m", 1),
            ("1100m", 2),
            ("0", 0),
            ("-1", -1),
            ("12E2", 1200),
            (".5k", 500),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        for bad in ["", "M", "10MB", "10 M", "1.2.3", "ten", "10Mbit", "0x10", "1e", "-", "."] {
            assert_eq!(value(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-+]?[0-9.]{0,60}[a-zA-Z]{0,3}[-+]?[0-9]{0,12}") {
            let _ = value(&text);
        }

        #[test]
        fn integers_are_themselves(number in any::<i64>()) {
            prop_assert_eq!(value(&number.to_string()), Some(i128::from(number)));
        }
    }
}
