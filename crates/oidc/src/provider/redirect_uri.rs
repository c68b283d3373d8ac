//! Redirect URIs: which may be registered, and whether a requested one is registered.
//!
//! Owns the rules of registration, and the comparison with what was registered ([`verdict`]). It does
//! not own the list of a client's URIs, which is [`super::client`].
//!
//! **Invariant:** what decides is a comparison of characters (RFC 9700 section 2.1, RFC 3986 section
//! 6.2.1). No parser stands between the two texts, so there is none that a browser could disagree with.

mod fault;
pub mod verdict;

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Origin, Url};

pub use self::fault::UriFault;
use super::client::ClientKind;

/// The longest URI, in bytes.
pub const MAX_URI_BYTES: usize = 2048;

/// Parameters that our answers add to a redirect URI (RFC 6749 section 4.1.2, RFC 9207 section 2):
/// one that was there before would be there twice.
const OURS: [&str; 6] = [
    "code",
    "error",
    "error_description",
    "error_uri",
    "iss",
    "state",
];

/// A URI that may be registered for a client of some kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    parsed: Url,
}

impl RedirectUri {
    /// Judges a URI that somebody wants to register.
    ///
    /// It must be `https`; or `http` on a loopback address, written as an address (RFC 8252 section
    /// 7.3); or, for a public client, of a private-use scheme (RFC 8252 section 7.1).
    ///
    /// # Errors
    /// [`UriFault`].
    pub fn register(text: &str, kind: ClientKind) -> Result<Self, UriFault> {
        let uri = Self::read(text)?;
        uri.judge_scheme(kind)?;
        Ok(uri)
    }

    /// As [`RedirectUri::register`], and takes `http://localhost` too: for the demo and for trials. What
    /// that name leads to is the resolver's word (RFC 8252 section 8.3).
    ///
    /// # Errors
    /// [`UriFault`].
    pub fn danger_register_localhost(text: &str, kind: ClientKind) -> Result<Self, UriFault> {
        let uri = Self::read(text)?;
        match uri.judge_scheme(kind) {
            Ok(()) | Err(UriFault::LocalhostName) => Ok(uri),
            Err(fault) => Err(fault),
        }
    }

    /// As it was registered, to the character.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host, for the sector of pairwise subjects (Core section 8.1).
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.parsed.host_str()
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.parsed.origin()
    }

    /// Whether it leads to the machine that the browser is on, by whatever name: every machine has this host, so it
    /// stands for nobody.
    #[must_use]
    pub fn is_on_own_machine(&self) -> bool {
        self.parsed.host() == Some(Host::Domain("localhost")) || is_loopback(&self.parsed)
    }

    /// Whether it is `http` on a loopback address that is written as one.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.parsed.scheme() == "http" && is_loopback(&self.parsed)
    }

    /// What holds for every URI, whatever its scheme.
    fn read(text: &str) -> Result<Self, UriFault> {
        judge_text(text)?;
        let parsed = Url::parse(text).map_err(|_| UriFault::NotAbsolute)?;
        if parsed.query_pairs().any(|(name, _)| OURS.contains(&&*name)) {
            return Err(UriFault::ReservedParameter);
        }
        Ok(Self {
            text: text.to_owned(),
            parsed,
        })
    }

    fn judge_scheme(&self, kind: ClientKind) -> Result<(), UriFault> {
        match self.parsed.scheme() {
            "https" => self.judge_authority(),
            "http" => {
                self.judge_authority()?;
                match self.parsed.host() {
                    Some(Host::Domain("localhost")) => Err(UriFault::LocalhostName),
                    _ if is_loopback(&self.parsed) => Ok(()),
                    _ => Err(UriFault::PlainHttp),
                }
            }
            // RFC 8252 section 7.1: a name turned round, so that there is a domain whose owner may use it. This leaves
            // out `javascript`, `data` and every other scheme that means something to a browser (OO-02).
            scheme if !scheme.contains('.') => Err(UriFault::Scheme),
            _ if kind == ClientKind::Confidential => Err(UriFault::PrivateScheme),
            _ => Ok(()),
        }
    }

    /// The host must be written as browsers read it: no `https:app`, `https:///app`, `0x7f.1` or `%61pp`.
    fn judge_authority(&self) -> Result<(), UriFault> {
        let (authority, _) = split_authority(&self.text).ok_or(UriFault::Host)?;
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        };
        let read = self.parsed.host_str().unwrap_or_default();
        if host.eq_ignore_ascii_case(read) && !host.ends_with('.') {
            Ok(())
        } else {
            Err(UriFault::Host)
        }
    }
}

/// Splits `scheme://authority/rest` into authority and rest (with its first character).
fn split_authority(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.split_at_checked(end)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        Some(Host::Domain(_)) | None => false,
    }
}

/// Whether a text has that fault.
type HasFault = fn(&str) -> bool;

/// In the order in which they are told: what explains the others comes first.
const TEXT_FAULTS: [(HasFault, UriFault); 8] = [
    (has_control, UriFault::ControlCharacter),
    (|text| text.contains('\\'), UriFault::Backslash),
    (|text| text.contains('#'), UriFault::Fragment),
    (|text| text.contains('*'), UriFault::Wildcard),
    (has_zone, UriFault::Ipv6Zone),
    (|text| !is_uri_text(text), UriFault::ForeignCharacter),
    (has_user, UriFault::UserInfo),
    (has_dot_segment, UriFault::DotSegment),
];

/// What can be told from the characters alone.
fn judge_text(text: &str) -> Result<(), UriFault> {
    if text.len() > MAX_URI_BYTES {
        return Err(UriFault::TooLong);
    }
    match TEXT_FAULTS.iter().find(|(is_so, _)| is_so(text)) {
        Some((_, fault)) => Err(*fault),
        None => Ok(()),
    }
}

fn has_control(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Whether there is an IPv6 zone (RFC 6874), which means something on one machine only.
fn has_zone(text: &str) -> bool {
    split_authority(text).is_some_and(|(authority, _)| {
        authority
            .split_once('[')
            .and_then(|(_, rest)| rest.split_once(']'))
            .is_some_and(|(address, _)| address.contains('%'))
    })
}

/// Only what RFC 3986 section 2 knows, and `%` only before two hexadecimal digits.
fn is_uri_text(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let escaped = text.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    escaped && text.bytes().all(allowed)
}

fn has_user(text: &str) -> bool {
    split_authority(text).is_some_and(|(authority, _)| authority.contains('@'))
}

/// Whether the path has a `.` or `..`, in whatever spelling browsers know.
fn has_dot_segment(text: &str) -> bool {
    let path = match split_authority(text) {
        Some((_, rest)) => rest,
        None => text.split_once(':').map_or(text, |(_, rest)| rest),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').any(|segment| {
        let dots = segment.replace("%2e", ".").replace("%2E", ".");
        dots == "." || dots == ".."
    })
}

#[cfg(test)]
mod tests;
