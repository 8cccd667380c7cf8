//! Kubernetes manifests: documents, and the rules of `lint`. All functions are pure.
//!
//! ```text
//! bytes -> yaml (documents with places) -> object (Lists flattened) -> Cluster -> calico, multus, webhook -> Located
//! ```

mod annotation;
mod calico;
mod cluster;
mod go_json;
mod input;
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

use crate::report::codes::lint as codes;
pub use crate::report::codes::lint::CODES;
pub use input::Input;
pub use kubeconfig::{Credentials, credentials};
pub use kubelet::{Kubelet, kubelet};

use cluster::Cluster;
use object::objects;
use sink::Sink;
use unread::Unread;
use yaml::{Document, Outcome, Place};

use crate::report::Located;

/// The result of `lint`.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// The findings, in the order of the inputs, then of their lines.
    pub findings: Vec<Located>,
    /// The number of Kubernetes objects in all inputs.
    pub objects: usize,
}

/// The largest file that is read, in bytes: larger than the dump of any cluster.
const MAX_BYTES: u64 = 1 << 30;

/// Finds mistakes in `inputs` that would keep pods from their network. References between all inputs are resolved.
/// `progress` gets the number of bytes that were read.
pub fn lint(inputs: &[Input], progress: &dyn Fn(u64)) -> Linted {
    let mut sink = Sink::default();
    let texts: Vec<_> = inputs.iter().map(|input| yaml::decoded(&input.bytes)).collect();
    let mut read_before = 0;
    let mut files = Vec::new();
    for (input, text) in inputs.iter().zip(&texts) {
        let within = |bytes: usize| progress(read_before + bytes as u64);
        files.push((input, documents(input, text, &within, &mut sink)));
        read_before += input.bytes.len() as u64;
    }
    let none = files.iter().all(|(_, documents)| documents.is_empty());
    for (input, _) in
        files.iter().filter(|(input, documents)| documents.is_empty() && (none || is_blank(input)))
    {
        tell_of_empty(input, &mut sink);
    }
    let (mut all, mut unread) = (Vec::new(), Unread::default());
    for (input, documents) in &files {
        for document in documents {
            match &document.outcome {
                Outcome::Read(root, _) => objects(&input.name, document.number, root, &mut all),
                Outcome::Template(_) => unread.add_template(),
                Outcome::Broken(_, _, text) => unread.add(text),
            }
        }
    }
    let count = all.len();
    let cluster = Cluster::new(all, unread);
    annotation::check(&cluster, &mut sink);
    mistyped::check(&cluster, &mut sink);
    calico::check(&cluster, &mut sink);
    multus::check(&cluster, &mut sink);
    placeholder::check(&cluster, &mut sink);
    webhook::check(&cluster, &mut sink);
    Linted { findings: sink.into_sorted(inputs), objects: count }
}

const WHOLE: Place = Place { line: 1, column: 1 };

fn is_blank(input: &Input) -> bool {
    input.bytes.trim_ascii().is_empty()
}

fn tell_of_empty(input: &Input, sink: &mut Sink) {
    let bytes = input.bytes.len();
    let what = match (bytes, is_blank(input)) {
        (0, _) => "is empty (0 bytes)".to_owned(),
        (_, true) => format!("has only white space ({bytes} bytes)"),
        _ => "has only comments and empty documents".to_owned(),
    };
    let message = format!("The file {what}; nothing in it could be judged.");
    let remedy = "See if the command that wrote the file failed, or take the file away.".to_owned();
    sink.document(&codes::EMPTY, &input.name, 1, WHOLE, message, remedy);
}

fn documents<'t>(
    input: &Input,
    text: &'t [u8],
    progress: &dyn Fn(usize),
    sink: &mut Sink,
) -> Vec<Document<'t>> {
    if text.len() as u64 > MAX_BYTES {
        let message = format!("The file has more than {MAX_BYTES} bytes, so it was not read.");
        sink.document(&codes::UNREADABLE, &input.name, 1, WHOLE, message, "Give it in parts.".to_owned());
        let outcome = Outcome::Broken(WHOLE, String::new(), text);
        return vec![Document { number: 1, outcome }];
    }
    let documents = yaml::read_bytes(text, progress);
    for document in &documents {
        tell_of(document, &input.name, sink);
    }
    documents
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
