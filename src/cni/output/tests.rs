use super::*;

fn name(given: Option<&str>, primary: &str, there: &[&'static str]) -> Result<String, String> {
    output_file("antrea", given, Some(primary), there.iter().copied()).map_err(|error| match error {
        OutputError::Behind { first, .. } => first,
        other => other.to_string(),
    })
}

#[test]
fn the_chain_sorts_before_everything_that_loads() {
    assert_eq!(name(None, "10-azure.conflist", &["10-azure.conflist"]).unwrap(), "05-antrea.conflist");
    assert_eq!(name(None, "05-cilium.conflist", &[]).unwrap(), "05-antrea.conflist");
    assert_eq!(name(None, "05-aaa.conflist", &[]).unwrap(), "00-antrea.conflist");
    assert_eq!(name(None, "01-x.conf", &["01-x.conf"]).unwrap(), "00-antrea.conflist");
    assert_eq!(name(None, "10-a.conflist", &["05-antrea.conflist"]).unwrap(), "05-antrea.conflist");
    assert_eq!(name(None, "10-a.conflist", &["00-x.conflist.bak", "00-dir"]).unwrap(), "05-antrea.conflist");
    assert_eq!(name(Some("09-x.conflist"), "10-a.conflist", &[]).unwrap(), "09-x.conflist");
}

#[test]
fn the_file_in_the_way_is_named() {
    assert_eq!(name(None, "10-a.conflist", &["00-multus.conf"]).unwrap_err(), "00-multus.conf");
    assert_eq!(name(None, "00-a.conflist", &[]).unwrap_err(), "00-a.conflist");
    assert_eq!(name(Some("20-x.conflist"), "10-a.conflist", &[]).unwrap_err(), "10-a.conflist");
    assert_eq!(name(None, "10-a.conflist", &[".hidden.json"]).unwrap_err(), ".hidden.json");
}

#[test]
fn the_primary_is_not_overwritten() {
    let error = output_file("x", Some("10-a.conflist"), Some("10-a.conflist"), []).unwrap_err();
    assert_eq!(error, OutputError::IsPrimary("10-a.conflist".into()));
}

#[test]
fn names_that_cannot_hold_a_list_are_refused() {
    for given in ["", "a/b.conflist", "05-x.conf", "05-x", "05-x.conflist.tmp"] {
        assert!(name(Some(given), "10-a.conflist", &[]).is_err(), "{given:?}");
    }
}
