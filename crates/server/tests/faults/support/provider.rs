//! An OpenID provider that misbehaves.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::net::TcpSocket;
use vestibule_oidc::signing::{KeyKind, SigningKey, jwk_set};

/// One provider; its threads end with the test.
pub(crate) struct Provider {
    inner: Arc<Inner>,
    /// The port of its token endpoint, where nobody listens yet.
    closed: Mutex<Option<TcpSocket>>,
}

struct Inner {
    issuer: String,
    key: SigningKey,
    /// What it does wrong, at the address whose path ends so.
    fault: Mutex<(Fault, &'static str)>,
    /// So often it was asked at that address.
    asked: AtomicUsize,
    /// Bytes of body that somebody took off it in a flood.
    flooded: AtomicUsize,
    /// Whether somebody followed its redirect.
    followed: AtomicBool,
    /// What its token endpoint answers.
    tokens: Mutex<String>,
    token_endpoint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A gibibyte, without a length before it.
    Flood,
    /// Takes the request and says nothing.
    Hang,
    None,
    /// To another address of its own.
    Redirect,
    /// A byte a second.
    Trickle,
    /// Status 503.
    Unavailable,
}

const GIBIBYTE: usize = 1 << 30;

impl Provider {
    /// One in plain http.
    pub(crate) fn with(fault: Fault, at: &'static str) -> Self {
        Self::behind(plainly, "http://127.0.0.1", fault, at)
    }

    /// One in plain http whose token endpoint takes no connection until it is mended.
    pub(crate) fn refusing() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let endpoint = format!("http://{}/token", socket.local_addr().unwrap());
        let mut provider =
            Self::named(plainly, "http://127.0.0.1", (Fault::None, "/token"), |_| {
                endpoint
            });
        provider.closed = Mutex::new(Some(socket));
        provider
    }

    /// One that does nothing wrong, in plain http.
    pub(crate) fn well() -> Self {
        Self::with(Fault::None, "")
    }

    /// One that does nothing wrong, over TLS, at `https://localhost` whatever its certificate says.
    pub(crate) fn over_tls(tls: Arc<rustls::ServerConfig>) -> Self {
        let carry = move |stream, inner: &Inner| {
            let session = rustls::ServerConnection::new(tls.clone());
            let session = session.map_err(std::io::Error::other)?;
            inner.answer(rustls::StreamOwned::new(session, stream))
        };
        Self::behind(carry, "https://localhost", Fault::None, "")
    }

    /// A name that leads nowhere.
    pub(crate) fn nowhere(origin: &'static str) -> Self {
        Self::behind(|_, _| Ok(()), origin, Fault::None, "")
    }

    fn behind(carry: impl Carry, origin: &str, fault: Fault, at: &'static str) -> Self {
        Self::named(carry, origin, (fault, at), |issuer| {
            format!("{issuer}/token")
        })
    }

