//! What SAML applications ask and get, and what they do not get.

mod attributes;
mod description;
pub(super) mod house;
mod keys;
mod name_id;
mod relay_state;
mod sign_off;
mod start;
mod vain;
mod wishes;

use std::collections::BTreeSet;

use vestibule_saml::{
    authn_request::AuthnRequest as Wanted,
    crypto::DecryptionKey,
    encryption::Decryption,
    metadata::{IdpMetadata, Source as MetadataSource},
    response::ResponseError,
};

use self::house::*;
use super::*;
use crate::{
    conformance::{grant, identity, now},
    told::Source,
};

const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const MFA: &str = "https://refeds.org/profile/mfa";

fn code<T>(outcome: Result<T, Rejection>, app: Option<&str>) -> Option<&'static str> {
    outcome.err().map(|rejection| {
        assert_eq!(
            rejection.app.as_ref().map(AppId::as_str),
            app,
            "{rejection}"
        );
        if let Some(app) = app {
            assert!(rejection.to_string().contains(app), "{rejection}");
        }
        rejection.code
    })
}

fn wiki() -> Wanted<'static> {
    Wanted {
        issuer: WIKI,
        acs_url: WIKI_ACS,
        ..wanted()
    }
}

#[tokio::test]
async fn atlassian_gets_what_it_needs() {
    let idp = idp(|_| {});
    let reply = answered(&idp, &by_redirect(&wanted(), None), identity(), true)
        .await
        .unwrap();
    let (action, xml, relay_state) = sent(&reply);
    assert_eq!(action, ACS);
    assert_eq!(relay_state.as_deref(), Some("relay & state"));
    let assertion = verify(&xml, ATLASSIAN, ACS).unwrap();
    assert_eq!(assertion.name_id().value, "alice@acme.test");
    assert_eq!(assertion.name_id().format, EMAIL);
    assert_eq!(assertion.name_id().sp_name_qualifier, None);
    assert_eq!(assertion.authn_context(), Some(PASSWORD));
    assert_eq!(
        assertion.authn_instant(),
        now() - chrono::TimeDelta::seconds(7)
    );
    let single = |name: &str| {
        assertion
            .attributes()
            .single(&format!("{CLAIMS}{name}"))
            .unwrap()
    };
    assert_eq!(single("givenname"), Some("Alice"));
    assert_eq!(single("surname"), Some("Liddell"));
    assert_eq!(single("emailaddress"), Some("alice@acme.test"));
    let id = single("name").unwrap();
    assert_eq!(
        (single("nameidentifier"), single("upn")),
        (Some(id), Some(id))
    );
    assert!(id.len() == 40 && !id.contains("alice"), "{id}");
    let text = String::from_utf8(xml).unwrap();
    assert_eq!(
        text.matches("<ds:Signature ").count() + text.matches("<ds:Signature>").count(),
        2
    );
    assert_eq!(text.matches(":Audience>").count(), 2);
    let escaped = ACS.replace('&', "&amp;");
    assert!(
        text.contains(&format!("Destination=\"{escaped}\""))
            && text.contains(&format!("Recipient=\"{escaped}\""))
    );
}

#[tokio::test]
async fn the_id_is_of_the_person_and_not_of_the_address() {
    let id_of = async |identity| {
        let reply = answered(&idp(|_| {}), &by_redirect(&wanted(), None), identity, true)
            .await
            .unwrap();
        let assertion = verify(&sent(&reply).1, ATLASSIAN, ACS).unwrap();
        assertion
            .attributes()
            .single(&format!("{CLAIMS}upn"))
            .unwrap()
            .unwrap()
            .to_owned()
    };
    let mut renamed = identity();
    renamed
        .attributes
        .insert("mail".into(), vec!["alice.smith@acme.test".into()]);
    let mut other = identity();
    other.subject.value = "alice-2".into();
    let mut elsewhere = identity();
    elsewhere.upstream = vestibule_core::id::UpstreamId::new("keycloak").unwrap();
    let alice = id_of(identity()).await;
    assert_eq!(id_of(renamed).await, alice);
    assert_eq!(
        BTreeSet::from([alice, id_of(other).await, id_of(elsewhere).await]).len(),
        3
    );
}

