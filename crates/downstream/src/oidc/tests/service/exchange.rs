//! Codes: for whom, for how long, and once (attack rows OO-03, OO-04, OO-05).

use std::sync::Arc;

use tokio::task::JoinSet;

use super::house::*;
use crate::conformance::now;

#[tokio::test]
async fn a_code_becomes_tokens_about_the_login_that_it_came_of() {
    let desk = Desk::open().await;
    desk.wait(TimeDelta::seconds(5));
    let answer = desk.tokens(JIRA, "").await;
    let claims = claims(&answer);
    let expected = serde_json::json!({
        "iss": ISSUER, "aud": JIRA, "nonce": "n-s",
        "iat": now().timestamp() + 5, "exp": now().timestamp() + 605,
        "auth_time": now().timestamp() - 7,
        "acr": "https://refeds.org/profile/mfa",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name}");
    }
    assert!(
        claims["at_hash"].is_string() && claims["sid"].is_string(),
        "{claims}"
    );
    // Jira finds people by their name, and takes the groups from there.
    assert_eq!(claims["groups"], serde_json::json!(["admins", "staff"]));
    let about = (text(&answer, "token_type"), answer["expires_in"].as_u64());
    assert_eq!(about, ("Bearer", Some(600)));
    assert_eq!(text(&answer, "scope"), "email groups openid profile");
    assert_eq!(answer.get("refresh_token"), None, "nobody asked for one");
    let told = desk.userinfo(text(&answer, "access_token")).await.unwrap();
    assert_eq!(told["sub"], claims["sub"]);
    assert_eq!(desk.reasons().await, [""; 0]);
}

/// A second application's claims come from the userinfo endpoint alone (oidcc_scope_profile, oidcc_scope_email).
#[tokio::test]
async fn oidcc_scopes_bring_claims_to_the_userinfo_endpoint() {
    let desk = Desk::open().await;
    let cases: [(&str, &[&str]); 4] = [
        ("openid", &["sub"]),
        ("openid+email", &["email", "email_verified", "sub"]),
        (
            "openid+profile",
            &[
                "family_name",
                "given_name",
                "name",
                "preferred_username",
                "sub",
            ],
        ),
        ("openid+address+phone", &["sub"]),
    ];
    for (scope, names) in cases {
        let answer = desk
            .tokens(WIKI, &format!("prompt=login&scope={scope}"))
            .await;
        assert_eq!(claims(&answer).get("email"), None, "{scope}");
        let told = desk.userinfo(text(&answer, "access_token")).await.unwrap();
        let found: Vec<&str> = told
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert!(
            found.iter().all(|name| names.contains(name)),
            "{scope}: {found:?}"
        );
        assert!(found.contains(&"sub"), "{scope}");
        assert_eq!(found.contains(&"email"), scope.contains("email"), "{scope}");
        assert_eq!(
            found.contains(&"given_name"),
            scope.contains("profile"),
            "{scope}"
        );
    }
}

#[tokio::test]
async fn oo_03_the_verifier_is_that_of_the_challenge_or_the_code_is_gone() {
    let long = "a".repeat(129);
    // The verifier that is sent, and how the exchange ends.
    let cases: [(Option<&str>, &str); 6] = [
        (None, "pkce_verifier_missing"),
        (Some(""), "pkce_verifier_missing"),
        (Some(CHALLENGE), "pkce_mismatch"),
        (
            Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX"),
            "pkce_bad_verifier",
        ),
        (Some(&long), "pkce_bad_verifier"),
        (
            Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk "),
            "pkce_bad_verifier",
        ),
    ];
    let desk = Desk::open().await;
    for app in [WIKI, APP] {
        for (verifier, expected) in cases {
            let code = desk.code(app, "").await;
            let mut fields = exchange(app, &code);
            fields.pop();
            fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
            let found = refused(desk.token(Post::of(&fields).by(app)).await);
            assert_eq!(found, expected, "{app} {verifier:?}");
            assert_eq!(refused(desk.redeem(app, &code).await), "grant_unknown");
        }
        desk.tokens(app, "").await;
    }
    // Each is written down once.
    assert_eq!(desk.noted().await.len(), 2 * cases.len());
}

#[tokio::test]
async fn oo_03_a_verifier_without_a_challenge_is_a_downgrade() {
    let desk = Desk::open().await;
    let plain = || {
        let query = query(JIRA, "s", "");
        query.replace(
            &format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"),
            "",
        )
    };
    let (code, _) = desk.login_by(plain()).await;
    assert_eq!(
        refused(desk.redeem(JIRA, &code).await),
        "pkce_verifier_unexpected"
    );
    let (code, _) = desk.login_by(plain()).await;
    let mut fields = exchange(JIRA, &code);
    fields.pop();
    desk.token(Post::of(&fields).by(JIRA)).await.unwrap();
}

