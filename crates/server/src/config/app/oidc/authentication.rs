//! How a relying party proves who it is: some keys of `apps.<id>.oidc`.
//!
//! **Invariant:** no secret is kept: what is read becomes a hash at once.

use std::sync::Arc;

use secrecy::ExposeSecret;
use vestibule_downstream::{
    oidc::{Algorithm, ClientAuth, ClientKind, Jwks, SecretHash, SecretWay},
    preset::AppPreset,
};

use crate::config::{
    file::{self, SecretSource},
    reader::{Fields, Reader},
    setting::Key,
};

pub(super) const CLIENT_AUTH: Key = Key::optional(
    "client_auth",
    "`client_secret_basic`, `client_secret_post` or both in a list; `private_key_jwt`; or `none`",
    "by the preset; else `client_secret_basic`",
    "How the application proves who it is at the token endpoint. `none` is a public client, such as an app on a telephone, or a script in a browser, which may read what we answer at the origins of its `redirect_uris`: PKCE alone protects its codes.",
);
pub(super) const SECRET_FILE: Key = Key::optional(
    "client_secret_file",
    "one or more files",
    "none",
    "The client secret, drawn at random (`openssl rand -hex 32`). Two while one is being replaced.",
);
pub(super) const SECRET_ENV: Key = Key::optional(
    "client_secret_env",
    "name of an environment variable",
    "none",
    "The same from the environment.",
);
pub(super) const JWKS_FILE: Key = Key::optional(
    "jwks_file",
    "a JSON file",
    "none",
    "For `private_key_jwt`: the application's public keys, as a JWK set.",
);
pub(super) const ALGORITHMS: Key = Key::optional(
    "assertion_algorithms",
    "one or more of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `EdDSA`",
    "`RS256`, `PS256`, `ES256`, `EdDSA`",
    "For `private_key_jwt`: what its assertions may be signed with.",
);
pub(super) const ENDPOINT_AUDIENCE: Key = Key::optional(
    "danger_accept_endpoint_audience",
    "`true` or `false`",
    "false",
    "For `private_key_jwt`: take assertions for the address of the token endpoint too, and not for the issuer alone.",
)
.danger("Who makes the application believe in a foreign token endpoint gets assertions that count here.");
pub(super) const NATIVE: Key = Key::optional(
    "native",
    "`true` or `false`",
    "false",
    "For `client_auth: none`: an app that is installed. It may listen on any port of `127.0.0.1` and `[::1]` (RFC 8252 section 7.3).",
);

/// What may sign assertions unless more is said.
const USUAL_ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::EdDsa,
];

/// The shortest secret, in bytes: 128 random bits in base64. They are kept by a fast hash, which is no protection for
/// less.
const SHORTEST_SECRET: usize = 22;

/// What these keys say.
pub(super) struct Authentication {
    pub(super) auth: ClientAuth,
    pub(super) kind: ClientKind,
}

/// A method, as it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    None,
    Post,
    PrivateKey,
}

const METHODS: [(&str, Method); 4] = [
    ("client_secret_basic", Method::Basic),
    ("client_secret_post", Method::Post),
    ("private_key_jwt", Method::PrivateKey),
    ("none", Method::None),
];

/// Reads these keys.
pub(super) fn read(preset: AppPreset, fields: &Fields<'_>) -> Option<Authentication> {
    let reader = fields.get(CLIENT_AUTH.name);
    let methods = reader
        .as_ref()
        .map(|reader| reader.each_once(|item| item.one_of(&METHODS)));
    let usual: &[Method] = if preset.is_known_oidc_client() {
        &[Method::Basic]
    } else {
        &[Method::Basic, Method::Post]
    };
    let methods = methods.unwrap_or_else(|| usual.to_vec());
    let said = Said::of(fields);
    let auth = match methods.as_slice() {
        [] => return None,
        [Method::None] => said.public(),
        [Method::PrivateKey] => said.private_key(),
        [Method::Basic] => said.secret(SecretWay::Basic),
        [Method::Post] => said.secret(SecretWay::Post),
        [Method::Basic, Method::Post] | [Method::Post, Method::Basic] => {
            said.secret(SecretWay::Either)
        }
        _ => {
            reader?.mistake(
                "not_together",
                "only the two ways to show a secret go together",
                "keep one",
            );
            None
        }
    }?;
    let kind = match (&auth, said.is_native()) {
        (ClientAuth::None, true) => ClientKind::Native,
        (ClientAuth::None, false) => ClientKind::Public,
        _ => ClientKind::Confidential,
    };
    Some(Authentication { auth, kind })
}