#[tokio::test]
async fn a_generic_application_gets_the_truth_about_factors() {
    let idp = idp(|_| {});
    for (second_factor, expected) in [(false, PASSWORD), (true, MFA)] {
        let reply = answered(&idp, &by_redirect(&wiki(), None), identity(), second_factor)
            .await
            .unwrap();
        let assertion = verify(&sent(&reply).1, WIKI, WIKI_ACS).unwrap();
        assert_eq!(assertion.authn_context(), Some(expected));
        assert_eq!(
            assertion.attributes().texts("groups").collect::<Vec<_>>(),
            ["admins", "staff"]
        );
    }
}

#[tokio::test]
async fn each_way_of_signing_is_one_that_verifies() {
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        let idp = idp(|settings| settings.apps.get_mut(&app_id("atlassian")).unwrap().sign = sign);
        let reply = answered(&idp, &by_redirect(&wanted(), None), identity(), true)
            .await
            .unwrap();
        assert!(verify(&sent(&reply).1, ATLASSIAN, ACS).is_ok(), "{sign:?}");
    }
}

#[tokio::test]
async fn nothing_in_an_answer_is_used_twice() {
    let idp = idp(|_| {});
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        let reply = answered(&idp, &by_redirect(&wanted(), None), identity(), true)
            .await
            .unwrap();
        let assertion = verify(&sent(&reply).1, ATLASSIAN, ACS).unwrap();
        for id in [assertion.id(), assertion.session_index().unwrap()] {
            assert!(id.len() == 33 && id.starts_with('_'), "{id}");
            assert!(ids.insert(id.to_owned()), "{id}");
        }
    }
}

#[tokio::test]
async fn so_01_only_a_registered_address_is_answered() {
    let idp = idp(|_| {});
    for (acs_url, expected) in [
        (ACS, None),
        ("https://evil.test/acs", Some("acs_url_unregistered")),
        (
            "https://auth.atlassian.com/login/callback",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com/login/callback?connection=saml-12345",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com/login/callback?connection=saml-123",
            Some("acs_url_unregistered"),
        ),
        (
            "https://AUTH.atlassian.com/login/callback?connection=saml-1234",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com:443/login/callback?connection=saml-1234",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com/login/../login/callback?connection=saml-1234",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com@evil.test/login/callback?connection=saml-1234",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com/login/callback?connection=saml%2D1234",
            Some("acs_url_unregistered"),
        ),
        (
            "https://auth.atlassian.com.evil.test/login/callback?connection=saml-1234",
            Some("acs_url_unregistered"),
        ),
        (WIKI_ACS, Some("acs_url_unregistered")),
        ("javascript:alert(1)", Some("acs_url_unregistered")),
    ] {
        let incoming = by_redirect(
            &Wanted {
                acs_url,
                ..wanted()
            },
            None,
        );
        let outcome = idp.receive(&incoming, now()).await;
        assert_eq!(code(outcome, Some("atlassian")), expected, "{acs_url}");
    }
}

#[tokio::test]
async fn so_06_names_stay_names() {
    let hostile =
        r#"a</saml:AttributeValue><saml:Attribute Name="admin"><!----> & "'<]]>@acme.test"#;
    let mut identity = identity();
    for name in ["mail", "given", "groups"] {
        identity
            .attributes
            .insert(name.into(), vec![hostile.into()]);
    }
    let idp = idp(|_| {});
    let reply = answered(&idp, &by_redirect(&wanted(), None), identity.clone(), true)
        .await
        .unwrap();
    let assertion = verify(&sent(&reply).1, ATLASSIAN, ACS).unwrap();
    assert_eq!(assertion.name_id().value, hostile);
    assert_eq!(
        assertion.attributes().single(&format!("{CLAIMS}givenname")),
        Ok(Some(hostile))
    );
    assert!(assertion.attributes().find("admin").is_none());
    for illegal in [
        "a\u{0}@acme.test",
        "a\u{fffe}@acme.test",
        "a\u{1}b@acme.test",
    ] {
        identity
            .attributes
            .insert("mail".into(), vec![illegal.into()]);
        let outcome = answered(&idp, &by_redirect(&wanted(), None), identity.clone(), true).await;
        assert!(outcome.is_err(), "{illegal:?}");
    }
}

