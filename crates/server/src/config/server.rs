//! Where people and applications reach us: `public_url`, `listen`, `tls`, `trusted_proxies`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use ipnet::IpNet;
use url::Url;
use vestibule_upstream::http::is_loopback;

use super::{
    file,
    network::{self, is_everywhere},
    reader::{Fields, Reader},
    setting::{Key, Section},
};

/// Where people and applications reach us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The address that browsers use: scheme, host and port, nothing else. The only source of every address that we
    /// give out (attack row WA-06).
    pub public_url: Url,
    /// The socket.
    pub listen: SocketAddr,
    /// Our own certificate; `None` behind a proxy.
    pub tls: Option<Tls>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may read `/metrics`.
    pub metrics_from: Vec<IpNet>,
}

/// A certificate of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// PEM, the server's certificate first.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

impl Server {
    /// An address of ours. `path` begins with a slash and holds nothing that would have to be escaped.
    #[must_use]
    pub fn address(&self, path: &str) -> Url {
        let mut url = self.public_url.clone();
        url.set_path(path);
        url
    }

    /// Is this a trial on the administrator's own machine?
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.public_url)
    }

    /// Some proxy must stand in front, for we speak plain http on a public https address.
    #[must_use]
    pub fn needs_proxy(&self) -> bool {
        self.public_url.scheme() == "https" && self.tls.is_none()
    }
}

/// The socket without `listen`.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The keys of these topics, at the top of the file.
pub(super) const KEYS: [Key; 5] = [
    Key::needed(
        "public_url",
        "the address that browsers use, such as `https://sso.acme.example`",
        "Scheme, host and port, without a path. Every address that Vestibule gives out starts with it; the `Host` header is never used.",
    )
    .danger("Counterparts know Vestibule by names made from it (entity ID, issuer). Changing it breaks every connection until they are told. Plain `http` is accepted for localhost only."),
    Key::optional(
        "listen",
        "address and port",
        "127.0.0.1:8080",
        "The socket.",
    )
    .danger("Without `tls` this speaks plain http: on an address that others reach, passwords could be read on the way."),
    Key::optional(
        "tls",
        "a map",
        "none: a proxy in front speaks TLS",
        "Our own certificate.",
    ),
    Key::optional(
        "trusted_proxies",
        "a list of addresses and networks",
        "none",
        "Proxies whose `X-Forwarded-For` header is believed. The client's address is the right-most one that is not in this list.",
    )
    .danger("Whoever can send from one of these addresses can claim any client address, and with it any network of your policy. Name the proxies one by one."),
    Key::optional(
        "metrics_from",
        "a list of addresses and networks",
        "this machine",
        "Who may read `/metrics`, by the client's address. Everybody else is told that there is no such page.",
    )
    .danger("The figures tell how many people log in, and what goes wrong."),
];

/// Keys below `tls`.
pub(super) const TLS: Section = Section {
    path: "tls",
    about: "A certificate of our own, for a server without a proxy in front.",
    keys: &[
        Key::needed(
            "certificate",
            "a PEM file, the server's certificate first",
            "The certificate and those between it and the root.",
        ),
        Key::needed(
            "key",
            "a PEM file",
            "The private key; only the service may be able to read it.",
        ),
    ],
};

/// Reads these topics.
pub(super) fn read(fields: &Fields<'_>) -> Option<Server> {
    let public_url = fields
        .get("public_url")
        .and_then(|reader| public_url(&reader));
    let listen = fields.get("listen").and_then(|reader| listen(&reader));
    let tls = fields.get("tls").and_then(|reader| tls(&reader));
    let trusted_proxies = fields.get("trusted_proxies");
    let trusted_proxies = trusted_proxies.map(|reader| proxies(&reader));
    let metrics_from = fields.get("metrics_from");
    let metrics_from = metrics_from.map(|reader| proxies(&reader));
    let server = Server {
        public_url: public_url?,
        listen: listen.unwrap_or(LISTEN),
        tls,
        trusted_proxies: trusted_proxies.unwrap_or_default(),
        metrics_from: metrics_from.unwrap_or_else(this_machine),
    };
    warn(fields, &server);
    Some(server)
}

/// Loopback, in both families.
fn this_machine() -> Vec<IpNet> {
    let v4 = IpNet::new(Ipv4Addr::LOCALHOST.into(), 8);
    let v6 = IpNet::new(Ipv6Addr::LOCALHOST.into(), 128);
    [v4, v6].into_iter().flatten().collect()
}

fn public_url(reader: &Reader<'_>) -> Option<Url> {
    let url = reader.url()?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        reader.mistake(
            "bad_url",
            "`public_url` has a path, a query or a fragment",
            "give Vestibule a host name of its own and write scheme and host only",
        );
        return None;
    }
    Some(url)
}

fn listen(reader: &Reader<'_>) -> Option<SocketAddr> {
    let text = reader.text()?;
    let socket = text.parse().ok();
    if socket.is_none() {
        reader.mistake(
            "bad_socket",
            format!("`{text}` is not an IP address with a port"),
            "write for example `127.0.0.1:8080`, `0.0.0.0:443` or `\"[::]:443\"`",
        );
    }
    socket
}

fn tls(reader: &Reader<'_>) -> Option<Tls> {
    let fields = reader.section(&TLS)?;
    let certificate = fields.get("certificate");
    let certificate = certificate.and_then(|reader| file::certificate_file(&reader));
    let key = fields.get("key");
    let key = key.and_then(|reader| file::private_file(&reader));
    Some(Tls {
        certificate: certificate?,
        key: key?,
    })
}

fn proxies(reader: &Reader<'_>) -> Vec<IpNet> {
    let nets = reader.each_once(network::read_net);
    if is_everywhere(&nets) {
        reader.mistake(
            "trusts_everybody",
            "these networks hold every address, so every client could claim any address (attack row MF-49)",
            "name your proxies only",
        );
    }
    nets
}

fn warn(fields: &Fields<'_>, server: &Server) {
    if server.is_loopback() {
        return;
    }
    let listens_openly = !server.listen.ip().is_loopback();
    if let Some(reader) = fields.get("listen")
        && listens_openly
        && server.tls.is_none()
    {
        reader.warn(
            "listens_in_plain_text",
            "others can reach this socket, and it speaks plain http",
            "let it listen on a loopback address behind the proxy, or give it `tls`, or see to it that only the proxy reaches it",
        );
    }
    if let Some(reader) = fields.get("public_url")
        && server.needs_proxy()
        && server.trusted_proxies.is_empty()
    {
        reader.warn(
            "proxy_not_named",
            "without `tls` a proxy must stand in front, but `trusted_proxies` names none: everybody will seem to come from the proxy's address, for attempt limits and networks too",
            "add `trusted_proxies: [<the proxy's address>]`",
        );
    }
}
