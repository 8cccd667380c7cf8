//! What the running runtime says it is, has loaded and is set to (CRI `Status`, verbose).
//!
//! This is the only witness of what containerd runs: `config dump` reads the files on disk again, and
//! `NetworkReady` stays true even where a plugin's binary is missing (measured on 1.6.20).

mod json;
mod read;
#[cfg(test)]
mod tests;
