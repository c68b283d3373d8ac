//! What an application asks of the server, and what it gets.
//!
//! Owns one request of either protocol, and how the answer is taken out of what the browser brings. Does not own whether
//! the answer is believed; that is [`crate::trust`].

use anyhow::{Context, Result, ensure};
use aws_lc_rs::rand;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::Utc;
use serde_json::Value;
use url::{Url, form_urlencoded};
use vestibule_oidc::pkce::Verifier;
use vestibule_saml::{
    authn_request::AuthnRequest,
    binding::{MessageKind, redirect},
};

use crate::{
    house, suite,
    visit::{Answer, Client, Visitors},
};

/// A request of one application.
#[derive(Debug)]
pub(crate) struct Request {
    app: String,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Oidc { nonce: String, verifier: Verifier },
    Saml { id: String },
}

/// What an application was told.
#[derive(Debug)]
pub(crate) enum Issued {
    /// Tokens, for this code.
    Oidc {
        app: String,
        nonce: String,
        code: String,
        access_token: String,
        id_token: String,
    },
    /// A Response, to the request of this `ID`.
    Saml {
        app: String,
        request: String,
        xml: String,
    },
}

impl Request {
    /// One of an application that speaks OpenID Connect.
    ///
    /// # Errors
    /// Without randomness.
    pub(crate) fn oidc(app: &str) -> Result<Self> {
        let mut entropy = [0; 32];
        rand::fill(&mut entropy).map_err(|_| anyhow::anyhow!("no randomness"))?;
        Ok(Self {
            app: app.to_owned(),
            body: Body::Oidc {
                nonce: random_id()?,
                verifier: Verifier::from_entropy(entropy),
            },
        })
    }

    /// One of an application that speaks SAML.
    ///
    /// # Errors
    /// Without randomness.
    pub(crate) fn saml(app: &str) -> Result<Self> {
        Ok(Self {
            app: app.to_owned(),
            body: Body::Saml { id: random_id()? },
        })
    }

    /// Where the application sends the browser.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn address(&self, base: &str) -> Result<String> {
        match &self.body {
            Body::Oidc { nonce, verifier } => {
                let query = form_urlencoded::Serializer::new(String::new())
                    .append_pair("response_type", "code")
                    .append_pair("client_id", &self.app)
                    .append_pair("redirect_uri", &suite::redirect_uri(&self.app))
                    .append_pair("scope", "openid profile email")
                    .append_pair("state", nonce)
                    .append_pair("nonce", nonce)
                    .append_pair("code_challenge", verifier.challenge().as_str())
                    .append_pair("code_challenge_method", "S256")
                    .finish();
                Ok(format!("{base}/oauth2/authorize?{query}"))
            }
            Body::Saml { id } => {
                let destination = format!("{base}/saml/sso");
                let xml = AuthnRequest {
                    id,
                    issue_instant: Utc::now(),
                    destination: &destination,
                    issuer: &house::entity_id(&self.app),
                    acs_url: &house::acs_url(&self.app),
                    force_authn: false,
                    is_passive: false,
                    name_id_policy: None,
                    requested_authn_context: None,
                }
                .to_xml()?;
                let state = Some("where the application goes on");
                let kind = MessageKind::Request;
                Ok(redirect::encode(&destination, kind, &xml, state, None)?)
            }
        }
    }

    /// What the application makes of the last answer that the browser got: a Response is on the page, a code in the
    /// address, and tokens are fetched for it.
    ///
    /// # Errors
    /// If it is another answer.
    pub(crate) async fn take(self, visitors: &Visitors, answer: &Answer) -> Result<Issued> {
        match self.body {
            Body::Oidc { nonce, verifier } => {
                let back = Url::parse(answer.onward()?)?;
                let uri = suite::redirect_uri(&self.app);
                ensure!(
                    back.as_str().starts_with(&uri),
                    "the browser goes to {back}"
                );
                let (code, state) = (parameter(&back, "code")?, parameter(&back, "state")?);
                ensure!(state == nonce, "the answer is to another request");
                let form = form_urlencoded::Serializer::new(String::new())
                    .append_pair("grant_type", "authorization_code")
                    .append_pair("code", &code)
                    .append_pair("redirect_uri", &uri)
                    .append_pair("code_verifier", verifier.secret())
                    .finish();
                let client = Client {
                    id: &self.app,
                    secret: &suite::client_secret(),
                };
                let answer = visitors.call(client, "/oauth2/token", form).await?;
                ensure!(
                    answer.status == 200,
                    "the token endpoint answers {}: {}",
                    answer.status,
                    answer.body
                );
                let tokens: Value = serde_json::from_str(&answer.body)?;
                let token = |name: &str| {
                    let text = tokens.get(name).and_then(Value::as_str);
                    text.map(str::to_owned)
                        .with_context(|| format!("no {name} came"))
                };
                Ok(Issued::Oidc {
                    access_token: token("access_token")?,
                    id_token: token("id_token")?,
                    app: self.app,
                    nonce,
                    code,
                })
            }
            Body::Saml { id } => {
                let response = STANDARD.decode(answer.field("SAMLResponse")?)?;
                Ok(Issued::Saml {
                    xml: String::from_utf8(response)?,
                    app: self.app,
                    request: id,
                })
            }
        }
    }
}

impl Issued {
    /// Fails unless it is a success, for this application, and about whom this mail address belongs to.
    ///
    /// # Errors
    /// With what is missing.
    pub(crate) fn is_about(&self, mail: &str) -> Result<()> {
        let (text, parts) = match self {
            Self::Oidc { app, id_token, .. } => {
                let claims = id_token.split('.').nth(1).unwrap_or_default();
                let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims)?)?;
                (claims, vec![app.clone(), mail.to_owned()])
            }
            // An address in XML has its ampersands spelled out; ours have none.
            Self::Saml { app, xml, .. } => {
                let success = "status:Success".to_owned();
                (
                    xml.clone(),
                    vec![house::acs_url(app), success, mail.to_owned()],
                )
            }
        };
        for part in parts {
            ensure!(text.contains(&part), "the answer lacks {part}");
        }
        Ok(())
    }
}

/// A parameter of an address.
fn parameter(address: &Url, name: &str) -> Result<String> {
    let found = address.query_pairs().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .with_context(|| format!("{address} has no {name}"))
}

/// An `ID`: no XML name begins with a digit.
pub(crate) fn random_id() -> Result<String> {
    let mut bits = [0; 16];
    rand::fill(&mut bits).map_err(|_| anyhow::anyhow!("no randomness"))?;
    Ok(format!("_{:032x}", u128::from_be_bytes(bits)))
}

/// The `ID` of a message.
///
/// # Errors
/// If it has none.
pub(crate) fn id_of(xml: &[u8]) -> Result<String> {
    let xml = std::str::from_utf8(xml)?;
    let (_, id) = xml.split_once(" ID=\"").context("a message without ID")?;
    Ok(id.split('"').next().unwrap_or_default().to_owned())
}
