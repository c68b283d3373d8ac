//! One complete login: from the application's request to the answer that the application gets.
//!
//! Owns the steps, so that a measurement can take a single one. Each step fails unless the server went on as it should:
//! a figure of logins that did not happen would be worth nothing.

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::{Url, form_urlencoded};
use vestibule_saml::binding::redirect;

use crate::{
    house::{self, SAML},
    known::Known,
    people::Number,
    provider::{Asked, Provider},
    request::{Issued, Request, id_of},
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
            browser: Browser::at(person.address()),
        }
    }

    /// All of it, by a SAML identity provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn by_saml(mut self, app: &str, code: &str) -> Result<()> {
        let request = Request::saml(app)?;
        let asked = self.asked_by_saml(&request).await?;
        let response = self.provider.response(&asked.asked, self.person)?;
        let back = self.post_response(asked.form(&response)).await?;
        self.finish(back.onward()?, request, code).await.map(drop)
    }

    /// All of it, by an OpenID provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn by_oidc(
        mut self,
        request: Request,
        code: &str,
    ) -> Result<(Known<'s>, Issued)> {
        let sent = Url::parse(&self.begin(&request).await?)?;
        let query = self.provider.code_for(&sent, self.person)?;
        let callback = format!("/upstream/{}/oidc/callback?{query}", house::OIDC);
        let back = self.visitors.get(&mut self.browser, &callback).await?;
        let issued = self.finish(back.onward()?, request, code).await?;
        Ok((Known::new(self.visitors, self.person, self.browser), issued))
    }

    /// Up to the SAML identity provider.
    ///
    /// # Errors
    /// If the server does not go on.
    pub(crate) async fn begin_saml(&mut self, app: &str) -> Result<AtSaml> {
        self.asked_by_saml(&Request::saml(app)?).await
    }

    async fn asked_by_saml(&mut self, request: &Request) -> Result<AtSaml> {
        let sent = Url::parse(&self.begin(request).await?)?;
        let message = redirect::decode(sent.query().unwrap_or_default())?;
        let base = &self.visitors.base;
        Ok(AtSaml {
            asked: Asked {
                request: id_of(message.xml())?,
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
    async fn begin(&mut self, request: &Request) -> Result<String> {
        let address = request.address(&self.visitors.base)?;
        let sent = self.visitors.get(&mut self.browser, &address).await?;
        Ok(sent.onward()?.to_owned())
    }

    /// From the page of the login to the application.
    async fn finish(&mut self, page: &str, request: Request, code: &str) -> Result<Issued> {
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
        let issued = request.take(self.visitors, &answer).await?;
        issued.is_about(&self.person.mail())?;
        Ok(issued)
    }
}
