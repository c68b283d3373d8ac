//! Requests as browsers and applications send them, with nothing around: cookies are kept by name alone, and of pages
//! only the fields are read that go on.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE},
};

/// The browsers of everybody: connections are kept, cookies are the caller's.
#[derive(Debug, Clone)]
pub(crate) struct Visitors {
    client: reqwest::Client,
    /// The server's address, without a slash at its end.
    pub(crate) base: String,
}

/// One person's browser.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Where the person is.
    pub(crate) address: String,
    /// What the server has set: its own cookie, and that of a session.
    pub(crate) cookies: BTreeMap<String, String>,
}

/// An application, as it shows itself to the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Visitors {
    /// Browsers that visit one server.
    ///
    /// # Errors
    /// If there can be no HTTP client.
    pub(crate) fn of(port: u16) -> Result<Self> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(256)
            .tcp_nodelay(true)
            .timeout(std::time::Duration::from_secs(60))
            .build()?;
        Ok(Self {
            client,
            base: format!("http://localhost:{port}"),
        })
    }

    /// Follows a link.
    ///
    /// # Errors
    /// Without an answer.
    pub(crate) async fn get(&self, browser: &mut Browser, address: &str) -> Result<Answer> {
        self.send(browser, self.client.get(self.whole(address)))
            .await
    }

    /// Submits a form of one of the server's own pages.
    ///
    /// # Errors
    /// Without an answer.
    pub(crate) async fn submit(
        &self,
        browser: &mut Browser,
        address: &str,
        form: String,
    ) -> Result<Answer> {
        let request = self.form(address, form).header(ORIGIN, &self.base);
        self.send(browser, request).await
    }

    /// Submits a form of another site: `Lax` cookies stay at home.
    ///
    /// # Errors
    /// Without an answer.
    pub(crate) async fn post_across(
        &self,
        browser: &Browser,
        address: &str,
        form: String,
    ) -> Result<Answer> {
        let mut stranger = Browser::at(browser.address.clone());
        self.send(&mut stranger, self.form(address, form)).await
    }

    /// What an application asks by itself, with its secret in the header (RFC 6749 section 2.3.1).
    ///
    /// # Errors
    /// Without an answer.
    pub(crate) async fn call(
        &self,
        client: Client<'_>,
        address: &str,
        form: String,
    ) -> Result<Answer> {
        let request = self
            .form(address, form)
            .basic_auth(client.id, Some(client.secret));
        answered(request).await.map(|(answer, _)| answer)
    }

    fn form(&self, address: &str, form: String) -> RequestBuilder {
        self.client
            .post(self.whole(address))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
    }

    fn whole(&self, address: &str) -> String {
        if address.starts_with('/') {
            format!("{}{address}", self.base)
        } else {
            address.to_owned()
        }
    }

    async fn send(&self, browser: &mut Browser, request: RequestBuilder) -> Result<Answer> {
        let mut request = request.header("x-forwarded-for", &browser.address);
        if !browser.cookies.is_empty() {
            request = request.header(COOKIE, browser.shown());
        }
        let (answer, cookies) = answered(request).await?;
        for cookie in cookies {
            browser.keep(&cookie);
        }
        Ok(answer)
    }
}

/// Sends a request; what came back, and the cookies that came with it.
async fn answered(request: RequestBuilder) -> Result<(Answer, Vec<String>)> {
    let response = request.send().await.context("the server does not answer")?;
    let texts = |name| {
        let values = response.headers().get_all(name).iter();
        values.filter_map(|value| value.to_str().ok().map(str::to_owned))
    };
    let cookies = texts(SET_COOKIE).collect();
    let location = texts(LOCATION).next();
    let answer = Answer {
        status: response.status().as_u16(),
        location,
        body: response.text().await.context("the answer breaks off")?,
    };
    Ok((answer, cookies))
}

impl Browser {
    /// One that has seen nothing yet.
    pub(crate) fn at(address: String) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
        }
    }

    /// Keeps a cookie, or lets go of one that is taken away: those have no value.
    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        match pair.split_once('=') {
            Some((name, "")) => {
                self.cookies.remove(name);
            }
            Some((name, value)) => {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            None => {}
        }
    }

    fn shown(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

impl Answer {
    /// Where it redirects to.
    ///
    /// # Errors
    /// If it is no redirect.
    pub(crate) fn onward(&self) -> Result<&str> {
        ensure!(
            (300..400).contains(&self.status),
            "a redirect was expected, and {} came: {}",
            self.status,
            self.told()
        );
        self.location.as_deref().context("a redirect to nowhere")
    }

    /// The value of a hidden field.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn field(&self, name: &str) -> Result<&str> {
        hidden(&self.body, name).with_context(|| {
            format!(
                "a page with {name} was expected, and {} came: {}",
                self.status,
                self.told()
            )
        })
    }

    /// What a page says, for an error message.
    pub(crate) fn told(&self) -> String {
        let heading = self.body.split("<h1").nth(1).unwrap_or(&self.body);
        heading.chars().take(600).collect()
    }
}

/// The value of a field as our templates write it: `name="…" value="…"`.
fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_field_is_found() {
        let page = r#"<form><input type="hidden" name="step" value="4"><input name="code"></form>"#;
        assert_eq!(hidden(page, "step"), Some("4"));
        assert_eq!(hidden(page, "code"), None);
        assert_eq!(hidden(r#"name="step" value="4"#, "step"), None);
    }

    #[test]
    fn cookies_are_kept_by_name_until_they_are_taken_away() {
        let mut browser = Browser::at("10.0.0.1".to_owned());
        for set in ["a=1; Path=/", "b=2; HttpOnly", "a=3", "c=4"] {
            browser.keep(set);
        }
        browser.keep("b=; Max-Age=0");
        assert_eq!(browser.shown(), "a=3; c=4");
    }

    #[test]
    fn an_answer_of_another_sort_is_told() {
        let answer = Answer {
            status: 400,
            location: None,
            body: "<html><h1>This did not work</h1>".to_owned(),
        };
        for error in [answer.onward().unwrap_err(), answer.field("x").unwrap_err()] {
            assert!(error.to_string().contains("This did not work"), "{error}");
        }
    }
}
