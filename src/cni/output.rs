//! The file name of the chain.

use super::rules::{Extension, extension};

/// The reason why a chain cannot be published under a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// The text is not a file name.
    #[error("{0:?} is not a file name; give a name without '/', such as 05-chain.conflist")]
    NotAName(String),
    /// The name is longer than Linux file systems allow.
    #[error("the file name {0:?} has more than 255 bytes; choose a shorter one with --output-file")]
    TooLong(String),
    /// The runtime reads no list from a file with this extension.
    #[error("the runtime does not load a list of plugins from {0:?}; the name must end in .conflist")]
    Extension(String),
    /// The name is the primary's, which must stay as it is.
    #[error("{0:?} is the primary itself; with --output-file, choose a name that sorts before it")]
    IsPrimary(String),
    /// Another file sorts before it.
    #[error(
        "the runtime would not use {name:?}, because {first:?} sorts before it; remove that file, or choose a \
         name that sorts before it with --output-file"
    )]
    Behind {
        /// The chain's name.
        name: String,
        /// The file that the runtime would load.
        first: String,
    },
}

/// The file name of `owner`'s chain: the given one, else `05-OWNER.conflist`, or `00-OWNER.conflist` if the primary
/// sorts before that.
///
/// `primary` is the primary's name if it lies in the runtime's directory, and `there` has all names in that
/// directory. A name that the runtime loads must not sort before the chain's.
pub fn output_file<'a>(
    owner: &str,
    given: Option<&str>,
    primary: Option<&'a str>,
    there: impl IntoIterator<Item = &'a str>,
) -> Result<String, OutputError> {
    let name = given.map_or_else(
        || {
            let usual = format!("05-{owner}.conflist");
            if primary.is_some_and(|primary| primary < usual.as_str()) {
                format!("00-{owner}.conflist")
            } else {
                usual
            }
        },
        ToOwned::to_owned,
    );
    if name.is_empty() || name.contains(['/', '\0']) {
        return Err(OutputError::NotAName(name));
    }
    if name.len() > 255 {
        return Err(OutputError::TooLong(name));
    }
    if extension(&name) != Some(Extension::Conflist) {
        return Err(OutputError::Extension(name));
    }
    if primary == Some(name.as_str()) {
        return Err(OutputError::IsPrimary(name));
    }
    let first = there.into_iter().chain(primary).filter(|other| extension(other).is_some()).min();
    match first.filter(|first| *first < name.as_str()) {
        Some(first) => Err(OutputError::Behind { name, first: first.to_owned() }),
        None => Ok(name),
    }
}

#[cfg(test)]
mod tests;
