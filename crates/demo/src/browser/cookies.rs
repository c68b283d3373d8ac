//! The cookie jar: which cookie goes with which request. RFC 6265bis, as far as a login meets it.
//!
//! Deliberate absences: no `Domain` attribute (a host name in tests is an address or `localhost`), no expiry by date
//! (`Max-Age=0` and an empty past do delete), no partitions.

use std::net::IpAddr;

use actix_web::cookie::time::{Duration, OffsetDateTime};
use actix_web::cookie::{Cookie, SameSite};
use url::{Host, Url};

/// One step from a page to an address.
pub(super) struct Navigation<'a> {
    /// The page that leads there; `None` when a person typed the address.
    pub(super) from: Option<&'a Url>,
    pub(super) to: &'a Url,
    /// Whether the method changes nothing (GET).
    pub(super) is_safe: bool,
}

/// The cookies of one browser. As in a browser, ports do not separate them.
#[derive(Debug, Default)]
pub(super) struct Jar {
    kept: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    host: String,
    path: String,
    cookie: Cookie<'static>,
}

impl Jar {
    /// Takes one `Set-Cookie` header from `url`; what a browser would refuse is refused.
    pub(super) fn store(&mut self, url: &Url, header: &str) {
        let Ok(cookie) = Cookie::parse(header.to_owned()) else {
            return;
        };
        let is_secure = cookie.secure().unwrap_or(false);
        if is_secure && !is_trustworthy(url) {
            return;
        }
        // RFC 6265bis 4.1.3.2: a __Host- cookie is Secure, has Path=/ and no Domain.
        let host_bound = is_secure && cookie.path() == Some("/") && cookie.domain().is_none();
        if cookie.name().starts_with("__Host-") && !host_bound {
            return;
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let path = cookie
            .path()
            .filter(|path| path.starts_with('/'))
            .map_or_else(|| default_path(url), str::to_owned);
        self.kept.retain(|kept| {
            !(kept.host == host && kept.path == path && kept.cookie.name() == cookie.name())
        });
        if !is_expired(&cookie) {
            self.kept.push(Kept { host, path, cookie });
        }
    }

    /// The `Cookie` header of a request; `None` when there is nothing to send.
    pub(super) fn header(&self, navigation: &Navigation<'_>) -> Option<String> {
        let mut sent: Vec<&Kept> = self
            .matching(navigation.to)
            .filter(|kept| kept.goes_with(navigation))
            .collect();
        // RFC 6265bis 5.8.3: longer paths first.
        sent.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<String> = sent
            .iter()
            .map(|kept| format!("{}={}", kept.cookie.name(), kept.cookie.value()))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Drops what would go to `url`.
    pub(super) fn drop_all(&mut self, url: &Url) {
        let host = url.host_str().unwrap_or_default();
        self.kept.retain(|kept| kept.host != host);
    }

    /// The value of one cookie for `url`.
    pub(super) fn value(&self, url: &Url, name: &str) -> Option<String> {
        self.matching(url)
            .find(|kept| kept.cookie.name() == name)
            .map(|kept| kept.cookie.value().to_owned())
    }

    fn matching(&self, url: &Url) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(move |kept| {
            Some(kept.host.as_str()) == url.host_str()
                && path_matches(&kept.path, url.path())
                && (!kept.cookie.secure().unwrap_or(false) || is_trustworthy(url))
        })
    }
}

impl Kept {
    /// RFC 6265bis 5.8.3: what `SameSite` holds back. Without the attribute browsers take `Lax`.
    fn goes_with(&self, navigation: &Navigation<'_>) -> bool {
        let is_cross_site = navigation
            .from
            .is_some_and(|from| !same_site(from, navigation.to));
        match self.cookie.same_site() {
            Some(SameSite::None) => true,
            Some(SameSite::Strict) => !is_cross_site,
            Some(SameSite::Lax) | None => !is_cross_site || navigation.is_safe,
        }
    }
}

/// Scheme and host; the tests have no registrable domains.
pub(super) fn same_site(one: &Url, other: &Url) -> bool {
    one.has_host() && one.scheme() == other.scheme() && one.host() == other.host()
}

/// Where browsers take `Secure` cookies: over TLS, and from loopback.
fn is_trustworthy(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback
}

fn is_expired(cookie: &Cookie<'_>) -> bool {
    match cookie.max_age() {
        Some(age) => age <= Duration::ZERO,
        None => cookie
            .expires_datetime()
            .is_some_and(|end| end <= OffsetDateTime::UNIX_EPOCH + Duration::days(1)),
    }
}

/// RFC 6265bis 5.1.4: the folder of the request's path.
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path().get(..end).unwrap_or("/").to_owned(),
    }
}