/// oidcc_codereuse, oidcc_codereuse_30seconds.
#[tokio::test]
async fn oo_04_a_code_that_is_used_again_takes_everything_back() {
    for seconds in [0, 1, 30, 61, 599] {
        let desk = Desk::open().await;
        let (first, other) = (desk.code(APP, OFFLINE).await, desk.offline(APP).await);
        let answer = desk.redeem(APP, &first).await.unwrap();
        let access = text(&answer, "access_token");
        desk.userinfo(access).await.unwrap();
        desk.wait(TimeDelta::seconds(seconds));
        assert_eq!(refused(desk.redeem(APP, &first).await), "grant_used");
        assert_eq!(refused(desk.userinfo(access).await), "bearer_unknown");
        let refresh = text(&answer, "refresh_token");
        assert_eq!(refused(desk.refresh(APP, refresh).await), "grant_unknown");
        // Another login of the same person is not touched.
        desk.refresh(APP, text(&other, "refresh_token"))
            .await
            .unwrap();
        // However often it comes again, that is written down once.
        for _ in 0..20 {
            assert_eq!(refused(desk.redeem(APP, &first).await), "grant_unknown");
        }
        let noted = desk.noted().await;
        assert_eq!(noted.len(), 1, "{seconds}");
        let record = &noted[0];
        assert_eq!(record.reason, "grant_used");
        let about = (record.app.clone(), record.person.clone());
        assert_eq!(about, (Some(app_id(APP)), Some(alice())));
        assert!(record.reference.is_some() && record.address.is_some());
    }
}

#[tokio::test]
async fn oo_04_of_fifty_at_once_on_two_nodes_one_gets_tokens_and_loses_them() {
    let one = Arc::new(Desk::open().await);
    let two = Arc::new(one.again(|_| {}).await);
    let code = one.code(APP, OFFLINE).await;
    let mut all = JoinSet::new();
    for number in 0..50 {
        let node = [&one, &two][number % 2].clone();
        let code = code.clone();
        all.spawn(async move { node.redeem(APP, &code).await });
    }
    let all = all.join_all().await;
    let given: Vec<_> = all
        .iter()
        .filter_map(|outcome| outcome.as_ref().ok())
        .collect();
    assert_eq!(given.len(), 1);
    for outcome in all.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(
            ["grant_used", "grant_unknown"].contains(&outcome.code()),
            "{outcome:?}"
        );
    }
    for node in [one, two] {
        let found = node.userinfo(text(given[0], "access_token")).await;
        assert_eq!(refused(found), "bearer_unknown");
        let found = node.refresh(APP, text(given[0], "refresh_token")).await;
        assert_eq!(refused(found), "grant_unknown");
    }
}

#[tokio::test]
async fn oo_04_a_restart_forgets_nothing() {
    let before = Desk::open().await;
    let (used, unused) = (before.code(APP, "").await, before.code(APP, "").await);
    let answer = before.redeem(APP, &used).await.unwrap();
    before.store.wind_up().await.unwrap();
    let after = before.again(|_| {}).await;
    after.userinfo(text(&answer, "access_token")).await.unwrap();
    after.redeem(APP, &unused).await.unwrap();
    assert_eq!(refused(after.redeem(APP, &used).await), "grant_used");
    let found = after.userinfo(text(&answer, "access_token")).await;
    assert_eq!(refused(found), "bearer_unknown");
}

