//! Maps a reason why a chain cannot be composed to the code of the failure.

use crate::cni::ComposeError;
use crate::report::FailureCode;

pub(super) const fn code(error: &ComposeError) -> FailureCode {
    match error {
        ComposeError::NoAnchor { .. } => FailureCode::PositionUnknown,
        ComposeError::AddedTwice { .. } | ComposeError::Wraps(_) => FailureCode::PluginRunsTwice,
        ComposeError::Ambiguous { .. } => FailureCode::PluginAmbiguous,
        ComposeError::Unsound(_) => FailureCode::ChainInvalid,
    }
}
