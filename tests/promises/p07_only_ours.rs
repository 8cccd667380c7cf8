//! 7. Only what its record says it wrote is ever altered or removed (adoption is recorded too).

use std::fs;

use crate::support::{BIN, CHAIN, CONF, PRIMARY, Scratch};

#[test]
fn a_chain_that_somebody_changed_survives_uninstall() {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    let changed = PRIMARY.replace("azure\"", "changed\"");
    fs::write(scratch.chain(), &changed).unwrap();
    scratch.uninstall().exits(0).finds("changed-since");
    assert_eq!(scratch.chained(), changed);
}

#[test]
fn a_binary_that_somebody_replaced_survives_uninstall() {
    let scratch = Scratch::new().primary(PRIMARY).plugins(&["azure-vnet", "portmap"]);
    let option = format!("tuning={}", scratch.plugin_input("tuning-new"));
    scratch.install(&["--install-bin", &option]).exits(0);
    let path = scratch.path(BIN).join("tuning");
    fs::write(&path, "somebody else's").unwrap();
    scratch.uninstall().exits(0).finds("changed-since");
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
}

#[test]
fn without_a_record_nothing_is_removed() {
    let scratch = Scratch::ready().conf(CHAIN, PRIMARY.replace("portmap", "tuning"));
    let before = scratch.stamps();
    scratch.uninstall().exits(0).outcome("unchanged");
    before.assert_same(&scratch.stamps());
}

#[test]
fn a_damaged_record_is_left_as_it_is_and_nothing_is_done() {
    for damaged in ["", "{", r#"{"schema":"cni-bootstrap.record/9"}"#] {
        let scratch = Scratch::ready().file("var/lib/cni-bootstrap/tuning.json", damaged);
        let before = scratch.stamps();
        scratch.install(&[]).fails("record-unusable").says(&["/var/lib/cni-bootstrap/tuning.json"]);
        scratch.uninstall().fails("record-unusable").says(&["/var/lib/cni-bootstrap/tuning.json"]);
        before.assert_same(&scratch.stamps());
    }
}

#[test]
fn an_empty_file_at_the_output_path_is_adopted_and_not_restored() {
    let scratch = Scratch::ready().conf(CHAIN, "");
    scratch.install(&[]).exits(0).finds("adopted-file");
    assert!(scratch.chained().contains("tuning"));
    scratch.uninstall().exits(0);
    assert!(!scratch.chain().exists(), "an empty file does not load");
}

#[test]
fn an_adopted_chain_that_loads_is_restored() {
    let former = PRIMARY.replace("portmap", "tuning");
    let scratch = Scratch::ready().conf(CHAIN, &former);
    scratch.install(&[]).exits(0).finds("adopted-file");
    assert_ne!(scratch.chained(), former);
    let record: serde_json::Value = serde_json::from_slice(&fs::read(scratch.record()).unwrap()).unwrap();
    assert_eq!(record["paths"]["/etc/cni/net.d/05-tuning.conflist"]["before"]["text"], former.as_str());
    scratch.uninstall().exits(0);
    assert_eq!(scratch.chained(), former);
}

#[test]
fn an_adopted_chain_whose_binary_goes_is_not_restored() {
    let scratch = Scratch::new().primary(PRIMARY).plugins(&["azure-vnet", "portmap"]);
    let scratch = scratch.conf(CHAIN, PRIMARY.replace("portmap", "tuning"));
    let option = format!("tuning={}", scratch.plugin_input("tuning-new"));
    scratch.install(&["--install-bin", &option]).exits(0);
    scratch.uninstall().exits(0);
    assert!(!scratch.chain().exists() && !scratch.path(BIN).join("tuning").exists());
}

#[test]
fn a_foreign_network_at_the_output_path_is_refused() {
    let scratch = Scratch::ready().conf(CHAIN, PRIMARY);
    let before = scratch.stamps();
    scratch.install(&[]).fails("output-path-occupied").says(&[CHAIN, "--output-file"]);
    before.assert_same(&scratch.stamps());
}

#[test]
fn a_lost_record_is_no_reason_to_write_for_ever() {
    let scratch = Scratch::ready();
    scratch.install(&[]).exits(0);
    fs::remove_dir_all(scratch.path("var/lib/cni-bootstrap")).unwrap();
    scratch.install(&[]).exits(0);
    scratch.install(&[]).exits(0).outcome("unchanged");
    assert!(scratch.path(CONF).join(CHAIN).exists());
}
