//! What an application believes: the keys that the server publishes, as they were when it read them.
//!
//! Owns the two documents and the judgement of what was issued. The verification itself is that of `saml` and `oidc`, in
//! the role of an application.

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use vestibule_oidc::{
    id_token::{self, Expectation},
    jwks::Jwks,
};
use vestibule_saml::{
    encryption::Decryption,
    instant::Skew,
    metadata::{IdpMetadata, Source},
    response,
};

use crate::{
    house,
    people::Number,
    request::Issued,
    visit::{Browser, Visitors},
};

/// What was published at one moment.
pub(crate) struct Trust {
    issuer: String,
    idp: IdpMetadata,
    jwks: Jwks,
}

impl Trust {
    /// Reads what is published now.
    ///
    /// # Errors
    /// If it is unusable.
    pub(crate) async fn read(visitors: &Visitors) -> Result<Self> {
        let metadata = document(visitors, "/saml/metadata").await?;
        let keys = document(visitors, "/oauth2/jwks").await?;
        Ok(Self {
            issuer: visitors.base.clone(),
            idp: IdpMetadata::parse(&Source::trusted(metadata.as_bytes()))?,
            jwks: Jwks::parse(keys.as_bytes())?,
        })
    }

    /// How many keys it knows, by SAML and by OpenID Connect.
    pub(crate) fn counts(&self) -> [usize; 2] {
        [self.idp.signing_keys.len(), self.jwks.key_ids().count()]
    }

    /// Whether another key stands first in both documents: that is the one that signs.
    pub(crate) fn shares_no_first_with(&self, other: &Self) -> bool {
        self.first_certificate() != other.first_certificate()
            && self.jwks.key_ids().next() != other.jwks.key_ids().next()
    }

    fn first_certificate(&self) -> Option<&[u8]> {
        let key = self.idp.signing_keys.first()?;
        Some(&key.certificate().der)
    }

    /// Fails unless what an application was told holds by these keys.
    ///
    /// # Errors
    /// With what does not hold.
    pub(crate) fn believe(&self, issued: &Issued) -> Result<()> {
        match issued {
            Issued::Oidc {
                app,
                nonce,
                code,
                access_token,
                id_token,
            } => {
                let now = Utc::now();
                let expected = Expectation::new(&self.issuer, app, nonce, access_token, code, now);
                id_token::verify(id_token, &expected, &self.jwks).map(drop)?;
            }
            Issued::Saml { app, request, xml } => {
                let expected = response::Expectation {
                    acs_url: &house::acs_url(app),
                    danger_accept_sha1: false,
                    decryption: Decryption::default(),
                    idp_entity_id: &self.idp.entity_id,
                    in_response_to: request,
                    keys: &self.idp.signing_keys,
                    now: Utc::now(),
                    require_signed_response: false,
                    skew: Skew::default(),
                    sp_entity_id: &house::entity_id(app),
                };
                response::verify(xml.as_bytes(), &expected).map(drop)?;
            }
        }
        Ok(())
    }
}

/// One that anybody may read.
async fn document(visitors: &Visitors, path: &str) -> Result<String> {
    let mut reader = Browser::at(Number(u32::MAX).address());
    let answer = visitors.get(&mut reader, path).await;
    let answer = answer.with_context(|| path.to_owned())?;
    ensure!(answer.status == 200, "{path} answers {}", answer.status);
    Ok(answer.body)
}
