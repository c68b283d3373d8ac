//! A person on the way through a login.

use std::net::SocketAddr;

use vestibule_testkit::{
    authenticator::Authenticator,
    browser::{Form, Page},
};

use super::Browser;
use crate::shared::messages::{Asked, idp_key, request};

/// Somebody with a browser, an authenticator app and a sheet of backup codes.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) browser: Browser,
    pub(crate) app: Option<Authenticator>,
    pub(crate) codes: Vec<String>,
    logins: u32,
}

impl Person {
    pub(crate) fn called(name: &str, at: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            browser: Browser::new(at),
            app: None,
            codes: Vec::new(),
            logins: 0,
        }
    }

    /// Comes from the application, long after the last time: whatever faults do, they do to both doors.
    pub(crate) async fn asks(&mut self) -> Page {
        self.browser.forgets_its_session();
        self.comes_again().await
    }

    /// Comes from the application while the browser has its session.
    pub(crate) async fn comes_again(&mut self) -> Page {
        self.tries_again().await.unwrap()
    }

    /// The same, where the connection may break.
    pub(crate) async fn tries_again(&mut self) -> Option<Page> {
        self.logins += 1;
        let id = format!("_{}-{}", self.name, self.logins);
        self.browser.get(&request(&id)).await.ok()
    }

    /// From the application to the identity provider; its answer, not sent yet.
    pub(crate) async fn is_vouched_for(&mut self) -> String {
        let mut sent = self.asks().await;
        // Where there are several to choose from.
        if let Ok(choice) = sent.form_to("/upstream") {
            let form = choice.press("adfs").unwrap();
            sent = self.browser.submit(&form).await.unwrap();
        }
        Asked::by(&sent).answered(&self.name, "staff", idp_key())
    }

    /// The same, brought to us.
    pub(crate) async fn arrives(&mut self) -> Page {
        let answer = self.is_vouched_for().await;
        self.browser.brings(answer).await.unwrap()
    }

    /// The first code of the app that this page offers, not sent yet.
    pub(crate) async fn enrols(&mut self, page: &Page) -> Form {
        let key = page.text("#key");
        let key = key.unwrap_or_else(|| panic!("{}", page.unlike("no key")));
        self.app = Authenticator::with_key(&key);
        self.types_app(page).await
    }

    /// Takes down the backup codes; the form that says so, not sent yet.
    pub(crate) fn keeps_codes(&mut self, page: &Page) -> Form {
        self.codes = page.texts("#codes li");
        let form = page.form_to("/confirm");
        form.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A code of the app that was not used, not sent yet.
    pub(crate) async fn types_app(&mut self, page: &Page) -> Form {
        let code = self.app.as_mut().unwrap().code().await;
        typed(page, &code)
    }

    /// A whole first login.
    pub(crate) async fn sets_up(&mut self) {
        let page = self.arrives().await;
        let form = self.enrols(&page).await;
        let page = self.browser.submit(&form).await.unwrap();
        let form = self.keeps_codes(&page);
        let page = self.browser.submit(&form).await.unwrap();
        assert!(granted(&page), "{}", page.unlike("no answer"));
    }

    /// The page that asks for a backup code.
    pub(crate) async fn takes_backup_way(&mut self, page: &Page) -> Page {
        let link = page.link_to("/another-way").unwrap();
        let choice = self.browser.get(link.as_str()).await.unwrap();
        let form = choice.form_to("/another-way").unwrap();
        let form = form.press("backup_code").unwrap();
        self.browser.submit(&form).await.unwrap()
    }

    /// A whole login with a backup code; what came of it.
    pub(crate) async fn logs_in_with(&mut self, code: &str) -> Page {
        let page = self.arrives().await;
        let page = self.takes_backup_way(&page).await;
        self.browser.submit(&typed(&page, code)).await.unwrap()
    }

    /// A whole login with this code of the app; what came of it.
    pub(crate) async fn logs_in_with_app(&mut self, code: &str) -> Page {
        let page = self.arrives().await;
        self.browser.submit(&typed(&page, code)).await.unwrap()
    }
}

/// The code in the form of this page.
pub(crate) fn typed(page: &Page, code: &str) -> Form {
    let form = page.form_to("/code");
    form.unwrap_or_else(|error| panic!("{error}"))
        .with("code", code)
}

/// Whether this page carries our answer to the application.
pub(crate) fn granted(page: &Page) -> bool {
    let message = page.message_form();
    message.is_some_and(|form| form.value("SAMLResponse").is_some())
}
