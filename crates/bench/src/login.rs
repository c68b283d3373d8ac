//! One complete login, as four requests: from the application's request to the answer that the application gets.
//!
//! Owns the steps, so that a measurement can take a single one. Each step fails unless the server went on as it should:
//! a figure of logins that did not happen would be worth nothing.

use anyhow::{Context, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use url::{Url, form_urlencoded};
use vestibule_saml::{
    authn_request::AuthnRequest,
    binding::{MessageKind, redirect},
};

use crate::{
    house::{self, SAML},
    people::Number,
    provider::{Asked, Provider, random_id},
    visit::{Answer, Browser, Visitors},
};

/// Somebody on their way through one server.
#[derive(Debug)]
pub(crate) struct Login<'s> {
    visitors: &'s Visitors,
    provider: &'s Provider,
    person: Number,
    browser: Browser,
}

/// What a SAML identity provider was asked, with the browser's part of it.
#[derive(Debug, Clone)]
pub(crate) struct AtSaml {
    pub(crate) asked: Asked,
    relay_state: String,
}

impl AtSaml {
    /// The form that carries a Response back.
    pub(crate) fn form(&self, response: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &STANDARD.encode(response))
            .append_pair("RelayState", &self.relay_state)
            .finish()
    }
}

impl<'s> Login<'s> {
    pub(crate) fn new(visitors: &'s Visitors, provider: &'s Provider, person: Number) -> Self {
        Self {
            visitors,
            provider,
            person,
            browser: Browser {
                address: person.address(),
                cookie: None,
            },
        }
    }

    /// All of it, by a SAML identity provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn by_saml(mut self, app: &str, code: &str) -> Result<()> {
        let asked = self.begin_saml(app).await?;
        let response = self.provider.response(&asked.asked, self.person)?;
        let back = self.post_response(asked.form(&response)).await?;
        self.finish(back.onward()?, app, code).await
    }

    /// All of it, by an OpenID provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn by_oidc(mut self, app: &str, code: &str) -> Result<()> {
        let request = Url::parse(&self.begin(app).await?)?;
        let query = self.provider.code_for(&request, self.person)?;
        let callback = format!("/upstream/{}/oidc/callback?{query}", house::OIDC);
        let back = self.visitors.get(&mut self.browser, &callback).await?;
        self.finish(back.onward()?, app, code).await
    }

    /// Up to the SAML identity provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn begin_saml(&mut self, app: &str) -> Result<AtSaml> {
        let request = Url::parse(&self.begin(app).await?)?;
        let message = redirect::decode(request.query().unwrap_or_default())?;
        let xml = std::str::from_utf8(message.xml())?;
        let (_, id) = xml.split_once(" ID=\"").context("a request without ID")?;
        let base = &self.visitors.base;
        Ok(AtSaml {
            asked: Asked {
                request: id.split('"').next().unwrap_or_default().to_owned(),
                acs_url: format!("{base}/upstream/{SAML}/saml/acs"),
                audience: format!("{base}/upstream/{SAML}/saml/metadata"),
            },
            relay_state: message
                .relay_state()
                .context("a request without RelayState")?
                .to_owned(),
        })
    }

    /// Brings the provider's form to the server.
    ///
    /// # Errors
    /// Without an answer.
    pub(crate) async fn post_response(&self, form: String) -> Result<Answer> {
        let acs = format!("/upstream/{SAML}/saml/acs");
        self.visitors.post_across(&self.browser, &acs, form).await
    }

    /// The application's request, and where the server sends the browser.
    async fn begin(&mut self, app: &str) -> Result<String> {
        let destination = format!("{}/saml/sso", self.visitors.base);
        let xml = AuthnRequest {
            id: &random_id()?,
            issue_instant: Utc::now(),
            destination: &destination,
            issuer: &house::entity_id(app),
            acs_url: &house::acs_url(app),
            force_authn: false,
            is_passive: false,
            name_id_policy: None,
            requested_authn_context: None,
        }
        .to_xml()?;
        let state = Some("where the application goes on");
        let address = redirect::encode(&destination, MessageKind::Request, &xml, state, None)?;
        let sent = self.visitors.get(&mut self.browser, &address).await?;
        Ok(sent.onward()?.to_owned())
    }

    /// From the page of the login to the application.
    async fn finish(mut self, page: &str, app: &str, code: &str) -> Result<()> {
        let asked = self.visitors.get(&mut self.browser, page).await?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("step", asked.field("step")?)
            .append_pair("code", code)
            .finish();
        let address = format!("{page}/code");
        let answer = self
            .visitors
            .submit(&mut self.browser, &address, form)
            .await?;
        let response = STANDARD.decode(answer.field("SAMLResponse")?)?;
        let response = String::from_utf8(response)?;
        for part in [&house::acs_url(app), "status:Success", &self.person.mail()] {
            // An address in XML has its ampersands spelled out; ours have none.
            ensure!(response.contains(part), "the answer lacks {part}");
        }
        Ok(())
    }
}
