use super::*;

#[test]
fn versions_are_compared_as_numbers() {
    assert_eq!(SpecVersion::parse("1.1.0"), Some(SPEC));
    assert_eq!(SpecVersion::parse("1.1"), Some(SPEC));
    assert_eq!(SpecVersion::parse(""), SpecVersion::parse("0.1"));
    assert!(SpecVersion::parse("0.10.0") > SpecVersion::parse("0.4.0"));
    for text in ["x", "1.", "1.0.0.0", "1.0.0-rc1", " 1.0.0", "v1.0.0"] {
        assert_eq!(SpecVersion::parse(text), None, "{text:?}");
    }
}

#[test]
fn a_plugin_supports_what_it_lists() {
    let answer = br#"{"cniVersion":"1.0.0","supportedVersions":["0.1.0","0.4.0","1.0.0"],"x":1}"#;
    let versions = Versions::parse(answer).unwrap();
    assert!(versions.supports(Some("0.4.0")));
    assert!(versions.supports(None) && versions.supports(Some("")));
    assert!(!versions.supports(Some("1.1.0")));
    assert!(
        !Versions::parse(br#"{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}"#).unwrap().supports(None)
    );
}

#[test]
fn old_plugins_are_understood_and_broken_ones_explained() {
    let old = Versions::parse(br#"{"cniVersion":"0.2.0"}"#).unwrap();
    assert_eq!(old.all(), ["0.1.0", "0.2.0"]);
    let ancient = Versions::parse(br#"{"code":4,"msg":"unknown CNI_COMMAND: VERSION"}"#).unwrap();
    assert_eq!(ancient.all(), ["0.1.0"]);
    assert_eq!(Versions::parse(br#"{"cniVersion":"1.0.0"}"#), Err(VersionError::NoSupportedVersions));
    assert_eq!(Versions::parse(br#"{"supportedVersions":["1.0.0"]}"#), Err(VersionError::NoVersion));
    assert_eq!(Versions::parse(br#"{"code":7,"msg":"no"}"#), Err(VersionError::Refused("no".into())));
    assert!(matches!(Versions::parse(b"CNI tuning plugin v1.1.1\n"), Err(VersionError::Unreadable(_))));
    assert!(matches!(Versions::parse(b""), Err(VersionError::Unreadable(_))));
}
