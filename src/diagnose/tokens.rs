//! Rules for the plugins' tokens: are they still valid? No other rule needs the wall clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::found::found;
use super::kubeconfig::{Token, tokens};
use super::view::View;
use crate::report::Located;
use crate::report::codes::check::{TOKEN_EXPIRED, TOKEN_EXPIRES};

/// The claims of a token that are read (RFC 7519), in seconds since the epoch.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Claims {
    exp: i64,
    iat: Option<i64>,
}

pub(super) fn check(view: &View<'_>) -> Vec<Located> {
    tokens(view).iter().filter_map(|token| judge(view, token)).collect()
}

fn judge(view: &View<'_>, token: &Token) -> Option<Located> {
    let claims = claims(&token.text)?;
    let (path, left) = (&token.file, claims.exp - view.wall);
    let remedy = format!(
        "kubectl get pods -A -o wide {}   # delete the network's own pod: the next one writes a new token",
        view.of_this_node()
    );
    if left <= 0 {
        return Some(found(
            &TOKEN_EXPIRED,
            path,
            format!(
                "the token in {path} expired {} ago: the API server answers the plugin with Unauthorized, so \
                 pods cannot start or end",
                span(-left)
            ),
            remedy,
        ));
    }
    // A token that is renewed never gets as old as this.
    let life = claims.iat.map_or(24 * 3600, |iat| claims.exp - iat);
    (left < life / 10).then(|| {
        found(
            &TOKEN_EXPIRES,
            path,
            format!("the token in {path} expires in {}; nine tenths of its life are over, and nothing has renewed it", span(left)),
            remedy,
        )
    })
}

/// The claims of a JSON Web Token; `None` for another text and for a token that never expires.
fn claims(token: &str) -> Option<Claims> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?).ok()
}

fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
