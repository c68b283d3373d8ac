//! Where upstreams say that their sessions are over: over HTTP, with everything real but the upstream (attack rows SR,
//! OI-2xx).

use actix_web::{
    http::header::{CONTENT_TYPE, ORIGIN},
    test,
};
use chrono::Utc;
use serde_json::json;
use vestibule_saml::{
    binding::{Binding, Delivery, Received, redirect},
    crypto::{generate::CertificateProfile, sign::SigningKey},
    encryption::Decryption,
    instant::Skew,
    issue::NameId,
    logout::{
        AcceptedLogout, LogoutOutcome, LogoutPeer, LogoutReceiver, LogoutRequest, ParsedLogout,
    },
    metadata::{Source, SpMetadata},
};
use vestibule_testkit::browser::Page;

use crate::support::{Browser, House, IDP, OUR_ACS, PUBLIC, Provider, idp_key, request};

const FORM: &str = "application/x-www-form-urlencoded";

/// Is the person of this browser known here, so that an application gets its answer at once?
async fn is_known(browser: &mut Browser<'_>, id: &str) -> bool {
    browser.get(&request(id)).await.message_form().is_some()
}

async fn in_by_saml(browser: &mut Browser<'_>, name: &str, id: &str) {
    let asked = browser.is_sent(id).await;
    let page = browser
        .brings(asked.answered(name, "kiosk", idp_key()))
        .await;
    let page = browser.follow(&page).await;
    assert!(
        page.message_form().is_some(),
        "{}",
        page.unlike("no answer")
    );
}

pub(super) async fn in_by_oidc(
    browser: &mut Browser<'_>,
    provider: &Provider,
    name: &str,
    session: &str,
) {
    let page = browser.get(&request(&format!("_{name}{session}"))).await;
    let form = page.form_to("/mail").unwrap();
    let mail = format!("{name}@corp.example");
    let sent = browser.submit(&form.with("mail", &mail)).await;
    let back = provider.lets_in(&sent, name, session);
    let page = browser.get(&back).await;
    let page = browser.follow(&page).await;
    assert!(
        page.message_form().is_some(),
        "{}",
        page.unlike("no answer")
    );
}

pub(super) fn slo() -> String {
    format!("{PUBLIC}/upstream/adfs/saml/slo")
}

/// The identity provider's request about somebody, as it travels.
fn asks(id: &str, name: &str, key: &SigningKey, binding: Binding) -> Delivery {
    let destination = slo();
    let request = LogoutRequest {
        id,
        issue_instant: Utc::now(),
        destination: &destination,
        issuer: IDP,
        name_id: NameId {
            value: name,
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_indexes: &["s1"],
        reason: None,
        not_on_or_after: None,
    };
    request.send(binding, Some("run"), key).unwrap()
}

fn address(sent: Delivery) -> String {
    match sent {
        Delivery::Redirect(url) => url,
        Delivery::Form(_) => panic!("a redirect was expected"),
    }
}

/// What the identity provider makes of our answer.
fn outcome(page: &Page, id: &str, house_metadata: &str) -> LogoutOutcome {
    let there = page.redirect();
    let there = there.unwrap_or_else(|| panic!("{}", page.unlike("no redirect")));
    assert_eq!(
        (there.host_str(), there.path()),
        (Some("idp.acme.example"), "/slo")
    );
    let us = SpMetadata::parse(&Source::trusted(house_metadata.as_bytes())).unwrap();
    let peer = LogoutPeer {
        entity_id: &us.entity_id,
        signing_keys: &us.signing_keys,
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id: IDP,
        slo_url: "https://idp.acme.example/slo",
        decryption: Decryption::default(),
        now: Utc::now(),
        skew: Skew::default(),
    };
    let message = redirect::decode(there.query().unwrap()).unwrap();
    let parsed = ParsedLogout::parse(Received::Redirect(message)).unwrap();
    match parsed.accept(&peer, &receiver).unwrap() {
        AcceptedLogout::Response(answer) => {
            assert_eq!(answer.relay_state.as_deref(), Some("run"));
            answer.outcome_of(id).unwrap().clone()
        }
        AcceptedLogout::Request(_) => panic!("an answer was expected"),
    }
}

#[actix_web::test]
async fn sr_b1_the_session_ends_and_the_provider_gets_a_signed_answer() {
    let house = House::build().await;
    let metadata = house
        .browser()
        .get("/upstream/adfs/saml/metadata")
        .await
        .body;
    assert_eq!(metadata.matches(&slo()).count(), 2, "{metadata}");
    let mut alice = house.browser();
    let mut bob = house.browser();
    in_by_saml(&mut alice, "alice", "_1").await;
    in_by_saml(&mut bob, "bob", "_2").await;
    assert!(is_known(&mut alice, "_3").await);
    let page = alice
        .get(&address(asks(
            "_logout1",
            "alice",
            idp_key(),
            Binding::Redirect,
        )))
        .await;
    let page = alice.follow(&page).await;
    // The application cannot be told: there is no address for it.
    assert_eq!(
        outcome(&page, "_logout1", &metadata),
        LogoutOutcome::Partial
    );
    assert!(!is_known(&mut alice, "_4").await);
    assert!(is_known(&mut bob, "_5").await);
    // By form, which comes without a cookie; of somebody whom we do not know.
    let Delivery::Form(form) = asks("_logout2", "carol", idp_key(), Binding::Post) else {
        panic!("a form was expected")
    };
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.fields)
        .finish();
    let request = test::TestRequest::post()
        .uri("/upstream/adfs/saml/slo")
        .insert_header((ORIGIN, "https://idp.acme.example"))
        .insert_header((CONTENT_TYPE, FORM))
        .set_payload(body);
    let page = bob.call(request).await;
    assert_eq!(outcome(&page, "_logout2", &metadata), LogoutOutcome::Done);
    assert!(is_known(&mut bob, "_6").await);
}

