//! A registered client, as far as the wire needs it.
//!
//! Owns what a client may ask for at the authorization and logout endpoints, and what may be
//! registered for it. It does not own how a client proves who it is, nor where clients are kept.

use std::{borrow::Cow, collections::BTreeSet};

use url::Origin;

use super::{
    answer::ResponseMode,
    redirect_uri::{
        RedirectUri, UriFault,
        verdict::{self, Match, Mismatch},
    },
};

/// What a client is (RFC 6749 section 2.1, RFC 8252).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// A server that keeps a secret or a key.
    Confidential,
    /// An app that somebody installed: public, and it may listen on any loopback port.
    Native,
    /// A public client otherwise, such as a script in a browser.
    Public,
}

/// What a client is told a person is (Core section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectType {
    /// Another name in each sector, so that clients cannot compare.
    Pairwise {
        /// The sector; if there is none, the one that follows from the redirect URIs ([`Client::sector`]).
        sector: Option<String>,
    },
    /// The same name for all.
    Public,
}

impl SubjectType {
    /// As in `subject_types_supported`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pairwise { .. } => "pairwise",
            Self::Public => "public",
        }
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    id: String,
    kind: ClientKind,
    redirect_uris: Vec<RedirectUri>,
    post_logout_redirect_uris: Vec<RedirectUri>,
    front_channel_logout_uri: Option<RedirectUri>,
    /// The contexts that a login for it can reach. An essential one beyond them is refused at once.
    pub acr_values: Vec<String>,
    /// Take requests without PKCE (RFC 9700 section 2.1.1 wants it of every client). A public client must use it
    /// whatever stands here.
    pub danger_pkce_optional: bool,
    /// Take only requests that were pushed (RFC 9126 section 6).
    pub require_pushed: bool,
    /// How answers may come back.
    pub response_modes: Vec<ResponseMode>,
    /// The scopes that it gets if it asks for them, beside `openid`.
    pub scopes: BTreeSet<String>,
    /// What it is told a person is.
    pub subject_type: SubjectType,
}

/// Why a front-channel logout URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrontChannelFault {
    /// Front-Channel Logout 1.0 section 2: it belongs to the origin of a redirect URI.
    #[error(
        "the front-channel logout URI is not of the same scheme, host and port as a redirect URI"
    )]
    ForeignOrigin,
    /// It is no URI that may be registered.
    #[error(transparent)]
    Uri(#[from] UriFault),
}

impl FrontChannelFault {
    /// The stable reason code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ForeignOrigin => "front_channel_logout_foreign_origin",
            Self::Uri(fault) => fault.code(),
        }
    }
}

