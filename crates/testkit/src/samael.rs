//! A service provider of another house: samael (on libxml2 and xmlsec) reads our Responses.
//!
//! Owns building the program in `peers/samael` once for a run, outside of the workspace, and asking it. Does not own
//! its judgement. It reads the clock, so what it is given must be fresh.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use crate::{Error, target, tool};

/// What a service provider knows of a login that it asked for.
#[derive(Clone, Copy, Debug)]
pub struct ServiceProvider<'a> {
    /// Our metadata as identity provider.
    pub idp_metadata: &'a str,
    /// Its entity ID.
    pub entity_id: &'a str,
    /// Where it takes responses.
    pub acs_url: &'a str,
    /// The id of its request.
    pub request_id: &'a str,
}

/// Has it built. That takes minutes the first time, longer than a Response is good for.
///
/// # Errors
/// [`Error::Tool`] with the compiler's reason.
pub fn build() -> Result<(), Error> {
    program().map(|_| ())
}

impl ServiceProvider<'_> {
    /// Hands it a Response; gives the name that it believes.
    ///
    /// # Errors
    /// [`Error::Tool`] with its reason if it refuses the Response, or with the compiler's if it cannot be built.
    pub fn reads(&self, response: &str) -> Result<String, Error> {
        let program = program()?;
        let folder = tempfile::tempdir().map_err(Error::io("cannot create a folder"))?;
        let metadata = folder.path().join("metadata.xml");
        fs::write(&metadata, self.idp_metadata).map_err(Error::io("cannot write metadata"))?;
        let mut child = Command::new(program)
            .arg(metadata)
            .args([self.entity_id, self.acs_url, self.request_id])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(Error::io("cannot start samael"))?;
        if let Some(mut input) = child.stdin.take() {
            let written = input.write_all(response.as_bytes());
            written.map_err(Error::io("cannot speak to samael"))?;
        }
        let output = child.wait_with_output();
        let output = output.map_err(Error::io("cannot hear samael"))?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(said(&output.stdout))
        } else {
            Err(Error::Tool {
                program: "samael".to_owned(),
                output: said(&output.stderr),
            })
        }
    }
}

/// Builds it, unless that was done already. It is fetched and compiled once for a target folder.
fn program() -> Result<&'static Path, Error> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    if let Some(program) = PROGRAM.get() {
        return Ok(program);
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/samael");
    let folder = target::folder().join("samael");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--locked", "--target-dir"])
        .arg(&folder)
        .current_dir(source);
    tool::succeed(&mut build, "cargo")?;
    Ok(PROGRAM.get_or_init(|| folder.join("debug/samael-peer")))
}