#[actix_web::test]
async fn sr_02_sr_03_sr_07_sr_13_what_the_provider_did_not_sign_ends_nothing() {
    let house = House::build().await;
    let mut alice = house.browser();
    in_by_saml(&mut alice, "alice", "_1").await;
    let profile = CertificateProfile::starting(Utc::now(), "mallory");
    let foreign = SigningKey::generate_ec_p256(&profile).unwrap();
    let good = |id| address(asks(id, "alice", idp_key(), Binding::Redirect));
    let bare = good("_a").split("&SigAlg=").next().unwrap().to_owned();
    let changed = good("_b").replacen("RelayState=run", "RelayState=ran", 1);
    let both = format!("{}&SAMLResponse=x", good("_c"));
    let used = good("_used");
    assert_eq!(house.browser().get(&used).await.status, 303);
    in_by_saml(&mut alice, "alice", "_2").await;
    let elsewhere = good("_d").replacen("/upstream/adfs/", "/upstream/local/", 1);
    for (name, url) in [
        ("no signature", bare),
        ("another RelayState", changed),
        ("a response beside it", both),
        (
            "another key",
            address(asks("_e", "alice", &foreign, Binding::Redirect)),
        ),
        ("one that was used", used),
        ("an upstream without logout", elsewhere),
        ("nothing", slo()),
    ] {
        let page = alice.get(&url).await;
        assert!((400..500).contains(&page.status), "{name}: {}", page.status);
        assert!(page.redirect().is_none(), "{name}");
    }
    // To the address for assertions it is no answer at all.
    let request = test::TestRequest::post()
        .uri(OUR_ACS)
        .insert_header((CONTENT_TYPE, FORM))
        .set_payload("SAMLRequest=x");
    assert!(alice.call(request).await.status >= 400);
    assert!(is_known(&mut alice, "_3").await);
    // benign control
    assert_eq!(alice.get(&good("_f")).await.status, 303);
    assert!(!is_known(&mut alice, "_4").await);
}

/// The provider's own call.
async fn posted(house: &House, path: &str, kind: &str, body: &str) -> Page {
    let request = test::TestRequest::post()
        .uri(path)
        .insert_header((CONTENT_TYPE, kind))
        .set_payload(body.to_owned());
    house.browser().call(request).await
}

async fn calls(house: &House, token: &str) -> u16 {
    let page = posted(
        house,
        "/upstream/corp/oidc/backchannel-logout",
        FORM,
        &format!("logout_token={token}"),
    )
    .await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("set-cookie"), None);
    assert_eq!(page.body, "");
    page.status
}

