//! The applications of a house where people go from one to the next, and are signed out of all of them.
//!
//! Owns their part of the configuration, what they keep secret, and how they take logouts: those that are called count
//! the calls, those that are visited answer by the browser. Does not own how people come to them.

use std::fmt::Write as _;

use anyhow::Result;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::Utc;
use url::Url;
use vestibule_saml::{
    binding::{Binding, Delivery, redirect},
    crypto::{generate::CertificateProfile, sign::SigningKey},
    logout::{LogoutResponse, LogoutStatus},
};

use crate::{
    house,
    receiver::Receiver,
    request::{id_of, random_id},
};

/// The application that people begin and end at.
pub(crate) const PORTAL: &str = "portal";
/// Another one that speaks OpenID Connect.
pub(crate) const DESK: &str = "desk";
/// One that speaks SAML.
pub(crate) const WIKI: &str = "wiki";
/// So many applications of each sort are told of a logout.
pub(crate) const TOLD: usize = 10;
/// Where the browser goes after a logout.
pub(crate) const AFTERWARDS: &str = "https://portal.acme.example/bye";

/// All of them.
pub(crate) struct Suite {
    /// With this, those that are visited sign their answers.
    signer: SigningKey,
    /// Those that are called.
    pub(crate) receiver: Receiver,
}

/// An application that is called without the browser.
pub(crate) fn called(number: usize) -> String {
    format!("called-{number:02}")
}

/// An application that is visited by the browser.
pub(crate) fn visited(number: usize) -> String {
    format!("visited-{number:02}")
}

/// Where codes go.
pub(crate) fn redirect_uri(app: &str) -> String {
    format!("https://{app}.acme.example/callback")
}

/// What all of them show at the token endpoint. It protects nobody.
pub(crate) fn client_secret() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, b"an application's secret"))
}

/// Where one takes logouts by the browser.
fn logout_url(app: &str) -> String {
    format!("https://{app}.acme.example/logout")
}

impl Suite {
    /// Makes their key and serves; needs a runtime around it.
    ///
    /// # Errors
    /// If no port is free.
    pub(crate) fn start() -> Result<Self> {
        let profile = CertificateProfile::starting(Utc::now(), "Applications");
        Ok(Self {
            signer: SigningKey::generate_ec_p256(&profile)?,
            receiver: Receiver::start()?,
        })
    }

    /// The certificate of what they sign.
    pub(crate) fn certificate(&self) -> String {
        let text = STANDARD.encode(self.signer.certificate_der());
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    /// Their part of the configuration, which names the files `app-secret` and `apps.pem`.
    pub(crate) fn listed(&self) -> String {
        let party = |app: &str, more: &str| {
            format!(
                "  {app}:\n    label: {app}\n    oidc: {{ redirect_uris: \"{}\", client_secret_file: app-secret, scopes: [profile, email], claims_in_id_token: true{more} }}\n",
                redirect_uri(app)
            )
        };
        let partner = |app: &str, more: &str| {
            format!(
                "  {app}:\n    label: {app}\n    preset: generic\n    saml: {{ entity_id: \"{}\", acs_url: \"{}\", sign: assertion{more} }}\n",
                house::entity_id(app),
                house::acs_url(app)
            )
        };
        let back = format!(", post_logout_redirect_uris: \"{AFTERWARDS}\"");
        let mut listed = party(PORTAL, &back) + &party(DESK, "") + &partner(WIKI, "");
        for number in 0..TOLD {
            let (called, visited) = (called(number), visited(number));
            let to = self.receiver.address(&called);
            let to = format!(", back_channel_logout_uri: \"{to}\"");
            let by = logout_url(&visited);
            let by = format!(", slo_url: \"{by}\", certificate_file: apps.pem");
            // Writing into a text does not fail.
            let _ = write!(listed, "{}{}", party(&called, &to), partner(&visited, &by));
        }
        listed
    }

    /// The answer of the application that the browser is sent to with a request to sign out, as an address of the
    /// server; `None` if the address is of no such application.
    ///
    /// # Errors
    /// If there is no request in it.
    pub(crate) fn answered(&self, address: &str, base: &str) -> Result<Option<String>> {
        let mut all = (0..TOLD).map(visited);
        let Some(app) = all.find(|app| address.starts_with(&logout_url(app))) else {
            return Ok(None);
        };
        let url = Url::parse(address)?;
        let message = redirect::decode(url.query().unwrap_or_default())?;
        let sent = LogoutResponse {
            id: &random_id()?,
            issue_instant: Utc::now(),
            destination: &format!("{base}/saml/slo"),
            issuer: &house::entity_id(&app),
            in_response_to: &id_of(message.xml())?,
            status: LogoutStatus::Done,
        }
        .send(Binding::Redirect, message.relay_state(), &self.signer)?;
        match sent {
            Delivery::Redirect(address) => Ok(Some(address)),
            other => anyhow::bail!("the answer goes another way: {other:?}"),
        }
    }
}
