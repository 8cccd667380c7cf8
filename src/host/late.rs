//! Files that were replaced a moment ago. A writer that opened one before still writes into it, and would never notice
//! that its bytes went nowhere: Calico's installer opens, truncates and writes its list in place (`cni-plugin
//! pkg/install`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::clock;
use crate::node::{Digest, HostPath, LARGEST, Late, Moment};

/// How long a replaced file is kept open, and again after each write into it.
const KEPT: Duration = Duration::from_secs(2);

/// The replaced files that are kept open.
#[derive(Debug, Default)]
pub(super) struct KeptOpen(Mutex<Vec<Open>>);

/// One replaced file.
#[derive(Debug)]
struct Open {
    path: HostPath,
    file: File,
    /// Its bytes when it was replaced.
    at_first: Digest,
    /// Its bytes when it was looked at last.
    last: Digest,
    until: Moment,
}

impl KeptOpen {
    /// Keeps a file open, which is about to be replaced at `path`. A file that cannot be read is not kept.
    pub(super) fn keep(&self, path: &HostPath, file: File) {
        let Ok(open) = Open::of(path, file) else { return };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(open);
    }

    /// What became of the replaced files, by their paths. Those that nobody wrote into for a while are closed.
    pub(super) fn late(&self) -> BTreeMap<HostPath, Late> {
        let now = clock::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain_mut(|open| open.is_kept(now));
        let mut late = BTreeMap::new();
        for open in kept.iter_mut() {
            let bytes = (open.last != open.at_first).then(|| open.read().ok()).flatten();
            // Of several the one that was replaced last counts, unless nobody wrote into it.
            let known = late.entry(open.path.clone()).or_insert(Late { until: open.until, bytes: None });
            known.until = known.until.max(open.until);
            known.bytes = bytes.map(Into::into).or(known.bytes.take());
        }
        late
    }
}

impl Open {
    fn of(path: &HostPath, file: File) -> io::Result<Self> {
        let none = Digest::of(b"");
        let until = clock::now().after(KEPT);
        let mut open = Self { path: path.clone(), file, at_first: none.clone(), last: none, until };
        open.at_first = Digest::of(&open.read()?);
        open.last = open.at_first.clone();
        Ok(open)
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.file.rewind()?;
        let mut bytes = Vec::new();
        (&mut self.file).take(LARGEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// True while the file is kept open; each write into it is a reason to wait for the next.
    fn is_kept(&mut self, now: Moment) -> bool {
        let Ok(bytes) = self.read() else { return false };
        let digest = Digest::of(&bytes);
        if digest != self.last {
            self.last = digest;
            self.until = now.after(KEPT);
        }
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::host::Root;

    #[test]
    fn a_write_into_a_replaced_file_is_seen() {
        let host = tempfile::tempdir().unwrap();
        let path = HostPath::known("/10-x.conflist");
        let file = host.path().join("10-x.conflist");
        std::fs::write(&file, "old").unwrap();
        let root = Root::open(host.path()).unwrap();
        let mut writer = File::options().write(true).open(&file).unwrap();
        root.keep_open(&path);
        std::fs::write(host.path().join("new"), "chain").unwrap();
        std::fs::rename(host.path().join("new"), &file).unwrap();
        assert_eq!(root.late()[&path].bytes, None, "nobody wrote");
        writer.set_len(0).unwrap();
        writer.write_all(b"newer").unwrap();
        assert_eq!(root.late()[&path].bytes.as_deref(), Some(&b"newer"[..]));
        assert_eq!(std::fs::read(&file).unwrap(), b"chain");
        root.keep_open(&HostPath::known("/absent"));
        assert_eq!(root.late().len(), 1);
    }
}
