//! What programs of the host said when a run asked them: the content of `/run/cni-bootstrap/answers.json`.
//!
//! A run that changes nothing judges the node by the same answers as the run before, and asks nobody. An answer counts
//! for the file that gave it: another file at the same path is asked itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{HostPath, RunNote, Stamp};

/// The length in bytes of an answer that is remembered. A longer one is asked for by each run.
const LONGEST: usize = 4096;

/// The answers, by the path of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    said: BTreeMap<HostPath, Said>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    /// The file that said it: device, inode, size, times and mode.
    file: String,
    words: String,
}

impl RunNote for Remembered {}

impl Remembered {
    /// What this file said.
    pub fn of(&self, program: &HostPath, stamp: &Stamp) -> Option<&str> {
        let said = self.said.get(program)?;
        (said.file == id(stamp)).then_some(&said.words)
    }

    /// Adds what this file said.
    pub fn note(&mut self, program: &HostPath, stamp: &Stamp, words: &str) {
        if words.len() <= LONGEST {
            let said = Said { file: id(stamp), words: words.to_owned() };
            self.said.insert(program.clone(), said);
        }
    }
}

fn id(stamp: &Stamp) -> String {
    let Stamp { dev, ino, size, mtime, ctime, mode, .. } = stamp;
    format!("{dev}:{ino}:{size}:{mtime}:{ctime}:{mode:o}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_for_the_file_that_gave_it() {
        let (path, stamp) = (HostPath::known("/opt/cni/bin/bridge"), Stamp { ino: 7, ..Stamp::default() });
        let mut remembered = Remembered::default();
        remembered.note(&path, &stamp, "1.0.0");
        remembered.note(&HostPath::known("/usr/bin/kubelet"), &stamp, &"x".repeat(LONGEST + 1));
        let read = Remembered::read(&remembered.bytes());
        assert_eq!(read, remembered);
        assert_eq!(read.of(&path, &stamp), Some("1.0.0"));
        for other in [Stamp { ino: 8, ..stamp }, Stamp { ctime: 1, ..stamp }, Stamp { mode: 0o755, ..stamp }]
        {
            assert_eq!(read.of(&path, &other), None);
        }
        assert_eq!(read.of(&HostPath::known("/usr/bin/kubelet"), &stamp), None);
        assert_eq!(Remembered::read(b"{\"said\":{\"relative\":{}}}"), Remembered::default());
    }
}
