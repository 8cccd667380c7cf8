//! The limits for what aliases may make of a document.

/// The limit for the depth of a tree, aliases included. It limits every recursion over the tree, also its drop.
pub(super) const MAX_DEPTH: usize = 400;
/// The bytes of text that aliases may repeat in one document: many times what the API server takes in a request.
const MAX_BYTES: u64 = 32 << 20;
/// kubectl's limits for the share of nodes that aliases make: 99% of a document up to the first number of nodes, 10%
/// from the second on (go-yaml `decode.go`, `allowedAliasRatio`).
const FEW: f64 = 400_000.0;
const MANY: f64 = 4_000_000.0;

/// The size of a tree with all its aliases written out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    pub(super) nodes: u64,
    pub(super) bytes: u64,
    pub(super) depth: usize,
}

impl Size {
    /// The size of a scalar.
    pub(super) fn of_text(bytes: usize) -> Self {
        Self { nodes: 1, bytes: bytes as u64, depth: 1 }
    }

    /// Adds the size of a part of a collection.
    pub(super) fn add(&mut self, part: Self) {
        self.nodes = self.nodes.saturating_add(part.nodes);
        self.bytes = self.bytes.saturating_add(part.bytes);
        self.depth = self.depth.max(part.depth + 1);
    }
}

/// The nodes of a document so far, and what aliases repeated.
#[derive(Default)]
pub(super) struct Budget {
    own: u64,
    copied: u64,
    copied_bytes: u64,
}

impl Budget {
    /// Counts a node that is written in the document.
    pub(super) fn written(&mut self) {
        self.own += 1;
    }

    /// Counts an alias; the error is the limit that it breaks.
    pub(super) fn alias(&mut self, size: Size, depth: usize) -> Result<(), String> {
        self.copied = self.copied.saturating_add(size.nodes);
        self.copied_bytes = self.copied_bytes.saturating_add(size.bytes);
        if depth + size.depth > MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} levels"));
        }
        if self.copied_bytes > MAX_BYTES {
            return Err(format!("more than {} MB of repeated text", MAX_BYTES >> 20));
        }
        #[allow(clippy::cast_precision_loss, reason = "a ratio needs no exact numbers")]
        let (copied, all) = (self.copied as f64, (self.copied + self.own) as f64);
        let allowed = 0.99 - 0.89 * ((all - FEW) / (MANY - FEW)).clamp(0.0, 1.0);
        if self.copied > 100 && all > 1000.0 && copied / all > allowed {
            return Err(format!("{} values, of which {} are copies; kubectl refuses that", all, self.copied));
        }
        Ok(())
    }
}
