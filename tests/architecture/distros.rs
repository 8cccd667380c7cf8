//! What is known of a distribution stands in `src/distro` and nowhere else.

use std::collections::BTreeSet;

use cni_bootstrap::distro::{DISTROS, Distro, Edit, Generated, Material};

use super::scan::{Source, sources, strings};

/// Words by which a distribution is known, beside the paths and names of its data.
const WORDS: &[&str] = &[
    "k3s",
    "rke2",
    "/rancher",
    "microk8s",
    "k0s",
    "bottlerocket",
    "flatcar",
    "/nix/",
    "/home/kubernetes",
    "/etc/eks",
    "/opt/azure",
    "/crio",
    "crio.service",
    "cri-o",
    "dockerd",
];

/// Every path, unit and name that the data of a distribution has. Those of plain containerd are the defaults of containerd
/// and of CNI, and so are known to more than one module.
fn known() -> BTreeSet<&'static str> {
    let plain: Vec<&str> = entries(DISTROS[0]).collect();
    DISTROS[1..]
        .iter()
        .flat_map(|distro| entries(distro))
        .chain(WORDS.iter().copied())
        .filter(|entry| !plain.contains(entry))
        .collect()
}

fn entries(distro: &'static Distro) -> impl Iterator<Item = &'static str> {
    let others = distro.units.iter().chain(distro.package_networks).copied();
    distro.paths().chain(others).chain(distro.socket_dir).chain(distro.kubelet.drop_in_dir)
}

/// The files from which a generated config is made, by their names alone.
fn materials() -> Vec<&'static str> {
    let mut names = Vec::new();
    for distro in DISTROS {
        let Edit::Generated(Generated { material, .. }) = &distro.edit else { continue };
        match material {
            Material::UserTemplates(templates) => {
                names.extend(templates.iter().flat_map(|(file, dir)| [*file, *dir]));
            }
            Material::Template(file) => names.push(*file),
            Material::DropIns { dir, mark } => names.extend([*dir, *mark]),
        }
    }
    names
}

#[test]
fn what_is_known_of_a_distribution_is_in_one_place() {
    let (known, materials) = (known(), materials());
    assert!(known.contains("/run/k3s/") && known.contains("k0sworker.service"), "{known:?}");
    let mut wrong = BTreeSet::new();
    let mut read = 0;
    for source in sources().iter().filter(|source| source.module() != "distro") {
        for (line, literal) in literals(source) {
            read += 1;
            let text = literal.trim_matches(['b', 'r', 'c', '#', '"']);
            let material = materials.iter().find(|name| text.rsplit('/').next() == Some(**name));
            if let Some(entry) = material.or_else(|| known.iter().find(|entry| literal.contains(*entry))) {
                wrong.insert(format!(
                    "{}:{line}: {literal:?} has {entry:?}, which belongs into src/distro",
                    source.name
                ));
            }
        }
    }
    assert!(read > 2000, "only {read} literals were read");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_distribution_has_one_file_that_the_list_names() {
    let text = |name: &str| sources().into_iter().find(|source| source.name == name).unwrap().text;
    let list = text("distro/mod.rs");
    let files: Vec<String> = sources()
        .into_iter()
        .filter(|source| source.module() == "distro" && source.text.contains("const DISTRO: Distro"))
        .map(|source| source.name)
        .collect();
    assert_eq!(files.len(), DISTROS.len());
    for file in files {
        let name = file.trim_start_matches("distro/").trim_end_matches(".rs");
        assert!(list.contains(&format!("&{name}::DISTRO,")), "{file} is not in the list");
        assert_eq!(text(&file).matches("Distro = Distro {").count(), 1, "{file}");
    }
}

/// The string literals of a file, without those of its tests.
fn literals(source: &Source) -> Vec<(usize, String)> {
    if source.name.ends_with("/tests.rs") || source.name.contains("/tests/") {
        return Vec::new();
    }
    let inline = source.text.find("#[cfg(test)]\nmod tests {");
    strings(&source.text[..inline.unwrap_or(source.text.len())])
}
