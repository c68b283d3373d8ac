//! Which browser is at the other end: its cookie and its address.
//!
//! The cookie is 256 random bits and says nothing about any login. A login keeps its SHA-256, and goes on only in the
//! browser that shows it. The cookie of a session is another one, and counts only beside the first.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, SameSite},
    dev::Payload,
    error::ErrorInternalServerError,
    http::Method,
    web::Data,
};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use vestibule_core::{flow::BrowserKey, network::client_address};
use vestibule_engine::{SessionToken, Visitor};

use super::Site;

/// A browser as one request shows it.
pub(super) struct Browser {
    /// What the engine is told.
    pub(super) visitor: Visitor,
    /// To be set, where the browser had none.
    pub(super) new_cookie: Option<Cookie<'static>>,
}

impl Browser {
    /// The browser behind a request that it makes by itself or by a link: it gets a cookie if it has none.
    pub(super) fn arriving(site: &Site, request: &HttpRequest) -> Self {
        match Self::known(site, request) {
            browser if browser.visitor.browser.is_some() => browser,
            browser => browser.with_new_cookie(site),
        }
    }

    /// The browser behind a POST: it shows its cookie, or is unknown. A cross-site POST never brings it.
    pub(super) fn known(site: &Site, request: &HttpRequest) -> Self {
        let visitor = Visitor {
            browser: cookie_of(site, request),
            session: only(request, session_name(site))
                .and_then(|value| SessionToken::read(&value))
                .map(|token| token.key()),
            address: address_of(site, request),
        };
        Self {
            visitor,
            new_cookie: None,
        }
    }

    /// The browser behind a message that it brings: by a link, or by a form, as a rule of another site.
    fn bringing(site: &Site, request: &HttpRequest) -> Self {
        if request.method() == Method::POST {
            Self::known(site, request)
        } else {
            Self::arriving(site, request)
        }
    }

    fn with_new_cookie(self, site: &Site) -> Self {
        let mut secret = [0_u8; 32];
        if rand::fill(&mut secret).is_err() {
            // Without randomness there is no cookie, and without a cookie no login goes on.
            return self;
        }
        let value = URL_SAFE_NO_PAD.encode(secret);
        let key = key_of(&value);
        Self {
            visitor: Visitor {
                browser: key,
                ..self.visitor
            },
            new_cookie: Some(cookie(site, name(site), value)),
        }
    }
}

impl FromRequest for Browser {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    /// [`Browser::bringing`].
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.app_data::<Data<Site>>() {
            Some(site) => Ok(Self::bringing(site, request)),
            None => Err(ErrorInternalServerError("the site is missing")),
        })
    }
}

/// `__Host-` keeps other hosts of the domain from setting it (attack row WA-02); browsers grant it on https alone.
fn name(site: &Site) -> &'static str {
    if site.is_secure() {
        "__Host-vestibule"
    } else {
        "vestibule"
    }
}

fn session_name(site: &Site) -> &'static str {
    if site.is_secure() {
        "__Host-vestibule-session"
    } else {
        "vestibule-session"
    }
}

/// The cookie of a new session. It ends with the browser, and before that in the store.
pub(super) fn session_cookie(site: &Site, token: &SessionToken) -> Cookie<'static> {
    cookie(site, session_name(site), token.as_str().to_owned())
}

/// Takes the cookie of a session away.
pub(super) fn no_session_cookie(site: &Site) -> Cookie<'static> {
    let mut cookie = cookie(site, session_name(site), String::new());
    cookie.make_removal();
    cookie
}

fn cookie(site: &Site, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(site.is_secure())
        .same_site(SameSite::Lax)
        .finish()
}

fn cookie_of(site: &Site, request: &HttpRequest) -> Option<BrowserKey> {
    only(request, name(site)).and_then(|value| key_of(&value))
}

/// The value of a cookie that came once. A header that cannot be read is no cookie, never a way round it (attack row
/// WA-03).
fn only(request: &HttpRequest, name: &str) -> Option<String> {
    let cookies = request.cookies().ok()?;
    let mut ours = cookies.iter().filter(|cookie| cookie.name() == name);
    match (ours.next(), ours.next()) {
        (Some(only), None) => Some(only.value().to_owned()),
        _ => None,
    }
}

fn key_of(value: &str) -> Option<BrowserKey> {
    if value.len() != 43 {
        return None;
    }
    let bytes = digest(&SHA256, value.as_bytes()).as_ref().try_into().ok()?;
    Some(BrowserKey(bytes))
}

/// Where a request came from, as far as that is clear.
pub(super) fn address_of(site: &Site, request: &HttpRequest) -> Option<std::net::IpAddr> {
    let peer = request.peer_addr()?.ip();
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .map(|value| value.to_str());
    // One header that is not text makes the whole chain unclear, if it would be read at all.
    let forwarded: Vec<&str> = forwarded.map(|value| value.unwrap_or("?")).collect();
    client_address(peer, &forwarded, &site.trusted_proxies)
}
