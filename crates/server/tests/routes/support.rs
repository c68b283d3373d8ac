//! A whole broker in process: a real configuration file, a real SQLite store, real factors, and SAML messages that the
//! test makes and checks itself. Nothing listens anywhere.

use std::{fs, path::Path, sync::OnceLock};

use actix_http::Request;
use actix_web::{
    App as ActixApp, Error,
    body::MessageBody,
    dev::{Service, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE},
    },
    middleware, test,
};
use chrono::Utc;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use scraper::{Html, Selector};
use tempfile::TempDir;
use totp_rs::{Builder, Secret};
use vestibule_saml::{
    authn_request::AuthnRequest,
    binding::{MessageKind, post, redirect},
    crypto::{
        generate::{CertificateProfile, RsaSize},
        sign::SigningKey,
    },
    instant::Skew,
    issue::{Assertion, Attribute, NameId, Reply, Sign},
    metadata::{IdpDescription, IdpMetadata, Source},
    response::{self, Expectation, VerifiedAssertion},
};
use vestibule_server::{
    config::Config,
    http::{self, harden},
    wiring,
};

pub(crate) const PUBLIC: &str = "http://localhost:8080";
pub(crate) const IDP: &str = "https://idp.acme.example/saml";
pub(crate) const APP: &str = "https://auth.atlassian.example/saml/1";
pub(crate) const ACS: &str = "https://auth.atlassian.example/login/callback?connection=saml-1";

fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| PrometheusBuilder::new().build_recorder().handle())
        .clone()
}

/// The identity provider's key; made once for a run, since making it takes long.
pub(crate) fn idp_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let profile = CertificateProfile::starting(Utc::now(), "test identity provider");
        SigningKey::generate_rsa(RsaSize::Bits2048, &profile).unwrap()
    })
}

const CONFIGURATION: &str = r#"
public_url: http://localhost:8080
store: sqlite:vestibule.db
upstreams:
  adfs: { label: Acme, preset: adfs, saml: { metadata_file: idp.xml } }
  local: { label: Emergency, local: {} }
apps:
  atlassian:
    label: Jira
    preset: atlassian-cloud
    saml: { entity_id: "https://auth.atlassian.example/saml/1", acs_url: "https://auth.atlassian.example/login/callback?connection=saml-1" }
routing:
  - { when: { email_domain: [acme.example] }, to: adfs }
  - { choose: [adfs, local] }
policy:
  - { name: Leavers, when: { groups: [leavers] }, deny: true }
  - { name: Kiosk, when: { groups: [kiosk] }, skip: true }
  - { name: Everyone, require: { factors: [totp, backup_code] } }
"#;

/// A broker and the folder that it lives in.
pub(crate) struct House {
    _folder: TempDir,
    broker: wiring::Broker,
}

impl House {
    pub(crate) async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("idp.xml"), idp_metadata()).unwrap();
        fs::write(path("broker.yaml"), CONFIGURATION).unwrap();
        let broker = broker_of(&path("broker.yaml")).await;
        Self {
            _folder: folder,
            broker,
        }
    }

    /// The application, ready to be called.
    pub(crate) async fn open(
        &self,
    ) -> impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error> {
        let app = self.broker.app.clone();
        test::init_service(
            ActixApp::new()
                .configure(http::routes(app))
                .wrap(middleware::from_fn(harden)),
        )
        .await
    }
}

async fn broker_of(path: &Path) -> wiring::Broker {
    let (config, _) = Config::load(path).unwrap_or_else(|refused| panic!("{refused}"));
    wiring::broker(&config, metrics()).await.unwrap()
}

fn idp_metadata() -> String {
    IdpDescription {
        entity_id: IDP,
        sso_url: "https://idp.acme.example/sso",
        certificates: vec![idp_key().certificate_der()],
        want_authn_requests_signed: false,
        name_id_formats: vec![],
        valid_until: None,
    }
    .to_xml(None)
    .unwrap()
}

