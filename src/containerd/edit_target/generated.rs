//! Distributions that run their own containerd and write its config at each start.

use super::super::fold::Folding;
use super::super::imports::{ConfigFiles, Request};
use super::super::patch::RuntimeConfig;
use super::super::refusal::Refusal;
use super::super::source::Source;
use super::by_hand;
use super::target::{DROP_IN, EditTarget, text};
use crate::distro::{self, Material};
use crate::glob::Pattern;
use crate::node::HostPath;
use crate::node::Release;

pub(super) fn surroundings(config: &HostPath) -> Vec<Request> {
    let dir = config.parent();
    let Some((_, generated)) = distro::generated(config.as_str()) else { return Vec::new() };
    match &generated.material {
        Material::UserTemplates(templates) => templates
            .iter()
            .flat_map(|(template, drop_ins)| {
                let drop_ins = dir.join(drop_ins);
                let own = drop_ins.join(DROP_IN);
                [Request::File(dir.join(template)), Request::Directory(drop_ins), Request::File(own)]
            })
            .collect(),
        Material::Template(template) => vec![Request::File(dir.join(template))],
        Material::DropIns { dir: drop_ins, .. } => {
            let drop_ins = dir.join(drop_ins);
            vec![Request::File(drop_ins.join(DROP_IN)), Request::Directory(drop_ins)]
        }
    }
}

pub(super) fn edit_target(
    around: &ConfigFiles,
    release: Option<Release>,
    runtime_config: &RuntimeConfig,
) -> Option<Result<EditTarget, Refusal>> {
    let (distro, generated) = distro::generated(around.main.as_str())?;
    let at = Generated {
        name: distro.name,
        restart: generated.restart,
        around,
        release,
        lines: by_hand::lines(runtime_config, release),
    };
    Some(match &generated.material {
        Material::UserTemplates(templates) => at.of_user_templates(templates),
        Material::Template(template) => at.of_template(template),
        Material::DropIns { dir, mark } => Ok(at.of_drop_ins(dir, mark)),
    })
}

/// A generated config, and the values that it should have.
struct Generated<'a> {
    /// The distribution's name.
    name: &'static str,
    /// The command that makes the file anew.
    restart: &'static str,
    around: &'a ConfigFiles,
    release: Option<Release>,
    /// The values as a person types them.
    lines: String,
}

impl Generated<'_> {
    fn of_user_templates(&self, templates: &[(&str, &str)]) -> Result<EditTarget, Refusal> {
        let Self { name, restart, around, release, lines } = self;
        let config = &around.main;
        let dir = config.parent();
        if let Some(path) = imported_drop_in(around, &dir, templates, *release)
            && release.is_some_and(|release| release >= Release::new(2, 0, 0))
        {
            return Ok(EditTarget::DropIn { path, merged_by_distribution: false });
        }
        let mut paths = templates.iter().map(|(template, _)| dir.join(template));
        match paths.find_map(|path| Some((text(around, &path)?, path))) {
            Some((text, path)) if !text.contains("{{") => Ok(EditTarget::Source(path)),
            Some((_, path)) => Err(Refusal::new(
                &path,
                format!(
                    "{name} makes {config} from this Go template at each start, and the template's actions are not TOML"
                ),
                format!("set {lines} in the template by hand, then: {restart}"),
            )),
            None => {
                let template = dir.join(template_for(around, templates));
                Err(Refusal::new(
                    config,
                    format!(
                        "{name} writes it at each start, and this release of {name} does not import drop-ins"
                    ),
                    format!(
                        "cp {config} {template}; set {lines} in the copy; {restart}; compare the copy after each \
                         upgrade of {name}"
                    ),
                ))
            }
        }
    }

    fn of_template(&self, template: &str) -> Result<EditTarget, Refusal> {
        let Self { name, restart, around, lines, .. } = self;
        let template = around.main.parent().join(template);
        if text(around, &template).is_some() {
            return Ok(EditTarget::Source(template));
        }
        Err(Refusal::new(
            &around.main,
            format!("{name} writes it at each start from {template}, which cannot be read"),
            format!("set {lines} in {template} by hand, then: {restart}"),
        ))
    }

    fn of_drop_ins(&self, dir: &str, mark: &str) -> EditTarget {
        let main = &self.around.main;
        let first = text(self.around, main).and_then(|text| text.lines().next()).unwrap_or_default();
        if first.starts_with('#') && first.contains(mark) {
            let path = main.parent().join(dir).join(DROP_IN);
            return EditTarget::DropIn { path, merged_by_distribution: true };
        }
        EditTarget::Plain
    }
}

/// The template that this release of the distribution reads: the one of the version that it writes.
fn template_for<'a>(around: &ConfigFiles, templates: &[(&'a str, &'a str)]) -> &'a str {
    let bytes = around.files.get(&around.main).and_then(Option::as_deref);
    let version = Source::read(&around.main, bytes)
        .ok()
        .and_then(|source| source.item("version", Folding::AnyCase).and_then(toml_edit::Item::as_integer));
    let newest = version.unwrap_or(2) >= 3;
    let template = if newest { templates.first() } else { templates.last() };
    template.map_or("", |(template, _)| template)
}

/// This program's drop-in in the directory that the generated file imports.
fn imported_drop_in(
    around: &ConfigFiles,
    dir: &HostPath,
    templates: &[(&str, &str)],
    release: Option<Release>,
) -> Option<HostPath> {
    let bytes = around.files.get(&around.main)?.as_deref();
    let source = Source::read(&around.main, bytes).ok()?;
    let imports = source.strings("imports", Folding::of(release));
    templates.iter().map(|(_, drop_ins)| dir.join(drop_ins)).find_map(|drop_ins| {
        let imported = imports.iter().any(|pattern| {
            pattern.rsplit_once('/').is_some_and(|(parent, file)| {
                let fits = || Pattern::new(file).is_ok_and(|file| file.matches(DROP_IN));
                parent == drop_ins.as_str() && file.contains('*') && fits()
            })
        });
        imported.then(|| drop_ins.join(DROP_IN))
    })
}