    fn named(
        carry: impl Carry,
        origin: &str,
        fault: (Fault, &'static str),
        token_endpoint: impl FnOnce(&str) -> String,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("{origin}:{}", listener.local_addr().unwrap().port());
        let inner = Arc::new(Inner {
            token_endpoint: token_endpoint(&issuer),
            issuer,
            asked: AtomicUsize::new(0),
            key: SigningKey::from_pkcs8(&SigningKey::generate_pkcs8(KeyKind::P256).unwrap())
                .unwrap(),
            fault: Mutex::new(fault),
            flooded: AtomicUsize::new(0),
            followed: AtomicBool::new(false),
            tokens: Mutex::default(),
        });
        serve(listener, carry, inner.clone());
        Self {
            inner,
            closed: Mutex::default(),
        }
    }

    pub(crate) fn issuer(&self) -> String {
        self.inner.issuer.clone()
    }

    /// Lets whoever brings the next code in: the ID token and the access token that it will get.
    pub(crate) fn vouches(&self, client: &str, name: &str, nonce: &str) -> [String; 2] {
        let now = chrono::Utc::now().timestamp();
        let claims = serde_json::json!({
            "iss": self.inner.issuer, "aud": client, "sub": name, "nonce": nonce,
            "iat": now, "exp": now + 300, "email": format!("{name}@acme.example"), "email_verified": true,
        });
        let id_token = self.inner.key.sign(claims.as_object().unwrap()).unwrap();
        let access_token = format!("access-token-of-{name}-0123456789");
        *self.inner.tokens.lock().unwrap() = serde_json::json!({
            "id_token": id_token, "access_token": access_token, "token_type": "Bearer", "expires_in": 300,
        })
        .to_string();
        [id_token, access_token]
    }

    /// So often somebody asked at the address with the fault.
    pub(crate) fn asked(&self) -> usize {
        self.inner.asked.load(Ordering::Relaxed)
    }

    /// Within a runtime.
    pub(crate) fn mend(&self) {
        if let Some(socket) = self.closed.lock().unwrap().take() {
            let listener = socket.listen(16).unwrap().into_std().unwrap();
            listener.set_nonblocking(false).unwrap();
            serve(listener, plainly, self.inner.clone());
        }
        *self.inner.fault.lock().unwrap() = (Fault::None, "");
    }

    pub(crate) fn flooded(&self) -> usize {
        self.inner.flooded.load(Ordering::Relaxed)
    }

    pub(crate) fn was_followed(&self) -> bool {
        self.inner.followed.load(Ordering::Relaxed)
    }
}

/// How a connection is carried on.
trait Carry: Fn(TcpStream, &Inner) -> std::io::Result<()> + Send + Sync + 'static {}

impl<T: Fn(TcpStream, &Inner) -> std::io::Result<()> + Send + Sync + 'static> Carry for T {}

fn plainly(stream: TcpStream, inner: &Inner) -> std::io::Result<()> {
    inner.answer(stream)
}

fn serve(listener: TcpListener, carry: impl Carry, inner: Arc<Inner>) {
    let carry = Arc::new(carry);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (inner, carry) = (inner.clone(), carry.clone());
            // An error here is a broker that hangs up, as it must.
            thread::spawn(move || carry(stream, &inner));
        }
    });
}

impl Inner {
    fn answer(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            line.clear();
        }
        let stream = reader.get_mut();
        if path == "/elsewhere" {
            self.followed.store(true, Ordering::Relaxed);
        }
        let (fault, at) = *self.fault.lock().unwrap();
        if path.ends_with(at) {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
        match fault {
            _ if fault == Fault::None || !path.ends_with(at) => {
                let body = self.document(&path);
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Fault::Flood => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")?;
                while self.flooded.load(Ordering::Relaxed) < GIBIBYTE {
                    let sent = stream.write(&[b' '; 64 * 1024])?;
                    self.flooded.fetch_add(sent, Ordering::Relaxed);
                }
                Ok(())
            }
            Fault::Redirect => write!(
                stream,
                "HTTP/1.1 302 Found\r\nlocation: {}/elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                self.issuer
            ),
            Fault::Trickle => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")?;
                loop {
                    stream.write_all(b" ")?;
                    thread::sleep(Duration::from_secs(1));
                }
            }
            Fault::Unavailable => write!(
                stream,
                "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            ),
            Fault::Hang | Fault::None => {
                // Until the broker hangs up.
                std::io::copy(stream, &mut std::io::sink())?;
                Ok(())
            }
        }
    }

    /// OpenID Connect Discovery 1.0, 3, the key, and tokens for those who were vouched for.
    fn document(&self, path: &str) -> String {
        let Self {
            issuer,
            token_endpoint,
            ..
        } = self;
        let tokens = self.tokens.lock().unwrap();
        if path.ends_with("/token") && !tokens.is_empty() {
            return tokens.clone();
        }
        if path.ends_with("/keys") {
            return jwk_set([&self.key]).to_string();
        }
        format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/authorize","token_endpoint":"{token_endpoint}","jwks_uri":"{issuer}/keys","response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}}"#
        )
    }
}
