//! A browser in front of the broker: the testkit's pages and forms over calls in process. It keeps two cookies, its own
//! and that of a session, and says where its forms come from.

use std::net::IpAddr;

use actix_web::{
    dev::ServiceResponse,
    http::header::{CONTENT_TYPE, COOKIE, ORIGIN},
    test,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use url::Url;
use vestibule_testkit::browser::{Form, Page};

use super::{Asked, House, OUR_ACS, PUBLIC, request};

/// One person's browser.
pub(crate) struct Browser<'h> {
    house: &'h House,
    /// Where it calls from.
    pub(crate) address: IpAddr,
    pub(crate) cookie: Option<String>,
    pub(crate) session: Option<String>,
}

impl<'h> Browser<'h> {
    pub(super) fn in_front_of(house: &'h House) -> Self {
        Self {
            house,
            address: [198, 51, 100, 7].into(),
            cookie: None,
            session: None,
        }
    }

    pub(crate) async fn get(&mut self, address: &str) -> Page {
        let request = test::TestRequest::with_uri(address.trim_start_matches(PUBLIC));
        self.call(self.with_cookie(request)).await
    }

    /// Where a redirect leads.
    pub(crate) async fn follow(&mut self, page: &Page) -> Page {
        let next = page.redirect();
        let next = next.unwrap_or_else(|| panic!("{}", page.unlike("no redirect")));
        self.get(next.as_str()).await
    }

    /// A form of our own page; a redirect to the next one is followed.
    pub(crate) async fn submit(&mut self, form: &Form) -> Page {
        self.post(form.action.path(), &form.origin, form.encoded())
            .await
    }

    /// Fields that somebody wrote into a form of our own page.
    pub(crate) async fn submit_forged(&mut self, path: &str, body: &str) -> Page {
        self.post(path, PUBLIC, body.to_owned()).await
    }

    /// From the application to the identity provider: what it is asked.
    pub(crate) async fn is_sent(&mut self, id: &str) -> Asked {
        let page = self.get(&request(id)).await;
        assert_eq!(page.status, 200);
        let form = page.form_to("/mail").unwrap();
        Asked::by(&self.submit(&form.with("mail", "alice@ACME.example")).await)
    }

    /// The identity provider's answer, from its page: another site, so that no cookie goes with it.
    pub(crate) async fn brings(&mut self, body: String) -> Page {
        let request = test::TestRequest::post()
            .uri(OUR_ACS)
            .insert_header((ORIGIN, "https://idp.acme.example"))
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload(body);
        self.call(request).await
    }

    /// The browser is closed and opened again: nobody is known in it any more.
    pub(crate) fn restarts(&mut self) {
        self.cookie = None;
        self.session = None;
    }

    /// Any request, as it is.
    pub(crate) async fn call(&mut self, request: test::TestRequest) -> Page {
        let request = request.peer_addr((self.address, 4711).into()).to_request();
        let url = Url::parse(PUBLIC).unwrap().join(&request.uri().to_string());
        let page = page(url.unwrap(), self.house.answer(request).await).await;
        for set in page.headers.get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let kept = (!value.is_empty()).then(|| pair.to_owned());
            if name.ends_with("-session") {
                self.session = kept;
            } else {
                self.cookie = kept;
            }
        }
        page
    }

    /// A form body as it is, to an address of ours, said to come from `origin`; nothing is followed.
    pub(crate) async fn post_raw(&mut self, path: &str, origin: &str, body: &str) -> Page {
        let request = test::TestRequest::post()
            .uri(path)
            .insert_header((ORIGIN, origin))
            .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))
            .set_payload(body.to_owned());
        self.call(self.with_cookie(request)).await
    }

    async fn post(&mut self, path: &str, origin: &str, body: String) -> Page {
        let page = self.post_raw(path, origin, &body).await;
        match page.redirect() {
            Some(next) if next.path().starts_with("/login/") => self.get(next.as_str()).await,
            _ => page,
        }
    }

    fn with_cookie(&self, request: test::TestRequest) -> test::TestRequest {
        let cookies: Vec<&str> = [&self.cookie, &self.session]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if cookies.is_empty() {
            return request;
        }
        request.insert_header((COOKIE, cookies.join("; ")))
    }
}

/// The answer, read to its end. The two HTTP libraries have header types of their own.
async fn page(url: Url, response: ServiceResponse) -> Page {
    let status = response.status().as_u16();
    let header = |(name, value): (
        &actix_web::http::header::HeaderName,
        &actix_web::http::header::HeaderValue,
    )| {
        (
            HeaderName::from_bytes(name.as_str().as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        )
    };
    let headers = response.headers().iter().map(header).collect::<HeaderMap>();
    let body = test::read_body(response).await;
    Page::new(
        url,
        status,
        headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}
