//! Finds the known name that was most likely meant.

/// The name in `known` with the fewest insertions and deletions to `name`, case ignored; of equal ones, the one with
/// the longer common prefix. `None` if `known` is empty.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known.into_iter().min_by_key(|candidate| {
        let candidate = candidate.to_lowercase();
        let alike = name.chars().zip(candidate.chars()).take_while(|(a, b)| a == b).count();
        (distance(&name, &candidate), usize::MAX - alike)
    })
}

/// Longer names are compared only in part: no known name is close to them.
const LONGEST: usize = 64;

/// The number of characters to insert and delete that make one text of another.
pub(super) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(LONGEST).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = diagonal + 2 * usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_wins() {
        let known = ["ipv4pools", "ipv6pools", "ipAddrs", "hwAddr"];
        assert_eq!(nearest("ipv4Pools", known), Some("ipv4pools"));
        assert_eq!(nearest("ipv6-pool", known), Some("ipv6pools"));
        assert_eq!(nearest("hwaddress", known), Some("hwAddr"));
        assert_eq!(nearest("iface", ["name", "interface"]), Some("interface"));
        assert_eq!(nearest("x", []), None);
    }
}
