//! What an application's address may answer, and what is done then.

use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use vestibule_core::port::{Downstream, Entropy, Start};
use vestibule_downstream::{
    preset::AppPreset,
    saml::{
        CertificateProfile, IdpKeys, MetadataAddress, SamlApp, SamlSettings, ServiceProvider,
        SigningKey, Skew,
    },
    told::PairwiseKey,
};
use vestibule_saml::metadata::{DecryptionOffer, SpDescription};
use vestibule_upstream::http::{HttpError, Response};

use super::*;

const WIKI: &str = "https://wiki.test/sp";

/// Answers with what it was given, the last first.
struct Scripted(Mutex<Vec<Result<Response, HttpError>>>);

#[async_trait]
impl Http for Scripted {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        assert_eq!(request.limit, LARGEST);
        let mut script = self.0.lock().unwrap();
        script.pop().unwrap_or(Err(HttpError::Insecure))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn describing(script: Vec<Result<Response, HttpError>>) -> Describing {
    let url = Url::parse("https://wiki.test/metadata").unwrap();
    let id = AppId::new("wiki").unwrap();
    let profile = CertificateProfile::starting(Noon.now(), "us");
    let key = SigningKey::generate_ec_p256(&profile).unwrap();
    let app = SamlApp {
        metadata: Some(MetadataAddress {
            url: url.clone(),
            signed_by: Vec::new(),
        }),
        idp_initiated: Some(Default::default()),
        ..AppPreset::Generic.app(ServiceProvider::typed(WIKI, [""; 0]))
    };
    let settings = SamlSettings {
        entity_id: "https://sso.test/saml/metadata".into(),
        sso_url: Url::parse("https://sso.test/saml/sso").unwrap(),
        slo_url: Url::parse("https://sso.test/saml/slo").unwrap(),
        keys: IdpKeys::only(key).ring(),
        pairwise_key: PairwiseKey::new(&[0; 32]),
        apps: [(id.clone(), app)].into(),
        skew: Skew::default(),
    };
    Describing {
        id,
        url,
        idp: Arc::new(SamlIdp::new(settings, Arc::new(Zeros)).unwrap()),
        http: Arc::new(Scripted(Mutex::new(script))),
        clock: Arc::new(Noon),
    }
}

fn answers(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        body: body.as_bytes().to_vec(),
    })
}

fn metadata() -> String {
    let description = SpDescription {
        entity_id: WIKI,
        acs_urls: vec!["https://wiki.test/acs"],
        certificates: Vec::new(),
        decryption: DecryptionOffer::default(),
        authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until: None,
    };
    description.to_xml(None).unwrap()
}

/// MD-05: whatever goes wrong is tried again soon, and what was read before stays.
#[tokio::test]
async fn md_05_what_cannot_be_read_is_tried_again_and_takes_nothing_away() {
    let good = metadata();
    let describing = describing(vec![
        answers(200, "<html/>"),
        answers(404, &good),
        answers(302, &good),
        Err(HttpError::TooLarge(LARGEST)),
        Err(HttpError::TimedOut(TIMEOUT)),
        answers(200, &good),
        answers(503, &good),
    ]);
    let known = async || {
        let start = Start {
            app: &describing.id,
            target: None,
        };
        let started = describing.idp.start(start, Noon.now()).await;
        started.map(|_| ()).map_err(|rejection| rejection.code)
    };
    assert_eq!(describing.once().await, RETRY);
    assert_eq!(known().await, Err("app_metadata_missing"));
    assert_eq!(describing.once().await, Duration::from_secs(24 * 3600));
    assert_eq!(known().await, Ok(()));
    for _ in 0..5 {
        assert_eq!(describing.once().await, RETRY);
        assert_eq!(known().await, Ok(()));
    }
}
