//! A relying party's side of what its server asks of us, and how a library that is not ours reads our ID tokens.

use std::str::FromStr as _;

use actix_web::{
    http::header::{AUTHORIZATION, CONTENT_TYPE},
    test::TestRequest,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use openidconnect::{
    AccessToken, AccessTokenHash, ClientId, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet},
};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use vestibule_testkit::browser::Page;

use super::{Authorization, House, PUBLIC, SECRET};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A relying party.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Party {
    pub(crate) client_id: &'static str,
    pub(crate) redirect_uri: &'static str,
    proof: Proof,
}

#[derive(Debug, Clone, Copy)]
enum Proof {
    Basic,
    None,
    Post,
}

/// It shows its secret in the header.
pub(crate) const PORTAL: Party = Party {
    client_id: "portal",
    redirect_uri: "https://portal.example/callback",
    proof: Proof::Basic,
};
/// It shows its secret in the body.
pub(crate) const OTHER: Party = Party {
    client_id: "other-client",
    redirect_uri: "https://other.example/callback",
    proof: Proof::Post,
};
/// It has none.
pub(crate) const PAD: Party = Party {
    client_id: "pad",
    redirect_uri: "http://127.0.0.1:4711/callback",
    proof: Proof::None,
};

/// It has none either: a script in a browser.
pub(crate) const SHEET: Party = Party {
    client_id: "sheet",
    redirect_uri: "https://sheet.example/callback",
    proof: Proof::None,
};

impl Party {
    /// Its request to the authorization endpoint.
    pub(crate) fn asks(self) -> Authorization {
        Authorization::of(self.client_id, self.redirect_uri)
    }

    /// The same, with the redirect URI of another.
    pub(crate) fn pretending(self, redirect_uri: &'static str) -> Self {
        Self {
            redirect_uri,
            ..self
        }
    }

    /// The code of a login of somebody who needs no second factor.
    pub(crate) async fn code(self, house: &House, request: &Authorization) -> String {
        let heard = house.browser().authorizes(request, "bob").await;
        heard.code().to_owned()
    }

    /// What it gets for a code.
    pub(crate) async fn redeems(self, house: &House, code: &str) -> Page {
        house.browser().call(self.exchange(code)).await
    }

    /// Its request for that.
    pub(crate) fn exchange(self, code: &str) -> TestRequest {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.form("/oauth2/token", &fields)
    }

    /// What it gets for a refresh token.
    pub(crate) async fn renews(self, house: &House, token: &str) -> Page {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.posts(house, "/oauth2/token", &fields).await
    }

    /// The tokens of a login.
    pub(crate) async fn logs_in(self, house: &House, request: &Authorization) -> Value {
        let code = self.code(house, request).await;
        json(&self.redeems(house, &code).await)
    }

    /// Any form, with what proves who it is.
    pub(crate) async fn posts(self, house: &House, path: &str, fields: &[(&str, &str)]) -> Page {
        house.browser().call(self.form(path, fields)).await
    }

    /// The same, before it is sent.
    pub(crate) fn form(self, path: &str, fields: &[(&str, &str)]) -> TestRequest {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(fields);
        let request = TestRequest::post()
            .uri(path)
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"));
        let request = match self.proof {
            Proof::Basic => {
                let pair = BASE64_STANDARD.encode(format!("{}:{SECRET}", self.client_id));
                request.insert_header((AUTHORIZATION, format!("Basic {pair}")))
            }
            Proof::None => {
                body.append_pair("client_id", self.client_id);
                request
            }
            Proof::Post => {
                body.append_pair("client_id", self.client_id);
                body.append_pair("client_secret", SECRET);
                request
            }
        };
        request.set_payload(body.finish())
    }

    /// The ID token of an answer, as `openidconnect` reads it: signature, issuer, audience, times, nonce, and the hash of
    /// the access token.
    pub(crate) async fn verified(
        self,
        house: &House,
        answer: &Value,
        nonce: Option<&str>,
    ) -> CoreIdTokenClaims {
        let keys = house.browser().get("/oauth2/jwks").await;
        let keys: CoreJsonWebKeySet = serde_json::from_str(&keys.body).unwrap();
        let issuer = IssuerUrl::new(PUBLIC.to_owned()).unwrap();
        let client_id = ClientId::new(self.client_id.to_owned());
        let verifier = CoreIdTokenVerifier::new_public_client(client_id, issuer, keys);
        let token = CoreIdToken::from_str(text(answer, "id_token")).unwrap();
        let expected = |found: Option<&Nonce>| match found.map(|nonce| nonce.secret().as_str()) {
            found if found == nonce => Ok(()),
            found => Err(format!("{found:?}")),
        };
        let claims = token.claims(&verifier, expected).unwrap();
        let access = AccessToken::new(text(answer, "access_token").to_owned());
        let hash = AccessTokenHash::from_token(
            &access,
            token.signing_alg().unwrap(),
            token.signing_key(&verifier).unwrap(),
        );
        assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
        claims.clone()
    }
}

/// A good answer.
pub(crate) fn json(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(page.header("content-type"), Some("application/json"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    serde_json::from_str(&page.body).unwrap()
}

pub(crate) fn text<'v>(answer: &'v Value, name: &str) -> &'v str {
    let value = answer[name].as_str();
    value.unwrap_or_else(|| panic!("no {name}: {answer}"))
}
