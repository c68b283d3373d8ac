//! An OpenID provider that we ask: `upstreams.<id>.oidc`.

use std::{collections::BTreeMap, time::Duration};

use vestibule_upstream::oidc::{Algorithm, EmailTrust, ResponseMode};

use super::saml::skew;
use crate::config::{
    file::{self, SecretSource},
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// An OpenID provider. What is `None` or empty is by the preset or by the adapter's own default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcUpstream {
    /// Its issuer as it was written: identifiers are compared as texts (OIDC Discovery 4.3).
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// How we authenticate there.
    pub authentication: ClientAuthentication,
    /// Scopes besides `openid`.
    pub scopes: Option<Vec<String>>,
    /// Accepted signature algorithms of ID tokens.
    pub algorithms: Option<Vec<Algorithm>>,
    /// Audiences that may stand beside us.
    pub trusted_audiences: Vec<String>,
    /// Hosts besides the issuer's on which its endpoints may be.
    pub other_hosts: Vec<String>,
    /// Ask the userinfo endpoint too.
    pub userinfo: Option<bool>,
    /// When `email` is believed.
    pub email: Option<EmailTrust>,
    /// How its answer comes back.
    pub response_mode: Option<ResponseMode>,
    /// `resource` (RFC 8707).
    pub resource: Option<String>,
    /// `acr_values`, the preferred one first.
    pub acr_values: Vec<String>,
    /// More parameters for the authorization request.
    pub extra_params: BTreeMap<String, String>,
    /// How far its clock may differ.
    pub clock_skew: Duration,
    /// Take logout tokens without `exp`.
    pub danger_accept_logout_without_expiry: bool,
}

/// How we authenticate at an OpenID provider's token endpoint (OIDC core 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// As the provider publishes it, `client_secret_basic` first.
    Auto(SecretSource),
    /// `client_secret_basic`.
    Basic(SecretSource),
    /// `client_secret_post`.
    Post(SecretSource),
    /// A public client; PKCE alone protects the code.
    Public,
}

/// Keys of this section.
pub(super) const SECTION: Section = Section {
    path: "upstreams.<id>.oidc",
    about: "An OpenID provider. Register `<public_url>/upstream/<id>/oidc/callback` there as redirect address, and `<public_url>/upstream/<id>/oidc/backchannel-logout` for back-channel logout.",
    keys: &[
        Key::needed(
            "issuer",
            "an https address",
            "Its issuer, to the last character; discovery starts from it.",
        ),
        Key::needed("client_id", "a text", "Our client id there."),
        Key::optional(
            "client_secret_file",
            "a file",
            "none",
            "Our client secret there. Needed, or `client_secret_env`, unless `client_authentication` is `public`.",
        ),
        Key::optional(
            "client_secret_env",
            "name of an environment variable",
            "none",
            "The same from the environment.",
        ),
        Key::optional(
            "client_authentication",
            "`auto`, `basic`, `post` or `public`",
            "auto",
            "How we authenticate at its token endpoint; `auto` does what it publishes.",
        )
        .danger("`public` means no secret: PKCE alone protects the code."),
        Key::optional(
            "scopes",
            "one or more texts",
            "by the preset; else `profile`, `email`",
            "Scopes besides `openid`.",
        ),
        Key::optional(
            "algorithms",
            "one or more of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`",
            "`RS256`",
            "Accepted signature algorithms of ID tokens.",
        ),
        Key::optional(
            "trusted_audiences",
            "one or more texts",
            "none",
            "Audiences that may stand beside us in an ID token.",
        )
        .danger("A token that was also made for somebody else is accepted."),
        Key::optional(
            "other_hosts",
            "one or more host names",
            "none",
            "Hosts besides the issuer's on which its endpoints may be.",
        )
        .danger("Our client secret is sent to them."),
        Key::optional(
            "userinfo",
            "`true` or `false`",
            "by the preset; else `true`",
            "Ask its userinfo endpoint too.",
        ),
        Key::optional(
            "email",
            "`verified`, `unless_denied` or `danger_always`",
            "by the preset; else `verified`",
            "When its claim `email` is believed: only with `email_verified: true`; unless that says `false`; always.",
        )
        .danger("Atlassian knows people by mail address: one that people can set without proof is a way into somebody else's account."),
        Key::optional(
            "response_mode",
            "`query` or `form_post`",
            "by the preset; else `query`",
            "How its answer comes back.",
        ),
        Key::optional(
            "resource",
            "a text",
            "none",
            "The parameter `resource` (RFC 8707); AD FS applies an application's own policy only with it.",
        ),
        Key::optional(
            "acr_values",
            "one or more texts",
            "none",
            "`acr_values`, the preferred one first; a wish that the provider may ignore.",
        ),
        Key::optional(
            "extra_params",
            "a map: name → text",
            "none",
            "More parameters for the authorization request, such as Keycloak's `kc_idp_hint`.",
        ),
        Key::optional(
            "clock_skew",
            "seconds, 0 to 120",
            "60",
            "How far its clock may differ from ours.",
        )
        .danger("Old tokens are accepted this much longer."),
        Key::optional(
            "danger_accept_logout_without_expiry",
            "`true` or `false`",
            "false",
            "Accept logout tokens without `exp`, as providers send them that follow the first edition of Back-Channel Logout.",
        )
        .danger("Such a token is good for five minutes from its `iat` on."),
    ],
};

