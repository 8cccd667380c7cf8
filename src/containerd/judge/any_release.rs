//! Judges files for an unknown release: only by rules that all releases share which read the files.

use super::seen::SeenKind;
use super::{Judgement, judge_as};
use crate::containerd::effective;
use crate::containerd::files::Files;
use crate::containerd::imports::{ConfigFiles, read_by};
use crate::containerd::loader::Loader;
use crate::containerd::refusal::Refusal;
use crate::node::Release;
use crate::node::{HostPath, Observed};

/// The first and the newest release of each line with known rules. A rule that came with a patch release applies only
/// to the newest one, so it refuses nothing here.
const ENDS: [Release; 12] = [
    Release::new(1, 6, 0),
    Release::new(1, 6, 39),
    Release::new(1, 7, 0),
    Release::new(1, 7, 34),
    Release::new(2, 0, 0),
    Release::new(2, 0, 11),
    Release::new(2, 1, 0),
    Release::new(2, 1, 9),
    Release::new(2, 2, 0),
    Release::new(2, 2, 7),
    Release::new(2, 3, 0),
    Release::new(2, 3, 4),
];

/// Judges the files for an unknown release. The result is never [`Judgement::ComesUp`]: a release may refuse what
/// others accept.
pub fn judge_of_any(files: &ConfigFiles, seen: &impl Fn(&HostPath) -> Observed<SeenKind>) -> Judgement {
    let mut common: Option<Vec<Refusal>> = None;
    for release in ENDS.into_iter().filter(|release| is_read(files, *release)) {
        let refused = match judge_as(files, (release, "every containerd that reads it"), seen) {
            Judgement::Fails(refused) => refused,
            Judgement::ComesUp => Vec::new(),
            Judgement::NotJudged(_) => continue,
        };
        common = Some(match common {
            None => refused,
            Some(mut common) => {
                common.retain(|refusal| refused.iter().any(|other| is_same(refusal, other)));
                common
            }
        });
    }
    match common {
        Some(common) if !common.is_empty() => Judgement::Fails(common),
        _ => Judgement::NotJudged("the release of containerd is not known".to_owned()),
    }
}

/// True if the release can read the files.
fn is_read(files: &ConfigFiles, release: Release) -> bool {
    Loader::of(Some(release)).into_iter().any(|loader| {
        Files::read(&read_by(files, loader)).is_ok_and(|read| effective::view(&read, loader).is_ok())
    })
}

/// True if two releases refuse for the same reason. The names of the functions that check it differ between releases.
fn is_same(one: &Refusal, other: &Refusal) -> bool {
    one.file == other.file && one.position == other.position && one.remedy == other.remedy
}
