//! A browser for the robot and for tests: it keeps cookies as browsers do, follows redirects when told to, and fills
//! forms.
//!
//! Owns the cookie rules that a login depends on (host, path, `Secure`, `SameSite`) and reading forms out of pages. It
//! runs no scripts: a page that submits itself is submitted by the caller, or by [`Browser::settle`].
//! Does not own what a page should say.

mod cookies;
mod error;
mod page;

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use url::Url;

pub use error::BrowserError;
pub use page::{Form, Page};

use cookies::{Jar, Navigation, same_site};

/// More redirects and self-submitting forms than any login has.
const MOST_STEPS: usize = 20;

/// One person's browser.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    jar: Jar,
    headers: HeaderMap,
}

impl Browser {
    /// A browser that has seen nothing yet.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] when the HTTP client cannot be built.
    pub fn new() -> Result<Self, BrowserError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(|cause| BrowserError::Unreachable {
                url: "nowhere yet".to_owned(),
                cause,
            })?;
        Ok(Self {
            client,
            jar: Jar::default(),
            headers: HeaderMap::new(),
        })
    }

    /// Sends these headers with every request from now on (`User-Agent`, `Accept-Language`, `X-Forwarded-For` …).
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Types an address: one GET, no redirect followed.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] without an answer.
    pub async fn get(&mut self, url: &Url) -> Result<Page, BrowserError> {
        self.request(None, url, Method::Get).await
    }

    /// Posts fields to an address from nowhere in particular, as a form on another site would: `Lax` cookies stay home.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] without an answer.
    pub async fn post_form(
        &mut self,
        url: &Url,
        fields: &[(String, String)],
    ) -> Result<Page, BrowserError> {
        // An opaque origin is cross-site to everything.
        let nowhere = Url::parse("data:,").map_err(|_| page::broken("no opaque origin", url))?;
        let origin = nowhere.origin().ascii_serialization();
        let method = Method::Post {
            fields,
            origin: &origin,
        };
        self.request(Some(&nowhere), url, method).await
    }

    /// Submits a form of the page it is on.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] without an answer.
    pub async fn submit(&mut self, form: &Form) -> Result<Page, BrowserError> {
        if form.is_post {
            let method = Method::Post {
                fields: &form.fields,
                origin: &form.origin,
            };
            return self.request(Some(&form.page), &form.action, method).await;
        }
        let mut url = form.action.clone();
        url.query_pairs_mut().clear().extend_pairs(&form.fields);
        self.request(Some(&form.page), &url, Method::Get).await
    }

    /// Follows a link of the page `from`.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] without an answer.
    pub async fn visit(&mut self, from: &Page, url: &Url) -> Result<Page, BrowserError> {
        self.request(Some(&from.url), url, Method::Get).await
    }

    /// Follows redirects from `page` until a page that is none. Each is a GET, and what began the journey stays its
    /// beginning: a redirect within a site does not make a step from another site one of its own.
    ///
    /// # Errors
    /// [`BrowserError::Page`] after too many of them; [`BrowserError::Unreachable`] without an answer.
    pub async fn follow(&mut self, page: Page) -> Result<Page, BrowserError> {
        let mut page = page;
        for _ in 0..MOST_STEPS {
            let Some(next) = page.redirect() else {
                return Ok(page);
            };
            page = self
                .request(page.began_at.as_ref(), &next, Method::Get)
                .await?;
        }
        Err(page.unlike("more redirects than any login has"))
    }

    /// Follows redirects and submits forms that only carry a protocol message, until a page that wants a person.
    ///
    /// # Errors
    /// As [`Browser::follow`].
    pub async fn settle(&mut self, page: Page) -> Result<Page, BrowserError> {
        let mut page = self.follow(page).await?;
        for _ in 0..MOST_STEPS {
            let Some(form) = page.message_form() else {
                return Ok(page);
            };
            let answer = self.submit(&form).await?;
            page = self.follow(answer).await?;
        }
        Err(page.unlike("more self-submitting forms than any login has"))
    }

    /// The value of the cookie `name` that would go to `url` from the same site.
    #[must_use]
    pub fn cookie(&self, url: &Url, name: &str) -> Option<String> {
        self.jar.value(url, name)
    }

    /// Forgets all cookies: a new private window.
    pub fn forget(&mut self) {
        self.jar = Jar::default();
    }

    /// Forgets the cookies of the host of `url`, as when those of a session are gone and others stay.
    pub fn forget_host(&mut self, url: &Url) {
        self.jar.drop_all(url);
    }

    async fn request(
        &mut self,
        from: Option<&Url>,
        to: &Url,
        method: Method<'_>,
    ) -> Result<Page, BrowserError> {
        let unreachable = |cause| BrowserError::Unreachable {
            url: to.to_string(),
            cause,
        };
        let is_safe = matches!(method, Method::Get);
        let mut request = match method {
            Method::Get => self.client.get(to.clone()),
            Method::Post { fields, origin } => self
                .client
                .post(to.clone())
                .header(ORIGIN, origin)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(page::encoded(fields)),
        };
        request = request
            .header("sec-fetch-site", relation(from, to))
            .headers(self.headers.clone());
        if let Some(cookies) = self.jar.header(&Navigation { from, to, is_safe }) {
            request = request.header(COOKIE, cookies);
        }
        let response = request.send().await.map_err(unreachable)?;
        let headers = response.headers().clone();
        for value in headers.get_all(SET_COOKIE) {
            self.jar
                .store(to, &String::from_utf8_lossy(value.as_bytes()));
        }
        let status = response.status().as_u16();
        let body = response.text().await.map_err(unreachable)?;
        let mut page = Page::new(to.clone(), status, headers, body);
        page.began_at = from.cloned();
        Ok(page)
    }
}

/// The two methods that a page can make a browser use.
enum Method<'a> {
    Get,
    Post {
        fields: &'a [(String, String)],
        /// What `Origin` says.
        origin: &'a str,
    },
}

/// `Sec-Fetch-Site` of the Fetch Metadata headers.
fn relation(from: Option<&Url>, to: &Url) -> &'static str {
    match from {
        None => "none",
        Some(from) if from.origin() == to.origin() => "same-origin",
        Some(from) if same_site(from, to) => "same-site",
        Some(_) => "cross-site",
    }
}
