//! Properties of every list and every text.

use proptest::prelude::*;

use super::{ChainLayer, Conflist, Libcni, Listing, Plugin, Position, compose, primary, without, would_load};

/// White space between tokens.
fn blank() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\n  "), 1 => Just("\r\n\t"), 1 => Just("\n\n")]
}

/// String literals, with unusual escapes.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z\u{e9}\u{1f600} <>&]{1,3}",
        Just("\\u0041".to_owned()),
        Just("\\/".to_owned()),
        Just("\\ud800".to_owned()),
        Just("\\\"".to_owned()),
        Just("\\\\".to_owned()),
        Just("]}".to_owned()),
        Just("{[".to_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// JSON texts of values.
fn value() -> impl Strategy<Value = String> {
    const NUMBERS: [&str; 9] = [
        "1.0",
        "1e3",
        "1E+2",
        "18446744073709551616",
        "-0",
        "1.10",
        "0",
        "1e-400",
        "123456789012345678901234567890",
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        proptest::sample::select(&NUMBERS[..]).prop_map(ToOwned::to_owned),
        string(),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..4), blank())
                .prop_map(|(values, gap)| { format!("[{gap}{}{gap}]", values.join(&format!("{gap},"))) }),
            (proptest::collection::vec((string(), inner), 0..4), blank()).prop_map(|(members, gap)| {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| format!("{gap}{key}{gap}:{gap}{value}")).collect();
                format!("{{{}{gap}}}", members.join(","))
            }),
        ]
    })
}

/// A plugin object with a type out of `types`.
fn plugin(types: &'static [&'static str]) -> impl Strategy<Value = String> {
    let members = proptest::collection::vec(("x-[a-z]{1,3}", value()), 0..3);
    (proptest::sample::select(types), members, blank(), any::<bool>()).prop_map(
        |(name, members, gap, last)| {
            let mut members: Vec<_> =
                members.iter().map(|(key, value)| format!("\"{key}\":{gap}{value}")).collect();
            members.insert(if last { members.len() } else { 0 }, format!("\"type\"{gap}:\"{name}\""));
            format!("{{{gap}{}{gap}}}", members.join(&format!(",{gap}")))
        },
    )
}

fn list() -> impl Strategy<Value = String> {
    let plugins = proptest::collection::vec(plugin(&["a", "b", "c", "\\u0061"]), 1..4);
    (plugins, value(), blank(), blank(), any::<bool>()).prop_map(|(plugins, extra, outer, inner, last)| {
        let plugins = format!(
            "\"plugins\"{outer}:{outer}[{inner}{}{inner}]",
            plugins.join(&format!("{outer},{inner}"))
        );
        let name = format!("\"name\":{outer}\"n\",{outer}\"\\u0078\":{extra}");
        let members = if last { [name, plugins] } else { [plugins, name] };
        format!("{outer}{{{inner}{}{inner}}}{outer}", members.join(","))
    })
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![
        Just(Position::First),
        Just(Position::Last),
        Just(Position::Before("a".to_owned())),
        Just(Position::After("b".to_owned())),
    ]
}

fn read(bytes: &[u8]) -> Conflist {
    Conflist::read("a.conflist", bytes, Libcni::Any).unwrap()
}

fn layer(owner: &str, plugins: &[String], position: Position) -> ChainLayer {
    ChainLayer {
        owner: owner.to_owned(),
        plugins: plugins.iter().map(|text| text.parse().unwrap()).collect(),
        position,
    }
}

/// True if `long` is `short` with one piece inserted.
fn is_one_insertion(short: &[u8], long: &[u8]) -> bool {
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let tail = short.iter().rev().zip(long.iter().rev()).take_while(|(a, b)| a == b).count();
    head + tail >= short.len() && long.len() > short.len()
}