/// The keys beside `client_auth`, of which each method has its own.
struct Said<'a, 'f> {
    fields: &'f Fields<'a>,
    files: Option<Reader<'a>>,
    variable: Option<Reader<'a>>,
    jwks: Option<Reader<'a>>,
    algorithms: Option<Reader<'a>>,
    endpoint_audience: Option<Reader<'a>>,
    native: Option<Reader<'a>>,
}

impl<'a, 'f> Said<'a, 'f> {
    fn of(fields: &'f Fields<'a>) -> Self {
        Self {
            fields,
            files: fields.get(SECRET_FILE.name),
            variable: fields.get(SECRET_ENV.name),
            jwks: fields.get(JWKS_FILE.name),
            algorithms: fields.get(ALGORITHMS.name),
            endpoint_audience: fields.get(ENDPOINT_AUDIENCE.name),
            native: fields.get(NATIVE.name),
        }
    }

    fn is_native(&self) -> bool {
        let flag = self.native.as_ref().and_then(Reader::flag);
        flag.unwrap_or_default()
    }

    fn public(&self) -> Option<ClientAuth> {
        idle([
            &self.files,
            &self.variable,
            &self.jwks,
            &self.algorithms,
            &self.endpoint_audience,
        ]);
        Some(ClientAuth::None)
    }

    fn secret(&self, way: SecretWay) -> Option<ClientAuth> {
        idle([
            &self.jwks,
            &self.algorithms,
            &self.endpoint_audience,
            &self.native,
        ]);
        let (key, reader) = self
            .fields
            .exactly_one(&[SECRET_FILE.name, SECRET_ENV.name], false)?;
        let hashes = if key == SECRET_ENV.name {
            let source = SecretSource::Variable(reader.text()?);
            hash(&reader, &source).into_iter().collect()
        } else {
            reader.each_once(|item| {
                let source = SecretSource::File(file::private_file(item)?);
                hash(item, &source)
            })
        };
        (!hashes.is_empty()).then_some(ClientAuth::Secret { way, hashes })
    }

    fn private_key(&self) -> Option<ClientAuth> {
        idle([&self.files, &self.variable, &self.native]);
        let algorithms = self.algorithms.as_ref();
        let algorithms = algorithms.map(|reader| reader.each_once(algorithm));
        let accept = self.endpoint_audience.as_ref().and_then(Reader::flag);
        let Some(reader) = &self.jwks else {
            self.fields.whole().mistake(
                "missing",
                "`private_key_jwt` needs the application's public keys",
                "add `jwks_file` with its JWK set",
            );
            return None;
        };
        let (path, content) = file::readable_file(reader)?;
        let keys = Jwks::parse(&content).map_err(|rejection| {
            reader.mistake(
                rejection.code(),
                format!("{} cannot be used: {rejection}", path.display()),
                "give the application's public keys as a JWK set (RFC 7517)",
            );
        });
        Some(ClientAuth::PrivateKeyJwt {
            algorithms: algorithms.unwrap_or_else(|| USUAL_ALGORITHMS.to_vec()),
            keys: Arc::new(keys.ok()?),
            danger_accept_endpoint_audience: accept.unwrap_or_default(),
        })
    }
}

/// What stands there for another method does nothing, and somebody believes that it does.
fn idle<const N: usize>(readers: [&Option<Reader<'_>>; N]) {
    for reader in readers.into_iter().flatten() {
        reader.mistake(
            "not_together",
            "this belongs to another `client_auth`",
            "remove this, or change `client_auth`",
        );
    }
}

fn hash(reader: &Reader<'_>, source: &SecretSource) -> Option<SecretHash> {
    let secret = source.read_from(reader.surroundings()).map_err(|error| {
        reader.mistake(
            "secret_unreadable",
            error.to_string(),
            "make it available to the service, or name another source",
        );
    });
    let secret = secret.ok()?;
    let secret = secret.expose_secret();
    if secret.len() < SHORTEST_SECRET {
        reader.mistake(
            "weak_secret",
            format!("the secret has {} characters", secret.len()),
            format!("draw one at random, with {SHORTEST_SECRET} characters or more: `openssl rand -hex 32`"),
        );
        return None;
    }
    Some(SecretHash::of(secret))
}

fn algorithm(reader: &Reader<'_>) -> Option<Algorithm> {
    reader.one_of(&Algorithm::ALL.map(|algorithm| (algorithm.name(), algorithm)))
}
