//! Passwords and tokens in other programs' files never appear in output, and the files keep them.

use std::process::Command;

use proptest::prelude::*;

use crate::support::{CHAIN, CONF, PROGRAM, Scratch, TUNING};

const SECRET: &str = "Hunter2Hunter2";

/// A primary with a secret at one of the usual keys of plugins; the runtime's rules accept each.
fn primary() -> impl Strategy<Value = String> {
    let secret = prop::sample::select(
        &[
            r#""k8s_auth_token": "SECRET""#,
            r#""Password":"SECRET""#,
            r#""kubernetes": { "k8s_api_root": "https://me:SECRET@10.0.0.1:443", "token" : "SECRET" }"#,
            r#""headers": { "Authorization": ["Bearer SECRET", "SECRET"] }"#,
            r#""auths": { "r.io": { "auth": "SECRET", "email": "SECRET" } }"#,
            r#""args": "{\"registry\": {\"identitytoken\": \"SECRET\"}}""#,
            "\"etcd_passphrase\":\n  \"SECRET\"",
            r#""env": ["API_KEY=SECRET", "HTTPS_PROXY=http://me:SECRET@proxy:3128"]"#,
        ][..],
    );
    (secret, any::<bool>()).prop_map(|(secret, one_line)| {
        let secret = secret.replace("SECRET", SECRET);
        let text = format!("{{\n \"cniVersion\": \"0.4.0\",\n \"name\": \"n\",\n \"plugins\": [\n  {{ \"type\": \"azure-vnet\",\n   {secret} }}\n ]\n}}\n");
        if one_line { text.replace('\n', "") } else { text }
    })
}

/// Every output of every verb, in every form.
fn told(scratch: &Scratch) -> String {
    let mut all = String::new();
    let root = scratch.root().to_string_lossy().into_owned();
    let mut run = |verb: &str, more: &[&str]| {
        for output in ["text", "json"] {
            for log in ["text", "json"] {
                let common =
                    ["--host-root", &root, "--output", output, "--log-format", log, "--log-level", "trace"];
                let ran = Command::new(PROGRAM).arg(verb).args(common).args(more).output().unwrap();
                assert_ne!(ran.status.code(), Some(2), "{}", String::from_utf8_lossy(&ran.stderr));
                all.push_str(&String::from_utf8_lossy(&ran.stdout));
                all.push_str(&String::from_utf8_lossy(&ran.stderr));
            }
        }
    };
    let install = ["--plugin", TUNING, "--runtime", "none", "--primary-timeout", "1s"];
    run("install", &[&install[..], &["--dry-run"]].concat());
    run("install", &install);
    run("check", &[]);
    let uninstall = ["--owner", "tuning", "--runtime", "none"];
    run("uninstall", &[&uninstall[..], &["--dry-run"]].concat());
    run("uninstall", &uninstall);
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_of_a_file_is_in_no_output(primary in primary()) {
        let scratch = Scratch::new().primary(&primary).plugins(&["azure-vnet", "tuning"]);
        let told = told(&scratch);
        prop_assert!(told.contains("somaxconn"), "the diff of the chain is told: {told}");
        prop_assert!(told.contains("***"), "and where something is hidden: {told}");
        prop_assert!(!told.contains("Hunter2"), "{told}");
    }
}

/// A registry's password in containerd's config, and a token in the kubeconfig of a plugin: `check` reads both, as its
/// findings show.
#[test]
fn a_secret_beside_the_network_is_in_no_output() {
    const KUBECONFIG: &str = "etc/cni/net.d/azure.kubeconfig";
    let config = format!(
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  conf_template = \"bare\"\n\
         [plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"r.io\".auth]\n  username = \"me\"\n  \
         password = \"{SECRET}\"\n  identitytoken = \"{SECRET}\"\n"
    );
    // {"alg":"none"} and {"exp":1}
    let token = format!("eyJhbGciOiJub25lIn0.eyJleHAiOjF9.{SECRET}");
    let kubeconfig =
        format!("apiVersion: v1\nkind: Config\nusers:\n- name: cni\n  user:\n    token: {token}\n");
    let primary = format!(
        r#"{{"cniVersion":"0.4.0","name":"n","plugins":[{{"type":"azure-vnet","kubernetes":{{"kubeconfig":"/{KUBECONFIG}"}}}}]}}"#
    );
    let scratch = Scratch::new()
        .primary(primary)
        .plugins(&["azure-vnet", "tuning"])
        .file("etc/containerd/config.toml", config)
        .file(KUBECONFIG, kubeconfig);
    let told = told(&scratch);
    for finding in ["conf-template-bare", "token-expired"] {
        assert!(told.contains(finding), "{finding}: {told}");
    }
    assert!(!told.contains("Hunter2") && !told.contains("eyJleHAiOjF9"), "{told}");
}

/// The chain has the primary's secret: only output is masked.
#[test]
fn the_chain_keeps_the_secret() {
    let primary =
        r#"{"cniVersion":"0.4.0","name":"n","plugins":[{"type":"azure-vnet","token":"Hunter2Hunter2"}]}"#;
    let scratch = Scratch::new().primary(primary).plugins(&["azure-vnet", "tuning"]);
    let ran = scratch.run(&["install", "--plugin", TUNING]);
    ran.exits(0);
    let chain = std::fs::read_to_string(scratch.path(format!("{CONF}/{CHAIN}"))).unwrap();
    assert!(chain.contains(SECRET), "{chain}");
}