proptest! {
    /// The base of a chain is found again byte for byte, with the base that the record has; and without it where the
    /// chain replaced nothing. What is found composes to the same chain.
    #[test]
    fn the_base_of_a_chain_is_found_again(
        base in list(), ours in plugin(&["ours", "b"]), more in plugin(&["more"]),
        position in position(), other in position(), single in any::<bool>()
    ) {
        let base = read(base.as_bytes());
        let layers = [layer("o", &[ours], position), layer("p", &[more], other)];
        let layers = if single { &layers[..1] } else { &layers[..] };
        let Ok(composed) = compose(&base, layers) else { return Ok(()) };
        let chain = read(&composed.bytes);
        let added: Vec<Plugin> = layers.iter().flat_map(|layer| layer.plugins.clone()).collect();
        let found = without(&chain, &added, Some(&base)).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(base.bytes()));
        if composed.replaced.is_empty() {
            let found = without(&chain, &added, None).unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&found), String::from_utf8_lossy(base.bytes()));
        }
        prop_assert_eq!(compose(&read(&found), layers).unwrap().bytes, composed.bytes);
    }

    /// Whatever a file of a chain became: its base composes to a chain whose base is the same.
    #[test]
    fn a_base_of_any_list_is_a_fixed_point(list in list(), ours in plugin(&["a", "ours"]), position in position()) {
        let list = read(list.as_bytes());
        let layers = [layer("o", &[ours], position)];
        let added = &layers[0].plugins;
        let Some(base) = without(&list, added, None) else { return Ok(()) };
        let base = read(&base);
        let Ok(composed) = compose(&base, &layers) else { return Ok(()) };
        let again = without(&read(&composed.bytes), added, Some(&base)).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(base.bytes()));
        prop_assert_eq!(compose(&read(&again), &layers).unwrap().bytes, composed.bytes);
    }

    #[test]
    fn composing_keeps_every_foreign_byte_and_adds_once(base in list(), ours in plugin(&["ours"]), position in position()) {
        let base = read(base.as_bytes());
        let layers = [layer("o", &[ours], position)];
        let Ok(composed) = compose(&base, &layers) else { return Ok(()) };
        prop_assert!(is_one_insertion(base.bytes(), &composed.bytes));
        prop_assert!(composed.replaced.is_empty());

        let mut rest = composed.types.clone();
        rest.retain(|name| name != "ours");
        prop_assert_eq!(rest, base.types());
        prop_assert_eq!(composed.types.len(), base.types().len() + 1);

        let again = read(&composed.bytes);
        prop_assert_eq!((again.network(), again.cni_version()), (base.network(), base.cni_version()));
        let twice = compose(&again, &layers).unwrap();
        prop_assert_eq!(&twice.bytes, &composed.bytes);
        prop_assert_eq!(twice.replaced, ["ours"]);
    }

    #[test]
    fn replacing_is_idempotent(base in list(), ours in plugin(&["a"])) {
        let layers = [layer("o", &[ours], Position::Last)];
        let Ok(composed) = compose(&read(base.as_bytes()), &layers) else { return Ok(()) };
        prop_assert_eq!(&compose(&read(&composed.bytes), &layers).unwrap().bytes, &composed.bytes);
    }

    #[test]
    fn a_single_plugin_is_kept_and_composing_it_is_idempotent(base in plugin(&["a"]), ours in plugin(&["ours"]), position in position()) {
        let single = Conflist::read("a.conf", base.as_bytes(), Libcni::Any).unwrap();
        let layers = [layer("o", &[ours], position)];
        let Ok(composed) = compose(&single, &layers) else { return Ok(()) };
        prop_assert!(String::from_utf8(composed.bytes.to_vec()).unwrap().contains(&base));
        prop_assert_eq!(&compose(&read(&composed.bytes), &layers).unwrap().bytes, &composed.bytes);
    }

    #[test]
    fn the_order_of_layers_is_nothing(base in list(), positions in proptest::collection::vec(position(), 3)) {
        let base = read(base.as_bytes());
        let mut layers: Vec<ChainLayer> = positions
            .into_iter()
            .enumerate()
            .map(|(at, position)| layer(&at.to_string(), &[format!("{{\"type\":\"o{at}\"}}")], position))
            .collect();
        let forwards = compose(&base, &layers).ok();
        layers.rotate_left(1);
        prop_assert_eq!(&compose(&base, &layers).ok(), &forwards);
        layers.swap(0, 1);
        prop_assert_eq!(&compose(&base, &layers).ok(), &forwards);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), base in list(), at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let mut spoilt = base.clone().into_bytes();
        let (at, cut) = (at.index(spoilt.len()), cut.index(spoilt.len()));
        spoilt[at] = bytes.first().copied().unwrap_or(b'"');
        for text in [&bytes[..], &spoilt, &base.as_bytes()[..cut]] {
            for name in ["a.conflist", "a.conf"] {
                for rules in [Libcni::V1_1, Libcni::V1_2, Libcni::V1_3, Libcni::Any] {
                    if let Ok(conflist) = Conflist::read(name, text, rules) {
                        prop_assert_eq!(conflist.bytes(), text);
                        let _ = compose(&conflist, &[layer("o", &["{\"type\":\"ours\"}".to_owned()], Position::First)]);
                    }
                }
            }
            let _ = String::from_utf8_lossy(text).parse::<Plugin>();
        }
    }

    #[test]
    fn a_list_cut_short_never_passes(base in list(), cut in any::<prop::sample::Index>()) {
        let text = base.trim_end();
        let cut = cut.index(text.len());
        prop_assert!(Conflist::read("a.conflist", &text.as_bytes()[..cut], Libcni::V1_3).is_err());
    }

    #[test]
    fn what_every_release_loads_is_what_any_means(base in list(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = base.into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let loads = |rules| Conflist::read("a.conflist", &text, rules).is_ok();
        prop_assert_eq!(loads(Libcni::Any), loads(Libcni::V1_1) && loads(Libcni::V1_2) && loads(Libcni::V1_3));
    }

    #[test]
    fn the_primary_of_a_directory_is_what_loads_first(texts in proptest::collection::vec(prop_oneof![3 => list(), 1 => Just(String::new())], 0..4), max in -1_i64..4) {
        let names: Vec<String> = (0..texts.len()).map(|at| format!("{at}0-x.conflist")).collect();
        let listing: Listing<'_> = names
            .iter()
            .zip(&texts)
            .map(|(name, text)| (name.as_str(), super::Content::Bytes(text.as_bytes().into())))
            .collect();
        let found = primary(&listing, None, &|_| false, &[], Libcni::Any);
        match would_load(&listing, max, Libcni::Any) {
            Ok(loaded) => match loaded.first() {
                Some((name, conflist)) => prop_assert_eq!(
                    found,
                    super::Primary::Found { name: (*name).to_owned(), conflist: conflist.clone() }
                ),
                None => prop_assert!(matches!(found, super::Primary::Missing { .. }), "{:?}", found),
            },
            Err(bad) if bad.name == names[0] => {
                prop_assert_eq!(found, super::Primary::Invalid { name: bad.name, violation: bad.violation });
            }
            Err(_) => prop_assert!(matches!(found, super::Primary::Found { .. }), "{:?}", found),
        }
    }
}
