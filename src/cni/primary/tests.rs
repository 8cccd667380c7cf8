use super::*;
use crate::cni::Content;

const AZURE: &str =
    r#"{"cniVersion":"0.3.0","name":"azure","plugins":[{"type":"azure-vnet"},{"type":"portmap"}]}"#;
const BRIDGE: &str = r#"{"name":"other","plugins":[{"type":"bridge"},{"type":"portmap"}]}"#;
const LOOPBACK: &str = r#"{"name":"lo","plugins":[{"type":"loopback"}]}"#;
const MULTUS: &str = r#"{"name":"multus-cni-network","type":"multus","delegates":[{"type":"azure-vnet"}]}"#;

/// The result as a word: the name, with `!` (invalid), `meta` or `ours` before it, or `-`.
fn found(files: &[(&str, &str)], selector: &str) -> String {
    let listing: Listing<'_> =
        files.iter().map(|(name, text)| (*name, Content::Bytes(text.as_bytes().into()))).collect();
    let selector = (!selector.is_empty()).then(|| selector.parse::<Selector>().unwrap());
    let ours = |name: &str| name == "05-antrea.conflist";
    match primary(&listing, selector.as_ref(), &ours, &[], Libcni::Any) {
        Primary::Found { name, .. } => name,
        Primary::Invalid { name, .. } => format!("!{name}"),
        Primary::Meta { name } => format!("meta {name}"),
        Primary::Ours { name } => format!("ours {name}"),
        Primary::Missing { looked_for, there } => {
            assert_eq!(there.len(), files.len());
            assert!(selector.is_none_or(|selector| selector.to_string() == looked_for));
            "-".to_owned()
        }
    }
}

#[test]
fn the_first_file_that_counts_decides() {
    for (files, expected) in [
        (&[][..], "-"),
        (&[("10-azure.conflist", AZURE), ("20-b.conflist", BRIDGE)], "10-azure.conflist"),
        (&[("10-azure.conflist", ""), ("20-b.conflist", BRIDGE)], "!10-azure.conflist"),
        (&[("05-antrea.conflist", ""), ("10-azure.conflist", AZURE)], "10-azure.conflist"),
        (&[("10-azure.conflist.tmp", AZURE), ("calico-kubeconfig", "x")], "-"),
        (&[(".10.conflist", AZURE)], ".10.conflist"),
        (&[("100-crio-bridge.conflist", BRIDGE), ("15-azure.conflist", AZURE)], "15-azure.conflist"),
        (&[("87-podman-bridge.conflist", BRIDGE), ("nerdctl-bridge.conflist", "")], "-"),
        (&[("00-lo.conflist", LOOPBACK), ("15-azure.conflist", AZURE)], "15-azure.conflist"),
        (&[("00-lo.conflist", LOOPBACK)], "-"),
        (&[("10-containerd-net.conflist", BRIDGE)], "10-containerd-net.conflist"),
        (&[("10-containerd-net.conflist", BRIDGE), ("15-azure.conflist", AZURE)], "15-azure.conflist"),
        (&[("10-containerd-net.conflist", BRIDGE), ("15-azure.conflist", "{")], "!15-azure.conflist"),
        (&[("10-containerd-net.conflist", ""), ("99-lo.conflist", LOOPBACK)], "!10-containerd-net.conflist"),
        (&[("00-multus.conf", MULTUS), ("10-azure.conflist", AZURE)], "meta 00-multus.conf"),
        (&[("00-m.conf", r#"{"name":"m","type":"multus-shim"}"#)], "meta 00-m.conf"),
        (&[("10-azure.conflist", AZURE), ("70-multus.conf", MULTUS)], "10-azure.conflist"),
    ] {
        assert_eq!(found(files, ""), expected, "{files:?}");
    }
}

/// On CRI-O its own bridge is a network of the cluster, if no other is there.
#[test]
fn the_runtime_s_own_bridge_counts_if_nothing_else_is_there() {
    let own = ["100-crio", "11-crio"];
    for (files, expected) in [
        (&[("11-crio-ipv4-bridge.conflist", BRIDGE)][..], Some("11-crio-ipv4-bridge.conflist")),
        (&[("100-crio-bridge.conflist", BRIDGE), ("15-azure.conflist", AZURE)], Some("15-azure.conflist")),
        (
            &[("100-crio-bridge.conflist", BRIDGE), ("87-podman-bridge.conflist", BRIDGE)],
            Some("100-crio-bridge.conflist"),
        ),
        (&[("87-podman-bridge.conflist", BRIDGE)], None),
    ] {
        let listing: Listing<'_> =
            files.iter().map(|(name, text)| (*name, Content::Bytes(text.as_bytes().into()))).collect();
        let found = match primary(&listing, None, &|_| false, &own, Libcni::Any) {
            Primary::Found { name, .. } => Some(name),
            _ => None,
        };
        assert_eq!(found.as_deref(), expected, "{files:?}");
        assert!(found.is_none_or(|name| is_last_resort(&name, &own) != (name == "15-azure.conflist")));
    }
}

#[test]
fn a_selector_says_which() {
    let node = &[
        ("00-multus.conf", MULTUS),
        ("05-antrea.conflist", AZURE),
        ("10-other.conflist", BRIDGE),
        ("15-azure.conflist", AZURE),
        ("20-broken.conflist", "{"),
        ("87-podman-bridge.conflist", BRIDGE),
    ];
    for (selector, expected) in [
        ("15-azure.conflist", "15-azure.conflist"),
        ("20-broken.conflist", "!20-broken.conflist"),
        ("99-x.conflist", "-"),
        ("05-antrea.conflist", "ours 05-antrea.conflist"),
        ("00-multus.conf", "00-multus.conf"),
        ("87-podman-bridge.conflist", "87-podman-bridge.conflist"),
        ("*.conflist", "10-other.conflist"),
        ("*azure*", "15-azure.conflist"),
        ("*.conf", "meta 00-multus.conf"),
        ("87-*", "-"),
        ("network=azure", "15-azure.conflist"),
        ("network=multus-cni-network", "00-multus.conf"),
        ("type=portmap", "10-other.conflist"),
        ("type=azure-vnet", "15-azure.conflist"),
        ("type=multus", "00-multus.conf"),
        ("network=later", "!20-broken.conflist"),
    ] {
        assert_eq!(found(node, selector), expected, "{selector}");
    }
}

#[test]
fn a_broken_file_that_could_be_the_one_decides() {
    let node = &[("10-first.conflist", ""), ("15-azure.conflist", AZURE)];
    assert_eq!(found(node, "network=azure"), "!10-first.conflist");
    assert_eq!(found(node, "15-azure.conflist"), "15-azure.conflist");
    let node = &[("10-containerd-net.conflist", ""), ("100-crio.conflist", ""), ("15-azure.conflist", AZURE)];
    assert_eq!(found(node, "network=azure"), "15-azure.conflist");
}

#[test]
fn a_text_that_selects_nothing_is_refused() {
    for text in ["", "network=", "type=", "/etc/cni/net.d/10-azure.conflist", "10-azure.conflist.bak"] {
        assert!(text.parse::<Selector>().is_err(), "{text:?}");
    }
    // Patterns that Go and a shell read differently are refused.
    let refused = |text: &str| text.parse::<Selector>().unwrap_err();
    assert_eq!(refused("[!2-9]*"), SelectorError::Negation("[!2-9]*".to_owned()));
    for text in ["[a", "10-[]*", "[a-]*", "*\\"] {
        assert_eq!(refused(text), SelectorError::Malformed(text.to_owned()));
    }
}