impl Client {
    /// A client with nothing but its name: PKCE is required, every response mode allowed, no scope but `openid`.
    #[must_use]
    pub fn new(id: &str, kind: ClientKind) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            front_channel_logout_uri: None,
            acr_values: Vec::new(),
            danger_pkce_optional: false,
            require_pushed: false,
            response_modes: ResponseMode::ALL.to_vec(),
            scopes: BTreeSet::new(),
            subject_type: SubjectType::Public,
        }
    }

    /// Registers a redirect URI.
    ///
    /// # Errors
    /// [`UriFault`].
    pub fn register_redirect_uri(&mut self, text: &str) -> Result<(), UriFault> {
        let uri = RedirectUri::register(text, self.kind)?;
        self.redirect_uris.push(uri);
        Ok(())
    }

    /// Registers a redirect URI that may be on `http://localhost`: for the demo and for trials.
    ///
    /// # Errors
    /// [`UriFault`].
    pub fn danger_register_localhost_uri(&mut self, text: &str) -> Result<(), UriFault> {
        let uri = RedirectUri::danger_register_localhost(text, self.kind)?;
        self.redirect_uris.push(uri);
        Ok(())
    }

    /// Registers where a browser may be sent after a logout (RP-Initiated Logout 1.0 section 3.1).
    ///
    /// # Errors
    /// [`UriFault`].
    pub fn register_post_logout_redirect_uri(&mut self, text: &str) -> Result<(), UriFault> {
        let uri = RedirectUri::register(text, self.kind)?;
        self.post_logout_redirect_uris.push(uri);
        Ok(())
    }

    /// Registers what is loaded in a frame when a session ends; after the redirect URIs.
    ///
    /// # Errors
    /// [`FrontChannelFault`].
    pub fn register_front_channel_logout_uri(
        &mut self,
        text: &str,
    ) -> Result<(), FrontChannelFault> {
        // A frame is no app: nothing but a web address makes sense.
        let uri = RedirectUri::register(text, ClientKind::Confidential)?;
        let known = |other: &RedirectUri| other.origin() == uri.origin();
        if !self.redirect_uris.iter().any(known) {
            return Err(FrontChannelFault::ForeignOrigin);
        }
        self.front_channel_logout_uri = Some(uri);
        Ok(())
    }

    /// `client_id`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ClientKind {
        self.kind
    }

    /// Whether a request needs a code challenge.
    #[must_use]
    pub fn requires_pkce(&self) -> bool {
        self.kind != ClientKind::Confidential || !self.danger_pkce_optional
    }

    /// Its redirect URIs.
    #[must_use]
    pub fn redirect_uris(&self) -> &[RedirectUri] {
        &self.redirect_uris
    }

    /// The origins that scripts of it run at, as browsers write them (RFC 6454 section 6.2): those of its redirect URIs,
    /// for a script that takes an answer stands where the answer goes. None for a client that is no script in a browser.
    pub fn script_origins(&self) -> impl Iterator<Item = String> {
        let is_script = self.kind == ClientKind::Public;
        let uris = self.redirect_uris.iter().filter(move |_| is_script);
        // An app's own scheme is no origin.
        let origins = uris.map(RedirectUri::origin).filter(Origin::is_tuple);
        origins.map(|origin| origin.ascii_serialization())
    }

    /// What is loaded in a frame when a session ends.
    #[must_use]
    pub fn front_channel_logout_uri(&self) -> Option<&RedirectUri> {
        self.front_channel_logout_uri.as_ref()
    }

    /// Whether answers may go to that redirect URI.
    ///
    /// # Errors
    /// [`Mismatch`].
    pub fn judge_redirect_uri(&self, requested: &str) -> Result<Match, Mismatch> {
        verdict::judge(&self.redirect_uris, self.kind, requested)
    }

    /// Whether a browser may go there after a logout.
    ///
    /// # Errors
    /// [`Mismatch`].
    pub fn judge_post_logout_redirect_uri(&self, requested: &str) -> Result<Match, Mismatch> {
        verdict::judge(&self.post_logout_redirect_uris, self.kind, requested)
    }

    /// Whether it gets that scope.
    #[must_use]
    pub fn may_have(&self, scope: &str) -> bool {
        scope == "openid" || self.scopes.contains(scope)
    }

    /// The sector of its pairwise subjects (Core section 8.1): the one that was named, or the host that all its
    /// redirect URIs share. `None` if there is none; then somebody must name it.
    ///
    /// The machine that somebody sits at is no host that stands for anybody: all installed apps listen there. A client
    /// that is reached there alone is a sector of its own, with a name that no host can have.
    #[must_use]
    pub fn sector(&self) -> Option<Cow<'_, str>> {
        if let SubjectType::Pairwise {
            sector: Some(sector),
        } = &self.subject_type
        {
            return Some(sector.into());
        }
        let mut uris = self.redirect_uris.iter();
        if !self.redirect_uris.is_empty() && uris.all(RedirectUri::is_on_own_machine) {
            return Some(format!("client {}", self.id).into());
        }
        let mut hosts = self.redirect_uris.iter().map(RedirectUri::host);
        let first = hosts.next()??;
        let is_shared = hosts.all(|host| host == Some(first));
        is_shared.then_some(first.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_client_always_needs_pkce() {
        for (kind, optional, required) in [
            (ClientKind::Confidential, false, true),
            (ClientKind::Confidential, true, false),
            (ClientKind::Native, true, true),
            (ClientKind::Public, true, true),
        ] {
            let mut client = Client::new("app", kind);
            client.danger_pkce_optional = optional;
            assert_eq!(client.requires_pkce(), required, "{kind:?} {optional}");
        }
    }

    /// Core section 8.1.
    #[test]
    fn a_sector_is_named_or_the_one_host_or_the_client_itself_on_its_own_machine() {
        use ClientKind::{Confidential, Native};
        for (kind, uris, expected) in [
            (Confidential, &[][..], None),
            (
                Confidential,
                &["https://a.example/1", "https://a.example/2"],
                Some("a.example"),
            ),
            (
                Confidential,
                &["https://a.example/1", "https://b.example/"],
                None,
            ),
            (Native, &["com.example.app:/callback"], None),
            (Native, &["http://127.0.0.1/callback"], Some("client app")),
            (
                Native,
                &[
                    "http://127.0.0.1/cb",
                    "http://[::1]/cb",
                    "http://localhost/cb",
                ],
                Some("client app"),
            ),
            // Where it is reached elsewhere, too, somebody must say what it is.
            (
                Native,
                &["http://127.0.0.1/cb", "https://a.example/cb"],
                None,
            ),
        ] {
            let mut client = Client::new("app", kind);
            for uri in uris {
                client.danger_register_localhost_uri(uri).unwrap();
            }
            assert_eq!(client.sector().as_deref(), expected, "{uris:?}");
            client.subject_type = SubjectType::Pairwise {
                sector: Some("acme".to_owned()),
            };
            assert_eq!(client.sector().as_deref(), Some("acme"));
        }
    }

    #[test]
    fn scripts_run_where_the_answers_of_a_public_client_go() {
        use ClientKind::{Confidential, Native, Public};
        let uris = [
            "https://a.example/cb",
            "https://a.example:443/other",
            "https://B.example:8443/cb",
            "http://127.0.0.1:5173/cb",
        ];
        let all: &[&str] = &[
            "https://a.example",
            "https://a.example",
            "https://b.example:8443",
            "http://127.0.0.1:5173",
        ];
        for (kind, expected) in [(Public, all), (Native, &[]), (Confidential, &[])] {
            let mut client = Client::new("app", kind);
            for uri in uris {
                client.register_redirect_uri(uri).unwrap();
            }
            if kind != Confidential {
                client.register_redirect_uri("com.example.app:/cb").unwrap();
            }
            let found: Vec<String> = client.script_origins().collect();
            assert_eq!(found, expected, "{kind:?}");
        }
    }

    #[test]
    fn a_front_channel_logout_uri_belongs_to_the_client() {
        let mut client = Client::new("app", ClientKind::Confidential);
        client
            .register_redirect_uri("https://a.example/cb")
            .unwrap();
        for (uri, code) in [
            ("https://a.example/out?x=1", "ok"),
            ("https://a.example:443/out", "ok"),
            (
                "https://b.example/out",
                "front_channel_logout_foreign_origin",
            ),
            (
                "https://a.example:8443/out",
                "front_channel_logout_foreign_origin",
            ),
            ("http://a.example/out", "redirect_uri_plain_http"),
            ("com.example.app:/out", "redirect_uri_private_scheme"),
        ] {
            let found = client.register_front_channel_logout_uri(uri);
            let found = found.map_or_else(FrontChannelFault::code, |()| "ok");
            assert_eq!(found, code, "{uri}");
        }
    }
}
