//! The account page over HTTP, from the first click; and what must not work there (attack rows MF-01, MF-02, MF-41,
//! MF-44, MF-69, WA-01, WA-02, WA-03, WA-04, WA-10).

use reqwest::header::SET_COOKIE;
use vestibule_testkit::{authenticator::Authenticator, browser::Page};

use crate::support::{Asked, Browser, House, PUBLIC, idp_key, request};

/// A browser that is signed in to the account page, and the app of its person.
struct SignedIn<'h> {
    browser: Browser<'h>,
    app: Authenticator,
}

/// From the first click to the account, with an app that is set up on the way.
async fn sign_in<'h>(house: &'h House, name: &str) -> SignedIn<'h> {
    let mut browser = house.browser();
    let page = browser.get("/account").await;
    let mail = page.form_to("/mail").unwrap();
    let sent = browser
        .submit(&mail.with("mail", "somebody@acme.example"))
        .await;
    let answer = Asked::by(&sent).answered(name, "staff", idp_key());
    let parked = browser.brings(answer).await;
    let page = browser.follow(&parked).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page.form_to("/code").unwrap();
    let arrived = browser.submit(&code.with("code", &app.code().await)).await;
    assert_eq!(arrived.status, 303, "{}", arrived.body);
    assert_eq!(arrived.redirect().unwrap().path(), "/account");
    SignedIn { browser, app }
}

fn path_of(page: &Page, name: &str) -> String {
    let label = format!("a[aria-label=\"Change {name}\"]");
    assert_eq!(page.texts(&label).len(), 1, "{}", page.body);
    let links = page.links();
    let factors: Vec<_> = links
        .iter()
        .filter(|link| link.path().starts_with("/account/factors/"))
        .collect();
    let names = page.texts(".factor-name");
    let place = names.iter().position(|shown| shown == name).unwrap();
    factors[place].path().to_owned()
}

impl SignedIn<'_> {
    async fn overview(&mut self) -> Page {
        let page = self.browser.get("/account").await;
        assert_eq!(page.texts("h1"), ["Your account"], "{}", page.body);
        page
    }

    /// Adds a second app, and gives it back.
    async fn add_app(&mut self) -> Authenticator {
        let page = self.overview().await;
        let add = page.form_to("/account/add").unwrap();
        let page = self.browser.submit(&add.with("factor", "totp")).await;
        let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
        let code = page.form_to("/code").unwrap();
        let done = self
            .browser
            .submit(&code.with("code", &app.code().await))
            .await;
        assert_eq!(done.redirect().unwrap().path(), "/account");
        app
    }
}

#[actix_web::test]
async fn wa_02_wa_03_the_session_has_a_cookie_of_its_own_and_a_new_one_after_each_proof() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let first = alice.browser.session.clone().unwrap();
    assert!(first.starts_with("vestibule-session="), "{first}");
    let add = alice.overview().await.form_to("/account/add").unwrap();
    let page = alice.browser.submit(&add.with("factor", "totp")).await;
    let mut app = Authenticator::with_key(&page.text("#key").unwrap()).unwrap();
    let code = page.form_to("/code").unwrap();
    let done = alice
        .browser
        .submit(&code.with("code", &app.code().await))
        .await;
    let set: Vec<&str> = done
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|set| set.to_str().unwrap())
        .collect();
    let [set] = set.as_slice() else {
        panic!("{set:?}")
    };
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain") && !set.contains("Max-Age"), "{set}");
    let second = alice.browser.session.clone().unwrap();
    assert_ne!(first, second);
    alice.overview().await;
    // The old one opens nothing any more.
    alice.browser.session = Some(first);
    let page = alice.browser.get("/account").await;
    assert!(page.form_to("/mail").is_ok(), "{}", page.body);
}

