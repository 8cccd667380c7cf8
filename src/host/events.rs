//! File events: notify watches the directories that matter, or their nearest existing ancestors.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

use super::clock;
use super::root::Root;
use crate::node::{HostPath, Moment};

/// For how long a loss of events is told.
const LOSS_TOLD: Duration = Duration::from_secs(60);
/// The value of a watch that has lost nothing.
const NEVER: u64 = u64::MAX;

/// Wakes the waiting loop when a file changes. A failure to watch (no inotify instance left, a file system without
/// events) is not an error: polling goes on, and [`Watch::trouble`] has the reason.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    /// The watched directories by path, with device and inode: a new directory under the same path needs a new watch.
    watched: BTreeMap<PathBuf, (u64, u64)>,
    bell: Arc<Notify>,
    trouble: Option<String>,
    /// When the kernel last dropped events, because its queue was full, in milliseconds since boot.
    lost: Arc<AtomicU64>,
}

impl Watch {
    /// A watch without directories.
    pub fn new() -> Self {
        let (bell, lost) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(NEVER)));
        let without = |error: String| Self {
            watcher: None,
            watched: BTreeMap::new(),
            bell: Arc::clone(&bell),
            trouble: Some(error),
            lost: Arc::clone(&lost),
        };
        // If notify gets no thread it returns no error, but panics later when it is used or dropped (`inotify.rs`,
        // `run`). So a thread is tried first.
        if let Err(error) = std::thread::Builder::new().spawn(|| ()).map(std::thread::JoinHandle::join) {
            return without(error.to_string());
        }
        let (ring, loses) = (Arc::clone(&bell), Arc::clone(&lost));
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.as_ref().is_ok_and(notify::Event::need_rescan) {
                loses.store(clock::now().millis(), Ordering::Relaxed);
            }
            if event.as_ref().map_or(true, |event| matters(event.kind)) {
                ring.notify_one();
            }
        });
        match watcher {
            Ok(watcher) => {
                Self { watcher: Some(watcher), watched: BTreeMap::new(), bell, trouble: None, lost }
            }
            Err(error) => without(error.to_string()),
        }
    }

    /// Replaces the list of watched directories. It is called before each observation: watch first, then list.
    pub fn over(&mut self, root: &Root, dirs: &[HostPath]) {
        let Some(watcher) = &mut self.watcher else { return };
        let desired: BTreeMap<PathBuf, (u64, u64)> =
            dirs.iter().filter_map(|dir| nearest(root, dir)).collect();
        self.trouble = None;
        self.watched.retain(|dir, id| {
            let stays = desired.get(dir) == Some(id);
            if !stays {
                let _ = watcher.unwatch(dir);
            }
            stays
        });
        for (dir, id) in desired {
            if self.watched.contains_key(&dir) {
                continue;
            }
            match watcher.watch(&dir, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(dir, id);
                }
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
    }

    /// Waits for the next event; an event since the last wait counts.
    pub async fn event(&self) {
        self.bell.notified().await;
    }

    /// True if a directory cannot be watched, so that only polling sees its changes.
    pub fn is_blind(&self) -> bool {
        self.trouble.is_some()
    }

    /// What is wrong with the file events, as a sentence: the kernel sends none, or it dropped some a moment ago. It also
    /// tells the program that it dropped them, and the next observation reads everything, so no change is missed.
    pub fn trouble(&self) -> Option<String> {
        if let Some(why) = &self.trouble {
            return Some(format!("no file events ({why}), so the program only polls"));
        }
        let lost = self.lost.load(Ordering::Relaxed);
        let is_told = lost != NEVER && clock::now().since(Moment::from_millis(lost)) < LOSS_TOLD;
        is_told.then(|| {
            "file events were lost (the kernel's queue of them was full), so the program looks at everything"
                .to_owned()
        })
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

/// Reading a file is an event too (notify asks inotify for OPEN). This program's own reads would wake it all the
/// time.
fn matters(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// The directory or its nearest existing ancestor, in this process's file system.
fn nearest(root: &Root, dir: &HostPath) -> Option<(PathBuf, (u64, u64))> {
    let mut dir = dir.clone();
    loop {
        if let Ok(real) = root.resolve(&dir) {
            let path = root.mounted_at().join(real.as_str().trim_start_matches('/'));
            let id = std::fs::metadata(&path).map(|dir| (dir.dev(), dir.ino())).ok()?;
            return Some((path, id));
        }
        let parent = dir.parent();
        if parent == dir {
            return None;
        }
        dir = parent;
    }
}
