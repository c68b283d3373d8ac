//! Logouts that go on to the upstream, over HTTP: the way there, its answer, and what is none (attack rows SR, WA-01,
//! WA-02).

use chrono::Utc;
use vestibule_saml::{
    binding::{Binding, Delivery, Received, redirect},
    crypto::sign::SigningKey,
    encryption::Decryption,
    instant::Skew,
    logout::{
        AcceptedLogout, AcceptedLogoutRequest, LogoutOutcome, LogoutPeer, LogoutReceiver,
        LogoutResponse, LogoutStatus, ParsedLogout,
    },
    metadata::{Source, SpMetadata},
};
use vestibule_testkit::browser::Page;

use crate::{
    logout::{JIRA, JIRA_SLO, WIKI, WIKI_SLO, answers, asks, read, signed_in},
    support::{Browser, House, IDP, PUBLIC, Provider, app_signer, idp_key},
    upstream_logout::{in_by_oidc, slo},
};

const IDP_SLO: &str = "https://idp.acme.example/slo";

/// What we send to the identity provider, as it reads that.
async fn read_there(house: &House, page: &Page) -> AcceptedLogoutRequest {
    let there = page.redirect();
    let there = there.unwrap_or_else(|| panic!("{}", page.unlike("no redirect")));
    assert!(there.as_str().starts_with(IDP_SLO), "{there}");
    let metadata = house.browser().get("/upstream/adfs/saml/metadata").await;
    let us = SpMetadata::parse(&Source::trusted(metadata.body.as_bytes())).unwrap();
    let peer = LogoutPeer {
        entity_id: &us.entity_id,
        signing_keys: &us.signing_keys,
        danger_accept_unsigned: false,
        danger_accept_sha1: false,
    };
    let receiver = LogoutReceiver {
        entity_id: IDP,
        slo_url: IDP_SLO,
        decryption: Decryption::default(),
        now: Utc::now(),
        skew: Skew::default(),
    };
    let message = redirect::decode(there.query().unwrap()).unwrap();
    let parsed = ParsedLogout::parse(Received::Redirect(message)).unwrap();
    match parsed.accept(&peer, &receiver).unwrap() {
        AcceptedLogout::Request(request) => request,
        AcceptedLogout::Response(_) => panic!("a request was expected"),
    }
}

/// The identity provider's answer, as an address of ours.
fn answered(request_id: &str, status: LogoutStatus<'_>, key: &SigningKey) -> String {
    let destination = slo();
    let answer = LogoutResponse {
        id: "_idps-answer",
        issue_instant: Utc::now(),
        destination: &destination,
        issuer: IDP,
        in_response_to: request_id,
        status,
    };
    match answer.send(Binding::Redirect, None, key).unwrap() {
        Delivery::Redirect(address) => address,
        Delivery::Form(_) => panic!("a redirect was expected"),
    }
}

/// Up to the request to the identity provider: Jira asks, the wiki answers.
async fn sent_there(house: &House, browser: &mut Browser<'_>) -> AcceptedLogoutRequest {
    let (name, session) = signed_in(house, browser, "bob").await;
    let begun = browser
        .get(&asks(&name, &session, "_logout", app_signer()))
        .await;
    let onward = browser.follow(&begun).await;
    let AcceptedLogout::Request(told) = read(house, &onward, WIKI, WIKI_SLO) else {
        panic!("the wiki is told")
    };
    let back = browser.get(&answers(&told.id, LogoutStatus::Done)).await;
    let there = browser.follow(&back).await;
    read_there(house, &there).await
}