#[actix_web::test]
async fn wa_03_a_malformed_doubled_or_stolen_session_cookie_is_none() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let good = alice.browser.session.clone().unwrap();
    let doubled = format!("{good}; {good}");
    let cut = good[..good.len() - 1].to_owned();
    let upper = good.replacen("vestibule-session", "Vestibule-Session", 1);
    let bad = [
        "vestibule-session=",
        "vestibule-session=%%%",
        &doubled,
        &cut,
        &upper,
    ];
    for bad in bad {
        alice.browser.session = Some(bad.to_owned());
        let page = alice.browser.get("/account").await;
        assert!(page.form_to("/mail").is_ok(), "{bad}");
    }
    let mut thief = house.browser();
    thief.session = Some(good.clone());
    let page = thief.get("/account").await;
    assert!(page.form_to("/mail").is_ok(), "another browser");
    // Benign control.
    alice.browser.session = Some(good);
    alice.overview().await;
}

#[actix_web::test]
async fn mf_01_mf_02_without_a_session_no_address_of_the_account_does_anything() {
    let house = House::build().await;
    let id = "ab".repeat(16);
    let factor = format!("/account/factors/{id}");
    let mut browser = house.browser();
    for path in ["/account", &factor] {
        let page = browser.get(path).await;
        assert!(page.form_to("/mail").is_ok(), "{path} {}", page.body);
    }
    for (path, body) in [
        ("/account/add", "factor=totp&step=x"),
        (&format!("{factor}/remove"), "step=x"),
        (&format!("{factor}/rename"), "step=x&label=y"),
    ] {
        let page = browser.post_raw(path, PUBLIC, body).await;
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.texts("h1"), ["You are signed out"], "{path}");
    }
    let page = browser.post_raw("/account/sign-out", PUBLIC, "").await;
    assert_eq!(page.texts("h1"), ["You are not signed in"]);
    let page = browser.get("/account/back").await;
    assert_eq!(page.texts("h1"), ["You are not signed in"]);
    assert!(page.link_to("/account").is_ok());
    // What is no address of ours is none here either.
    for path in [
        "/account/",
        "/account/x",
        "/account/factors",
        "/account/factors/x",
        "/account/factors/..%2f..%2flogin",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    for path in ["/account/factors/x/remove", &format!("{factor}/disable")] {
        assert_eq!(
            browser.post_raw(path, PUBLIC, "").await.status,
            404,
            "{path}"
        );
    }
}

/// A link may lead there, and no link signs anybody out: whoever is not signed in at the account any more is still known
/// to the applications.
#[actix_web::test]
async fn wa_01_a_link_to_the_way_back_takes_no_cookie_away() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let cookie = alice.browser.session.clone();
    // Longer than the account waits for a click, and shorter than applications do.
    house.wait(16 * 60);
    let page = alice.browser.get("/account/back").await;
    assert_eq!(page.texts("h1"), ["You are not signed in"]);
    assert!(!page.headers.contains_key(SET_COOKIE), "{:?}", page.headers);
    assert_eq!(alice.browser.session, cookie);
    // An application's request is of this minute.
    house.wait(-16 * 60);
    let offer = alice.browser.get(&request("_1")).await;
    let later = offer.form_to("/later").unwrap();
    let jira = alice.browser.submit(&later).await;
    assert!(jira.message_form().is_some(), "{}", jira.body);
    // Who is signed in there is led to the page; the button takes the cookie away.
    let mut bob = sign_in(&house, "bob").await;
    let page = bob.browser.get("/account/back").await;
    assert_eq!(page.redirect().unwrap().path(), "/account");
    let out = bob.overview().await.form_to("/account/sign-out").unwrap();
    bob.browser.submit(&out).await;
    assert_eq!(bob.browser.session, None);
}

