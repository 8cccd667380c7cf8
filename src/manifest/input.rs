//! What `lint` is given.

/// A file of manifests, YAML or JSON, with any number of documents.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file name for findings; `-` for standard input.
    pub name: String,
    /// The content of the file.
    pub bytes: Vec<u8>,
}
