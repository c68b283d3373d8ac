//! A browser that finds the broker wherever it listens at the moment, and hears when the connection breaks.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use reqwest::{
    RequestBuilder,
    header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE},
    redirect::Policy,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::yield_now, time::timeout};
use url::Url;
use vestibule_testkit::browser::{Form, Page};

use super::{OUR_ACS, PUBLIC};

/// One person's browser.
pub(crate) struct Browser {
    client: reqwest::Client,
    /// Where the broker listens.
    pub(crate) at: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// Where it calls from: each browser from elsewhere, so that no limit of one source counts for all.
    address: Ipv4Addr,
}

impl Browser {
    pub(crate) fn new(at: SocketAddr) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0x0a00_0001);
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            // One that is kept may be closed by the broker in the moment that it is used again.
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            at,
            cookies: BTreeMap::new(),
            address: NEXT.fetch_add(1, Ordering::Relaxed).into(),
        }
    }

    /// The values of its cookies.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = &String> {
        self.cookies.values()
    }

    /// What it shows of its session.
    pub(crate) fn session(&self) -> Option<&String> {
        let mut all = self.cookies.iter();
        all.find_map(|(name, value)| name.ends_with("-session").then_some(value))
    }

    /// The session ends with the browser; what else it has it keeps.
    pub(crate) fn forgets_its_session(&mut self) {
        self.cookies.retain(|name, _| !name.ends_with("-session"));
    }

    /// One GET; redirects are followed as long as they stay with us.
    pub(crate) async fn get(&mut self, address: &str) -> reqwest::Result<Page> {
        let url = Url::parse(PUBLIC).unwrap().join(address).unwrap();
        let request = self.client.get(self.real(&url));
        let page = self.send(url, self.with_cookies(request)).await?;
        match page.redirect() {
            Some(next) if next.as_str().starts_with(PUBLIC) => {
                Box::pin(self.get(next.as_str())).await
            }
            _ => Ok(page),
        }
    }

    /// One GET that is broken off, without a word, as soon as this is true.
    pub(crate) async fn hangs_up_on(&self, address: &str, when: impl Fn() -> bool) {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        // It is closed with a reset, and not politely.
        stream.set_zero_linger().unwrap();
        let host = Url::parse(PUBLIC).unwrap();
        let asked = format!(
            "GET {address} HTTP/1.1\r\nhost: {}\r\nx-forwarded-for: {}\r\n\r\n",
            host.host_str().unwrap(),
            self.address
        );
        stream.write_all(asked.as_bytes()).await.unwrap();
        let until = async {
            while !when() {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), until).await.unwrap();
    }

    /// The text at an address that is for this machine only.
    pub(crate) async fn get_here(&self, path: &str) -> String {
        let address = format!("http://{}{path}", self.at);
        let response = self.client.get(address).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    /// A form of our own page, and the page that it leads to.
    pub(crate) async fn submit(&mut self, form: &Form) -> reqwest::Result<Page> {
        let request = self.post(&form.action, &form.origin, form.encoded());
        let page = self
            .send(form.action.clone(), self.with_cookies(request))
            .await?;
        match page.redirect() {
            Some(next) if next.as_str().starts_with(PUBLIC) => self.get(next.as_str()).await,
            _ => Ok(page),
        }
    }

    /// The identity provider's answer, from its page: no cookie goes with it, but with what follows.
    pub(crate) async fn brings(&mut self, body: String) -> reqwest::Result<Page> {
        let url = Url::parse(PUBLIC).unwrap().join(OUR_ACS).unwrap();
        let request = self.post(&url, "https://idp.acme.example", body);
        let page = self.send(url, request).await?;
        match page.redirect() {
            Some(next) => self.get(next.as_str()).await,
            None => Ok(page),
        }
    }

    fn post(&self, url: &Url, origin: &str, body: String) -> RequestBuilder {
        self.client
            .post(self.real(url))
            .header(ORIGIN, origin)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
    }

    fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        request.header(COOKIE, pairs.join("; "))
    }

    /// The same address where the broker really is.
    fn real(&self, url: &Url) -> Url {
        let mut real = url.clone();
        real.set_ip_host(self.at.ip()).unwrap();
        real.set_port(Some(self.at.port())).unwrap();
        real
    }

    async fn send(&mut self, url: Url, request: RequestBuilder) -> reqwest::Result<Page> {
        let request = request.header("x-forwarded-for", self.address.to_string());
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await?;
        for set in headers.get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(Page::new(url, status, headers, body))
    }
}