#[actix_web::test]
async fn wa_01_changes_are_taken_from_the_page_itself_only() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let mut bob = sign_in(&house, "bob").await;
    let page = alice.overview().await;
    let remove = format!("{}/rename", path_of(&page, "Authenticator app"));
    let token = |page: &Page| {
        let form = page.form_to("/account/sign-out").unwrap();
        form.value("step").unwrap().to_owned()
    };
    let (ours, bobs) = (token(&page), token(&bob.overview().await));
    let body = |token: &str| format!("step={token}&label=Mine");
    for origin in ["null", "https://evil.example", "https://localhost:8080"] {
        let answer = alice.browser.post_raw(&remove, origin, &body(&ours)).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    let doubled = format!("step={ours}&{}", body(&ours));
    for body in [body(""), body(&bobs), "label=Mine".to_owned(), doubled] {
        let answer = alice.browser.post_raw(&remove, PUBLIC, &body).await;
        assert_eq!(answer.status, 403, "{body}");
    }
    // By its address alone nothing happens.
    let answer = alice.browser.get(&remove).await;
    assert_eq!(answer.redirect().unwrap().path(), "/account");
    let names = alice.overview().await.texts(".factor-name");
    assert_eq!(names, ["Authenticator app"]);
    // Benign control.
    let answer = alice.browser.post_raw(&remove, PUBLIC, &body(&ours)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let names = alice.overview().await.texts(".factor-name");
    assert_eq!(names, ["Mine"]);
}

#[actix_web::test]
async fn mf_69_a_name_is_shown_as_it_was_typed_and_nothing_more() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let page = alice.overview().await;
    let factor = path_of(&page, "Authenticator app");
    let page = alice.browser.get(&factor).await;
    let rename = page.form_to("/rename").unwrap();
    let name = "<img src=x onerror=alert(1)>\"'&";
    let done = alice.browser.submit(&rename.with("label", name)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    for path in ["/account", &factor] {
        let page = alice.browser.get(path).await;
        assert!(page.texts("img[onerror]").is_empty());
        assert!(!page.body.contains("<img src=x"), "{}", page.body);
        assert!(page.body.contains("&#60;img src=x"), "{}", page.body);
    }
    let page = alice.browser.get(&factor).await;
    for bad in ["", "a\r\nb", &"x".repeat(65)] {
        let rename = page.form_to("/rename").unwrap();
        let refused = alice.browser.submit(&rename.with("label", bad)).await;
        assert_eq!(refused.status, 422, "{bad:?}");
        assert_eq!(refused.texts("[role=alert]").len(), 1);
    }
    let long = page
        .form_to("/rename")
        .unwrap()
        .with("label", &"x".repeat(300 * 1024));
    assert_eq!(alice.browser.submit(&long).await.status, 413);
    assert_eq!(alice.overview().await.texts(".factor-name"), [name]);
}

#[actix_web::test]
async fn the_bare_address_leads_to_the_account_and_cancelling_says_where_it_leads() {
    let house = House::build().await;
    let mut browser = house.browser();
    let bare = browser.get("/").await;
    assert_eq!(bare.status, 303);
    assert_eq!(bare.redirect().unwrap().path(), "/account");
    let page = browser.follow(&bare).await;
    assert_eq!(page.texts(".cancel button"), ["Cancel"], "{}", page.body);

    let mut alice = sign_in(&house, "alice").await;
    let add = alice.overview().await.form_to("/account/add").unwrap();
    let page = alice.browser.submit(&add.with("factor", "totp")).await;
    assert_eq!(
        page.texts(".cancel button"),
        ["Cancel and go back to your account"],
        "{}",
        page.body
    );
}

#[actix_web::test]
async fn new_backup_codes_count_once_they_are_saved_and_the_page_says_so() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let lacking = "You have no backup codes.";
    let label = |page: &Page| {
        page.texts("button[value=backup_code] .choice-label")
            .join("")
    };
    let page = alice.overview().await;
    assert!(page.body.contains(lacking), "{}", page.body);
    assert_eq!(label(&page), "Backup codes");
    let asks = async |alice: &mut SignedIn<'_>| {
        let add = alice.overview().await.form_to("/account/add").unwrap();
        let asked = add.with("factor", "backup_code");
        alice.browser.submit(&asked).await
    };
    let first = asks(&mut alice).await;
    assert!(
        first.body.contains("count when you press"),
        "{}",
        first.body
    );
    assert_eq!(first.texts("form.later button"), ["Not now"]);
    let saved = first.form_to("/confirm").unwrap();
    assert_eq!(alice.browser.submit(&saved).await.status, 303);

    let page = alice.overview().await;
    assert!(!page.body.contains(lacking), "{}", page.body);
    assert_eq!(label(&page), "New backup codes");
    let second = asks(&mut alice).await;
    let until = "Until then, the codes that you have go on working.";
    assert!(second.body.contains(until) && !first.body.contains(until));
    assert_eq!(second.texts("form.later button"), ["Keep my old codes"]);
    let codes = path_of(&page, "Backup codes");
    let kept = alice
        .browser
        .submit(&second.form_to("/later").unwrap())
        .await;
    assert_eq!(kept.redirect().unwrap().path(), "/account");
    let still = path_of(&alice.overview().await, "Backup codes");
    assert_eq!(still, codes, "the old set is in force");
    // There is nothing to tell it from, so it has no name to change.
    let page = alice.browser.get(&codes).await;
    assert!(page.form_to("/rename").is_err() && page.form_to("/remove").is_ok());
}