/// What came back, read to its end.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .unwrap_or_else(|| panic!("no redirect: {} {}", self.status, self.body))
            .to_str()
            .unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The first form whose address ends so, with its hidden fields.
    pub(crate) fn form(&self, ending: &str) -> Form {
        let page = Html::parse_document(&self.body);
        let (forms, inputs) = (
            Selector::parse("form").unwrap(),
            Selector::parse("input[type=hidden]").unwrap(),
        );
        let form = page.select(&forms).find(|form| {
            form.attr("action")
                .is_some_and(|action| action.ends_with(ending))
        });
        let form = form.unwrap_or_else(|| panic!("no form to {ending}: {}", self.body));
        let field = |input: scraper::ElementRef<'_>| {
            (
                input.attr("name").unwrap_or_default().to_owned(),
                input.attr("value").unwrap_or_default().to_owned(),
            )
        };
        Form {
            action: form.attr("action").unwrap().to_owned(),
            fields: form.select(&inputs).map(field).collect(),
        }
    }

    /// The texts of all elements that a selector finds.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let page = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector)
            .map(|element| element.text().collect::<String>().trim().to_owned())
            .collect()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }

    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|(given, _)| given == name)
            .map_or("", |(_, value)| value)
    }
}

/// A browser: it keeps its cookie, and says where its forms come from.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookie: Option<String>,
}

