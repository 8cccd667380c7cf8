//! Units of systemd, as they were read.

use super::{HostPath, Node, Observed, ReadRequest};

/// The number of entries of a directory that are read. No configuration directory has more.
const MOST: usize = 512;

impl Node {
    /// Requests for a directory and for its files with this ending.
    pub fn files_of(&self, dir: &HostPath, ending: &str) -> Vec<ReadRequest> {
        let mut requests = vec![ReadRequest::Dir(dir.clone())];
        if let Some(listed) = self.dirs.get(dir).and_then(Observed::present) {
            let names = listed.names.iter().filter(|name| name.ends_with(ending)).take(MOST);
            requests.extend(names.map(|name| ReadRequest::File(dir.join(name))));
        }
        requests
    }

    /// Requests for unit files and their drop-ins.
    pub fn unit_files(&self, units: &[&str]) -> Vec<ReadRequest> {
        let mut requests = Vec::new();
        for path in units.iter().filter_map(|unit| HostPath::new(unit).ok()) {
            requests.extend(self.files_of(&drop_ins(&path), ".conf"));
            requests.push(ReadRequest::File(path));
        }
        requests
    }

    /// The texts of the first of these units that exists, and of its drop-ins, as far as they were read
    /// (`systemd.unit(5)`).
    pub fn unit_texts(&self, units: &[&str]) -> Vec<&str> {
        let paths: Vec<HostPath> = units.iter().filter_map(|unit| HostPath::new(unit).ok()).collect();
        let mut texts: Vec<&str> = paths.iter().find_map(|path| self.text(path)).into_iter().collect();
        for dir in paths.iter().rev().map(drop_ins) {
            if let Some(listed) = self.dirs.get(&dir).and_then(Observed::present) {
                texts.extend(listed.names.iter().filter_map(|name| self.text(&dir.join(name))));
            }
        }
        texts
    }

    /// The text of a file, if it was read and is UTF-8.
    pub fn text(&self, path: &HostPath) -> Option<&str> {
        std::str::from_utf8(self.bytes(path)?).ok()
    }

    /// True if the request was not answered yet.
    pub fn lacks(&self, request: &ReadRequest) -> bool {
        match request {
            ReadRequest::File(path) => !self.files.contains_key(path),
            ReadRequest::Dir(path) => !self.dirs.contains_key(path),
            ReadRequest::Entry(path) => !self.observations.entries.contains_key(path),
            ReadRequest::Program(path) => !self.observations.programs.contains_key(path),
            ReadRequest::Interpreter(path) => !self.observations.interpreters.contains_key(path),
            ReadRequest::Stamp(path) => !self.observations.stamps.contains_key(path),
        }
    }
}

fn drop_ins(unit: &HostPath) -> HostPath {
    unit.parent().join(&format!("{}.d", unit.name()))
}
