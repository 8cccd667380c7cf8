//! A time of the wall clock as text.

/// RFC 3339 in UTC, to the second. `nanos` counts from the epoch.
pub(crate) fn utc(nanos: i128) -> String {
    let seconds = nanos.div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Years of 400 have 146,097 days each. Counted from March on, the leap day is the last of a year.
    let from_march_0 = days + 719_468;
    let (era, day) = (from_march_0.div_euclid(146_097), from_march_0.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next_year;
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{year:04}-{month:02}-{day_of_month:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::utc;

    #[test]
    fn known_times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(utc(seconds * 1_000_000_000 + 7), text);
        }
    }

    proptest! {
        /// Text of one length sorts as the times do.
        #[test]
        fn a_later_time_is_a_later_text(a in 0..253_402_300_799_i64, b in 0..253_402_300_799_i64) {
            let text = |seconds: i64| utc(i128::from(seconds) * 1_000_000_000);
            prop_assert_eq!(a.cmp(&b), text(a).cmp(&text(b)));
        }
    }
}
