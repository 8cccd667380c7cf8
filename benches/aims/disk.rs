//! The disk below a directory, the cost of durability there, and the load of the machine.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use crate::figures::Figures;

pub(crate) fn describe(place: &Path) -> String {
    format!("on {}; one fsync of a new file there: {}", file_system(place), fsync(place))
}

/// The load averages and the number of processors.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let averages: Vec<&str> = text.split(' ').take(3).collect();
    format!("{} on {processors} processors", averages.join(" "))
}

/// The type of the longest mount point above `place` (`/proc/self/mounts`: device, mount point, type).
fn file_system(place: &Path) -> String {
    let place = fs::canonicalize(place).unwrap();
    let table = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mounts = table.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(point, _)| place.starts_with(point)).max_by_key(|(point, _)| point.len());
    above.map_or_else(|| "an unknown file system".to_owned(), |(point, kind)| format!("{kind} ({point})"))
}

fn fsync(place: &Path) -> Figures {
    let dir = tempfile::tempdir_in(place).unwrap();
    let once = |at: u32| {
        let mut file = File::create(dir.path().join(at.to_string())).unwrap();
        file.write_all(&[b'x'; 500]).unwrap();
        let began = Instant::now();
        file.sync_all().unwrap();
        began.elapsed()
    };
    Figures::of((0..100).map(once).collect())
}
