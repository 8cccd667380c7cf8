use proptest::prelude::*;

use super::*;
use crate::cni::Position;

const PRIMARIES: [(&str, &str); 5] = [
    (
        "10-azure.conflist",
        "{\n\t\"cniVersion\": \"0.3.0\",\n\t\"name\": \"azure\",\n\t\"plugins\": [\n\t\t{\"type\": \"azure-vnet\", \"mtu\": 1.50e3},\n\t\t{\"type\": \"portmap\"}\n\t]\n}\n",
    ),
    (
        "10-calico.conflist",
        r#"{"name":"k8s-pod-network","cniVersion":"0.3.1","plugins":[{"type":"calico","ipam":{"type":"calico-ipam"}},{"type":"portmap","snat":true}]}"#,
    ),
    (
        "10-flannel.conflist",
        "{\"name\":\"cbr0\",\"plugins\":[{\"type\":\"flannel\",\"delegate\":{\"hairpinMode\":true}} , { \"type\":\"tuning\",\"mtu\":1 }]}\r\n",
    ),
    (
        "10-ovn-kubernetes.conf",
        r#"{"cniVersion":"0.4.0","name":"ovn-kubernetes","type":"ovn-k8s-cni-overlay","ipam":{},"dns":{}}"#,
    ),
    (
        "05-cilium.json",
        "{\n  \"cniVersion\": \"0.3.1\",\n  \"name\": \"cilium\",\n  \"type\": \"cilium-cni\"\n}\n",
    ),
];

fn layers(which: usize, position: &Position) -> Vec<ChainLayer> {
    let all = [r#"{"type":"tuning","sysctl":{"a":"1"}}"#, r#"{"type":"bandwidth","x":1.0}"#];
    let layer = |(at, text): (usize, &&str)| ChainLayer {
        owner: format!("owner-{at}"),
        plugins: vec![text.parse().unwrap()],
        position: position.clone(),
    };
    all.iter().enumerate().take(which).map(layer).collect()
}

fn list(name: &str, bytes: &[u8]) -> Conflist {
    Conflist::read(name, bytes, Libcni::Any).unwrap()
}

proptest! {
    /// The base of what is published is the primary, byte for byte; what is published of the base is the same again.
    #[test]
    fn the_base_of_what_is_published_is_the_primary(
        primary in prop::sample::select(&PRIMARIES[..]), owners in 1_usize..3, first in any::<bool>()
    ) {
        let (name, text) = primary;
        let layers = layers(owners, if first { &Position::First } else { &Position::Last });
        let made = publication((name, &list(name, text.as_bytes())), &layers, Layout::InPlace, "").unwrap();
        let chain = &made.composed.bytes;
        let mut written = Written::new(Kind::Chain, Before::Absent);
        written.place = Place::Primary;
        written.wrote = vec![Digest::of(chain)];
        let added: Vec<Plugin> = layers.iter().flat_map(|layer| layer.plugins.clone()).collect();
        if made.name == name {
            written.before = Before::Bytes(text.into());
        }
        let base = base_of((&made.name, chain), &added, &written, Libcni::Any);
        let expected = if made.name == name { Base::Bytes(text.as_bytes().into()) } else { Base::Retired };
        prop_assert_eq!(base, expected);
        // Another installer wrote the list anew, with a field of its own: the base has the field, and not the plugins.
        let theirs: Arc<[u8]> = String::from_utf8_lossy(chain).replacen('{', "{\"theirs\":1,", 1).into_bytes().into();
        let base = base_of((&made.name, &theirs), &added, &written, Libcni::Any);
        let Base::Bytes(base) = base else { return Err(TestCaseError::fail("a list was expected")) };
        let again = publication((&made.name, &list(&made.name, &base)), &layers, Layout::InPlace, "").unwrap();
        written.before = Before::Bytes(base.to_vec());
        written.wrote.clear();
        prop_assert_eq!(base_of((&made.name, &again.composed.bytes), &added, &written, Libcni::Any), Base::Bytes(base));
        if made.name == name {
            let expected = text.replacen('{', "{\"theirs\":1,", 1);
            let found = base_of((name, &theirs), &added, &Written { before: Before::Bytes(text.into()), ..written }, Libcni::Any);
            prop_assert_eq!(found, Base::Bytes(expected.into_bytes().into()));
        }
    }
}

#[test]
fn only_a_list_keeps_its_name() {
    for (name, expected) in
        [("10-a.conf", "10-a.conflist"), ("a.b.json", "a.b.conflist"), ("x.conflist", "x.conflist")]
    {
        assert_eq!(in_place_name(name), expected);
    }
}

#[test]
fn with_the_other_layouts_the_primary_s_file_stays() {
    let (name, text) = PRIMARIES[0];
    let primary = list(name, text.as_bytes());
    let made =
        publication((name, &primary), &layers(1, &Position::Last), Layout::OwnFile, "05-x.conflist").unwrap();
    assert_eq!(made.name, "05-x.conflist");
    let made = publication((name, &primary), &[], Layout::None, "").unwrap();
    assert_eq!((made.name.as_str(), &*made.composed.bytes), (name, text.as_bytes()));
}
