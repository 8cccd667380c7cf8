//! The ids of containerd's own plugins.

/// The snapshotter that CRI uses by default.
pub(super) const OVERLAYFS: &str = "io.containerd.snapshotter.v1.overlayfs";
/// The differ.
pub(super) const WALKING: &str = "io.containerd.differ.v1.walking";
/// containerd's own content store.
pub(super) const CONTENT: &str = "io.containerd.content.v1.content";
