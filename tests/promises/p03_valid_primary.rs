//! 3. The chain is derived only from a primary that passes the runtime's own loading rules. Until then the last good
//!    chain stays.

use std::fs;
use std::io::Write as _;

use crate::support::{AZURE, CONF, PRIMARY, Scratch};

#[test]
fn a_primary_that_comes_in_pieces_is_waited_for() {
    let scratch = Scratch::new().plugins(&["azure-vnet", "portmap", "tuning"]);
    let waiting = scratch.start_install(&[]).until("no primary");
    let path = scratch.path(CONF).join(AZURE);
    let mut file = fs::File::create(&path).unwrap();
    let mut waiting = waiting.until("0 bytes");
    for piece in PRIMARY.as_bytes().chunks(PRIMARY.len() / 3 + 1) {
        assert!(waiting.is_running() && !scratch.chain().exists());
        file.write_all(piece).unwrap();
    }
    waiting.end().exits(0).outcome("ready");
    assert!(scratch.chained().contains("tuning"));
}

#[test]
fn the_last_good_chain_stays_while_the_primary_is_invalid() {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    let good = scratch.chained();
    for invalid in ["", "{", r#"{"name":"azure","plugins":[]}"#, r#"{"name":"azure","plugins":[{"mtu":1}]}"#]
    {
        fs::write(scratch.path(CONF).join(AZURE), invalid).unwrap();
        scratch.install(&["--primary-timeout", "50ms"]).fails("primary-invalid").says(&[AZURE]);
        assert_eq!(scratch.chained(), good);
    }
}

#[test]
fn an_invalid_first_file_is_never_skipped_for_a_later_one() {
    let scratch = Scratch::ready().conf("07-broken.conflist", "{");
    scratch
        .install(&["--primary-timeout", "50ms"])
        .fails("primary-invalid")
        .says(&["07-broken.conflist", "line 1"]);
    assert!(!scratch.chain().exists());
}
