//! A person at a browser: what they click and type, page by page, from the application to the application.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::Url;
use vestibule_testkit::{
    authenticator::Authenticator,
    browser::{Browser, Form, Page},
};

/// Somebody of the realm `acme`.
pub(crate) struct Person {
    name: &'static str,
    pub(crate) browser: Browser,
    authenticator: Option<Authenticator>,
    /// Taken down at the enrolment.
    pub(crate) backup_codes: Vec<String>,
}

impl Person {
    /// Somebody who has neither a session nor a second factor.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            browser: Browser::new().unwrap(),
            authenticator: None,
            backup_codes: Vec::new(),
        }
    }

    /// Starts at `start`, chooses the upstream `way`, and is sent there; the answer is the redirect that does it.
    pub(crate) async fn chooses(&mut self, start: &Url, way: &str) -> Page {
        let page = self.browser.get(start).await.unwrap();
        let choice = self.browser.settle(page).await.unwrap();
        let form = choice.form_to("/upstream").unwrap().with("upstream", way);
        let sent = self.browser.submit(&form).await.unwrap();
        let away = sent
            .redirect()
            .unwrap_or_else(|| panic!("{}", sent.unlike("no redirect")));
        assert!(away.path().starts_with("/realms/"), "{away}");
        sent
    }

    /// Comes to Keycloak's login page.
    pub(crate) async fn comes_to_keycloak(&mut self, start: &Url, way: &str) -> Page {
        let sent = self.chooses(start, way).await;
        self.browser.settle(sent).await.unwrap()
    }

    /// Fills in Keycloak's form. What comes is Keycloak's page again, or its answer to us.
    pub(crate) async fn types_password(&mut self, login_page: &Page, password: &str) -> Page {
        let form = login_page.form_with("password").unwrap();
        let form = form.with("username", self.name).with("password", password);
        self.browser.submit(&form).await.unwrap()
    }

    /// From the application through Keycloak to our first page after it.
    pub(crate) async fn passes_first_door(&mut self, start: &Url, way: &str) -> Page {
        let page = self.comes_to_keycloak(start, way).await;
        let password = format!("{}-password", self.name);
        let answer = self.types_password(&page, &password).await;
        self.browser.settle(answer).await.unwrap()
    }

    /// Sets up the authenticator app and takes down the backup codes, if there are any. What comes carries the answer
    /// to the application.
    pub(crate) async fn enrols(&mut self, page: Page) -> Page {
        let page = match page.form_to("/enrol") {
            Ok(form) => self.sends(&form.with("factor", "totp")).await,
            Err(_) => page,
        };
        let key = page
            .text("#key")
            .unwrap_or_else(|| panic!("{}", page.unlike("no key")));
        let mut authenticator = Authenticator::with_key(&key).expect("the key is one");
        let code = authenticator.code().await;
        self.authenticator = Some(authenticator);
        let page = self
            .sends(&page.form_to("/code").unwrap().with("code", &code))
            .await;
        let Ok(form) = page.form_to("/confirm") else {
            return page;
        };
        self.backup_codes = page.texts("#codes li code");
        self.sends(&form).await
    }

    /// Types the code that the app shows.
    pub(crate) async fn types_app_code(&mut self, page: &Page) -> Page {
        let authenticator = self.authenticator.as_mut().expect("the app is set up");
        let code = authenticator.code().await;
        self.types_code(page, &code).await
    }

    /// Types any code.
    pub(crate) async fn types_code(&mut self, page: &Page, code: &str) -> Page {
        self.sends(&page.form_to("/code").unwrap().with("code", code))
            .await
    }

    /// Asks for another way and takes a backup code.
    pub(crate) async fn types_backup_code(&mut self, page: &Page, code: &str) -> Page {
        let page = self.takes_another_way(page, "backup_code").await;
        self.types_code(&page, code).await
    }

    /// Asks for another way: this one.
    pub(crate) async fn takes_another_way(&mut self, page: &Page, factor: &str) -> Page {
        let link = page.link_to("/another-way").unwrap();
        let choice = self.browser.visit(page, &link).await.unwrap();
        let form = choice
            .form_to("/another-way")
            .unwrap()
            .with("factor", factor);
        self.sends(&form).await
    }

    /// Gives up on a page of ours.
    pub(crate) async fn goes_back(&mut self, page: &Page) -> Page {
        self.sends(&page.form_to("/return").unwrap()).await
    }

    /// Lets a page that carries a message do so.
    pub(crate) async fn goes_on(&mut self, page: &Page) -> Page {
        let form = page
            .message_form()
            .unwrap_or_else(|| panic!("{}", page.unlike("no message")));
        self.sends(&form).await
    }

    /// Presses "Sign out" on the account page at this address. What comes is where that ends.
    pub(crate) async fn signs_out(&mut self, account: &Url) -> Page {
        let page = self.browser.get(account).await.unwrap();
        let page = self.browser.settle(page).await.unwrap();
        let page = self
            .browser
            .submit(&page.form_to("/sign-out").unwrap())
            .await
            .unwrap();
        self.is_let_go(page).await
    }

    /// Is asked whether to sign out, if at all, and does. What comes is where that ends.
    pub(crate) async fn confirms_sign_out(&mut self, page: Page) -> Page {
        let page = self.browser.settle(page).await.unwrap();
        let page = match page.form_to("/sign-out") {
            Ok(form) => self.sends(&form).await,
            Err(_) => page,
        };
        self.is_let_go(page).await
    }

    /// Lets a logout go from application to application.
    async fn is_let_go(&mut self, page: Page) -> Page {
        let mut page = self.browser.settle(page).await.unwrap();
        // What the page's script does once its frames have loaded, or a person with its button.
        while let Some(form) = page
            .forms()
            .into_iter()
            .find(|form| !form.is_post && form.action.path().starts_with("/logout/"))
        {
            let next = self.browser.submit(&form).await.unwrap();
            page = self.browser.settle(next).await.unwrap();
        }
        page
    }

    async fn sends(&mut self, form: &Form) -> Page {
        let page = self.browser.submit(form).await.unwrap();
        self.browser.follow(page).await.unwrap()
    }
}

/// The Response that a page carries to the application.
pub(crate) fn response_on(page: &Page) -> String {
    let form = page
        .message_form()
        .unwrap_or_else(|| panic!("{}", page.unlike("no message")));
    let encoded = form
        .value("SAMLResponse")
        .expect("the message is a Response");
    String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
}
