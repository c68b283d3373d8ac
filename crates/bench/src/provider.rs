//! The stand-in identity provider, played in this process.
//!
//! Owns its keys, its signed answers, and the two documents and the token endpoint that the server asks over HTTP. It
//! keeps nothing: a code says itself what it stands for. Does not own people.

use std::{collections::BTreeSet, fmt, time::Duration};

use actix_web::{
    HttpResponse,
    dev::ServerHandle,
    web::{self, Bytes, Data},
};
use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};
use vestibule_oidc::{
    provider::{
        id_token::{HandedOut, IdTokenClaims},
        metadata::{Document, Endpoints, Facts},
        token_endpoint::TokenAnswer,
    },
    signing::{KeyKind, SigningKey as OidcKey, jwk_set},
};
use vestibule_saml::{
    crypto::{
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey as SamlKey,
    },
    issue::{Assertion, Attribute, MAX_LIFETIME, NameId, Reply, Sign},
    metadata::IdpDescription,
};

use crate::{listener::Listener, people::Number, request::random_id};

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const GROUPS: [&str; 5] = [
    "staff",
    "jira-users",
    "confluence-users",
    "berlin",
    "engineering",
];

/// The identity provider.
pub(crate) struct Provider {
    issuer: String,
    saml: SamlKey,
    /// In no metadata: what it signs is forged.
    forger: SamlKey,
    served: Data<Served>,
    handle: ServerHandle,
}

/// What its web server needs.
struct Served {
    issuer: String,
    key: OidcKey,
}

/// What a Response answers.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// ID of the request.
    pub(crate) request: String,
    /// Where the answer goes, and the audience: who asked.
    pub(crate) acs_url: String,
    pub(crate) audience: String,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider(..)")
    }
}

