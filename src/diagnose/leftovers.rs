//! Files that installers left behind.

use std::collections::BTreeMap;

use super::found::found;
use super::view::View;
use crate::node::{HostPath, Observed};
use crate::report::Located;
use crate::report::codes::check::CONF_LEFTOVER;

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    std::iter::once(&view.conf_dir).chain(&view.bin_dirs).filter_map(|dir| in_dir(view, dir)).collect()
}

fn in_dir(view: &View<'_>, dir: &HostPath) -> Option<Located> {
    let names = &view.node.dirs.get(dir).and_then(Observed::present)?.names;
    let left: Vec<&str> = names.iter().map(String::as_str).filter(|name| is_leftover(name)).collect();
    let first = left.first()?;
    let more = if left.len() > 1 { format!(" and {} more", left.len() - 1) } else { String::new() };
    let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| !is_leftover(name)).collect();
    let paths: Vec<String> =
        globs(&left, &others).iter().map(|(name, star)| view.word(&dir.join(name)) + star).collect();
    Some(found(
        &CONF_LEFTOVER,
        &dir.join(first),
        format!(
            "{first}{more} in {dir}: an installer that was killed left this behind; the runtime does not load \
             it, but many such files fill the disk (istio#54311)"
        ),
        format!("rm {}", paths.join(" ")),
    ))
}

/// The names; instead of many that begin alike, and as no other file does, their beginning with a star.
fn globs(left: &[&str], others: &[&str]) -> Vec<(String, &'static str)> {
    const FEW: usize = 8;
    if left.len() <= FEW {
        return left.iter().map(|name| ((*name).to_owned(), "")).collect();
    }
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    let beginning = |name: &'_ str| {
        let at = ENDINGS
            .iter()
            .filter_map(|ending| name.rfind(ending))
            .chain(name.rfind(".tmp").map(|at| at + 4))
            .max();
        at.unwrap_or(name.len())
    };
    for name in left {
        *groups.entry(&name[..beginning(name)]).or_default() += 1;
    }
    let mut words = Vec::new();
    for (front, count) in groups {
        let is_alone =
            front.contains(".tmp") && count > 1 && others.iter().all(|other| !other.starts_with(front));
        if is_alone {
            words.push((front.to_owned(), "*"));
        } else {
            let of_front = left.iter().filter(|name| &name[..beginning(name)] == front);
            words.extend(of_front.map(|name| ((*name).to_owned(), "")));
        }
    }
    words
}

/// The endings of temporary names of linkerd, of Cilium and Multus, of kindnet, and of this program.
const ENDINGS: [&str; 4] = [".install", ".new", ".temp", ".cni-bootstrap-tmp"];

/// True for these endings, and for the names of istio-cni, aws-node, flannel and Calico: `X.tmp`, `X.tmp.123`,
/// `X.tmp123`.
pub(super) fn is_leftover(name: &str) -> bool {
    if ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|front| !front.is_empty())) {
        return true;
    }
    name.rsplit_once(".tmp").is_some_and(|(front, tail)| {
        !front.is_empty()
            && tail.trim_start_matches(['.', '-']).chars().all(|c| c.is_ascii_alphanumeric())
            && tail.len() < 16
    })
}

#[cfg(test)]
mod tests {
    use super::is_leftover;

    #[test]
    fn temporary_names_are_told_from_others() {
        for name in [
            "istio-cni.tmp.123456",
            "a.conflist.tmp",
            ".10-calico.conflist.tmp12ab",
            ".x.cni-bootstrap-tmp",
            "linkerd-cni.install",
            "00-multus.conf.new",
            ".cilium-cni.new",
            "10-kindnet.conflist.temp",
        ] {
            assert!(is_leftover(name), "{name}");
        }
        for name in
            ["10-calico.conflist", "a.conflist.bak", ".tmp", "a.tmpl.conflist", "cni.template", ".new"]
        {
            assert!(!is_leftover(name), "{name}");
        }
    }
}