#[tokio::test]
async fn strangers_and_the_disabled_are_turned_away() {
    let open = idp(|_| {});
    let stranger = by_redirect(
        &Wanted {
            issuer: "https://evil.test",
            ..wanted()
        },
        None,
    );
    assert_eq!(
        code(open.receive(&stranger, now()).await, None),
        Some("app_unknown")
    );
    let slip = format!("{}/", wanted().issuer);
    let slipped = by_redirect(
        &Wanted {
            issuer: &slip,
            ..wanted()
        },
        None,
    );
    for (incoming, is_slip) in [(&stranger, false), (&slipped, true)] {
        let rejection = open.receive(incoming, now()).await.unwrap_err();
        assert_eq!(rejection.code, "app_unknown");
        let hint = format!("{:?} differs from it only in the slash", wanted().issuer);
        assert_eq!(
            rejection.detail.contains(&hint),
            is_slip,
            "{}",
            rejection.detail
        );
    }
    let closed = idp(|settings| {
        settings
            .apps
            .get_mut(&app_id("atlassian"))
            .unwrap()
            .disabled = true
    });
    let incoming = by_redirect(&wanted(), None);
    assert_eq!(
        code(closed.receive(&incoming, now()).await, Some("atlassian")),
        Some("app_disabled")
    );
    // Disabled while the login was under way.
    let request = open.receive(&incoming, now()).await.unwrap();
    let error = closed
        .refuse(&request, Refusal::Denied, now())
        .await
        .unwrap_err();
    assert_eq!(error.code, "app_disabled");
    assert_eq!(
        closed
            .answer(grant(request.clone(), identity(), true))
            .await
            .unwrap_err()
            .code,
        "app_disabled"
    );
    let moved = idp(|settings| {
        settings.apps.get_mut(&app_id("atlassian")).unwrap().sp =
            ServiceProvider::typed(ATLASSIAN, ["https://new.test/acs"]);
    });
    assert_eq!(
        moved
            .answer(grant(request, identity(), true))
            .await
            .unwrap_err()
            .code,
        "acs_url_unregistered"
    );
}

#[tokio::test]
async fn signatures_are_checked_where_they_are_wanted() {
    let strict = idp(|settings| {
        settings
            .apps
            .get_mut(&app_id("wiki"))
            .unwrap()
            .require_signed_requests = true
    });
    let signed_post = |key: &SigningKey| by_post(wiki().to_signed_xml(key).unwrap().as_str());
    for (incoming, expected) in [
        (by_redirect(&wiki(), Some(&APP_KEY)), None),
        (signed_post(&APP_KEY), None),
        (by_redirect(&wiki(), None), Some("signature_missing")),
        (
            by_post(&wiki().to_xml().unwrap()),
            Some("signature_missing"),
        ),
        (
            by_redirect(&wiki(), Some(&OTHER_KEY)),
            Some("signature_mismatch"),
        ),
        (signed_post(&OTHER_KEY), Some("signature_mismatch")),
    ] {
        assert_eq!(
            code(strict.receive(&incoming, now()).await, Some("wiki")),
            expected
        );
    }
    // A wrong signature is refused also where none is needed.
    let outcome = idp(|_| {})
        .receive(&by_redirect(&wiki(), Some(&OTHER_KEY)), now())
        .await;
    assert_eq!(code(outcome, Some("wiki")), Some("signature_mismatch"));
}

