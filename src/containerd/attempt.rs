//! Tries one setting in one place after another, until it is effective and nothing else has changed.

use std::collections::BTreeSet;

use super::dialect::{Dialect, GRPC, IMAGES, Key, RUNC_V2, RUNTIME, SHORT};
use super::effective::view;
use super::files::Files;
use super::fold::Folding;
use super::loader::Loader;
use super::refusal::Refusal;
use super::source::Source;
use super::splice;
use super::tree::{Path, Scalar, Tree};
use crate::node::HostPath;
use crate::node::Release;

/// A place where a setting can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    file: HostPath,
    path: Path,
    /// True if the file also gets `version = 2`.
    version: bool,
}

/// True if the setting has the value on all of these releases. A setting that no file has counts with its default.
pub(crate) fn holds(files: &Files, loaders: &[Loader], key: &Key, value: &Scalar) -> Result<bool, Refusal> {
    has(files, loaders, key, value, default(key).as_ref())
}

/// True if a file sets the value on all of these releases. A default does not count: a file that is added later may
/// override it.
pub(crate) fn said(files: &Files, loaders: &[Loader], key: &Key, value: &Scalar) -> Result<bool, Refusal> {
    has(files, loaders, key, value, None)
}

fn has(
    files: &Files,
    loaders: &[Loader],
    key: &Key,
    value: &Scalar,
    unset: Option<&Scalar>,
) -> Result<bool, Refusal> {
    for loader in loaders {
        let loaded = files.load(*loader)?;
        view(files, *loader)?;
        let set = match loaded.tree.get(&loader.dialect().path(key)) {
            Some(Tree::Leaf(scalar, _)) => scalar == value,
            Some(_) => false,
            None => unset == Some(value),
        };
        if !set {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The default of a setting, if all releases agree on it.
fn default(key: &Key) -> Option<Scalar> {
    match key {
        Key::MaxConfNum => Some(Scalar::Int(1)),
        Key::ConfTemplate => Some(Scalar::Text(String::new())),
        Key::SystemdCgroup(_) => Some(Scalar::Bool(false)),
        Key::SandboxImage | Key::RuntimeType(_) => None,
    }
}

/// Returns the files after the setting was made effective.
pub(crate) fn achieve(
    files: &Files,
    loaders: &[Loader],
    release: Option<Release>,
    key: &Key,
    value: &Scalar,
) -> Result<Files, Refusal> {
    let mut why = None;
    let mut misspelled = None;
    for place in places(files, loaders, key)? {
        match attempt(files, loaders, &place, key, value) {
            Ok(files) => return Ok(files),
            Err(reason) => {
                misspelled = misspelled.or_else(|| not_read_there(files, loaders, &place));
                why.get_or_insert(reason);
            }
        }
    }
    if let Some(refusal) = two_places(files, loaders).or(misspelled) {
        return Err(refusal);
    }
    let why = why.unwrap_or_else(|| "no table is known for it".to_owned());
    let on =
        release.map_or("every release that it may be".to_owned(), |release| format!("containerd {release}"));
    let remedy = if release.is_none() {
        "give the program access to containerd's socket, so that it learns the release; or write the file as \
         version 2"
    } else {
        "write the whole file in one version, with that version's table names (`containerd config migrate` \
         prints it)"
    };
    Err(Refusal::new(
        &files.main,
        format!(
            "no place in the config sets {} = {} on {on} without a change of another value ({why})",
            key.name(),
            shown(value)
        ),
        remedy,
    ))
}

/// Refuses a key that exists in a spelling that one of these releases ignores: a second spelling would make it
/// ambiguous.
fn not_read_there(files: &Files, loaders: &[Loader], place: &Place) -> Option<Refusal> {
    let source = files.sources.get(&place.file)?;
    let tree = Tree::of(source);
    let mut there =
        (1..=place.path.len()).map(|depth| &place.path[..depth]).filter(|path| tree.get(path).is_some());
    there.find_map(|path| {
        let name = Folding::AnyCase.canonical(path).pop()?;
        let unread = loaders.iter().find(|loader| loader.folding().canonical(path).last() != Some(&name))?;
        let spelling = path.last()?;
        Some(Refusal::new(
            &place.file,
            format!("{} does not read {} in this spelling", unread.name(), splice::dotted(path)),
            format!("write {name} for {spelling}"),
        ))
    })
}

/// Refuses a relative import pattern that names different files on different releases of 1.x.
fn two_places(files: &Files, loaders: &[Loader]) -> Option<Refusal> {
    let mut orders = loaders
        .iter()
        .filter(|loader| loader.dialect() == Dialect::Grpc)
        .filter_map(|loader| Some(files.load(*loader).ok()?.order));
    let first = orders.next()?;
    orders.any(|order| order != first).then(|| {
        Refusal::new(
            &files.main,
            "it has relative import patterns, which some releases of containerd 1.x look for in / and others \
             beside the file",
            "write the pattern as an absolute path",
        )
    })
}

/// The places to try, the best first: where the value is set now; beside its neighbours; in the main file; in a
/// drop-in.
fn places(files: &Files, loaders: &[Loader], key: &Key) -> Result<Vec<Place>, Refusal> {
    let mut places: Vec<Place> = Vec::new();
    let mut push = |place: Place| {
        if !places.contains(&place) {
            places.push(place);
        }
    };
    let mut order = Vec::new();
    for loader in loaders {
        let loaded = files.load(*loader)?;
        let path = loader.dialect().path(key);
        if let Some(Tree::Leaf(_, origin)) = loaded.tree.get(&path) {
            push(Place { file: origin.file.clone(), path: origin.path.clone(), version: false });
        }
        // The last file that sets something in the same table, else in the same plugin.
        for known in [&path[..path.len() - 1], &path[..2]] {
            let origins = loaded.tree.get(known).map(Tree::origins).unwrap_or_default();
            let says = |file: &&HostPath| origins.iter().any(|origin| origin.file == **file);
            if let Some(file) = loaded.order.iter().rev().find(says) {
                order.push(file.clone());
            }
        }
        order.push(files.main.clone());
        order.extend(loaded.order.iter().skip(1).rev().cloned());
    }
    let mut seen = BTreeSet::new();
    order.retain(|file| seen.insert(file.clone()));
    for file in order {
        let Some(source) = files.sources.get(&file) else { continue };
        let spelled = |dialect: Dialect| spelled(source, loaders, &dialect.path(key));
        if file == files.main && names_no_plugin(source) {
            push(Place { file: file.clone(), path: spelled(Dialect::Grpc), version: true });
        }
        for dialect in dialects(source) {
            push(Place { file: file.clone(), path: spelled(dialect), version: false });
        }
    }
    Ok(places)
}

/// The path with the spelling of the keys that the file already has: a key is never written a second time in another
/// case.
fn spelled(source: &Source, loaders: &[Loader], path: &[String]) -> Path {
    let folding = loaders.first().map_or(Folding::AnyCase, |loader| loader.folding());
    folding.spelled(&Tree::of(source), path)
}

/// True if the file has no version, and no entry whose meaning a version would change.
fn names_no_plugin(source: &Source) -> bool {
    // Any spelling counts, also one that this release ignores: a second spelling beside it would be ambiguous.
    source.item("version", Folding::AnyCase).is_none()
        && source.strings("disabled_plugins", Folding::AnyCase).is_empty()
        && source.strings("required_plugins", Folding::AnyCase).is_empty()
        && source
            .item("plugins", Folding::AnyCase)
            .and_then(toml_edit::Item::as_table_like)
            .is_none_or(toml_edit::TableLike::is_empty)
}

/// The table names to try in a file: first those that it uses, then those of its version, then the others.
fn dialects(source: &Source) -> Vec<Dialect> {
    let plugins = source.item("plugins", Folding::AnyCase).and_then(toml_edit::Item::as_table_like);
    let has = |name: &str| plugins.is_some_and(|plugins| plugins.contains_key(name));
    let version = source.item("version", Folding::AnyCase).and_then(toml_edit::Item::as_integer).unwrap_or(0);
    let mut dialects = Vec::new();
    if has(RUNTIME) || has(IMAGES) || version > 2 {
        dialects.push(Dialect::Split);
    }
    if has(GRPC) || version == 2 {
        dialects.push(Dialect::Grpc);
    }
    if has(SHORT) || version < 2 {
        dialects.push(Dialect::Short);
    }
    for dialect in [Dialect::Grpc, Dialect::Split] {
        if !dialects.contains(&dialect) {
            dialects.push(dialect);
        }
    }
    dialects
}

/// Writes the setting at the place and reads all files again. The error is a clause.
fn attempt(
    files: &Files,
    loaders: &[Loader],
    place: &Place,
    key: &Key,
    value: &Scalar,
) -> Result<Files, String> {
    let source = files.sources.get(&place.file).ok_or("the file was not read")?;
    let mut next = source.as_ref().clone();
    let mut allowed = BTreeSet::from([place.path.clone()]);
    let write = |next: &Source, path: &[String], value: &Scalar| {
        let text = splice::set(next, path, value)
            .ok_or_else(|| format!("{} is not laid out as tables in {}", splice::dotted(path), place.file))?;
        next.with_text(&text).map_err(|refusal| refusal.to_string())
    };
    if place.version {
        allowed.insert(vec!["version".to_owned()]);
        let text = splice::set_root(&next, "version", &Scalar::Int(2));
        next = next.with_text(&text).map_err(|refusal| refusal.to_string())?;
    }
    let mut effective = vec![key.clone()];
    if let Key::SystemdCgroup(name) = key
        && !knows_runtime(files, loaders, name)
    {
        // On 1.x a runtime that a file names loses its default type.
        let kind = Key::RuntimeType(name.clone());
        let mut path = place.path.clone();
        path.truncate(path.len().saturating_sub(2));
        path.push("runtime_type".to_owned());
        let path = spelled(&next, loaders, &path);
        next = write(&next, &path, &Scalar::Text(RUNC_V2.to_owned()))?;
        allowed.insert(path);
        effective.push(kind);
    }
    next = write(&next, &place.path, value)?;
    let differences = Tree::of(source).differences(&Tree::of(&next));
    if let Some(path) = differences.iter().find(|path| !allowed.contains(*path)) {
        return Err(format!("it would change {} in {}", splice::dotted(path), place.file));
    }
    let after = files.with(&place.file, next.text()).map_err(|refusal| refusal.to_string())?;
    for loader in loaders {
        let (before, now) = match (files.load(*loader), after.load(*loader)) {
            (Ok(before), Ok(now)) => (before, now),
            (Err(refusal), _) | (_, Err(refusal)) => return Err(refusal.to_string()),
        };
        let paths: Vec<Path> = effective.iter().map(|key| loader.dialect().path(key)).collect();
        if !matches!(now.tree.get(&paths[0]), Some(Tree::Leaf(scalar, _)) if scalar == value) {
            return Err(format!(
                "{} ignores {} in {}",
                loader.name(),
                splice::dotted(&place.path),
                place.file
            ));
        }
        if let Some(path) = before.tree.differences(&now.tree).iter().find(|path| !paths.contains(path)) {
            return Err(format!("on {} it would change {}", loader.name(), splice::dotted(path)));
        }
    }
    Ok(after)
}

fn knows_runtime(files: &Files, loaders: &[Loader], name: &str) -> bool {
    loaders
        .iter()
        .all(|loader| view(files, *loader).is_ok_and(|effective| effective.runtimes.contains_key(name)))
}

fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => format!("{text:?}"),
        Scalar::Int(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Other(text) => text.clone(),
    }
}
