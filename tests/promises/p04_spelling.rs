//! 4. Key order, unknown keys and the spelling of numbers of the primary survive; its `name` and `cniVersion` are never
//!    changed.

use crate::support::{Scratch, TUNING};

/// All spellings that a JSON library would normalise.
const ODD: &str = "{\"zeta\": [1.0, 1e3, 18446744073709551616, -0.0, 1E+2],\r\n\t\"plugins\" :[ {\"mtu\":1.50e3,\"type\":\"azure-vnet\",\"a\\u0062c\":\"\\u00e9\"} ],\"x-unknown\":{\"b\":1,\"a\":null},\"name\":\"azure\",\"cniVersion\":\"0.3.0\"}";

#[test]
fn the_chain_is_the_primary_with_our_plugin_in_it_and_nothing_else() {
    for (position, anchor) in [("first", "[ "), ("last", "\"\\u00e9\"}")] {
        let scratch = Scratch::ready().primary(ODD);
        scratch.install(&["--position", position]).exits(0);
        let chain = scratch.chained();
        let at = ODD.find(anchor).unwrap() + anchor.len();
        let ours = chain.find(r#"{"type":"tuning""#).unwrap_or_else(|| panic!("{chain}"));
        let length = chain.len() - ODD.len();
        // Only the added plugin and its comma are new.
        let added = &chain[at..at + length];
        assert_eq!(format!("{}{added}{}", &ODD[..at], &ODD[at..]), chain);
        assert!((at..at + length).contains(&ours));
        assert_eq!(without_space(added).trim_matches(','), TUNING);
    }
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
