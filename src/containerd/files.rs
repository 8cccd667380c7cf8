//! The parsed config files.

use std::rc::Rc;

use super::glob::Listings;
use super::imports::ConfigFiles;
use super::load::Loaded;
use super::loader::Loader;
use super::refusal::Refusal;
use super::source::{Source, Sources};
use super::tree::Origin;
use crate::node::HostPath;

/// All files of a config, parsed. A clone is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) main: HostPath,
    pub(crate) sources: Sources,
    listings: Rc<Listings>,
}

impl Files {
    pub(crate) fn read(files: &ConfigFiles) -> Result<Self, Refusal> {
        let mut sources = Sources::new();
        for (path, bytes) in &files.files {
            sources.insert(path.clone(), Rc::new(Source::read(path, bytes.as_deref())?));
        }
        if !sources.contains_key(&files.main) {
            return Err(Refusal::new(&files.main, "it was not read", "let the program see the host's root"));
        }
        Ok(Self { main: files.main.clone(), sources, listings: Rc::new(files.listings.clone()) })
    }

    pub(crate) fn load(&self, loader: Loader) -> Result<Loaded, Refusal> {
        loader.load(&self.main, &self.sources, &self.listings)
    }

    /// Adds the position of the value to a refusal.
    pub(crate) fn point(&self, refusal: Refusal, origin: &Origin) -> Refusal {
        match self.sources.get(&origin.file) {
            Some(source) => refusal.at(source.position(origin.offset)),
            None => refusal,
        }
    }

    /// The line of a value, from 1; 0 if its file is not among these.
    pub(crate) fn line(&self, origin: &Origin) -> usize {
        self.sources.get(&origin.file).map_or(0, |source| source.position(origin.offset).line)
    }

    /// The same files, with a new text for one of them.
    pub(crate) fn with(&self, file: &HostPath, text: &str) -> Result<Self, Refusal> {
        let mut next = self.clone();
        if let Some(source) = self.sources.get(file) {
            next.sources.insert(file.clone(), Rc::new(source.with_text(text)?));
        }
        Ok(next)
    }
}