#[actix_web::test]
async fn sr_b1_the_identity_provider_is_told_and_whoever_asked_hears_what_came_of_it() {
    for (status, expect, reason) in [
        (LogoutStatus::Done, LogoutOutcome::Done, "complete"),
        (LogoutStatus::Partial, LogoutOutcome::Partial, "partial"),
    ] {
        let house = House::signing_out_there().await;
        let mut browser = house.browser();
        let told = sent_there(&house, &mut browser).await;
        assert_eq!(told.name_id.value, "bob");
        assert_eq!(told.session_indexes, ["s1"]);
        let back = browser.get(&answered(&told.id, status, idp_key())).await;
        let end = browser.follow(&back).await;
        let AcceptedLogout::Response(answer) = read(&house, &end, JIRA, JIRA_SLO) else {
            panic!("jira is answered")
        };
        assert_eq!(answer.outcome_of("_logout"), Ok(&expect));
        let log = house.command("audit list");
        let reason = format!("reason=upstream_logout_{reason}");
        assert!(log.contains(&reason), "{reason}: {log}");
    }
}

#[actix_web::test]
async fn sr_02_sr_13_what_the_identity_provider_did_not_sign_is_no_answer() {
    let house = House::signing_out_there().await;
    let mut browser = house.browser();
    let told = sent_there(&house, &mut browser).await;
    let good = answered(&told.id, LogoutStatus::Done, idp_key());
    let unsigned = good.split("&SigAlg=").next().unwrap().to_owned();
    let of_jira = format!("{PUBLIC}/upstream/local/saml/slo");
    for (name, bad) in [
        ("no signature", unsigned),
        (
            "another key",
            answered(&told.id, LogoutStatus::Done, app_signer()),
        ),
        (
            "another request",
            answered("_other", LogoutStatus::Done, idp_key()),
        ),
        ("another upstream", good.replacen(&slo(), &of_jira, 1)),
    ] {
        let refused = browser.get(&bad).await;
        assert_eq!(refused.status, 400, "{name}: {}", refused.body);
        assert!(refused.redirect().is_none(), "{name}");
    }
    // The benign control; and the same once more.
    assert_eq!(browser.get(&good).await.status, 303);
    assert_eq!(browser.get(&good).await.status, 400);
    let log = house.command("audit list");
    for reason in [
        "signature_missing",
        "key_mismatch",
        "logout_answer_unexpected",
    ] {
        assert!(log.contains(&format!("reason={reason}")), "{reason}: {log}");
    }
}

#[actix_web::test]
async fn wa_01_wa_02_the_last_page_offers_it_and_the_browser_that_comes_back_is_believed() {
    let provider = Provider::start().await;
    let house = House::with_provider(&provider.issuer).await;
    let mut browser = house.browser();
    in_by_oidc(&mut browser, &provider, "alice", "s-1").await;
    let parked = browser.get("/oauth2/logout").await;
    let asked = browser.follow(&parked).await;
    let begun = browser.submit(&asked.form_to("/sign-out").unwrap()).await;
    let last = browser.follow(&begun).await;
    let form = last.form_to("/onward").unwrap();
    // No other site presses the button.
    let foreign = browser
        .post_raw(form.action.path(), "https://evil.example", &form.encoded())
        .await;
    assert_eq!(foreign.status, 403);
    let pressed = browser.submit(&form).await;
    let leaves = browser.follow(&pressed).await;
    let there = leaves.redirect().unwrap();
    assert!(
        there
            .as_str()
            .starts_with(&format!("{}/logout?", provider.issuer)),
        "{there}"
    );
    let value = |name: &str| {
        let found = there.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    assert!(value("id_token_hint").is_some());
    let back = value("post_logout_redirect_uri").unwrap();
    assert_eq!(back, format!("{PUBLIC}/upstream/corp/oidc/signed-out"));
    let back = format!("{back}?state={}", value("state").unwrap());
    // Another browser with the address, and one without the state: nothing counts.
    assert_eq!(house.browser().get(&back).await.status, 403);
    let stateless = browser.get("/upstream/corp/oidc/signed-out").await;
    assert_eq!(stateless.status, 400);
    let returned = browser.get(&back).await;
    let over = browser.follow(&returned).await;
    assert!(
        over.body.contains("You are signed out there, too."),
        "{}",
        over.body
    );
    assert_eq!(browser.get(&back).await.status, 400, "it counts once");
}
