//! A relying party's side of an authorization request: what it sends through the browser, and what it hears.

use std::collections::BTreeMap;

use url::{Url, form_urlencoded::Serializer};
use vestibule_testkit::browser::Page;

use super::{Asked, Browser, PUBLIC, idp_key};

/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A request, good unless something is changed.
#[derive(Clone)]
pub(crate) struct Authorization(Vec<(String, String)>);

impl Authorization {
    /// By `portal`.
    pub(crate) fn of_portal() -> Self {
        Self::of("portal", "https://portal.example/callback")
    }

    /// By this client, with an answer to there.
    pub(crate) fn of(client_id: &str, redirect_uri: &str) -> Self {
        let fields = [
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", "s-1"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let owned = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into())
    }

    /// With this in the place of what there was, or besides.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// With this besides, even if it is there already.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without it.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// As a query or a body.
    pub(crate) fn encoded(&self) -> String {
        Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }

    /// As an address of ours.
    pub(crate) fn address(&self) -> String {
        format!("{PUBLIC}/oauth2/authorize?{}", self.encoded())
    }
}

/// What the application hears.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Where, without the fields.
    pub(crate) address: String,
    pub(crate) fields: BTreeMap<String, String>,
    /// By a form that posts itself, and not by a redirect.
    pub(crate) by_form: bool,
}

impl Heard {
    /// Reads the answer that a page carries; `None` if it carries none to another site.
    pub(crate) fn in_page(page: &Page) -> Option<Self> {
        if let Some(there) = page.redirect() {
            if there.as_str().starts_with(PUBLIC) {
                return None;
            }
            return Some(Self {
                fields: there.query_pairs().into_owned().collect(),
                address: without_query(&there),
                by_form: false,
            });
        }
        let form = page.message_form()?;
        let away = !form.action.as_str().starts_with(PUBLIC);
        away.then(|| Self {
            address: form.action.to_string(),
            fields: form.fields.iter().cloned().collect(),
            by_form: true,
        })
    }

    /// The same, where there must be one.
    pub(crate) fn of(page: &Page) -> Self {
        Self::in_page(page).unwrap_or_else(|| panic!("{}", page.unlike("no answer")))
    }

    /// The code, and everything that comes with one.
    pub(crate) fn code(&self) -> &str {
        assert_eq!(self.fields.get("error"), None, "{self:?}");
        assert_eq!(self.fields["iss"], PUBLIC);
        &self.fields["code"]
    }

    /// The error, and no code.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.fields.get("code"), None, "{self:?}");
        assert_eq!(self.fields["iss"], PUBLIC);
        &self.fields["error"]
    }
}

fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

impl Browser<'_> {
    /// Opens an authorization request, and lets somebody who needs no second factor pass the first door.
    pub(crate) async fn authorizes(&mut self, request: &Authorization, name: &str) -> Heard {
        let page = self.get(&request.address()).await;
        Heard::of(&self.passes_the_first_door(&page, name, "kiosk").await)
    }

    /// From the page that asks for a mail address to what comes after the first door.
    pub(crate) async fn passes_the_first_door(
        &mut self,
        page: &Page,
        name: &str,
        group: &str,
    ) -> Page {
        let form = page.form_to("/mail");
        let form = form.unwrap_or_else(|error| panic!("{error}: {}", page.body));
        let sent = self
            .submit(&form.with("mail", "somebody@acme.example"))
            .await;
        let answer = Asked::by(&sent).answered(name, group, idp_key());
        let parked = self.brings(answer).await;
        self.follow(&parked).await
    }
}
