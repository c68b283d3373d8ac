//! Judging a Response (G5): from the posted form to a verified identity, against `xmlsec1` on the same document.
//!
//! Both sides parse the document and verify its one signature; ours also decodes the form and makes every check of the
//! profile. The mark against replays is a hash looked up in memory here, since its row is part of the login's
//! transaction.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;
use url::{Url, form_urlencoded};
use vestibule_core::{
    assurance::Demand,
    id::{AppId, UpstreamId},
    port::{Answer, Begin, Callback, Entropy, Prompt, Upstream},
    request::{AuthnRequest, Memo, Protocol},
};
use vestibule_saml::binding::redirect;
use vestibule_upstream::{
    http::Client,
    saml::{MetadataPlace, SamlSettings, SamlUpstream},
};

use crate::{
    clock,
    house::{ONE, SAML},
    people::Number,
    provider::{Asked, Provider},
};

/// One Response, and our side that awaits it.
pub(crate) struct Acs {
    upstream: SamlUpstream,
    memo: Memo,
    callback: Callback,
    document: String,
    certificate: String,
}

/// Chance from the operating system.
struct Random;

impl Entropy for Random {
    fn fill(&self, buffer: &mut [u8]) {
        // Without randomness the buffer stays as it is, which a measurement does not mind.
        let _ = rand::fill(buffer);
    }
}

impl Acs {
    /// Asks the stand-in and takes its answer.
    ///
    /// # Errors
    /// If the adapter does not go on.
    pub(crate) async fn prepare(provider: &Provider) -> Result<Self> {
        const ACS: &str = "https://sso.acme.example/upstream/corp/saml/acs";
        const SP: &str = "https://sso.acme.example/upstream/corp/saml/metadata";
        let place = MetadataPlace::Inline(provider.saml_metadata()?);
        let settings = SamlSettings::new(UpstreamId::new(SAML)?, place, SP, Url::parse(ACS)?);
        let upstream = SamlUpstream::new(settings, Arc::new(Client::new()?), Arc::new(Random))?;
        let request = AuthnRequest {
            app: AppId::new(ONE)?,
            protocol: Protocol::Saml,
            reply: Memo::default(),
            login_hint: None,
            force_authn: false,
            max_age: None,
            passive: false,
            demand: Demand::default(),
        };
        let begin = Begin {
            handle: "the handle of the login",
            request: &request,
            wishes_anew: false,
            login_hint: None,
            now: Utc::now(),
        };
        let (prompt, memo) = upstream.begin(begin).await?;
        let Prompt::Redirect(url) = prompt else {
            bail!("a redirect was expected");
        };
        let message = redirect::decode(url.query().unwrap_or_default())?;
        let xml = std::str::from_utf8(message.xml())?;
        let (_, id) = xml.split_once(" ID=\"").context("a request without ID")?;
        let asked = Asked {
            request: id.split('"').next().unwrap_or_default().to_owned(),
            acs_url: ACS.to_owned(),
            audience: SP.to_owned(),
        };
        let document = provider.response(&asked, Number(1))?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLResponse", &STANDARD.encode(&document))
            .append_pair("RelayState", message.relay_state().unwrap_or_default())
            .finish();
        let der = STANDARD.encode(provider.saml_key().certificate_der());
        Ok(Self {
            upstream,
            memo,
            callback: Callback {
                query: String::new(),
                form: Some(form),
            },
            document,
            certificate: format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n"),
        })
    }

    /// CPU of one judgement of ours.
    ///
    /// # Errors
    /// If the Response is refused.
    pub(crate) fn ours(&self, repeats: u32) -> Result<Duration> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut seen = HashSet::new();
        clock::each(repeats, || {
            seen.clear();
            let callback = self.callback.clone();
            let handle = self.upstream.handle_in(&callback);
            ensure!(handle.is_some(), "the Response has no RelayState");
            let answer = Answer::Callback(callback);
            let judged = self.upstream.finish(&self.memo, &answer, Utc::now());
            let identity = runtime.block_on(judged)?;
            let once = identity.once.context("nothing to count once")?;
            let mark = digest(
                &SHA256,
                format!("{}\0{}", once.owner, once.value).as_bytes(),
            );
            ensure!(seen.insert(mark.as_ref().to_vec()), "seen before");
            Ok(())
        })
    }

    /// CPU of one parse and verification by `xmlsec1`; `None` if it is not installed.
    ///
    /// # Errors
    /// If it refuses the document.
    pub(crate) fn theirs(&self, folder: &Path, repeats: u32) -> Result<Option<Duration>> {
        let files = (folder.join("response.xml"), folder.join("provider.pem"));
        fs::write(&files.0, &self.document)?;
        fs::write(&files.1, &self.certificate)?;
        // What a start costs is in both, and falls out of the difference.
        let (few, many) = (repeats, repeats * 5);
        let (Some(first), Some(second)) = (xmlsec(&files, few)?, xmlsec(&files, many)?) else {
            return Ok(None);
        };
        Ok(Some(second.saturating_sub(first) / (many - few)))
    }
}

/// CPU of one run of `xmlsec1`.
fn xmlsec((document, certificate): &(PathBuf, PathBuf), repeats: u32) -> Result<Option<Duration>> {
    let before = clock::children()?;
    let spawned = Command::new("xmlsec1")
        .args(["--verify", "--repeat", &repeats.to_string()])
        .arg("--pubkey-cert-pem")
        .arg(certificate)
        .args([
            "--id-attr:ID",
            "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
        ])
        .arg(document)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match spawned {
        Err(absent) if absent.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).context("xmlsec1 cannot be started"),
        Ok(status) => {
            ensure!(status.success(), "xmlsec1 refuses our Response");
            Ok(Some(clock::children()? - before))
        }
    }
}
