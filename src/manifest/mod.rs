//! Kubernetes manifests: documents, and the rules of `lint`. All functions are pure.
//!
//! ```text
//! bytes -> yaml (documents with places) -> object (Lists flattened) -> Cluster -> calico, multus, webhook -> Located
//! ```

mod annotation;
mod calico;
mod cluster;
mod go_json;
mod kubeconfig;
mod kubelet;
mod multus;
mod nearest;
mod net;
mod object;
mod pods;
mod quantity;
mod selector;
mod sink;
mod webhook;
mod yaml;

#[cfg(test)]
mod tests;

use crate::report::codes::lint as codes;
pub use crate::report::codes::lint::CODES;
pub use kubeconfig::{Credentials, credentials};
pub use kubelet::{Kubelet, kubelet};

use cluster::Cluster;
use object::objects;
use sink::Sink;
use yaml::{Document, Outcome, Place};

use crate::report::Located;

/// A file of manifests, YAML or JSON, with any number of documents.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file name for findings; `-` for standard input.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

/// The size limit in bytes: larger than the dump of any cluster, small enough for the machine's memory.
const MAX_BYTES: usize = 64 << 20;

/// Finds mistakes in `inputs` that would keep pods from their network. References between all inputs are resolved.
/// The findings are in the order of the inputs, then of their lines.
pub fn lint(inputs: &[Input]) -> Vec<Located> {
    let mut sink = Sink::default();
    let files: Vec<_> = inputs.iter().map(|input| (input, documents(input, &mut sink))).collect();
    let mut all = Vec::new();
    for (input, documents) in &files {
        for document in documents {
            if let Outcome::Read(root, _) = &document.outcome {
                objects(&input.name, document.number, root, &mut all);
            }
        }
    }
    let cluster = Cluster::new(all);
    annotation::check(&cluster, &mut sink);
    calico::check(&cluster, &mut sink);
    multus::check(&cluster, &mut sink);
    webhook::check(&cluster, &mut sink);
    let order = |file: &str| inputs.iter().position(|input| input.name == file);
    sink.into_sorted(|located| (order(&located.file), located.line, located.column))
}

fn documents(input: &Input, sink: &mut Sink) -> Vec<Document> {
    let whole = Place { line: 1, column: 1 };
    if input.bytes.len() > MAX_BYTES {
        let message =
            format!("The file has {} bytes; more than {MAX_BYTES} are not read.", input.bytes.len());
        sink.document(&codes::UNREADABLE, &input.name, 1, whole, message, "Give it in parts.".to_owned());
        return Vec::new();
    }
    let text = match std::str::from_utf8(&input.bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = String::from_utf8_lossy(&input.bytes[..error.valid_up_to()]);
            let at = Place {
                line: valid.matches('\n').count() + 1,
                column: valid.rsplit('\n').next().unwrap_or("").chars().count() + 1,
            };
            let message = "The file is not UTF-8, so it is neither YAML nor JSON to Kubernetes.".to_owned();
            sink.document(
                &codes::UNREADABLE,
                &input.name,
                1,
                at,
                message,
                "Save the file as UTF-8.".to_owned(),
            );
            return Vec::new();
        }
    };
    let documents = yaml::read(text);
    for document in &documents {
        tell_of(document, &input.name, sink);
    }
    documents
}

fn tell_of(document: &Document, file: &str, sink: &mut Sink) {
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
        Outcome::Broken(at, why) => {
            let message = format!("This is neither YAML nor JSON: {why}. The document was not looked at.");
            let remedy = format!("Mend the document at line {}, column {}.", at.line, at.column);
            sink.document(&codes::UNREADABLE, file, number, *at, message, remedy);
        }
    }
}
