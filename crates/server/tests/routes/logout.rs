//! Logouts over HTTP: an application asks, the others are told, it is answered; and what ends nobody's session (attack rows
//! SR, OI-220, WA-01).

use chrono::Utc;
use url::Url;
use vestibule_saml::{
    binding::{Binding, Delivery, MessageKind, Received, redirect},
    crypto::sign::SigningKey,
    encryption::Decryption,
    instant::Skew,
    issue::NameId,
    logout::{
        AcceptedLogout, LogoutOutcome, LogoutPeer, LogoutReason, LogoutReceiver, LogoutRequest,
        LogoutResponse, LogoutStatus, ParsedLogout,
    },
    metadata::{IdpMetadata, Source},
};
use vestibule_testkit::browser::Page;

use crate::support::{Asked, Browser, House, PUBLIC, app_signer, idp_key, request, verified};

pub(super) const JIRA: &str = "https://auth.atlassian.example/saml/1";
pub(super) const JIRA_SLO: &str = "https://auth.atlassian.example/slo";
pub(super) const WIKI: &str = "https://wiki.example/sp";
pub(super) const WIKI_SLO: &str = "https://wiki.example/slo";

/// The wiki's request for a login.
fn wikis_request() -> String {
    let xml = vestibule_saml::authn_request::AuthnRequest {
        id: "_wiki",
        issue_instant: Utc::now(),
        destination: &format!("{PUBLIC}/saml/sso"),
        issuer: WIKI,
        acs_url: "https://wiki.example/acs",
        force_authn: false,
        is_passive: false,
        name_id_policy: None,
        requested_authn_context: None,
    }
    .to_xml()
    .unwrap();
    let sso = format!("{PUBLIC}/saml/sso");
    redirect::encode(&sso, MessageKind::Request, &xml, None, None).unwrap()
}

/// Somebody of the kiosk at Jira, and at the wiki; the name and the session that Jira knows.
pub(super) async fn signed_in(
    house: &House,
    browser: &mut Browser<'_>,
    name: &str,
) -> (String, String) {
    let page = browser.get(&request("_1")).await;
    let mail = page.form_to("/mail").unwrap();
    let sent = browser.submit(&mail.with("mail", "x@acme.example")).await;
    let answer = Asked::by(&sent).answered(name, "kiosk", idp_key());
    let parked = browser.brings(answer).await;
    let page = browser.follow(&parked).await;
    let metadata = house.site().idp.metadata().unwrap();
    let told = verified(&page, &metadata, "_1");
    let at_wiki = browser.get(&wikis_request()).await;
    assert!(at_wiki.message_form().is_some(), "{}", at_wiki.body);
    let session = told.session_index().unwrap().to_owned();
    (told.name_id().value.clone(), session)
}

