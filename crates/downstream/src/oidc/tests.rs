//! The provider between a request and its code, with two applications that need no network.

mod attacks;
mod claims;
mod conformance;
mod discovery;
mod house;
mod pushed;
mod service;
mod sign_off;

use chrono::TimeDelta;

use self::house::*;
use super::*;
use crate::conformance::now;

#[tokio::test]
async fn what_a_request_asks_reaches_the_login() {
    // Further parameters; force, passive, oldest, hint.
    let long = format!("login_hint={}", "a".repeat(255));
    type Expected<'a> = (bool, bool, Option<u32>, Option<&'a str>);
    let cases: [(&str, Expected<'_>); 11] = [
        ("", (false, false, None, None)),
        ("prompt=login", (true, false, None, None)),
        ("prompt=none", (false, true, None, None)),
        ("prompt=select_account", (true, false, None, None)),
        ("prompt=consent", (false, false, None, None)),
        ("max_age=0", (true, false, Some(0), None)),
        ("max_age=1", (false, false, Some(1), None)),
        ("max_age=10000", (false, false, Some(10_000), None)),
        (
            "login_hint=a%40b.test",
            (false, false, None, Some("a@b.test")),
        ),
        (&long, (false, false, None, None)),
        (
            "ui_locales=se&claims_locales=se&extra=1",
            (false, false, None, None),
        ),
    ];
    for (more, (force_authn, passive, max_age, hint)) in cases {
        let request = house(|_| {}).request(JIRA, "one", more).await.unwrap();
        let found = (
            request.force_authn,
            request.passive,
            request.max_age,
            request.login_hint.as_deref(),
        );
        assert_eq!(found, (force_authn, passive, max_age, hint), "{more}");
    }
}

#[tokio::test]
async fn each_refusal_has_its_word() {
    let house = house(|_| {});
    let request = house.request(JIRA, "one", "").await.unwrap();
    for (why, word) in [
        (Refusal::Assurance, "unmet_authentication_requirements"),
        (Refusal::Cancelled, "access_denied"),
        (Refusal::Denied, "access_denied"),
        (Refusal::Interaction, "interaction_required"),
        (Refusal::NoFactor, "access_denied"),
        (Refusal::Passive, "login_required"),
        (Refusal::Upstream, "access_denied"),
    ] {
        let reply = house.provider.refuse(&request, why, now()).await.unwrap();
        let (address, fields) = sent(&reply);
        assert_eq!(address, JIRA_URI);
        assert_eq!(fields["error"], word, "{why:?}");
        assert_eq!((&*fields["state"], &*fields["iss"]), ("one", ISSUER));
        assert!(!fields.contains_key("code"));
    }
}

#[tokio::test]
async fn a_code_goes_out_in_the_way_that_was_asked_for_and_is_kept_for_ten_minutes() {
    for mode in ["query", "form_post"] {
        let house = house(|_| {});
        let request = house
            .request(JIRA, "one", &format!("response_mode={mode}"))
            .await
            .unwrap();
        let answered = house.answer(request).await.unwrap();
        assert_eq!(
            matches!(answered.reply, Reply::PostForm { .. }),
            mode == "form_post"
        );
        let (record, code) = issued(&answered);
        assert_eq!(record.expires_at - record.issued_at, TimeDelta::seconds(60));
        assert_eq!(record.keep_until - record.issued_at, TimeDelta::minutes(10));
        assert_eq!(record.app.as_str(), JIRA);
        assert_eq!(
            (&*code.redirect_uri, code.nonce.as_deref()),
            (JIRA_URI, Some("n-one"))
        );
        assert_eq!(
            code.challenge.as_ref().map(|it| it.as_str()),
            Some(CHALLENGE)
        );
        assert_eq!(code.issued.acr, "https://refeds.org/profile/mfa");
        assert_eq!(code.issued.amr, ["mfa", "otp", "pwd"]);
        // What the upstream said, and not when the second factor was passed.
        assert_eq!(code.issued.auth_time, now() - TimeDelta::seconds(7));
        let told: issued::Told = answered.told.unwrap().read().unwrap();
        assert_eq!((told.sub, told.sid), (code.issued.subject, code.issued.sid));
    }
}
