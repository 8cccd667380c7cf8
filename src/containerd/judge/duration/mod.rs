//! Durations, as Go's `time.ParseDuration` reads them.

/// The units and their nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
/// The first value that is too large: Go stores nanoseconds in 64 bits with a sign.
const LARGEST: u64 = 1 << 63;

/// True if Go parses the text.
pub(super) fn is_duration(text: &str) -> bool {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    let mut sum: u64 = 0;
    let mut rest = rest;
    while !rest.is_empty() {
        let Some((nanoseconds, after)) = part(rest) else { return false };
        sum = match sum.checked_add(nanoseconds) {
            Some(sum) if sum <= LARGEST => sum,
            _ => return false,
        };
        rest = after;
    }
    negative || sum < LARGEST
}

/// One number with its unit, and the rest of the text.
fn part(text: &str) -> Option<(u64, &str)> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let after = &text[whole..];
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => {
            let length = digits(after);
            (&after[..length], &after[length..])
        }
        None => ("", after),
    };
    if whole == 0 && fraction.is_empty() {
        return None;
    }
    let end = after.find(|char: char| char == '.' || char.is_ascii_digit()).unwrap_or(after.len());
    let (_, scale) = UNITS.iter().find(|(name, _)| *name == &after[..end])?;
    let number: u64 = if whole == 0 { 0 } else { text[..whole].parse().ok()? };
    let nanoseconds = number.checked_mul(*scale).filter(|sum| *sum <= LARGEST)?;
    // A fraction adds less than one unit. Go ignores digits that no longer fit.
    let more = fraction.bytes().take(12).fold((0_u128, 1_u128), |(number, scale), digit| {
        (number * 10 + u128::from(digit - b'0'), scale * 10)
    });
    let more = u64::try_from(more.0 * u128::from(*scale) / more.1).ok()?;
    Some((nanoseconds.checked_add(more)?, &after[end..]))
}

#[cfg(test)]
mod tests;