#[tokio::test]
async fn what_is_no_request_is_turned_away() {
    let idp = idp(|_| {});
    let raw = |query: &str| Incoming {
        query: query.into(),
        form: None,
    };
    for (incoming, expected) in [
        (raw(""), "binding_message_missing"),
        (raw("SAMLRequest=%%%"), "binding_percent_encoding"),
        (by_post("<a/>"), "not_an_authn_request"),
        (by_post("no XML"), "xml_malformed"),
    ] {
        assert_eq!(
            code(idp.receive(&incoming, now()).await, None),
            Some(expected)
        );
    }
    let late = idp
        .receive(
            &by_redirect(&wanted(), None),
            now() + chrono::TimeDelta::minutes(7),
        )
        .await;
    assert_eq!(code(late, Some("atlassian")), Some("issued_too_long_ago"));
}

#[tokio::test]
async fn a_missing_name_says_where_to_map_it() {
    let idp = idp(|_| {});
    let incoming = by_redirect(&wanted(), None);
    let mut nameless = identity();
    nameless.attributes.remove("mail");
    let error = answered(&idp, &incoming, nameless.clone(), true)
        .await
        .unwrap_err();
    assert_eq!(error.code, "mail_missing");
    for expected in [
        "`atlassian`",
        "upstreams.adfs.mapping",
        "`vestibule user set adfs/alice-1 --mail <address>`",
    ] {
        assert!(error.detail.contains(expected), "{expected}: {error}");
    }
    nameless
        .attributes
        .insert("unverified_email".into(), vec!["alice@acme.test".into()]);
    let error = answered(&idp, &incoming, nameless, true).await.unwrap_err();
    assert!(
        error.detail.contains("email_verified") && !error.detail.contains("alice@acme"),
        "{error}"
    );
    for (source, expected) in [
        (Source::Attribute("phone".into()), Some("name_id_ambiguous")),
        (Source::Attribute("nothing".into()), Some("name_id_missing")),
        (Source::DisplayName, Some("name_id_missing")),
        (Source::Subject, None),
        (Source::Id, None),
    ] {
        let idp = house::idp(|settings| {
            settings
                .apps
                .get_mut(&app_id("atlassian"))
                .unwrap()
                .name_id
                .source = source.clone();
        });
        let outcome = answered(&idp, &incoming, identity(), true).await;
        assert_eq!(outcome.err().map(|error| error.code), expected, "{source}");
    }
}

#[tokio::test]
async fn a_refusal_is_signed_and_says_why() {
    let idp = idp(|_| {});
    let request = idp
        .receive(&by_redirect(&wanted(), None), now())
        .await
        .unwrap();
    for (why, expected) in [
        (Refusal::Assurance, "NoAuthnContext"),
        (Refusal::Cancelled, "AuthnFailed"),
        (Refusal::Denied, "RequestDenied"),
        (Refusal::NoFactor, "AuthnFailed"),
        (Refusal::Passive, "NoPassive"),
        (Refusal::Upstream, "AuthnFailed"),
    ] {
        let reply = idp.refuse(&request, why, now()).await.unwrap();
        let (action, xml, relay_state) = sent(&reply);
        assert_eq!(
            (action.as_str(), relay_state.as_deref()),
            (ACS, Some("relay & state"))
        );
        let Err(ResponseError::Status(status)) = verify(&xml, ATLASSIAN, ACS) else {
            panic!("{why:?}");
        };
        assert!(status.signed);
        assert_eq!(status.code, "urn:oasis:names:tc:SAML:2.0:status:Responder");
        assert!(status.second_level.unwrap().ends_with(expected), "{why:?}");
        assert!(!String::from_utf8(xml).unwrap().contains("alice"));
    }
}

