//! An administrator who works on a server that goes on serving: the commands `vestibule key`, each in a process of its
//! own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

/// What answers to SAML applications are signed with.
pub(crate) const SAML: &str = "saml-identity-provider";
/// What ID tokens are signed with.
pub(crate) const OIDC: &str = "openid-rs256";

/// Somebody with a shell on the server's machine.
#[derive(Debug)]
pub(crate) struct Administrator {
    program: PathBuf,
    configuration: PathBuf,
}

impl Administrator {
    pub(crate) fn of(program: &Path, configuration: &Path) -> Self {
        Self {
            program: program.to_owned(),
            configuration: configuration.to_owned(),
        }
    }

    /// The id of the key that signs.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) async fn active(&self, purpose: &str) -> Result<String> {
        let listed = self.run(&["list", "--json", "--purpose", purpose]).await?;
        let keys: Vec<Value> = serde_json::from_str(&listed)?;
        let mut active = keys.iter().filter(|key| text(key, "state") == "active");
        let key = active.next().context("no key is active")?;
        Ok(text(key, "id").to_owned())
    }

    /// Makes a key; its id.
    ///
    /// # Errors
    /// If the command fails.
    pub(crate) async fn create(&self, purpose: &str) -> Result<String> {
        let made = self
            .run(&["create", "--json", "--purpose", purpose])
            .await?;
        let key: Value = serde_json::from_str(&made)?;
        Ok(text(&key, "id").to_owned())
    }

    /// Signs with a key from now on.
    ///
    /// # Errors
    /// If the command fails.
    pub(crate) async fn promote(&self, key: &str) -> Result<()> {
        self.run(&["promote", key, "--yes"]).await.map(drop)
    }

    /// Removes a key, although it was used a moment ago.
    ///
    /// # Errors
    /// If the command fails.
    pub(crate) async fn retire(&self, key: &str) -> Result<()> {
        self.run(&["retire", key, "--yes"]).await.map(drop)
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let done = Command::new(&self.program)
            .arg("--config")
            .arg(&self.configuration)
            .arg("key")
            .args(arguments)
            .output()
            .await?;
        ensure!(
            done.status.success(),
            "key {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&done.stderr)
        );
        Ok(String::from_utf8(done.stdout)?)
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
