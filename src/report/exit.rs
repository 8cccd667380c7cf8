//! The exit codes.

/// The exit codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Unexpected failure.
    Unexpected,
    /// Usage.
    Usage,
    /// No primary at the deadline.
    NoPrimary,
    /// A primary, but invalid, at the deadline.
    InvalidPrimary,
    /// The chain would break pods.
    Refused,
    /// The runtime's config cannot be patched safely.
    Config,
    /// The restart failed and was rolled back.
    Restart,
    /// The runtime does not confirm the chain.
    Unconfirmed,
    /// Another program keeps undoing the chain.
    Contended,
    /// Missing permission, mount or capability.
    Permission,
    /// `check` or `lint` found a problem.
    Problems,
    /// SIGINT ended a wait.
    Interrupted,
    /// SIGTERM ended a wait.
    Terminated,
}

impl Exit {
    /// All exit codes, for tests and docs.
    pub const ALL: [Self; 14] = [
        Self::Done,
        Self::Unexpected,
        Self::Usage,
        Self::NoPrimary,
        Self::InvalidPrimary,
        Self::Refused,
        Self::Config,
        Self::Restart,
        Self::Unconfirmed,
        Self::Contended,
        Self::Permission,
        Self::Problems,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::NoPrimary => 3,
            Self::InvalidPrimary => 4,
            Self::Refused => 5,
            Self::Config => 6,
            Self::Restart => 7,
            Self::Unconfirmed => 8,
            Self::Contended => 9,
            Self::Permission => 10,
            Self::Problems => 20,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}
