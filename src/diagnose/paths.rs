//! Paths that are the same on nodes of every distribution.

/// The file that containerd reads by default.
pub(super) const DEFAULT_CONFIG: &str = crate::containerd::ConfigPath::DEFAULT;

/// libcni's cache of each pod's network (libcni `api.go`, `CacheDir`).
pub(super) const CNI_CACHE: &str = "/var/lib/cni/results";
