//! The bill of materials as CycloneDX 1.5 JSON.

use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::graph::{Crate, Graph};

/// What the binary was built for and by.
pub(crate) struct Build<'a> {
    pub(crate) target: &'a str,
    /// `rustc --version`.
    pub(crate) rustc: &'a str,
    /// Seconds since 1970.
    pub(crate) epoch: u64,
}

/// The document, with a final newline.
pub(crate) fn document(graph: &Graph, sums: &BTreeMap<(String, String), String>, build: &Build<'_>) -> String {
    let reference = |c: &Crate| format!("pkg:cargo/{}@{}", c.name, c.version);
    let component = |c: &Crate| {
        let mut out = json!({
            "type": "library",
            "bom-ref": reference(c),
            "name": c.name,
            "version": c.version,
            // CycloneDX: "excluded" is what helped to build and is not in what was built.
            "scope": if c.linked { "required" } else { "excluded" },
            "purl": reference(c),
        });
        if let Some(license) = &c.license {
            out["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if let Some(sum) = sums.get(&(c.name.clone(), c.version.clone())) {
            out["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
        }
        if let Some(url) = &c.repository {
            out["externalReferences"] = json!([{ "type": "vcs", "url": url }]);
        }
        out
    };
    let mut components: Vec<Value> = graph.crates.values().map(component).collect();
    let release = build.rustc.split(' ').nth(1).unwrap_or("unknown");
    components.push(json!({
        "type": "library",
        "bom-ref": "rust-std",
        "name": "rust-std",
        "version": release,
        "scope": "required",
        "licenses": [{ "expression": "MIT OR Apache-2.0" }],
    }));
    let libc = if build.target.ends_with("musl") { ("musl", "MIT") } else { ("glibc", "LGPL-2.1-or-later") };
    components.push(json!({
        "type": "library",
        "bom-ref": libc.0,
        "name": libc.0,
        "scope": "required",
        "licenses": [{ "expression": libc.1 }],
    }));

    let needs = |c: &Crate| {
        let of: Vec<String> = c.needs.iter().filter_map(|id| graph.crates.get(id)).map(reference).collect();
        json!({ "ref": reference(c), "dependsOn": of })
    };
    let mut dependencies = vec![needs(&graph.root)];
    dependencies.extend(graph.crates.values().map(needs));

    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": timestamp(build.epoch),
            "component": {
                "type": "application",
                "bom-ref": reference(&graph.root),
                "name": graph.root.name,
                "version": graph.root.version,
                "licenses": [{ "expression": graph.root.license.clone().unwrap_or_default() }],
                "purl": reference(&graph.root),
            },
            "properties": [
                { "name": "cni-bootstrap:target", "value": build.target },
                { "name": "cni-bootstrap:rustc", "value": build.rustc },
            ],
        },
        "components": components,
        "dependencies": dependencies,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// RFC 3339 in UTC. The day count is Howard Hinnant's civil-from-days.
fn timestamp(epoch: u64) -> String {
    let (days, second) = (epoch / 86_400, epoch % 86_400);
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn a_moment_is_written_as_a_date() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp(1_798_761_599), "2026-12-31T23:59:59Z");
    }
}
