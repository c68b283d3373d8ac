//! Applications that describe themselves at an address.

use vestibule_saml::metadata::{MetadataSignature, SingleLogoutService, SpDescription};

use super::*;

const OTHER: &str = "https://wiki.test/acs2";
const STRANGE: &str = "https://evil.test/acs";

/// The wiki as it describes itself.
fn describing(entity_id: &str, acs_urls: &[&str], key: Option<&SigningKey>) -> String {
    ending(entity_id, acs_urls, key, None)
}

fn ending(
    entity_id: &str,
    acs_urls: &[&str],
    key: Option<&SigningKey>,
    valid_until: Option<DateTime<Utc>>,
) -> String {
    let description = SpDescription {
        valid_until,
        ..described(entity_id, acs_urls)
    };
    let signature = key.map(|key| MetadataSignature {
        key,
        id: "_metadata",
    });
    description.to_xml(signature).unwrap()
}

fn described<'a>(entity_id: &'a str, acs_urls: &[&'a str]) -> SpDescription<'a> {
    SpDescription {
        entity_id,
        acs_urls: acs_urls.to_vec(),
        certificates: vec![APP_KEY.certificate_der()],
        decryption: Default::default(),
        authn_requests_signed: false,
        name_id_formats: Vec::new(),
        single_logout: Vec::new(),
        valid_until: None,
    }
}

/// The wiki, of which nothing is known but its name.
fn distant(signed_by: &[&SigningKey]) -> SamlIdp {
    let signed_by = signed_by
        .iter()
        .map(|key| key.verifying_key().unwrap())
        .collect();
    idp(|settings| {
        let wiki = settings.apps.get_mut(&app_id("wiki")).unwrap();
        wiki.sp = ServiceProvider::typed(WIKI, [""; 0]);
        wiki.metadata = Some(MetadataAddress {
            url: Url::parse("https://wiki.test/metadata").unwrap(),
            signed_by,
        });
    })
}

async fn asked(idp: &SamlIdp, acs_url: &str, at: DateTime<Utc>) -> Option<&'static str> {
    let wanted = Wanted {
        acs_url,
        issue_instant: at,
        ..wiki()
    };
    code(
        idp.receive(&by_redirect(&wanted, None), at).await,
        Some("wiki"),
    )
}

#[tokio::test]
async fn an_application_is_known_from_its_address() {
    let (idp, wiki_id) = (distant(&[]), app_id("wiki"));
    assert_eq!(
        asked(&idp, WIKI_ACS, now()).await,
        Some("app_metadata_missing")
    );
    let described = idp
        .describe(
            &wiki_id,
            describing(WIKI, &[WIKI_ACS], None).as_bytes(),
            now(),
        )
        .unwrap();
    assert_eq!(described.not_taken, Vec::<String>::new());
    assert_eq!(asked(&idp, WIKI_ACS, now()).await, None);
    assert_eq!(
        asked(&idp, OTHER, now()).await,
        Some("acs_url_unregistered")
    );
    // Its keys are known, too: a wrong signature is one.
    let signed = by_redirect(&wiki(), Some(&OTHER_KEY));
    assert_eq!(
        code(idp.receive(&signed, now()).await, Some("wiki")),
        Some("signature_mismatch")
    );
    let reply = answered(
        &idp,
        &by_redirect(&wiki(), Some(&APP_KEY)),
        identity(),
        true,
    )
    .await
    .unwrap();
    assert!(verify(&sent(&reply).1, WIKI, WIKI_ACS).is_ok());
    // An address that it gave up is not answered, not even in a login that is under way.
    let request = idp
        .receive(&by_redirect(&wiki(), None), now())
        .await
        .unwrap();
    idp.describe(
        &wiki_id,
        describing(WIKI, &[WIKI_ACS, OTHER], None).as_bytes(),
        now(),
    )
    .unwrap();
    assert_eq!(asked(&idp, OTHER, now()).await, None);
    idp.describe(&wiki_id, describing(WIKI, &[OTHER], None).as_bytes(), now())
        .unwrap();
    let error = idp
        .answer(grant(request, identity(), true))
        .await
        .unwrap_err();
    assert_eq!(error.code, "acs_url_unregistered");
}

