//! Where a person is signed in, over HTTP and on the command line, and the end of that (attack rows SO-17, WA-01,
//! WA-10).

use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{Asked, Browser, House, idp_key, request};

/// The first door.
async fn arrive(browser: &mut Browser<'_>, first: &str, name: &str) -> Page {
    let page = browser.get(first).await;
    let mail = page.form_to("/mail").unwrap();
    let sent = browser.submit(&mail.with("mail", "x@acme.example")).await;
    let answer = Asked::by(&sent).answered(name, "staff", idp_key());
    let parked = browser.brings(answer).await;
    browser.follow(&parked).await
}

/// Sets up an app on the way to the application.
async fn sets_up(browser: &mut Browser<'_>, name: &str) -> Authenticator {
    let page = arrive(browser, &request("_1"), name).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page.form_to("/code").unwrap();
    let codes = browser.submit(&code.with("code", &app.code().await)).await;
    let done = browser.submit(&codes.form_to("/confirm").unwrap()).await;
    assert!(done.message_form().is_some(), "{}", done.body);
    app
}

/// With a code of the app.
async fn signs_in(browser: &mut Browser<'_>, name: &str, app: &mut Authenticator) {
    let page = arrive(browser, &request("_2"), name).await;
    let code = page.form_to("/code").unwrap();
    let done = browser.submit(&code.with("code", &app.code().await)).await;
    assert!(done.message_form().is_some(), "{}", done.body);
}

/// Is the person let in without being asked?
async fn is_known(browser: &mut Browser<'_>) -> bool {
    let page = browser.get(&request("_3")).await;
    page.message_form().is_some()
}

#[actix_web::test]
async fn wa_01_wa_10_a_person_sees_and_ends_their_own_sessions_and_no_others() {
    let house = House::build().await;
    let (mut here, mut there, mut third) = (house.browser(), house.browser(), house.browser());
    let mut app = sets_up(&mut here, "alice").await;
    for other in [&mut there, &mut third] {
        signs_in(other, "alice", &mut app).await;
    }
    let mut bobs = house.browser();
    sets_up(&mut bobs, "bob").await;
    let page = here.get("/account").await;
    assert_eq!(
        page.texts(".session .session-name"),
        ["This browser", "Another browser", "Another browser"]
    );
    assert!(
        page.body.contains("Opened from there: Jira"),
        "{}",
        page.body
    );
    let end = page.form_to("/end").unwrap();
    // A form of another site, and one without the session's token.
    let path = end.action.path().to_owned();
    let foreign = here.post_raw(&path, "https://evil.example", "").await;
    assert_eq!(foreign.status, 403);
    for body in ["", "step=x"] {
        assert_eq!(here.submit_forged(&path, body).await.status, 403, "{body}");
    }
    // Bob's does not exist for alice, nor one that nobody has.
    let list = house.command("session list --user adfs/bob");
    let bobs_id = list.split_whitespace().next().unwrap();
    let step = end.value("step").unwrap();
    for (id, status) in [
        (bobs_id, 404),
        ("00000000000000000000000000000000", 404),
        ("x", 404),
    ] {
        let path = format!("/account/sessions/{id}/end");
        let page = here.submit_forged(&path, &format!("step={step}")).await;
        assert_eq!(page.status, status, "{id}");
    }
    assert!(is_known(&mut bobs).await && is_known(&mut there).await && is_known(&mut third).await);
    // One of the two ends.
    assert_eq!(here.submit(&end).await.status, 303);
    let (a, b) = (is_known(&mut there).await, is_known(&mut third).await);
    assert!(a != b, "{a} {b}");
    let page = here.get("/account").await;
    assert_eq!(page.texts(".session").len(), 2);
    let others = page.form_to("/account/end-others").unwrap();
    assert_eq!(here.submit(&others).await.status, 303);
    assert!(!is_known(&mut there).await && !is_known(&mut third).await);
    assert!(is_known(&mut here).await && is_known(&mut bobs).await);
    let page = here.get("/account").await;
    assert_eq!(page.texts(".session").len(), 1);
    assert!(page.form_to("/account/end-others").is_err());
    let log = house.command("audit list --user adfs/alice");
    for reason in ["session_ended", "other_sessions_ended"] {
        assert_eq!(log.matches(&format!("reason={reason}")).count(), 1, "{log}");
    }
}

#[actix_web::test]
async fn so_17_an_administrator_lists_and_ends_sessions() {
    let house = House::build().await;
    let (mut first, mut second, mut bobs) = (house.browser(), house.browser(), house.browser());
    let mut app = sets_up(&mut first, "alice").await;
    signs_in(&mut second, "alice", &mut app).await;
    sets_up(&mut bobs, "bob").await;
    let listed = |who: &str| house.command(&format!("session list --json{who}"));
    let all: serde_json::Value = serde_json::from_str(&listed("")).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 3);
    let alices: serde_json::Value = serde_json::from_str(&listed(" --user adfs/alice")).unwrap();
    let one = &alices[0];
    assert_eq!(one["person"], "adfs/alice");
    assert_eq!(one["proved"][0]["factor"], "totp");
    assert_eq!(one["applications"], serde_json::json!(["atlassian"]));
    let id = one["session"].as_str().unwrap();
    assert_eq!(
        house.command(&format!("session revoke {id}")),
        "Ended 1 session of adfs/alice.\n"
    );
    let (a, b) = (is_known(&mut first).await, is_known(&mut second).await);
    assert!(a != b, "{a} {b}");
    // A login that stands between the doors ends with all of a person's sessions.
    let mut standing = house.browser();
    let page = arrive(&mut standing, &request("_4"), "alice").await;
    let ended = house.command("session revoke --user adfs/alice");
    assert!(
        ended.starts_with("Ended 1 session of adfs/alice.\n"),
        "{ended}"
    );
    let code = page.form_to("/code").unwrap();
    let late = standing.submit(&code.with("code", &app.code().await)).await;
    let anew = late.redirect().unwrap_or_else(|| panic!("{}", late.body));
    assert_eq!(anew.host_str(), Some("idp.acme.example"), "it begins anew");
    assert!(!is_known(&mut first).await && !is_known(&mut second).await);
    assert!(is_known(&mut bobs).await, "the control");
    let ended = house.command("session revoke --all");
    assert!(ended.starts_with("Ended 1 session.\n"), "{ended}");
    assert!(!is_known(&mut bobs).await);
    assert_eq!(house.command("session list"), "");
    let log = house.command("audit list");
    assert_eq!(log.matches("reason=sessions_revoked").count(), 3, "{log}");
    assert_eq!(log.matches("reason=session_ended").count(), 1, "{log}");
    let acts = log.lines().filter(|line| line.contains("sessions_revoked"));
    assert!(acts.clone().all(|line| line.contains("actor=")), "{log}");
}