/// Jira's request for a logout, on its way to us.
fn sent_by(
    binding: Binding,
    name: &str,
    sessions: &[&str],
    id: &str,
    key: &SigningKey,
) -> Delivery {
    LogoutRequest {
        id,
        issue_instant: Utc::now(),
        destination: &format!("{PUBLIC}/saml/slo"),
        issuer: JIRA,
        name_id: NameId {
            value: name,
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_indexes: sessions,
        reason: Some(LogoutReason::User),
        not_on_or_after: None,
    }
    .send(binding, Some("back"), key)
    .unwrap()
}

/// The same, as an address of ours.
pub(super) fn asks(name: &str, session: &str, id: &str, key: &SigningKey) -> String {
    match sent_by(Binding::Redirect, name, &[session], id, key) {
        Delivery::Redirect(address) => address,
        Delivery::Form(_) => panic!("a redirect"),
    }
}

/// What we send to an application.
pub(super) fn read(house: &House, page: &Page, entity_id: &str, slo_url: &str) -> AcceptedLogout {
    let there = page.redirect().unwrap_or_else(|| panic!("{}", page.body));
    assert!(there.as_str().starts_with(slo_url), "{there}");
    let metadata = house.site().idp.metadata().unwrap();
    let idp = IdpMetadata::parse(&Source {
        xml: metadata.as_bytes(),
        entity_id: None,
        trust: None,
    })
    .unwrap();
    assert_eq!(idp.single_logout.len(), 2, "our metadata says where");
    let peer = LogoutPeer {
        entity_id: &idp.entity_id,
        signing_keys: &idp.signing_keys,
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id,
        slo_url,
        decryption: Decryption::default(),
        now: Utc::now(),
        skew: Skew::default(),
    };
    let message = redirect::decode(there.query().unwrap()).unwrap();
    let parsed = ParsedLogout::parse(Received::Redirect(message)).unwrap();
    parsed.accept(&peer, &receiver).unwrap()
}

/// The wiki's answer, as an address of ours.
pub(super) fn answers(request_id: &str, status: LogoutStatus<'_>) -> String {
    let sent = LogoutResponse {
        id: "_wikis-answer",
        issue_instant: Utc::now(),
        destination: &format!("{PUBLIC}/saml/slo"),
        issuer: WIKI,
        in_response_to: request_id,
        status,
    }
    .send(Binding::Redirect, None, app_signer());
    let Delivery::Redirect(address) = sent.unwrap() else {
        panic!("a redirect")
    };
    address
}

/// Is the person let in without being asked?
async fn is_known(browser: &mut Browser<'_>) -> bool {
    browser.get(&request("_9")).await.message_form().is_some()
}

#[actix_web::test]
async fn an_application_asks_the_other_is_told_and_the_first_is_answered() {
    for (status, expect) in [
        (LogoutStatus::Done, LogoutOutcome::Done),
        (LogoutStatus::Partial, LogoutOutcome::Partial),
    ] {
        let house = House::signing_out().await;
        let mut browser = house.browser();
        let (name, session) = signed_in(&house, &mut browser, "bob").await;
        let begun = browser
            .get(&asks(&name, &session, "_logout", app_signer()))
            .await;
        assert_eq!(begun.status, 303, "{}", begun.body);
        assert_eq!(browser.session, None, "its cookie is taken away");
        let onward = browser.follow(&begun).await;
        let AcceptedLogout::Request(told) = read(&house, &onward, WIKI, WIKI_SLO) else {
            panic!("the wiki is told")
        };
        assert!(
            told.session_indexes != [session],
            "its own name for the session"
        );
        let back = browser.get(&answers(&told.id, status)).await;
        let end = browser.follow(&back).await;
        let AcceptedLogout::Response(answer) = read(&house, &end, JIRA, JIRA_SLO) else {
            panic!("jira is answered")
        };
        assert_eq!(answer.outcome_of("_logout"), Ok(&expect));
        assert_eq!(answer.relay_state.as_deref(), Some("back"));
        assert!(!is_known(&mut browser).await);
    }
}

#[actix_web::test]
async fn sr_01_a_request_that_is_unsigned_forged_or_of_another_session_ends_nothing() {
    let house = House::signing_out().await;
    let mut browser = house.browser();
    let (name, session) = signed_in(&house, &mut browser, "bob").await;
    let good = asks(&name, &session, "_good", app_signer());
    let unsigned = good.split("&SigAlg").next().unwrap().to_owned();
    for bad in [unsigned, asks(&name, &session, "_forged", idp_key())] {
        let refused = browser.get(&bad).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert!(is_known(&mut browser).await);
    }
    // Of somebody else, or of no session: answered as if it were done.
    for (name, session, id) in [
        (name.as_str(), "_other", "_a"),
        ("eve@acme.example", &session, "_b"),
    ] {
        let page = browser.get(&asks(name, session, id, app_signer())).await;
        let AcceptedLogout::Response(answer) = read(&house, &page, JIRA, JIRA_SLO) else {
            panic!("it is answered")
        };
        assert_eq!(answer.outcome_of(id), Ok(&LogoutOutcome::Done));
        assert!(is_known(&mut browser).await);
    }
    let log = house.command("audit list");
    for reason in ["signature_missing", "key_mismatch", "logout_no_session"] {
        assert!(log.contains(&format!("reason={reason}")), "{reason}: {log}");
    }
    // The benign control, and the same once more.
    assert_eq!(browser.get(&good).await.status, 303);
    assert!(!is_known(&mut browser).await);
    let (_, _) = signed_in(&house, &mut browser, "bob").await;
    assert_eq!(browser.get(&good).await.status, 400, "replayed");
    assert!(is_known(&mut browser).await);
}

/// As Keycloak does with its logout in the background: its server posts, shows no cookie, and looks at the status alone.
#[actix_web::test]
async fn a_server_that_posts_a_request_by_itself_ends_the_session_that_it_names() {
    let house = House::signing_out().await;
    let mut browser = house.browser();
    let (name, session) = signed_in(&house, &mut browser, "bob").await;
    for (sessions, id, ends) in [
        // Without a browser there is no session that could be meant.
        (&[][..], "_none", false),
        (&["_other"][..], "_other", false),
        (&[session.as_str()][..], "_named", true),
    ] {
        let sent = sent_by(Binding::Post, &name, sessions, id, app_signer());
        let Delivery::Form(form) = sent else {
            panic!("a form")
        };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form.fields)
            .finish();
        let mut server = house.browser();
        let answer = server.post_raw("/saml/slo", "https://auth.atlassian.example", &body);
        assert_eq!(answer.await.status, 303, "{id}");
        assert_eq!(is_known(&mut browser).await, !ends, "{id}");
    }
}

