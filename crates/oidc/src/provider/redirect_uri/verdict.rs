//! Whether a requested redirect URI is a registered one, and if not, what is different.
//!
//! Owns the comparison and the diagnosis. The diagnosis parses, to tell an administrator which part
//! differs; it runs only after the comparison has said no, and changes nothing about that.

use url::Url;

use super::{RedirectUri, UriFault, judge_text, split_authority};
use crate::provider::client::ClientKind;

/// Why a requested URI counts as registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Every character is equal.
    Exact,
    /// An installed app on a loopback address, where any port will do (RFC 8252 section 7.3).
    LoopbackPort,
}

impl Match {
    /// The stable name of this verdict.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "redirect_uri_exact",
            Self::LoopbackPort => "redirect_uri_loopback_port",
        }
    }
}

/// A part of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    // In the order of the text: the later a difference comes, the nearer the two are.
    /// `https`.
    Scheme,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The path.
    Path,
    /// The query.
    Query,
    /// Nothing but the spelling: case, percent-encoding, a port or slash that could be left out.
    Spelling,
}

/// Why a requested URI is not a registered one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It differs from each of them.
    #[error("{part:?} is not that of {nearest:?}, the nearest one that is registered")]
    Differs {
        /// The first part that differs.
        part: Part,
        /// The registered URI that it is most like.
        nearest: String,
    },
    /// It could not even be registered.
    #[error(transparent)]
    Fault(UriFault),
    /// The client has none.
    #[error("no redirect URI is registered for this client")]
    NoneRegistered,
}

impl Mismatch {
    /// The stable reason code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Differs { part, .. } => match part {
                Part::Scheme => "redirect_uri_scheme_differs",
                Part::Host => "redirect_uri_host_differs",
                Part::Port => "redirect_uri_port_differs",
                Part::Path => "redirect_uri_path_differs",
                Part::Query => "redirect_uri_query_differs",
                Part::Spelling => "redirect_uri_spelling_differs",
            },
            Self::Fault(fault) => fault.code(),
            Self::NoneRegistered => "redirect_uri_none_registered",
        }
    }
}

/// Compares a requested URI with the registered ones of a client of that kind.
///
/// # Errors
/// [`Mismatch`]: nothing may be sent to the requested URI.
pub fn judge(
    registered: &[RedirectUri],
    kind: ClientKind,
    requested: &str,
) -> Result<Match, Mismatch> {
    if registered.iter().any(|uri| uri.text == requested) {
        return Ok(Match::Exact);
    }
    let any_port = |uri: &RedirectUri| uri.is_loopback() && differs_in_port(&uri.text, requested);
    if kind == ClientKind::Native && registered.iter().any(any_port) {
        return Ok(Match::LoopbackPort);
    }
    Err(diagnose(registered, kind, requested))
}

/// Whether the two are equal, character by character, but for a port from 1 to 65535.
fn differs_in_port(registered: &str, requested: &str) -> bool {
    let host = |text| -> Option<(&str, &str)> {
        let (authority, rest) = split_authority(text)?;
        // Behind the bracket of `[::1]`, or the only colon of `127.0.0.1:80`.
        let colon = authority
            .rfind(':')
            .filter(|at| authority.get(*at..).is_some_and(|port| !port.contains(']')));
        let (host, port) = authority.split_at_checked(colon.unwrap_or(authority.len()))?;
        (port.is_empty() || is_port(port)).then_some((host, rest))
    };
    let scheme = |text: &'static str| (registered.starts_with(text), requested.starts_with(text));
    scheme("http://") == (true, true)
        && host(registered).is_some_and(|own| host(requested) == Some(own))
}

/// `:` and a number from 1 to 65535, without zeros in front.
fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| {
        digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
            && digits.parse::<u16>().is_ok()
    })
}

fn diagnose(registered: &[RedirectUri], kind: ClientKind, requested: &str) -> Mismatch {
    if registered.is_empty() {
        return Mismatch::NoneRegistered;
    }
    if let Err(fault) = judge_text(requested) {
        return Mismatch::Fault(fault);
    }
    let Ok(parsed) = Url::parse(requested) else {
        return Mismatch::Fault(UriFault::NotAbsolute);
    };
    let nearest = registered
        .iter()
        .map(|uri| {
            let any_port = kind == ClientKind::Native && uri.is_loopback();
            (first_difference(&uri.parsed, &parsed, any_port), uri)
        })
        .max_by_key(|(part, _)| *part);
    match nearest {
        Some((part, uri)) => Mismatch::Differs {
            part,
            nearest: uri.text.clone(),
        },
        None => Mismatch::NoneRegistered,
    }
}

/// With `any_port`, a port that could be one is no difference.
fn first_difference(own: &Url, other: &Url, any_port: bool) -> Part {
    let same_port = own.port_or_known_default() == other.port_or_known_default();
    if own.scheme() != other.scheme() {
        Part::Scheme
    } else if own.host_str() != other.host_str() {
        Part::Host
    } else if !same_port && (!any_port || other.port() == Some(0)) {
        Part::Port
    } else if own.path() != other.path() {
        Part::Path
    } else if own.query() != other.query() {
        Part::Query
    } else {
        Part::Spelling
    }
}