#[test]
fn our_metadata_and_what_is_typed_where_none_is_read() {
    let idp = idp(|_| {});
    let xml = idp.metadata().unwrap();
    let read = IdpMetadata::parse(&MetadataSource::trusted(xml.as_bytes())).unwrap();
    assert_eq!(read.entity_id, IDP);
    assert_eq!(
        (read.sso_redirect.as_deref(), read.sso_post.as_deref()),
        (Some(SSO), Some(SSO))
    );
    let ours = OUR_KEY.verifying_key().unwrap();
    assert_eq!(read.signing_keys, std::slice::from_ref(&ours));
    assert_eq!(read.name_id_formats, [EMAIL]);
    let facts = idp.facts();
    assert_eq!(
        (facts.entity_id.as_str(), facts.sso_url.as_str()),
        (IDP, SSO)
    );
    let certificate = pem(OUR_KEY.certificate_der());
    assert!(certificate.lines().all(|line| line.len() <= 64));
    let key = VerifyingKey::from_certificate_pem(certificate.as_bytes()).unwrap();
    assert_eq!(key, ours);
}

#[test]
fn settings_are_checked_all_at_once() {
    let mut settings = settings();
    let twin = settings.apps[&app_id("wiki")].clone();
    settings.apps.insert(app_id("wiki2"), twin);
    let atlassian = settings.apps.get_mut(&app_id("atlassian")).unwrap();
    atlassian.sp.services.clear();
    atlassian.require_signed_requests = true;
    atlassian.lifetime = chrono::TimeDelta::minutes(6);
    let first = atlassian.attributes[0].clone();
    atlassian.attributes.push(first);
    let faults = faults(&settings.apps);
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn an_application_can_be_read_from_its_metadata() {
    let xml = vestibule_saml::metadata::SpDescription {
        entity_id: WIKI,
        acs_urls: vec![WIKI_ACS, "https://wiki.test/acs2"],
        certificates: vec![APP_KEY.certificate_der()],
        decryption: Default::default(),
        authn_requests_signed: true,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until: None,
    }
    .to_xml(None)
    .unwrap();
    let sp = ServiceProvider::from_metadata(xml.as_bytes(), None).unwrap();
    assert_eq!(
        (sp.entity_id.as_str(), sp.services.len(), sp.requests_signed),
        (WIKI, 2, true)
    );
    assert_eq!(sp.signing_keys, [APP_KEY.verifying_key().unwrap()]);
    let error =
        ServiceProvider::from_metadata(xml.as_bytes(), Some("https://other.test")).unwrap_err();
    assert_eq!(error.code, "metadata_entity_missing");
}

#[tokio::test]
async fn an_application_that_wants_it_gets_its_assertion_encrypted() {
    let profile = CertificateProfile::starting(now(), "wiki");
    let theirs = DecryptionKey::generate(RsaSize::Bits2048, &profile).unwrap();
    let metadata = vestibule_saml::metadata::SpDescription {
        entity_id: ATLASSIAN,
        acs_urls: vec![ACS],
        certificates: Vec::new(),
        decryption: vestibule_saml::metadata::DecryptionOffer {
            certificates: vec![theirs.certificate_der()],
            cbc: false,
        },
        authn_requests_signed: false,
        single_logout: Vec::new(),
        name_id_formats: Vec::new(),
        valid_until: None,
    };
    let sp = ServiceProvider::from_metadata(metadata.to_xml(None).unwrap().as_bytes(), None);
    let key = sp.unwrap().encryption_keys.remove(0);
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        let idp = idp(|settings| {
            let app = settings.apps.get_mut(&app_id("atlassian")).unwrap();
            app.sign = sign;
            app.encryption = Some(Encryption::with(key.clone()));
        });
        let reply = answered(&idp, &by_redirect(&wanted(), None), identity(), true)
            .await
            .unwrap();
        let (_, xml, _) = sent(&reply);
        assert!(!String::from_utf8_lossy(&xml).contains("alice"));
        let blind = verify(&xml, ATLASSIAN, ACS).unwrap_err();
        assert_eq!(blind.code(), "encrypted_not_configured");
        let decryption = Decryption {
            keys: std::slice::from_ref(&theirs),
            danger_accept_cbc: false,
        };
        let read = verify_decrypting(&xml, ATLASSIAN, ACS, "_request-1", decryption).unwrap();
        assert_eq!(read.name_id().value, "alice@acme.test");
    }
}