#[actix_web::test]
async fn mf_44_a_second_app_and_backup_codes_are_added_and_all_but_the_last_can_go() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let page = alice.overview().await;
    let factor = path_of(&page, "Authenticator app");
    let page = alice.browser.get(&factor).await;
    assert!(page.form_to("/remove").is_err(), "the only one");
    let advice = "Add another authenticator app first";
    assert!(page.body.contains(advice), "{}", page.body);
    let form = page.form_to("/rename").unwrap();
    let body = format!("step={}", form.value("step").unwrap());
    let path = format!("{factor}/remove");
    let refused = alice.browser.post_raw(&path, PUBLIC, &body).await;
    assert_eq!(refused.status, 422);

    alice.add_app().await;
    let add = alice.overview().await.form_to("/account/add").unwrap();
    let page = alice
        .browser
        .submit(&add.with("factor", "backup_code"))
        .await;
    assert_eq!(page.texts("#codes li").len(), 10);
    let saved = page.form_to("/confirm").unwrap();
    assert_eq!(alice.browser.submit(&saved).await.status, 303);
    let names = alice.overview().await.texts(".factor-name");
    assert_eq!(
        names,
        ["Authenticator app", "Authenticator app", "Backup codes"]
    );

    let page = alice.browser.get(&factor).await;
    let remove = page.form_to("/remove").unwrap();
    let done = alice.browser.submit(&remove).await;
    assert_eq!(done.redirect().unwrap().path(), "/account");
    assert_eq!(alice.browser.get(&factor).await.status, 404);
    let names = alice.overview().await.texts(".factor-name");
    assert_eq!(names, ["Authenticator app", "Backup codes"]);
    // The one that is gone opens nothing.
    let out = alice.overview().await.form_to("/account/sign-out").unwrap();
    let out = alice.browser.submit(&out).await;
    // The page asks whether the session at the upstream shall end, too.
    let onward = out.redirect().unwrap();
    assert!(onward.path().starts_with("/logout/"), "{onward}");
    assert_eq!(alice.browser.session, None);
    let page = alice.browser.get("/account").await;
    assert!(page.form_to("/mail").is_ok());
    let gone = alice.app.code().await;
    let mail = page.form_to("/mail").unwrap();
    let sent = alice
        .browser
        .submit(&mail.with("mail", "alice@acme.example"))
        .await;
    let answer = Asked::by(&sent).answered("alice", "staff", idp_key());
    let parked = alice.browser.brings(answer).await;
    let page = alice.browser.follow(&parked).await;
    let code = page.form_to("/code").unwrap();
    let refused = alice.browser.submit(&code.with("code", &gone)).await;
    assert_eq!(refused.status, 422);
}

