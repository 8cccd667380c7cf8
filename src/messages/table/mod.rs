//! The table of messages, one file for each kind of program.

mod agents;
mod invoking;
mod kubelet;
mod loading;
mod plugins;
mod runtime;

use super::message::Message;

/// Defines the messages of a file. The last text of a row is a real message, as a program printed it.
macro_rules! messages {
    ($($rank:ident $text:literal $source:literal $meaning:literal [$($code:ident),*] $look:literal $said:literal;)*) => {
        pub(super) const MESSAGES: &[$crate::messages::message::Message] = &[$(
            $crate::messages::message::Message {
                rank: $crate::messages::message::Rank::$rank,
                text: $text,
                source: $source,
                meaning: $meaning,
                codes: &[$(&$code),*],
                look: $look,
                said: $said,
            }
        ),*];
    };
}
use messages;

/// All known messages.
pub fn all() -> impl Iterator<Item = &'static Message> {
    let tables = [
        kubelet::MESSAGES,
        loading::MESSAGES,
        invoking::MESSAGES,
        plugins::MESSAGES,
        agents::MESSAGES,
        runtime::MESSAGES,
    ];
    tables.into_iter().flatten()
}
