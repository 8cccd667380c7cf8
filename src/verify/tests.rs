use super::*;
use crate::node::{LoadedNetwork, Release};

const CHAIN: &str = r#"{"name":"n","plugins":[{"type":"ptp"},{"type":"tuning"}]}"#;

fn status(source: &str, types: &[&str], ready: bool, message: &str, load: &str, major: u32) -> Status {
    let network = |ifname: &str, source: Option<String>, types: &[&str]| LoadedNetwork {
        ifname: ifname.to_owned(),
        name: "n".to_owned(),
        cni_version: "1.0.0".to_owned(),
        types: types.iter().map(|t| (*t).to_owned()).collect(),
        source,
    };
    Status {
        runtime_version: format!("{major}.0.0"),
        release: Some(Release::new(major, 0, 0)),
        network_ready: ready,
        network_reason: String::new(),
        network_message: message.to_owned(),
        load_status: Some(load.to_owned()),
        networks: Some(vec![
            network("lo", None, &["loopback"]),
            network("eth0", Some(source.to_owned()), types),
        ]),
        conf_dir: None,
        bin_dirs: Vec::new(),
        live: crate::node::LiveValues::default(),
        deprecations: Vec::new(),
        config: None,
    }
}

fn verdict(status: &Status) -> Verification {
    verify(status, CHAIN.as_bytes(), &["ptp".to_owned(), "tuning".to_owned()]).verdict
}

#[test]
fn only_the_published_bytes_and_types_prove_it() {
    let both = ["ptp", "tuning"];
    assert_eq!(verdict(&status(CHAIN, &both, true, "", "OK", 1)), Verification::Verified);
    assert_eq!(verdict(&status("{}", &both, true, "", "OK", 1)), Verification::NotLoaded);
    // A directory beside the file may add plugins (libcni 1.3), so the types are compared too.
    let more = status(CHAIN, &["ptp", "tuning", "x"], true, "", "OK", 2);
    assert_eq!(verdict(&more), Verification::MorePlugins(vec!["x".to_owned()]));
    assert!(!verify(&more, CHAIN.as_bytes(), &["ptp".to_owned(), "tuning".to_owned()]).is_verified());
    assert_eq!(verdict(&status(CHAIN, &["ptp", "x"], true, "", "OK", 2)), Verification::NotLoaded);
    let failed = status(CHAIN, &both, true, "", "cni config load failed", 1);
    assert_eq!(verdict(&failed), Verification::LoadFailed("cni config load failed".to_owned()));
}

#[test]
fn a_plugin_that_says_not_ready_is_no_failure_but_a_missing_one_is() {
    let both = ["ptp", "tuning"];
    let says = status(CHAIN, &both, false, "plugin status: not available (code 50)", "OK", 2);
    assert!(matches!(verdict(&says), Verification::PluginNotReady(_)));
    let missing = status(CHAIN, &both, false, "failed to find plugin \"tuning\" in path", "OK", 2);
    assert!(matches!(verdict(&missing), Verification::NotReady(_)));
    for words in ["permission denied", "exec format error", "no such file or directory"] {
        let message = format!("fork/exec /opt/cni/bin/tuning: {words}");
        let broken = status(CHAIN, &both, false, &message, "OK", 2);
        assert!(
            matches!(verdict(&broken), Verification::NotReady(_)),
            "a plugin that does not run says nothing"
        );
    }
    let old = status(CHAIN, &both, false, "cni plugin not initialized", "OK", 1);
    assert!(matches!(verdict(&old), Verification::NotReady(_)));
}