#[actix_web::test]
async fn wa_10_a_factor_of_somebody_else_is_not_there() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let mut bob = sign_in(&house, "bob").await;
    let theirs = path_of(&bob.overview().await, "Authenticator app");
    assert_eq!(alice.browser.get(&theirs).await.status, 404);
    let form = alice.overview().await.form_to("/account/add").unwrap();
    let step = form.value("step").unwrap();
    for (act, field) in [("remove", ""), ("rename", "&label=x")] {
        let (path, body) = (format!("{theirs}/{act}"), format!("step={step}{field}"));
        let answer = alice.browser.post_raw(&path, PUBLIC, &body).await;
        assert_eq!(answer.status, 404, "{act}");
    }
    // Benign control: it is there for its owner.
    let page = bob.browser.get(&theirs).await;
    assert_eq!(
        (page.status, page.texts("h1")),
        (200, vec!["Authenticator app".into()])
    );
}

#[actix_web::test]
async fn mf_07_mf_44_fields_that_no_page_sends_mean_nothing() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    sign_in(&house, "bob").await;
    let page = alice.overview().await;
    let factor = path_of(&page, "Authenticator app");
    let form = page.form_to("/account/sign-out").unwrap();
    let body = format!(
        "step={}&label=Mine&person=adfs%2Fbob&user=bob&kind=backup_code&disabled=false&spent=true&mfa_required=false&level=2",
        form.value("step").unwrap()
    );
    let rename = format!("{factor}/rename");
    let done = alice.browser.post_raw(&rename, PUBLIC, &body).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let factors = |name| house.command(&format!("user factors {name} --json"));
    let (hers, his) = (factors("adfs/alice"), factors("adfs/bob"));
    for part in [
        r#""label": "Mine""#,
        r#""kind": "totp""#,
        r#""spent": false"#,
    ] {
        assert!(hers.contains(part), "{hers}");
    }
    assert!(his.contains(r#""label": "Authenticator app""#), "{his}");
    let form = alice.overview().await.form_to("/account/sign-out").unwrap();
    let step = form.value("step").unwrap().to_owned();
    for body in ["", "&factor=duo", "&factor=..", "&factor=totp&factor=totp"] {
        let add = format!("step={step}{body}");
        let refused = alice.browser.post_raw("/account/add", PUBLIC, &add).await;
        assert!(
            [400, 422].contains(&refused.status),
            "{body} {}",
            refused.status
        );
    }
}

#[actix_web::test]
async fn mf_41_a_command_that_takes_a_factor_away_signs_its_person_out_and_nobody_else() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let mut bob = sign_in(&house, "bob").await;
    // Benign control: to look changes nothing.
    house.command("user factors adfs/alice");
    alice.overview().await;
    // The codes are new, the app is still there; the session ends all the same when the old codes go.
    house.command("user backup-codes adfs/alice");
    let page = alice.browser.get("/account").await;
    assert!(page.form_to("/mail").is_ok(), "{}", page.body);
    bob.overview().await;
    house.command("user remove-factor adfs/bob totp");
    let page = bob.browser.get("/account").await;
    assert!(page.form_to("/mail").is_ok(), "{}", page.body);
}

#[actix_web::test]
async fn wa_04_pages_of_the_account_are_kept_nowhere_and_run_nothing() {
    let house = House::build().await;
    let mut alice = sign_in(&house, "alice").await;
    let factor = path_of(&alice.overview().await, "Authenticator app");
    for path in ["/account", &factor, "/account/back", "/account/add"] {
        let page = alice.browser.get(path).await;
        let header = |name| page.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("cache-control"), "no-store", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path} {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path} {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(!page.body.contains("<script>"), "{path}");
    }
    // The overview's button leads on, to the applications and to the upstream; the forms of a factor stay here.
    let policy = alice.browser.get(&factor).await;
    let policy = policy.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self'"), "{policy}");
}
