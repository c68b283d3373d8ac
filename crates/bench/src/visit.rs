//! Requests as browsers send them, with nothing around: no cookie jar, no reading of pages beyond the fields that go
//! on.

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
    /// `name=value`, once the server has set it.
    pub(crate) cookie: Option<String>,
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
        let mut stranger = Browser {
            cookie: None,
            ..browser.clone()
        };
        self.send(&mut stranger, self.form(address, form)).await
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
        if let Some(cookie) = &browser.cookie {
            request = request.header(COOKIE, cookie);
        }
        let response = request.send().await.context("the server does not answer")?;
        let text = |name| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        if let Some(cookie) = text(SET_COOKIE) {
            browser.cookie = cookie.split(';').next().map(str::to_owned);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            location: text(LOCATION),
            body: response.text().await.context("the answer breaks off")?,
        })
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
