//! Durations on the command line.

use std::time::Duration;

/// Parses `5m`, `1h 30m`, `100ms`, `0`.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 90s, 5m or 1h30m"))
}

/// A time limit; zero means no limit.
pub(super) fn limit(span: Duration) -> Option<Duration> {
    (!span.is_zero()).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(span("5m").unwrap(), Duration::from_secs(300));
        assert_eq!(span("1h30m").unwrap(), Duration::from_secs(5400));
        assert_eq!(span("0").unwrap(), Duration::ZERO);
        assert_eq!(limit(span("0s").unwrap()), None);
        for text in ["", "5", "-1s", "soon"] {
            assert!(span(text).is_err(), "{text:?}");
        }
    }
}
