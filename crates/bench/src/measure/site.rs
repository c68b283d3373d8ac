//! One server with everything around it: its folder, its people, and the identity provider that knows them.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use tempfile::TempDir;

use crate::{
    house::{self, Apps},
    people::People,
    provider::Provider,
    seed::{self, Filling},
    server::Server,
    visit::Visitors,
};

/// A server that people can visit.
pub(crate) struct Site {
    /// First, so that the server ends before its folder goes.
    pub(crate) server: Server,
    pub(crate) visitors: Visitors,
    pub(crate) provider: Arc<Provider>,
    pub(crate) by_saml: People,
    pub(crate) by_oidc: People,
    pub(crate) ground: Ground,
}

/// Where a server can be started: a folder with a configuration and a store.
pub(crate) struct Ground {
    folder: TempDir,
    configuration: PathBuf,
    port: u16,
}

impl Ground {
    /// Makes the folder.
    ///
    /// # Errors
    /// If the store cannot be filled.
    pub(crate) async fn prepare(
        shelf: &Path,
        filling: Filling,
        apps: Apps<'_>,
        provider: &Provider,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("run-").tempdir_in(shelf)?;
        seed::furnish(shelf, folder.path(), filling).await?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let configuration = house::furnish(folder.path(), port, apps, provider)?;
        Ok(Self {
            folder,
            configuration,
            port,
        })
    }

    pub(crate) fn configuration(&self) -> &Path {
        &self.configuration
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server of this folder.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn start(&self, program: &Path) -> Result<Server> {
        Server::start(program, &self.configuration, self.port)
    }
}

impl Site {
    /// Starts a server, and lets people in.
    ///
    /// # Errors
    /// If it does not start.
    pub(crate) fn open(
        program: &Path,
        ground: Ground,
        filling: Filling,
        provider: Arc<Provider>,
    ) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            server: ground.start(program)?,
            visitors: Visitors::of(ground.port)?,
            provider,
            by_saml: People::new(filling.by_saml),
            by_oidc: People::new(filling.by_oidc),
            ground,
        }))
    }
}