/// MD-03, MD-06: what is refused leaves what was known as it was.
#[tokio::test]
async fn md_03_md_06_a_description_takes_nobodys_place_and_leads_nowhere_new() {
    let (idp, wiki_id) = (distant(&[]), app_id("wiki"));
    let read = |xml: String| idp.describe(&wiki_id, xml.as_bytes(), now());
    read(describing(WIKI, &[WIKI_ACS], None)).unwrap();
    for (xml, expected) in [
        (
            describing(ATLASSIAN, &[WIKI_ACS], None),
            "metadata_entity_missing",
        ),
        (
            describing(WIKI, &[STRANGE], None),
            "metadata_addresses_replaced",
        ),
        ("<html/>".to_owned(), "metadata_entity_missing"),
        (
            ending(WIKI, &[WIKI_ACS, OTHER], None, Some(now())),
            "metadata_expired",
        ),
    ] {
        let error = read(xml.clone()).unwrap_err();
        assert_eq!(error.code, expected, "{xml}");
        assert_eq!(asked(&idp, WIKI_ACS, now()).await, None);
        assert_eq!(
            asked(&idp, OTHER, now()).await,
            Some("acs_url_unregistered")
        );
    }
    let described = read(describing(WIKI, &[WIKI_ACS, STRANGE, OTHER], None)).unwrap();
    assert_eq!(described.not_taken, [STRANGE]);
    assert_eq!(
        asked(&idp, STRANGE, now()).await,
        Some("acs_url_unregistered")
    );
    assert_eq!(asked(&idp, OTHER, now()).await, None);
}

/// Where people are led to be logged out is held to the same sites, in both directions.
#[tokio::test]
async fn md_06_a_description_sends_nobody_to_a_new_site_to_be_logged_out() {
    let (idp, wiki_id) = (distant(&[]), app_id("wiki"));
    let read = |single_logout: Vec<SingleLogoutService>| {
        let description = SpDescription {
            single_logout,
            ..described(WIKI, &[WIKI_ACS])
        };
        let xml = description.to_xml(None).unwrap();
        idp.describe(&wiki_id, xml.as_bytes(), now()).unwrap();
        let app = &idp.settings.apps[&wiki_id];
        idp.descriptions
            .provider(&wiki_id, app)
            .single_logout
            .clone()
    };
    let at = |url: &str| SingleLogoutService::everywhere(url);
    let answered_elsewhere = |url: &str| -> Vec<SingleLogoutService> {
        let services = at("https://wiki.test/slo").into_iter();
        services
            .map(|service| SingleLogoutService {
                response_location: Some(url.to_owned()),
                ..service
            })
            .collect()
    };
    // One that was there from the beginning may be anywhere, and stays.
    let elsewhere = at("https://login.test/slo");
    assert_eq!(read(elsewhere.clone()), elsewhere);
    assert_eq!(read(elsewhere.clone()), elsewhere, "benign control");
    assert_eq!(
        read(at("https://wiki.test/slo")),
        at("https://wiki.test/slo")
    );
    assert_eq!(read(at("https://evil.test/slo")), []);
    assert_eq!(read(answered_elsewhere("https://evil.test/slo")), []);
    let fine = answered_elsewhere("https://wiki.test/slo2");
    assert_eq!(read(fine.clone()), fine, "benign control");
}

/// MD-01, the way of the careful: what a known key signed may say anything.
#[tokio::test]
async fn md_06_a_signed_description_is_believed_and_no_other() {
    let (idp, wiki_id) = (distant(&[&APP_KEY]), app_id("wiki"));
    let read = |xml: String| idp.describe(&wiki_id, xml.as_bytes(), now());
    for unsigned in [
        describing(WIKI, &[STRANGE], None),
        describing(WIKI, &[STRANGE], Some(&OTHER_KEY)),
    ] {
        read(unsigned).unwrap_err();
        assert_eq!(
            asked(&idp, STRANGE, now()).await,
            Some("app_metadata_missing")
        );
    }
    read(describing(WIKI, &[WIKI_ACS], Some(&APP_KEY))).unwrap();
    read(describing(WIKI, &["https://new.test/acs"], Some(&APP_KEY))).unwrap();
    assert_eq!(asked(&idp, "https://new.test/acs", now()).await, None);
    assert_eq!(
        asked(&idp, WIKI_ACS, now()).await,
        Some("acs_url_unregistered")
    );
}

#[tokio::test]
async fn md_04_a_description_is_used_for_a_day_beyond_its_end() {
    let (idp, wiki_id) = (distant(&[]), app_id("wiki"));
    let end = now() + chrono::TimeDelta::hours(1);
    let xml = ending(WIKI, &[WIKI_ACS], None, Some(end));
    idp.describe(&wiki_id, xml.as_bytes(), now()).unwrap();
    let hours = chrono::TimeDelta::hours;
    assert_eq!(asked(&idp, WIKI_ACS, end + hours(23)).await, None);
    assert_eq!(
        asked(&idp, WIKI_ACS, end + hours(24)).await,
        Some("metadata_expired")
    );
}
