use super::{Cidr, Family, ip, is_mac};

#[test]
fn prefixes_are_read_as_go_reads_them() {
    for good in ["10.0.0.0/16", "10.0.0.1/0", "fd00::/48", "::ffff:10.0.0.1/128"] {
        assert!(Cidr::parse(good).is_some(), "{good}");
    }
    for bad in [
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/+8",
        "10.0.0/8",
        "fd00::/129",
        "pool/8",
        "01.0.0.0/8",
    ] {
        assert!(Cidr::parse(bad).is_none(), "{bad}");
    }
    let network = |text| Cidr::parse(text).unwrap().network();
    assert_eq!(network("10.0.3.4/16"), network("10.0.0.0/16"));
    assert_ne!(network("10.0.0.0/16"), network("10.0.0.0/17"));
    assert_ne!(network("0.0.0.0/0"), network("::/0"));
    assert_eq!(Cidr::parse("fd00::/48").unwrap().family(), Family::V6);
    assert_eq!(Family::of(ip("::ffff:10.0.0.1").unwrap()), Family::V4);
}

#[test]
fn macs_are_read_as_go_reads_them() {
    for good in ["00:1a:2B:3c:4d:5e", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e", "02:00:5e:10:00:00:00:01"] {
        assert!(is_mac(good), "{good}");
    }
    for bad in [
        "",
        "00:1a:2b:3c:4d",
        "00:1a:2b:3c:4d:5g",
        "0:1a:2b:3c:4d:5e",
        "00:1a-2b:3c:4d:5e",
        "[\"00:1a:2b:3c:4d:5e\"]",
    ] {
        assert!(!is_mac(bad), "{bad}");
    }
}