/// RFC 6265bis 5.1.4.
fn path_matches(of_cookie: &str, of_request: &str) -> bool {
    of_request
        .strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || of_cookie.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(set: &[(&str, &str)], from: Option<&str>, to: &str, is_safe: bool) -> Option<String> {
        let mut jar = Jar::default();
        for (url, header) in set {
            jar.store(&Url::parse(url).unwrap(), header);
        }
        let from = from.map(|url| Url::parse(url).unwrap());
        jar.header(&Navigation {
            from: from.as_ref(),
            to: &Url::parse(to).unwrap(),
            is_safe,
        })
    }

    #[test]
    fn same_site_holds_back_what_a_browser_would() {
        let ours = "http://127.0.0.1:8080/login";
        let theirs = Some("http://localhost:9000/realms/x");
        let rows = [
            ("a=1; SameSite=Lax", theirs, true, true),
            ("a=1; SameSite=Lax", theirs, false, false),
            ("a=1", theirs, false, false),
            ("a=1; SameSite=Strict", theirs, true, false),
            ("a=1; SameSite=None; Secure", theirs, false, true),
            ("a=1; SameSite=Strict", Some(ours), false, true),
            ("a=1; SameSite=Strict", None, true, true),
            ("a=1; SameSite=Lax", Some("data:,"), false, false),
        ];
        for (header, from, is_safe, expect) in rows {
            assert_eq!(
                sent(&[(ours, header)], from, ours, is_safe).is_some(),
                expect,
                "{header} from {from:?}"
            );
        }
    }

    #[test]
    fn host_path_and_secure_decide_where_a_cookie_goes() {
        let rows = [
            ("http://127.0.0.1:1/", "a=1", "http://127.0.0.1:2/x", true),
            ("http://127.0.0.1/", "a=1", "http://localhost/", false),
            (
                "http://127.0.0.1/realms/x/login",
                "a=1",
                "http://127.0.0.1/realms/x/other",
                true,
            ),
            (
                "http://127.0.0.1/realms/x/login",
                "a=1",
                "http://127.0.0.1/",
                false,
            ),
            (
                "http://127.0.0.1/",
                "a=1; Path=/realms/x",
                "http://127.0.0.1/realms/xy",
                false,
            ),
            (
                "http://127.0.0.1/",
                "a=1; Path=/realms/x/",
                "http://127.0.0.1/realms/x/y",
                true,
            ),
            (
                "http://sso.example/",
                "a=1; Secure",
                "http://sso.example/",
                false,
            ),
            (
                "https://sso.example/",
                "__Host-a=1; Secure; Path=/",
                "https://sso.example/x",
                true,
            ),
            (
                "https://sso.example/",
                "__Host-a=1; Path=/",
                "https://sso.example/x",
                false,
            ),
            (
                "https://sso.example/",
                "__Host-a=1; Secure; Path=/x",
                "https://sso.example/x",
                false,
            ),
        ];
        for (at, header, to, expect) in rows {
            assert_eq!(
                sent(&[(at, header)], None, to, true).is_some(),
                expect,
                "{header} from {at} to {to}"
            );
        }
    }

    #[test]
    fn a_cookie_is_replaced_and_deleted() {
        let at = "http://127.0.0.1/";
        assert_eq!(
            sent(&[(at, "a=1"), (at, "a=2")], None, at, true).as_deref(),
            Some("a=2")
        );
        assert_eq!(
            sent(&[(at, "a=1"), (at, "a=; Max-Age=0")], None, at, true),
            None
        );
        let past = "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        assert_eq!(sent(&[(at, "a=1"), (at, past)], None, at, true), None);
    }
}