#[actix_web::test]
async fn wa_01_the_account_page_signs_out_by_its_own_form_alone() {
    let house = House::signing_out().await;
    let mut browser = house.browser();
    signed_in(&house, &mut browser, "bob").await;
    for (origin, body) in [
        ("https://evil.example", ""),
        (PUBLIC, ""),
        (PUBLIC, "step=x"),
    ] {
        let refused = browser.post_raw("/account/sign-out", origin, body).await;
        assert_eq!(refused.status, 403, "{origin} {body}");
        assert!(is_known(&mut browser).await);
    }
}

#[actix_web::test]
async fn oi_220_a_link_signs_nobody_out_and_leads_nowhere_else() {
    let house = House::signing_out().await;
    let mut browser = house.browser();
    signed_in(&house, &mut browser, "bob").await;
    let elsewhere =
        "/oauth2/logout?client_id=portal&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
    let refused = browser.get(elsewhere).await;
    assert_eq!((refused.status, refused.redirect()), (400, None::<Url>));
    let link = "/oauth2/logout?client_id=portal&post_logout_redirect_uri=https%3A%2F%2Fportal.example%2Fbye&state=s";
    let sent = browser.get(link).await;
    let asked = browser.follow(&sent).await;
    assert_eq!(
        asked.texts("h1"),
        ["Do you want to sign out?"],
        "{}",
        asked.body
    );
    assert!(is_known(&mut browser).await);
    let form = asked.form_to("/sign-out").unwrap();
    let foreign = browser
        .post_raw(form.action.path(), "https://evil.example", &form.encoded())
        .await;
    assert_eq!(foreign.status, 403);
    assert!(is_known(&mut browser).await);
    let begun = browser.submit(&form).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let told = browser.follow(&begun).await;
    assert!(
        told.redirect().is_some(),
        "to the first application: {}",
        told.body
    );
    assert!(!is_known(&mut browser).await);
    // Who has no session goes back at once.
    let back = house.browser().get(link).await;
    assert_eq!(
        back.redirect().unwrap().as_str(),
        "https://portal.example/bye?state=s"
    );
}

/// The page of a logout that was not taken, after many that were.
fn says_that_nothing_ended(page: &Page) -> bool {
    if page.status != 429 {
        assert_eq!(page.status, 303, "{}", page.body);
        return false;
    }
    assert_eq!(page.texts("h1"), ["You were not signed out"]);
    for words in [
        "If you were signed in here, you still are.",
        "Wait a minute and sign out again",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("sign-in"), "{}", page.body);
    assert_eq!(page.header("retry-after"), Some("60"));
    true
}

#[actix_web::test]
async fn wa_21_a_logout_that_is_not_taken_is_told_as_one_and_strangers_are_in_nobodys_way() {
    let house = House::signing_out().await;
    let mut browser = house.browser();
    signed_in(&house, &mut browser, "bob").await;
    let mut taken = 0;
    loop {
        // A form of another site: no cookie comes with it.
        let body = "client_id=portal";
        let mut stranger = house.browser();
        let page = stranger.post_raw("/oauth2/logout", "https://evil.example", body);
        if says_that_nothing_ended(&page.await) {
            break;
        }
        taken += 1;
        assert!(taken < 1000, "strangers have no bound");
    }
    // From the very same address, and more than the strangers get back meanwhile.
    let link = "/oauth2/logout?client_id=portal";
    for _ in 0..15 {
        let kept = browser.get(link).await;
        let asked = browser.follow(&kept).await;
        assert_eq!(asked.texts("h1"), ["Do you want to sign out?"]);
    }
    let mut more = 0;
    while !says_that_nothing_ended(&browser.get(link).await) {
        more += 1;
        assert!(more < 100, "one person has no bound");
    }
    assert!(is_known(&mut browser).await);
    let log = house.command("audit list");
    assert!(log.contains("reason=logout_too_many"), "{log}");
}