impl Provider {
    /// Makes keys and serves; needs a runtime around it.
    ///
    /// # Errors
    /// If no port is free.
    pub(crate) fn start() -> Result<Self> {
        let ours = Listener::bind()?;
        let issuer = ours.base().to_owned();
        let profile = CertificateProfile::starting(Utc::now(), "Stand-in identity provider");
        let pkcs8 = OidcKey::generate_pkcs8(KeyKind::Rsa2048)?;
        let served = Data::new(Served {
            issuer: issuer.clone(),
            key: OidcKey::from_pkcs8(&pkcs8)?,
        });
        let shared = served.clone();
        let handle = ours.serve(move |config| {
            config
                .app_data(shared.clone())
                .route(
                    "/.well-known/openid-configuration",
                    web::get().to(discovery),
                )
                .route("/jwks", web::get().to(jwks))
                .route("/token", web::post().to(token));
        })?;
        Ok(Self {
            issuer,
            saml: SamlKey::generate_rsa(RsaSize::Bits2048, &profile)?,
            forger: SamlKey::generate_rsa(RsaSize::Bits2048, &profile)?,
            served,
            handle,
        })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.issuer)
    }

    pub(crate) fn client_secret(&self) -> &'static str {
        "what the stand-in does not check"
    }

    pub(crate) fn saml_key(&self) -> &SamlKey {
        &self.saml
    }

    /// How it describes itself.
    ///
    /// # Errors
    /// If that is no XML.
    pub(crate) fn saml_metadata(&self) -> Result<String> {
        let description = IdpDescription {
            entity_id: &self.saml_entity_id(),
            sso_url: &format!("{}/saml/sso", self.issuer),
            certificates: vec![self.saml.certificate_der()],
            want_authn_requests_signed: false,
            single_logout: Vec::new(),
            name_id_formats: vec![PERSISTENT],
            valid_until: None,
        };
        Ok(description.to_xml(None)?)
    }

    /// Its answer about a person: as AD FS, the assertion signed and the Response around it not.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn response(&self, asked: &Asked, person: Number) -> Result<String> {
        self.signed(asked, person, &self.saml)
    }

    /// The same, signed with a key that nobody told the server about.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn forged_response(&self, asked: &Asked, person: Number) -> Result<String> {
        self.signed(asked, person, &self.forger)
    }

    fn signed(&self, asked: &Asked, person: Number, key: &SamlKey) -> Result<String> {
        let now = Utc::now();
        let (response, assertion, session) = (random_id()?, random_id()?, random_id()?);
        let name = person.name();
        let attributes = attributes(person);
        let assertion = Assertion {
            id: &assertion,
            audience: &asked.audience,
            name_id: NameId {
                value: &name,
                format: Some(PERSISTENT),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            attributes: &attributes,
            authn_context: PASSWORD,
            authn_instant: now,
            session_index: Some(&session),
            lifetime: MAX_LIFETIME,
            session_not_on_or_after: None,
        };
        let reply = Reply {
            id: &response,
            issue_instant: now,
            issuer: &self.saml_entity_id(),
            acs_url: &asked.acs_url,
            in_response_to: Some(&asked.request),
        };
        Ok(reply.vouch(&assertion, Sign::Assertion, key)?.into_string())
    }

    /// The query of its answer to an authorization request: `code`, `state`, `iss`.
    ///
    /// # Errors
    /// If the request is unlike one.
    pub(crate) fn code_for(&self, request: &Url, person: Number) -> Result<String> {
        let parameter = |name| {
            let found = request.query_pairs().find(|(key, _)| key == name);
            found
                .map(|(_, value)| value.into_owned())
                .with_context(|| format!("the authorization request has no {name}"))
        };
        let code = format!("{} {}", person.0, parameter("nonce")?);
        Ok(form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &URL_SAFE_NO_PAD.encode(code))
            .append_pair("state", &parameter("state")?)
            .append_pair("iss", &self.served.issuer)
            .finish())
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

fn attributes(person: Number) -> Vec<Attribute> {
    let attribute = |name: &str, values: Vec<String>| Attribute {
        name: name.to_owned(),
        name_format: Some("urn:oasis:names:tc:SAML:2.0:attrname-format:basic".to_owned()),
        friendly_name: None,
        values,
    };
    vec![
        attribute("mail", vec![person.mail()]),
        attribute("displayName", vec![format!("Person {}", person.0)]),
        attribute("givenName", vec!["Person".to_owned()]),
        attribute("sn", vec![person.0.to_string()]),
        attribute("groups", GROUPS.map(str::to_owned).to_vec()),
    ]
}

async fn discovery(served: Data<Served>) -> HttpResponse {
    let endpoint = |path: &str| Url::parse(&format!("{}{path}", served.issuer)).ok();
    let endpoints = || {
        let (authorization, token) = (endpoint("/authorize")?, endpoint("/token")?);
        Some(Endpoints::least(authorization, token, endpoint("/jwks")?))
    };
    match endpoints() {
        Some(endpoints) => {
            HttpResponse::Ok().json(Document::of(Facts::least(&served.issuer, endpoints)))
        }
        None => HttpResponse::InternalServerError().finish(),
    }
}

async fn jwks(served: Data<Served>) -> HttpResponse {
    HttpResponse::Ok().json(jwk_set([&served.key]))
}

async fn token(served: Data<Served>, body: Bytes) -> HttpResponse {
    match minted(&served, &body) {
        Some(answer) => HttpResponse::Ok().json(answer),
        None => HttpResponse::BadRequest().finish(),
    }
}

/// The ID token behind a code.
fn minted(served: &Served, body: &[u8]) -> Option<Value> {
    const ACCESS_TOKEN: &str = "opens nothing";
    let (_, code) = form_urlencoded::parse(body).find(|(name, _)| name == "code")?;
    let meant = String::from_utf8(URL_SAFE_NO_PAD.decode(code.as_bytes()).ok()?).ok()?;
    let (person, nonce) = meant.split_once(' ')?;
    let person = Number(person.parse().ok()?);
    let now = Utc::now();
    let extra: Map<String, Value> = [
        ("email", json!(person.mail())),
        ("email_verified", json!(true)),
        ("name", json!(format!("Person {}", person.0))),
        ("given_name", json!("Person")),
        ("family_name", json!(person.0.to_string())),
        ("groups", json!(GROUPS)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let claims = IdTokenClaims {
        issuer: &served.issuer,
        subject: &person.name(),
        client_id: "vestibule",
        other_audiences: &[],
        issued_at: now,
        expires_at: now + TimeDelta::minutes(5),
        auth_time: now,
        nonce: Some(nonce),
        acr: None,
        amr: &["pwd"],
        session: None,
        extra,
    };
    let with = HandedOut {
        access_token: Some(ACCESS_TOKEN),
        code: Some(&code),
    };
    let id_token = claims.mint(&served.key, with).ok()?;
    let answer = TokenAnswer {
        access_token: ACCESS_TOKEN,
        lifetime: Duration::from_secs(300),
        id_token: Some(&id_token),
        refresh_token: None,
        scopes: &BTreeSet::from(["openid".to_owned()]),
    };
    Some(answer.body())
}
