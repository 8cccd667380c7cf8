//! `NixOS`: containerd's config is built into the Nix store.

use super::edit::Edit;
use super::model::Distro;

pub(super) const DISTRO: Distro = Distro {
    name: "NixOS",
    edit: Edit::Built {
        tree: "/nix/store",
        why: "it lies in the Nix store, which is read-only",
        instead: "virtualisation.containerd.settings, then: nixos-rebuild switch",
    },
    ..Distro::PLAIN
};