#[actix_web::test]
async fn oi_2xx_a_logout_token_ends_the_sessions_that_it_names_and_no_other() {
    let provider = Provider::start().await;
    let house = House::with_provider(&provider.issuer).await;
    let (mut desk, mut phone) = (house.browser(), house.browser());
    let (mut bob, mut carol) = (house.browser(), house.browser());
    in_by_oidc(&mut desk, &provider, "alice", "s-1").await;
    in_by_oidc(&mut phone, &provider, "alice", "s-2").await;
    in_by_oidc(&mut bob, &provider, "bob", "s-3").await;
    in_by_saml(&mut carol, "alice", "_saml").await;
    let forged = json!({"jti": "f", "sub": "alice"});
    let rows = [
        ("a forged one", provider.forged_logout_token(forged)),
        (
            "an ID token's nonce",
            provider.logout_token(json!({"jti": "n", "sub": "alice", "nonce": "x"})),
        ),
        (
            "no event",
            provider.logout_token(json!({"jti": "e", "sub": "alice", "events": {}})),
        ),
        (
            "another client",
            provider.logout_token(json!({"jti": "a", "sub": "alice", "aud": "other"})),
        ),
        (
            "another issuer",
            provider.logout_token(json!({"jti": "i", "sub": "alice", "iss": "https://x"})),
        ),
        (
            "an old one",
            provider.logout_token(json!({"jti": "o", "sub": "alice", "iat": 1, "exp": 2})),
        ),
        ("nobody", provider.logout_token(json!({"jti": "t"}))),
        ("no jti", provider.logout_token(json!({"sub": "alice"}))),
        ("no token", "x".to_owned()),
        ("a megabyte", "x".repeat(1024 * 1024)),
    ];
    for (name, token) in rows {
        assert_eq!(calls(&house, &token).await, 400, "{name}");
    }
    assert!(is_known(&mut desk, "_d1").await);
    // One session; then the same token again; then whom we do not know, who is answered alike.
    let one = provider.logout_token(json!({"jti": "1", "sub": "alice", "sid": "s-1"}));
    assert_eq!(calls(&house, &one).await, 200);
    assert!(!is_known(&mut desk, "_d2").await);
    assert!(is_known(&mut phone, "_p1").await);
    assert_eq!(calls(&house, &one).await, 400, "once");
    let unknown = provider.logout_token(json!({"jti": "2", "sub": "mallory"}));
    assert_eq!(calls(&house, &unknown).await, 200);
    // All of a person, but only of this provider's.
    let all = provider.logout_token(json!({"jti": "3", "sub": "alice"}));
    assert_eq!(calls(&house, &all).await, 200);
    assert!(!is_known(&mut phone, "_p2").await);
    assert!(is_known(&mut bob, "_b1").await);
    assert!(is_known(&mut carol, "_c1").await);
    let sid = provider.logout_token(json!({"jti": "4", "sid": "s-3"}));
    assert_eq!(calls(&house, &sid).await, 200);
    assert!(!is_known(&mut bob, "_b2").await);
}

#[actix_web::test]
async fn oi_2xx_the_address_takes_forms_of_upstreams_that_call() {
    let provider = Provider::start().await;
    let house = House::with_provider(&provider.issuer).await;
    let token = provider.logout_token(json!({"jti": "1", "sub": "alice"}));
    let path = |upstream: &str| format!("/upstream/{upstream}/oidc/backchannel-logout");
    let body = format!("logout_token={token}");
    for (upstream, kind, body, expect) in [
        (
            "corp",
            "application/json",
            format!("{{\"logout_token\":\"{token}\"}}"),
            400,
        ),
        ("corp", FORM, format!("{body}&{body}"), 400),
        ("corp", FORM, String::new(), 400),
        ("adfs", FORM, body.clone(), 400),
        ("local", FORM, body.clone(), 400),
        ("nobody", FORM, body.clone(), 400),
        ("no%20id", FORM, body.clone(), 404),
        ("corp", FORM, body, 200),
    ] {
        let page = posted(&house, &path(upstream), kind, &body).await;
        assert_eq!(page.status, expect, "{upstream} {kind}");
    }
    let got = house.browser().get(&path("corp")).await;
    assert_eq!(got.status, 404, "the token never stands in an address");
}