/// Reads the section.
pub(super) fn read(reader: &Reader<'_>) -> Option<OidcUpstream> {
    let fields = reader.section(&SECTION)?;
    let issuer = fields.get("issuer");
    let issuer = issuer.and_then(|reader| issuer_text(&reader));
    let client_id = fields.get("client_id").and_then(|reader| reader.text());
    let authentication = authentication(&fields);
    let texts = |key| fields.get(key).map(|reader: Reader<'_>| reader.texts());
    let algorithms = fields.get("algorithms").map(|reader| algorithms(&reader));
    let email = fields.get("email").and_then(|reader| {
        reader.one_of(&[
            ("verified", EmailTrust::Verified),
            ("unless_denied", EmailTrust::UnlessDenied),
            ("danger_always", EmailTrust::DangerAlways),
        ])
    });
    let response_mode = fields.get("response_mode").and_then(|reader| {
        reader.one_of(&[
            ("query", ResponseMode::Query),
            ("form_post", ResponseMode::FormPost),
        ])
    });
    Some(OidcUpstream {
        scopes: texts("scopes"),
        algorithms,
        trusted_audiences: texts("trusted_audiences").unwrap_or_default(),
        other_hosts: texts("other_hosts").unwrap_or_default(),
        userinfo: fields.get("userinfo").and_then(|reader| reader.flag()),
        email,
        response_mode,
        resource: fields.get("resource").and_then(|reader| reader.text()),
        acr_values: texts("acr_values").unwrap_or_default(),
        extra_params: extra_params(&fields),
        clock_skew: Duration::from_secs(skew(&fields).into()),
        danger_accept_logout_without_expiry: fields
            .get("danger_accept_logout_without_expiry")
            .and_then(|reader| reader.flag())
            .unwrap_or_default(),
        issuer: issuer?,
        client_id: client_id?,
        authentication: authentication?,
    })
}

fn issuer_text(reader: &Reader<'_>) -> Option<String> {
    let url = reader.url()?;
    if url.query().is_some() || url.fragment().is_some() || url.path().contains("/.well-known/") {
        reader.mistake(
            "bad_url",
            "an issuer has no query, no fragment and no `/.well-known/…`",
            "write what the provider calls `issuer` in its discovery document",
        );
        return None;
    }
    reader.text()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Auto,
    Basic,
    Post,
    Public,
}

fn authentication(fields: &Fields<'_>) -> Option<ClientAuthentication> {
    let method = match fields.get("client_authentication") {
        Some(reader) => reader.one_of(&[
            ("auto", Method::Auto),
            ("basic", Method::Basic),
            ("post", Method::Post),
            ("public", Method::Public),
        ])?,
        None => Method::Auto,
    };
    let is_public = method == Method::Public;
    let secret = file::secret(fields, "client_secret_file", "client_secret_env", is_public);
    match (method, secret) {
        (Method::Public, None) => Some(ClientAuthentication::Public),
        (Method::Public, Some(_)) => {
            fields.whole().mistake(
                "not_together",
                "a public client has no secret, but one is given",
                "remove the secret, or `client_authentication: public`",
            );
            None
        }
        (Method::Auto, Some(secret)) => Some(ClientAuthentication::Auto(secret)),
        (Method::Basic, Some(secret)) => Some(ClientAuthentication::Basic(secret)),
        (Method::Post, Some(secret)) => Some(ClientAuthentication::Post(secret)),
        (_, None) => None,
    }
}

fn algorithms(reader: &Reader<'_>) -> Vec<Algorithm> {
    let choices = Algorithm::ALL.map(|algorithm| (algorithm.name(), algorithm));
    reader.each_once(|item| item.one_of(&choices))
}

fn extra_params(fields: &Fields<'_>) -> BTreeMap<String, String> {
    let Some(reader) = fields.get("extra_params") else {
        return BTreeMap::new();
    };
    reader
        .by_name()
        .into_iter()
        .filter_map(|(name, reader)| Some((name, reader.text()?)))
        .collect()
}
