//! The plugins that a start loads: `disabled_plugins` and `required_plugins`.

use super::context::{Context, Loss};
use super::needed;
use super::plugin_lists::{entries, is_named};
use super::read::{Text, texts};
use super::required::{is_skipped, is_unknown};
use crate::containerd::dialect::CRI;
use crate::containerd::refusal::{Refusal, RefusalKind};
use crate::containerd::tree::Tree;

pub(super) fn check(context: &Context<'_>) -> Vec<Refusal> {
    let mut refusals = disabled(context);
    refusals.extend(required(context));
    refusals.extend(names_of_tables(context));
    refusals
}

fn disabled(context: &Context<'_>) -> Vec<Refusal> {
    let needed = needed::plugins(context);
    let refuse = |entry: &Text<'_>| {
        if let Some(refusal) = not_a_name(context, entry) {
            return Some(refusal);
        }
        let id = needed.iter().find(|id| is_named(context, entry.value, id))?;
        let rule = format!("disables {id}, which CRI is built on");
        let refusal =
            context.refuse(entry.tree, Loss::Cri, "plugin Requires", &rule, "remove it from the list");
        let disables_cri = CRI.iter().any(|cri| cri == id);
        Some(if disables_cri { refusal.of_kind(RefusalKind::CriDisabled) } else { refusal })
    };
    entries(context).iter().filter_map(refuse).collect()
}

fn required(context: &Context<'_>) -> Vec<Refusal> {
    let disabled = entries(context);
    let needed = needed::plugins(context);
    let refuse = |entry: &Text<'_>| {
        if let Some(refusal) = not_a_name(context, entry) {
            return Some(refusal);
        }
        let id = entry.value;
        // Short names of version 1 are not judged.
        if id.starts_with("io.containerd.v1.") {
            return None;
        }
        let rule = if disabled.iter().any(|other| other.value == id) {
            "and disabled_plugins disables it"
        } else if is_unknown(context, id, &needed) {
            "which this release does not have"
        } else if is_skipped(context, id) {
            "which is not loaded without its settings"
        } else {
            return None;
        };
        let rule = format!("requires {id:?}, {rule}");
        Some(context.refuse(entry.tree, Loss::Daemon, "server.go New", &rule, "remove it from the list"))
    };
    texts(context.at(&["required_plugins"])).iter().filter_map(refuse).collect()
}

/// `ValidateV2` of 1.x requires `io.containerd.` and four parts. The short names of version 1 are already replaced.
fn not_a_name(context: &Context<'_>, entry: &Text<'_>) -> Option<Refusal> {
    let rule = format!("has {:?}, which is not a plugin's full name", entry.value);
    is_no_name(context, entry.value).then(|| {
        let remedy = "write it as io.containerd.TYPE.VERSION.NAME or remove it";
        context.refuse(entry.tree, Loss::Daemon, "config.go ValidateV2", &rule, remedy)
    })
}

fn is_no_name(context: &Context<'_>, name: &str) -> bool {
    let is_full = name.starts_with("io.containerd.") && name.splitn(4, '.').count() == 4;
    !context.is_split() && context.version() == 2 && !is_full
}

/// The same check for the names of tables.
fn names_of_tables(context: &Context<'_>) -> Vec<Refusal> {
    let refuse = |(name, table): (&String, &Tree)| {
        let rule = format!("is in the table of {name:?}, which is not a plugin's full name");
        let remedy = "name the table io.containerd.TYPE.VERSION.NAME or remove it";
        is_no_name(context, name)
            .then(|| context.refuse(table, Loss::Daemon, "config.go ValidateV2", &rule, remedy))
    };
    super::read::entries(context.at(&["plugins"])).filter_map(refuse).collect()
}