#[tokio::test]
async fn oo_05_a_code_is_for_one_application_one_address_and_a_minute() {
    let desk = Desk::open().await;
    let code = desk.code(WIKI, "").await;
    let mut fields = exchange(WIKI, &code);
    assert_eq!(
        refused(desk.token(Post::of(&fields).by(JIRA)).await),
        "grant_of_another_client"
    );
    // In other hands, it is good for nobody.
    assert_eq!(refused(desk.redeem(WIKI, &code).await), "grant_unknown");

    for other in [
        APP_URI,
        "https://wiki.test/callback",
        "https://wiki.test/callback?x=/",
        "x",
    ] {
        let code = desk.code(WIKI, "").await;
        fields = exchange(WIKI, &code);
        fields[2].1 = other;
        let found = refused(desk.token(Post::of(&fields).by(WIKI)).await);
        assert_eq!(found, "grant_redirect_uri_differs", "{other}");
        assert_eq!(refused(desk.redeem(WIKI, &code).await), "grant_unknown");
    }
    for (seconds, expected) in [
        (59, None),
        (60, Some("grant_unknown")),
        (61, Some("grant_unknown")),
    ] {
        let desk = Desk::open().await;
        let code = desk.code(WIKI, "").await;
        desk.wait(TimeDelta::seconds(seconds));
        let found = desk.redeem(WIKI, &code).await;
        assert_eq!(
            found.err().map(|denied| denied.code()),
            expected,
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn oo_05_nothing_else_is_a_code() {
    let desk = Desk::open().await;
    let code = desk.code(APP, "").await;
    let answer = desk.offline(APP).await;
    let mut altered = code.clone();
    altered.pop();
    altered.push(if code.ends_with('A') { 'B' } else { 'A' });
    let renamed = |token: &str, prefix: &str| format!("{prefix}{}", &token[4..]);
    let others = [
        text(&answer, "access_token").to_owned(),
        text(&answer, "refresh_token").to_owned(),
        text(&answer, "id_token").to_owned(),
        renamed(text(&answer, "access_token"), "vsc_"),
        renamed(&code, "vsp_"),
        altered,
        code.to_uppercase(),
        format!("{code}&x"),
        "vsc_".to_owned(),
        "x".repeat(4096),
    ];
    for other in others {
        assert_eq!(
            refused(desk.redeem(APP, &other).await),
            "grant_unknown",
            "{other}"
        );
    }
    desk.redeem(APP, &code).await.unwrap();
    assert_eq!(desk.reasons().await, [""; 0]);
}

/// What ends a session, or all of a person's.
type End = for<'a> fn(&'a Desk, SessionId) -> Ending<'a>;

#[tokio::test]
async fn so_17_no_tokens_for_a_login_that_has_ended() {
    let ends: [(&str, End); 3] = [
        ("the person is disabled", |desk, _| {
            Box::pin(async move {
                let alice = alice();
                let done = desk.store.set_disabled(&alice, true, desk.administered());
                done.await.unwrap();
            })
        }),
        ("all of their sessions are ended", |desk, _| {
            let at = desk.clock.now();
            Box::pin(desk.commit(SessionChange::Revoke {
                person: alice(),
                at,
            }))
        }),
        ("they sign out", |desk, session| {
            Box::pin(desk.commit(SessionChange::End {
                ids: vec![session],
                at: desk.clock.now(),
            }))
        }),
    ];
    for (what, end) in ends {
        let desk = Desk::open().await;
        desk.wait(TimeDelta::seconds(1));
        let (code, session) = desk.login(APP, OFFLINE).await;
        end(&desk, session).await;
        assert_eq!(
            refused(desk.redeem(APP, &code).await),
            "grant_ended",
            "{what}"
        );
        assert_eq!(desk.reasons().await, ["grant_ended"], "{what}");
        assert_eq!(
            refused(desk.redeem(APP, &code).await),
            "grant_unknown",
            "{what}"
        );
        assert_eq!(desk.noted().await.len(), 1, "{what}");
    }
    // What is not there any more, or is switched off, in the configuration.
    let desk = Desk::open().await;
    let code = desk.code(APP, "").await;
    let off = desk.again(|settings| settings.apps.get_mut(&app_id(APP)).unwrap().disabled = true);
    assert_eq!(
        refused(off.await.redeem(APP, &code).await),
        "client_auth_unknown_client"
    );
    let gone = desk.again(|settings| drop(settings.apps.remove(&app_id(APP))));
    assert_eq!(
        refused(gone.await.redeem(APP, &code).await),
        "client_auth_unknown_client"
    );
    let elsewhere = desk.again(|_| {}).await.without_upstreams().await;
    assert_eq!(refused(elsewhere.redeem(APP, &code).await), "grant_ended");
}

#[tokio::test]
async fn a_missing_key_is_told_with_its_remedy_and_uses_nothing_up() {
    let desk = Desk::open().await;
    let code = desk.code(APP, "").await;
    let other = |settings: &mut OidcSettings| {
        settings
            .apps
            .get_mut(&app_id(APP))
            .unwrap()
            .id_token_algorithm = Algorithm::Es256;
    };
    let denied = desk
        .again(other)
        .await
        .redeem(APP, &code)
        .await
        .unwrap_err();
    assert_eq!(
        (denied.code(), denied.status()),
        ("signing_key_missing", 500)
    );
    assert!(denied.is_ours() && denied.detail().contains("vestibule key create"));
    desk.redeem(APP, &code).await.unwrap();
}

type Ending<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;
