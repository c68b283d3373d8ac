//! Connections to PostgreSQL.
//!
//! Owns TLS, the time-outs and the settings of a session. No libpq: the protocol is tokio-postgres'.

use std::{io, path::Path, sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool,
    },
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres::{NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    config::StoreConfig,
    db::{PgConn, Pools},
    error::OpenError,
    url::PostgresTarget,
};

/// How a session is made.
#[derive(Clone)]
pub(crate) struct Dialler {
    config: tokio_postgres::Config,
    /// `None`: in plain.
    tls: Option<MakeRustlsConnect>,
    settings: String,
}

/// A peer that says nothing for so long is gone, even if nobody said so.
const SILENCE: Duration = Duration::from_secs(30);

impl Dialler {
    /// Reads what is needed for TLS. Connects to nobody yet.
    pub(crate) fn new(target: &PostgresTarget, store: &StoreConfig) -> Result<Self, OpenError> {
        let mut config = target.config.clone();
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(store.connect_timeout);
        }
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(MakeRustlsConnect::new(client(target.roots.as_deref())?)),
        };
        let patience = store.statement_timeout.as_millis();
        // A server may have been told not to wait for its disk; what is committed here must be on it (invariant 2).
        let settings = format!(
            "SET statement_timeout = {patience}; \
             SET idle_in_transaction_session_timeout = {patience}; \
             SET default_transaction_isolation = 'read committed'; \
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
        );
        Ok(Self {
            config,
            tls,
            settings,
        })
    }

    /// Makes a session.
    pub(crate) async fn connect(&self) -> ConnectionResult<PgConn> {
        let refused = |error: tokio_postgres::Error| ConnectionError::BadConnection(whole(&error));
        let mut session = match self.tls.clone() {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(refused)?;
                PgConn::try_from_client_and_connection(client, connection).await?
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls).await.map_err(refused)?;
                PgConn::try_from_client_and_connection(client, connection).await?
            }
        };
        let set = session.batch_execute(&self.settings).await;
        set.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(session)
    }

    /// A pool of such sessions. One that the server closed is noticed and replaced when it is taken out.
    pub(crate) fn pool(&self, store: &StoreConfig) -> Result<Pools, OpenError> {
        let dialler = self.clone();
        let mut manager = ManagerConfig::<PgConn>::default();
        manager.recycling_method = RecyclingMethod::Fast;
        manager.custom_setup = Box::new(move |_| {
            let dialler = dialler.clone();
            Box::pin(async move { dialler.connect().await })
        });
        let manager = AsyncDieselConnectionManager::new_with_config("", manager);
        let pool = Pool::builder(manager).max_size(store.pool_size).build();
        pool.map(Pools::Postgres)
            .map_err(|error| OpenError::Unavailable(error.to_string()))
    }
}

/// TLS that verifies the server's certificate and name: against the given certificates, or those of the system.
fn client(roots: Option<&Path>) -> Result<ClientConfig, OpenError> {
    let unusable = |error: rustls::Error| OpenError::Url(format!("TLS: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match roots {
        None => builder.with_platform_verifier().map_err(unusable)?,
        Some(path) => builder.with_root_certificates(read_roots(path)?),
    };
    Ok(builder.with_no_client_auth())
}

fn read_roots(path: &Path) -> Result<RootCertStore, OpenError> {
    let unreadable = |why: String| OpenError::Url(format!("sslrootcert {}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() {
        Err(unreadable("there is no certificate in it".into()))
    } else {
        Ok(roots)
    }
}

/// The driver's errors keep the interesting half in their source.
fn whole(error: &tokio_postgres::Error) -> String {
    let Some(source) = std::error::Error::source(error) else {
        return error.to_string();
    };
    let told = format!("{error}: {source}");
    let kind = source.downcast_ref::<io::Error>().map(io::Error::kind);
    match kind {
        // As the driver says that the session is none of those that `target_session_attrs` asks for.
        Some(io::ErrorKind::PermissionDenied) => format!(
            "{told}: it is a replica, or set to read only; name the server that takes writes, or all of them"
        ),
        _ => told,
    }
}