impl Browser {
    pub(crate) async fn get<S, B>(&mut self, app: &S, address: &str) -> Response
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let request =
            self.with_cookie(test::TestRequest::get().uri(address.trim_start_matches(PUBLIC)));
        self.call(app, request).await
    }

    /// A form of our own page; a redirect to the next one is followed.
    pub(crate) async fn submit<S, B>(&mut self, app: &S, form: &Form) -> Response
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let request = test::TestRequest::post()
            .uri(&form.action)
            .insert_header((ORIGIN, PUBLIC))
            .set_payload(form.encoded());
        let request = self.with_cookie(
            request.insert_header(("content-type", "application/x-www-form-urlencoded")),
        );
        let response = self.call(app, request).await;
        let location = response.headers.get(LOCATION);
        let location = location.map(|location| location.to_str().unwrap().to_owned());
        match location {
            Some(page) if page.starts_with("/login/") => self.get(app, &page).await,
            _ => response,
        }
    }

    /// A form of another site's page: no cookie goes with it.
    pub(crate) async fn submit_from_elsewhere<S, B>(
        &mut self,
        app: &S,
        address: &str,
        body: String,
    ) -> Response
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let request = test::TestRequest::post()
            .uri(address.trim_start_matches(PUBLIC))
            .insert_header((ORIGIN, "https://idp.acme.example"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        self.call(app, request).await
    }

    pub(crate) async fn call<S, B>(&mut self, app: &S, request: test::TestRequest) -> Response
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let request = request
            .peer_addr("198.51.100.7:4711".parse().unwrap())
            .to_request();
        let response = test::call_service(app, request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(set) = headers.get(SET_COOKIE) {
            self.cookie = set.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        let body = test::read_body(response).await;
        Response {
            status,
            headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    fn with_cookie(&self, request: test::TestRequest) -> test::TestRequest {
        match &self.cookie {
            Some(cookie) => request.insert_header((COOKIE, cookie.as_str())),
            None => request,
        }
    }
}

/// The application's request, as an address of ours.
pub(crate) fn request(id: &str) -> String {
    let xml = AuthnRequest {
        id,
        issue_instant: Utc::now(),
        destination: &format!("{PUBLIC}/saml/sso"),
        issuer: APP,
        acs_url: ACS,
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
    .to_xml()
    .unwrap();
    redirect::encode(
        &format!("{PUBLIC}/saml/sso"),
        MessageKind::Request,
        &xml,
        Some("there"),
        None,
    )
    .unwrap()
}

/// What we asked the identity provider: the request's ID and the RelayState.
pub(crate) fn asked(location: &str) -> (String, String) {
    assert!(
        location.starts_with("https://idp.acme.example/sso?"),
        "{location}"
    );
    let (_, query) = location.split_once('?').unwrap();
    let message = redirect::decode(query).unwrap();
    let xml = String::from_utf8(message.xml().to_vec()).unwrap();
    let (_, rest) = xml.split_once(" ID=\"").unwrap();
    (
        rest.split('"').next().unwrap().to_owned(),
        message.relay_state().unwrap().to_owned(),
    )
}

/// What the identity provider says, as a form body for our ACS.
pub(crate) fn says(
    in_response_to: &str,
    relay_state: &str,
    name: &str,
    group: &str,
    key: &SigningKey,
) -> String {
    let claim = |name: &str, value: &str| Attribute {
        name: name.to_owned(),
        name_format: None,
        friendly_name: None,
        values: vec![value.to_owned()],
    };
    let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
    let attributes = [
        claim(
            &format!("{claims}/emailaddress"),
            &format!("{name}@acme.example"),
        ),
        claim(&format!("{claims}/givenname"), name),
        claim(&format!("{claims}/surname"), "Example"),
        claim("http://schemas.xmlsoap.org/claims/Group", group),
    ];
    let acs = format!("{PUBLIC}/upstream/adfs/saml/acs");
    let unique = Utc::now().timestamp_nanos_opt().unwrap();
    let (response, assertion) = (format!("_r{unique}"), format!("_a{unique}"));
    let reply = Reply {
        id: &response,
        issue_instant: Utc::now(),
        issuer: IDP,
        acs_url: &acs,
        in_response_to: Some(in_response_to),
    };
    let assertion = Assertion {
        id: &assertion,
        audience: &format!("{PUBLIC}/upstream/adfs/saml/metadata"),
        name_id: NameId {
            value: name,
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        attributes: &attributes,
        authn_context: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        authn_instant: Utc::now(),
        session_index: Some("s1"),
        lifetime: chrono::TimeDelta::minutes(5),
        session_not_on_or_after: None,
    };
    let xml = reply.vouch(&assertion, Sign::Assertion, key).unwrap();
    let form = post::encode(&acs, MessageKind::Response, xml.as_str(), Some(relay_state)).unwrap();
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.fields)
        .finish()
}

/// What the application makes of our answer.
pub(crate) fn verified(form: &Form, idp_metadata: &str, in_response_to: &str) -> VerifiedAssertion {
    assert_eq!(form.action, ACS);
    assert_eq!(form.field("RelayState"), "there");
    let message = post::decode(form.encoded().as_bytes()).unwrap();
    let source = Source {
        xml: idp_metadata.as_bytes(),
        entity_id: None,
        trust: None,
    };
    let idp = IdpMetadata::parse(&source).unwrap();
    let expectation = Expectation {
        acs_url: ACS,
        danger_accept_sha1: false,
        idp_entity_id: &idp.entity_id,
        in_response_to,
        keys: &idp.signing_keys,
        now: Utc::now(),
        skew: Skew::default(),
        sp_entity_id: APP,
    };
    response::verify(message.xml(), &expectation).unwrap()
}

/// What an app shows now, or so many steps later.
pub(crate) fn code(secret: &str, steps_later: u64) -> String {
    let secret: String = secret.split_whitespace().collect();
    let totp = Builder::new()
        .with_secret(Secret::try_from_base32(secret.as_str()).unwrap())
        .build()
        .unwrap();
    let now = u64::try_from(Utc::now().timestamp()).unwrap();
    totp.generate(now + 30 * steps_later).to_string()
}

pub(crate) fn get(address: &str) -> test::TestRequest {
    test::TestRequest::default()
        .method(Method::GET)
        .uri(address)
}
