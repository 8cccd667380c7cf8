//! Kubernetes manifests: documents, and the rules of `lint`. All functions are pure.
//!
//! ```text
//! bytes -> yaml (documents with places) -> object (Lists flattened) -> Kept (what rules read, without the file)
//! Kept of all files -> Cluster -> calico, multus, webhook -> Located
//! ```

mod annotation;
mod calico;
mod cluster;
mod copy;
mod go_json;
mod input;
mod keep;
mod kept;
mod kubeconfig;
mod kubelet;
mod mistyped;
mod multus;
mod nearest;
mod net;
mod networks;
mod object;
mod placeholder;
mod pods;
mod quantity;
mod selector;
mod sink;
mod templates;
mod unread;
mod webhook;
mod yaml;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use crate::report::codes::lint as codes;
pub use crate::report::codes::lint::CODES;
pub use input::Input;
pub use kubeconfig::{Credentials, credentials};
pub use kubelet::{Kubelet, kubelet};

use cluster::Cluster;
use kept::Kept;
use sink::Sink;
use unread::Unread;
use yaml::{Document, Outcome, Place};

use crate::report::Located;

/// The largest file that is read, in bytes: larger than the dump of any cluster.
const MAX_BYTES: u64 = 1 << 30;

/// The result of `lint`.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// The findings, in the order of the inputs, then of their lines.
    pub findings: Vec<Located>,
    /// The number of Kubernetes objects in all inputs.
    pub objects: usize,
}

/// Finds mistakes in manifests that would keep pods from their network. It is given one file after another, of which it
/// keeps what rules read: references between all files are resolved at the end.
#[derive(Default)]
pub struct Linter {
    sink: Sink,
    kept: Kept,
    unread: Unread,
    /// The files, in their order.
    names: Vec<Rc<str>>,
    /// The files without documents.
    empty: Vec<Empty>,
}

/// A file without documents.
struct Empty {
    name: Rc<str>,
    bytes: usize,
    is_blank: bool,
}

impl Linter {
    /// Reads a file. `progress` gets the number of its bytes that were read.
    pub fn read(&mut self, input: &Input, progress: &dyn Fn(u64)) {
        let name: Rc<str> = input.name.as_str().into();
        self.names.push(Rc::clone(&name));
        let text = yaml::decoded(&input.bytes);
        if text.len() as u64 > MAX_BYTES {
            self.too_large(&name, &text);
            return;
        }
        let mut is_empty = true;
        yaml::read_each(&text, &|bytes| progress(bytes as u64), &mut |document| {
            is_empty = false;
            self.document(&name, &document);
        });
        if is_empty {
            let is_blank = input.bytes.trim_ascii().is_empty();
            self.empty.push(Empty { name, bytes: input.bytes.len(), is_blank });
        }
    }

    fn document(&mut self, name: &Rc<str>, document: &Document<'_>) {
        tell_of(document, name, &mut self.sink);
        match &document.outcome {
            Outcome::Read(root, _) => self.kept.add(name, document.number, root),
            Outcome::Template(_) => self.unread.add_template(),
            Outcome::Broken(_, _, text) => self.unread.add(text),
        }
    }

    fn too_large(&mut self, name: &str, text: &[u8]) {
        let message = format!("The file has more than {MAX_BYTES} bytes, so it was not read.");
        self.sink.document(&codes::UNREADABLE, name, 1, WHOLE, message, "Give it in parts.".to_owned());
        self.unread.add(text);
    }

    /// Judges all that was read.
    pub fn judged(mut self) -> Linted {
        let none = self.empty.len() == self.names.len();
        for empty in self.empty.iter().filter(|empty| none || empty.is_blank) {
            tell_of_empty(empty, &mut self.sink);
        }
        let (mut sink, cluster) =
            (self.sink, Cluster::new(self.kept.objects(), self.kept.others(), self.unread));
        annotation::check(&cluster, &mut sink);
        mistyped::check(&cluster, &mut sink);
        calico::check(&cluster, &mut sink);
        multus::check(&cluster, &mut sink);
        placeholder::check(&cluster, &mut sink);
        webhook::check(&cluster, &mut sink);
        Linted { findings: sink.into_sorted(&self.names), objects: self.kept.count }
    }
}

const WHOLE: Place = Place { line: 1, column: 1 };

fn tell_of_empty(empty: &Empty, sink: &mut Sink) {
    let bytes = empty.bytes;
    let what = match (bytes, empty.is_blank) {
        (0, _) => "is empty (0 bytes)".to_owned(),
        (_, true) => format!("has only white space ({bytes} bytes)"),
        _ => "has only comments and empty documents".to_owned(),
    };
    let message = format!("The file {what}; nothing in it could be judged.");
    let remedy = "See if the command that wrote the file failed, or take the file away.".to_owned();
    sink.document(&codes::EMPTY, &empty.name, 1, WHOLE, message, remedy);
}

fn tell_of(document: &Document<'_>, file: &str, sink: &mut Sink) {
    let number = document.number;
    match &document.outcome {
        Outcome::Read(_, doubled) => {
            for (key, at) in doubled {
                let message = format!(
                    "The key {key:?} stands twice in one mapping; which of the two counts depends on who reads it \
                     (kubectl takes the last, or refuses the file)."
                );
                let remedy = format!("Keep one {key:?}.");
                sink.document(&codes::DUPLICATE_KEY, file, number, *at, message, remedy);
            }
        }
        Outcome::Template(at) => {
            let message =
                "This is a template ('{{' ... '}}'), not a manifest; it was not looked at.".to_owned();
            let remedy = "helm template RELEASE CHART | cni-bootstrap lint -".to_owned();
            sink.document(&codes::TEMPLATE, file, number, *at, message, remedy);
        }
        Outcome::Broken(at, why, _) => {
            let message = format!(
                "kubectl cannot read this as YAML or JSON: {why}. The rest of this document was not judged, except intact \
                 items if it is a List."
            );
            let remedy = format!("Mend line {}, column {}.", at.line, at.column);
            sink.document(&codes::UNREADABLE, file, number, *at, message, remedy);
        }
    }
}
